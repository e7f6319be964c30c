"""A place of one's own on the test server: an own prefix, removed afterwards."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from policy_match.settings import IndexSettings


@dataclass(frozen=True)
class Server:
    url: str
    settings: IndexSettings
    client: Elasticsearch

    @property
    def prefix(self) -> str:
        return self.settings.prefix

    def indices(self) -> list[str]:
        """The concrete indices under the prefix."""
        found: dict[str, Any] = self.client.indices.get(index=f"{self.prefix}-*").body
        return sorted(found)


@contextmanager
def own_place() -> Iterator[Server]:
    url = os.environ["ELASTICSEARCH_URL"]
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    client = Elasticsearch(url)
    try:
        yield Server(url, IndexSettings(location=url, prefix=prefix), client)
    finally:
        for name in client.indices.get(index=f"{prefix}*", expand_wildcards="all").body:
            client.indices.delete(index=name, ignore_unavailable=True)
        quiet = client.options(ignore_status=404)
        for found in quiet.indices.get_index_template(name=f"{prefix}*").body["index_templates"]:
            client.indices.delete_index_template(name=found["name"])
        client.close()

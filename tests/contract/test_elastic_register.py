"""The register on Elasticsearch keeps the contract of every register."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policy_match.matching.ports import Register
from policy_match.search.elastic import ElasticRegister
from policy_match.testing.register import AS_OF, RegisterContract
from tests.elastic_server import Server

pytestmark = pytest.mark.es


class TestElasticRegister(RegisterContract):
    @pytest.fixture
    def register(self, es_server: Server) -> Iterator[Register]:
        with ElasticRegister(
            es_server.url, as_of=AS_OF, write=True, settings=es_server.settings
        ) as register:
            yield register

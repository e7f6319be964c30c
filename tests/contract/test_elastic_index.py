"""The index on Elasticsearch keeps the contract of every policy index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policy_match.search.elastic import ElasticIndex
from policy_match.search.ports import PolicyIndex
from policy_match.testing.contract import PolicyIndexContract
from tests.elastic_server import Server

pytestmark = pytest.mark.es


class TestElasticIndex(PolicyIndexContract):
    @pytest.fixture
    def index(self, es_server: Server) -> Iterator[PolicyIndex]:
        with ElasticIndex(es_server.url, write=True, settings=es_server.settings) as index:
            yield index

"""The embedded index keeps the contract of every policy index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.ports import PolicyIndex
from policy_match.testing.contract import PolicyIndexContract


class TestEmbeddedIndex(PolicyIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[PolicyIndex]:
        with EmbeddedIndex(tmp_path / "policies", write=True) as index:
            yield index

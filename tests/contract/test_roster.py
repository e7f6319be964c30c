"""The roster keeps the contract of every register."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policy_match.matching.ports import Register
from policy_match.matching.roster import Roster, ShardedRoster
from policy_match.testing.register import AS_OF, RegisterContract


class TestRoster(RegisterContract):
    @pytest.fixture
    def register(self) -> Iterator[Register]:
        with Roster(as_of=AS_OF) as register:
            yield register


class TestShardedRoster(RegisterContract):
    @pytest.fixture
    def register(self) -> Iterator[Register]:
        with ShardedRoster(as_of=AS_OF, shard_rows=2) as register:
            yield register

"""
A register larger than one roster: a folder of rosters, one after the other (分片名册).

Each shard is a roster of its own that another process or machine can work on; asked together they
answer as one register, in the order of the shards. `shards.json` is written last and lists them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

import numpy as np

from policy_match.domain.criterion import Criterion
from policy_match.domain.enterprise import Enterprise
from policy_match.domain.facts import FactRegistry
from policy_match.errors import EnterpriseError
from policy_match.matching.ports import Found, Tally
from policy_match.matching.roster.roster import Roster
from policy_match.matching.roster.store import open_roster, save_roster

LIST = "shards.json"
SHARD_ROWS = 1_000_000


class ShardedRoster:
    """
    Several rosters as one register (分片名册). Implements `Register`.

    An enterprise stays in its shard; new ones fill the last shard, then begin another.

    Args:
        shards: the rosters, all as of one day, with no id in two of them.
        as_of: the day.
        registry: the facts that exist, for shards to come.
        shard_rows: how many enterprises a shard takes.
    """

    def __init__(
        self,
        shards: Iterable[Roster] = (),
        *,
        as_of: date,
        registry: FactRegistry | None = None,
        shard_rows: int = SHARD_ROWS,
    ) -> None:
        self.shards = list(shards)
        self._as_of = as_of
        self._registry = registry
        self._shard_rows = shard_rows
        for n, shard in enumerate(self.shards):
            if shard.as_of != as_of:
                raise EnterpriseError(
                    f"第 {n + 1} 个分片按 {shard.as_of} 建立，应按 {as_of}",
                    advice="请用同一天重新建立各分片",
                )

    @property
    def as_of(self) -> date:
        """The day that facts are taken as of."""
        return self._as_of

    def __len__(self) -> int:
        return sum(len(shard) for shard in self.shards)

    def put(self, enterprises: Iterable[Enterprise]) -> int:
        """Add enterprises, one of a known id in place of it whole; how many there were."""
        waiting, total = iter(enterprises), 0
        while batch := list(islice(waiting, self._shard_rows)):
            total += len(batch)
            self._put({one.id: one for one in batch})
        return total

    def _put(self, batch: dict[str, Enterprise]) -> None:
        for shard in self.shards:
            known = [key for key in batch if shard.ids.row_of(key) is not None]
            shard.put([batch.pop(key) for key in known])
        waiting = iter(batch.values())
        while fresh := list(islice(waiting, self._room())):
            self.shards[-1].put(fresh)

    def _room(self) -> int:
        """How many the last shard still takes; a new one is begun when it is full."""
        if not self.shards or self.shards[-1].rows >= self._shard_rows:
            self.shards.append(Roster(as_of=self._as_of, registry=self._registry))
        return self._shard_rows - self.shards[-1].rows

    def remove(self, ids: Iterable[str]) -> int:
        """Remove enterprises; how many were there. An unknown id is no error."""
        keys = list(ids)
        return sum(shard.remove(keys) for shard in self.shards)

    def count(self, rule: Criterion) -> Tally:
        """How many one rule finds."""
        return self.count_many([rule])[0]

    def count_many(self, rules: Sequence[Criterion]) -> list[Tally]:
        """How many each rule finds, in the rules' order."""
        summed = np.zeros((len(rules), 3), np.int64)
        for shard in self._asked():
            tallies = shard.count_many(rules)
            parts = [(one.true, one.possible, one.total) for one in tallies]
            summed += np.array(parts, np.int64).reshape(-1, 3)
        return [Tally(*row) for row in summed.tolist()]

    def find(self, rule: Criterion, *, limit: int | None = None) -> Found:
        """Whom one rule finds; at most `limit` ids in each of the two lists."""
        parts = [shard.find(rule, limit=limit) for shard in self._asked()]
        true = [key for part in parts for key in part.true]
        possible = [key for part in parts for key in part.possible]
        return Found(tuple(true[:limit]), tuple(possible[:limit]))

    def find_many(self, rules: Iterable[Criterion], *, limit: int | None = None) -> Iterator[Found]:
        """Whom each rule finds, in the rules' order, one at a time."""
        for rule in rules:
            yield self.find(rule, limit=limit)

    def _asked(self) -> list[Roster]:
        """The shards; an empty one where there is none, which still refuses wrong rules."""
        return self.shards or [Roster(as_of=self._as_of, registry=self._registry)]

    def save(self, folder: Path) -> None:
        """Write all shards, then the list of them (保存分片名册)."""
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"shard-{n:04d}" for n in range(len(self.shards))]
        for name, shard in zip(names, self.shards, strict=True):
            save_roster(shard, folder / name)
        draft = folder / f".{LIST}"
        draft.write_text(json.dumps({"as_of": self._as_of.isoformat(), "shards": names}), "utf-8")
        draft.replace(folder / LIST)

    @classmethod
    def open(cls, folder: Path, *, registry: FactRegistry | None = None) -> ShardedRoster:
        """
        Open a folder of shards (打开分片名册).

        Raises:
            EnterpriseError: there is none, a shard lacks or is cut short, an id is in two of them.
        """
        try:
            listed = json.loads((folder / LIST).read_text("utf-8"))
            as_of, names = date.fromisoformat(listed["as_of"]), list(listed["shards"])
        except (OSError, ValueError, KeyError, TypeError):
            raise EnterpriseError(
                "这里没有分片名册，或清单损坏", where=str(folder), advice="请核对路径，或重新建立"
            ) from None
        shards = [open_roster(folder / name, registry=registry) for name in names]
        whole = cls(shards, as_of=as_of, registry=registry)
        whole.require_distinct(str(folder))
        return whole

    def require_distinct(self, where: str | None = None) -> None:
        """
        Refuse an id that stands twice (编号不得重复).

        Raises:
            EnterpriseError: names one of them.
        """
        seen: set[str] = set()
        sums = [np.fromiter(map(_sum_of, s.ids.of(range(s.rows))), np.uint32) for s in self.shards]
        every = np.concatenate([np.zeros(0, np.uint32), *sums])
        values, times = np.unique(every, return_counts=True)
        doubtful = values[times > 1]
        for shard, own in zip(self.shards, sums, strict=True):
            for key in shard.ids.of(np.flatnonzero(np.isin(own, doubtful))):
                if key in seen:
                    raise EnterpriseError(
                        f"编号“{key}”重复",
                        where=where,
                        advice="同一企业只留一条，再重新建立名册",
                    )
                seen.add(key)

    def close(self) -> None:
        """Let go of the bitsets."""
        for shard in self.shards:
            shard.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _sum_of(key: str) -> int:
    return crc32(key.encode())

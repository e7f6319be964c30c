"""
Outcomes of many enterprises at once, from the roster (整批判断).

What `Published.outcomes` says of one enterprise, said of thousands by `match_all`: 符合 and 待核实
are the matches of the whole rules; 需自查 those that are true once every open item is attested;
差一项 those that are not possible though, all items attested, all conditions but one are true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from admin.matching.published import Outcome, Published
from admin.roster import Kept
from admin.roster.snapshots import digest_of
from policy_match.domain.criterion import Criterion
from policy_match.matching.rank import VERDICT_RANK
from policy_match.matching.roster import Roster, match_all

_PAIRS = 5_000_000  # pairs of rule and enterprise looked at in one go
_FEWEST, _MOST = 2000, 50_000  # enterprises in one go
Keys: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.intp]


class Ahead:
    """
    Answers batches of enterprises from the roster, some way ahead of the one who asks (预判).

    Args:
        kept: the roster; rows whose facts have changed since are not answered.
        highest: the last id that will be asked for, where that is known.
    """

    def __init__(self, kept: Kept, highest: int | None = None) -> None:
        self._kept, self._highest = kept, highest
        self._published: Published | None = None
        self._first = self._after = 0  # the rows that are answered
        self._found = Found.nothing()

    def outcomes(self, published: Published, asked: Sequence[Row[Any]]) -> dict[int, list[Outcome]]:
        """The outcomes by enterprise, of those whose row is made from the facts they have now."""
        if not len(published) or not len(self._kept.marks):
            return {}
        ids = np.array([one.id for one in asked], np.int64)
        digests = np.array([digest_of(one.facts_hash) for one in asked], np.uint64)
        good = ids[self._kept.holds(ids, digests) & (digests > 0)]
        rows = self._kept.places_of(good).tolist()
        return {
            key: self._of_row(published, row) for key, row in zip(good.tolist(), rows, strict=True)
        }

    def _of_row(self, published: Published, row: int) -> list[Outcome]:
        if published is not self._published or not self._first <= row < self._after:
            self._look(published, row)
        return self._found.of(row - self._first)

    def _look(self, published: Published, row: int) -> None:
        rows = max(_FEWEST, min(_MOST, _PAIRS // max(1, len(published))))
        end = len(self._kept.marks)
        if self._highest is not None:
            end = int(np.searchsorted(self._kept.marks.ids, self._highest, side="right"))
        self._published = published
        self._first, self._after = row, max(row + 1, min(row + rows, end))
        part = self._kept.roster.selected(np.arange(self._first, self._after))
        self._found = outcomes_over(published, part)


@dataclass(frozen=True, slots=True)
class Found:
    """The outcomes of many rows (整批结果): parallel arrays, those of row n from `bounds[n]` on."""

    bounds: list[int]
    places: Places
    ranks: Keys
    scores: NDArray[np.float64]

    @classmethod
    def nothing(cls) -> Found:
        """Of no rows."""
        return cls([0], np.zeros(0, np.intp), np.zeros(0, np.int64), np.zeros(0))

    def of(self, row: int) -> list[Outcome]:
        """What `Published.outcomes` gives for the enterprise of a row."""
        part = slice(self.bounds[row], self.bounds[row + 1])
        columns = (self.places[part], self.ranks[part], self.scores[part])
        return [
            Outcome(place, rank, rank == VERDICT_RANK["ineligible"], score)
            for place, rank, score in zip(*(one.tolist() for one in columns), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Matches as numbers that sort by enterprise, then by rule (对)."""

    keys: Keys
    true: NDArray[np.bool_]


def outcomes_over(published: Published, roster: Roster) -> Found:
    """The outcomes of all rows of a roster."""
    size, attesting = len(published), roster.with_attested(published.items)
    every, to_check = np.arange(size), published.to_check
    possible = _pairs(published.wholes, roster, every, size, unknown=True)
    wholes = [published.wholes[place] for place in to_check]
    checked = _pairs(wholes, attesting, to_check, size, unknown=False)
    near = _pairs(published.all_but_one, attesting, every, size, unknown=False)
    fallen = np.setdiff1d(near.keys, possible.keys, assume_unique=True)
    ranks = np.where(possible.true, VERDICT_RANK["eligible"], VERDICT_RANK["unknown"])
    ranks[~possible.true & np.isin(possible.keys, checked.keys)] = VERDICT_RANK["self_check"]
    keys = np.concatenate([possible.keys, fallen])
    ranks = np.concatenate([ranks, np.full(len(fallen), VERDICT_RANK["ineligible"])])
    order = np.argsort(keys)
    owners, places = np.divmod(keys[order], size)
    bounds = np.searchsorted(owners, np.arange(roster.rows + 1)).tolist()
    return Found(bounds, places, ranks[order], published.scores(places, ranks[order]))


def _pairs(
    rules: Sequence[Criterion], roster: Roster, places: Places, size: int, *, unknown: bool
) -> _Pairs:
    """The matches of some rules, which have these places among all."""
    keys: list[Keys] = [np.zeros(0, np.int64)]
    true: list[NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
    for found in match_all(rules, roster, unknown=unknown) if rules else ():
        keys.append(found.rows.astype(np.int64) * size + places[found.rules])
        true.append(found.true)
    return _Pairs(np.concatenate(keys), np.concatenate(true))

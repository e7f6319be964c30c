"""
A roster with what tells how old its rows are (保存的名册).

Rows stand in the order of the enterprises' ids. Beside the columns each row has the enterprise's
id, the hash of the facts it was made from, the unit it belongs to and its state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from admin.facts import facts_known
from admin.records.enterprise import STATUSES
from admin.roster.snapshots import digest_of, matched_of
from policy_match.errors import IndexIncompatible
from policy_match.matching.roster import Roster, open_roster, save_roster
from policy_match.matching.roster.bits import Words, pack

STATES = {state: n for n, (state, _) in enumerate(STATUSES)}
ACTIVE = STATES["active"]
_ARRAYS = ("ids", "digests", "units", "states")
_COLUMNS, _META = "columns", "kept.json"


@dataclass(frozen=True, slots=True)
class Marks:
    """What is kept of some rows beside their facts (行标记); parallel arrays by ascending id."""

    ids: NDArray[np.int64]
    digests: NDArray[np.uint64]
    units: NDArray[np.int64]  # 0 where it belongs to none
    states: NDArray[np.uint8]  # places in STATES

    @classmethod
    def of(cls, rows: Iterable[Row[Any]]) -> Marks:
        """The marks of rows from the database."""
        found = [
            (row.id, digest_of(row.facts_hash), row.organisation_id or 0, STATES[row.status])
            for row in rows
        ]
        ids, digests, units, states = zip(*found, strict=True) if found else ((), (), (), ())
        return cls(
            np.array(ids, np.int64),
            np.array(digests, np.uint64),
            np.array(units, np.int64),
            np.array(states, np.uint8),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def picked(self, rows: NDArray[Any]) -> Marks:
        """Some of them, by place or by flag."""
        return Marks(self.ids[rows], self.digests[rows], self.units[rows], self.states[rows])

    def joined(self, other: Marks) -> Marks:
        """Both, by ascending id; of one id in both the other's."""
        mine = self.picked(~np.isin(self.ids, other.ids))
        ids = np.concatenate([mine.ids, other.ids])
        whole = Marks(
            ids,
            np.concatenate([mine.digests, other.digests]),
            np.concatenate([mine.units, other.units]),
            np.concatenate([mine.states, other.states]),
        )
        return whole.picked(np.argsort(ids))


@dataclass(frozen=True, slots=True)
class Kept:
    """
    The roster of all enterprises that can be read, row by row with its marks (名册与行标记).

    `left_out` are the digests of those that can't be read, by id; `seen` is the moment up to
    which changes are in it.
    """

    roster: Roster
    marks: Marks
    seen: datetime
    left_out: dict[int, int]

    @property
    def count(self) -> int:
        """How many enterprises it knows of, those left out counted."""
        return len(self.marks) + len(self.left_out)

    def on(self, as_of: date) -> Kept:
        """As of another day."""
        return self if self.roster.as_of == as_of else replace(self, roster=self.roster.on(as_of))

    def where(self, *, units: Collection[int] | None = None) -> Words:
        """The enterprises in business, of some units where they are given, as a bitmap (范围)."""
        flags = self.marks.states == ACTIVE
        if units is not None:
            flags &= np.isin(self.marks.units, list(units))
        return pack(flags)

    def holds(self, ids: NDArray[np.int64], digests: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of some enterprises are here, made from the very facts they have now."""
        if not len(self.marks):
            return np.zeros(len(ids), np.bool_)
        places = self.places_of(ids)
        same: NDArray[np.bool_] = (self.marks.ids[places] == ids) & (
            self.marks.digests[places] == digests
        )
        return same

    def places_of(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """The rows of enterprises by id; of one that is not here, some other row."""
        return np.minimum(np.searchsorted(self.marks.ids, ids), len(self.marks) - 1)

    def stale(self, found: Marks) -> NDArray[np.bool_]:
        """Which of some rows of the database have to be read."""
        stale = ~self.holds(found.ids, found.digests)
        for n in np.flatnonzero(stale) if self.left_out else ():
            stale[n] = self.left_out.get(int(found.ids[n])) != int(found.digests[n])
        return stale

    def marked(self, found: Marks) -> Kept:
        """With the units and states that some known rows have now."""
        known = np.isin(found.ids, self.marks.ids)
        if not known.any():
            return self
        now = found.picked(known)
        places = self.places_of(now.ids)
        units, states = self.marks.units.copy(), self.marks.states.copy()
        units[places], states[places] = now.units, now.states
        return replace(self, marks=replace(self.marks, units=units, states=states))

    def put(self, rows: Iterable[Row[Any]]) -> Kept:
        """With these snapshots in place of what was there of the same enterprises."""
        rows = list(rows)
        people = {row.id: matched_of(row) for row in rows}
        good = [row for row in rows if people[row.id] is not None]
        gone = [row.id for row in rows if people[row.id] is None]
        left_out = {key: value for key, value in self.left_out.items() if key not in people}
        left_out |= {row.id: digest_of(row.facts_hash) for row in rows if row.id in set(gone)}
        self.roster.put(one for one in people.values() if one is not None)
        marks = self.marks.joined(Marks.of(good))
        return replace(self, marks=marks, left_out=left_out)._ordered().without(gone)

    def _ordered(self) -> Kept:
        """With the roster's rows in the order of the marks: new ones come by ascending id."""
        if self.roster.rows == len(self.marks) and self._ends_in_order():
            return self
        ids = np.array(self.roster.ids.of(range(self.roster.rows)), np.int64)
        return replace(self, roster=self.roster.selected(np.argsort(ids)))

    def _ends_in_order(self) -> bool:
        rows = self.roster.rows
        tail = range(max(0, rows - 5000), rows)  # only newcomers may be out of place
        ids = np.array(self.roster.ids.of(tail), np.int64)
        return bool((ids == self.marks.ids[tail.start :]).all())

    def without(self, ids: Collection[int]) -> Kept:
        """Without these enterprises."""
        stays = ~np.isin(self.marks.ids, list(ids))
        left_out = {key: value for key, value in self.left_out.items() if key not in set(ids)}
        if stays.all():
            return self
        return replace(
            self,
            roster=self.roster.selected(np.flatnonzero(stays)),
            marks=self.marks.picked(stays),
            left_out=left_out,
        )

    def save(self, folder: Path) -> None:
        """Write it into a folder of its own."""
        folder.mkdir(parents=True)
        save_roster(self.roster, folder / _COLUMNS)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self.marks, name))
        meta = {
            "seen": self.seen.isoformat(),
            "facts": facts_fingerprint(),
            "left_out": list(self.left_out.items()),
        }
        (folder / _META).write_text(json.dumps(meta), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> Kept:
        """
        Open what was saved; the arrays are mapped into memory, and changed there only.

        Raises:
            IndexIncompatible: it is of other facts than are known now.
            PolicyMatchError: a file is missing or cut short.
        """
        meta = json.loads((folder / _META).read_text("utf-8"))
        if meta["facts"] != facts_fingerprint():
            raise IndexIncompatible("名册按另一份事实表建立", advice="会自动重新建立")
        roster = open_roster(folder / _COLUMNS, registry=facts_known())
        arrays = (np.load(folder / f"{name}.npy", mmap_mode="c") for name in _ARRAYS)
        marks = Marks(*(array.view(np.ndarray) for array in arrays))
        left_out = {int(key): int(value) for key, value in meta["left_out"]}
        return cls(roster, marks, datetime.fromisoformat(meta["seen"]), left_out)


def facts_fingerprint() -> str:
    """Another one when another fact is known, or one is known otherwise."""
    text = repr([facts_known()[name] for name in facts_known()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""
Keeping the roster in step with the database (名册的更新); one keeper a home and process.

A generation is a folder of its own, and `current` names the one that counts, so that readers see
the old one or the new one. Changes since are taken in by what the rows' marks say; where there
are many, or no roster at all, that is a job (`admin.roster.job`).
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

import numpy as np
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from admin.clock import utc_now
from admin.principal import SYSTEM, acting_as
from admin.records.enterprise import Enterprise
from admin.roster.kept import Kept, Marks
from admin.roster.snapshots import (
    Snapshots,
    marks_query,
    roster_of_snapshots,
    snapshots_after,
    snapshots_of,
)
from policy_match.errors import PolicyMatchError

SMALL = 2000  # enterprises: up to here a roster is made when it is asked for
AT_ONCE = 2000  # changed rows: up to here they are taken in when it is asked for
BATCH = 2000
_OVERLAP = timedelta(minutes=2)  # a transaction may commit so long after the moment it writes
_CURRENT = "current"


class RosterKeeper:
    """The roster of a home, as one process has it (名册管理)."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "roster"
        self._lock = threading.RLock()
        self._kept: Kept | None = None
        self._name = ""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While it is asked or changed: the roster itself holds no locks."""
        with self._lock:
            yield

    def opened(self, as_of: date) -> Kept | None:
        """The roster as it was saved or last brought up to date, as of a day; None without one."""
        with self._lock:
            name = self._current_name()
            if name and name != self._name:
                with suppress(PolicyMatchError, OSError, ValueError, KeyError):
                    self._kept, self._name = Kept.open(self._folder / name), name
            if self._kept is not None:
                self._kept = self._kept.on(as_of)
            return self._kept

    def current(self, session: Session, as_of: date) -> Kept | None:
        """The roster with all changes in it; None where that takes a job."""
        with self._lock, acting_as(SYSTEM):
            kept = self.opened(as_of)
            if kept is None:
                count = session.scalar(select(func.count(Enterprise.id))) or 0
                if count > SMALL:
                    return None
                made = made_of([snapshots_after(session, 0, SMALL)], as_of, utc_now())
                self._kept = self.completed(session, made)
                return self._kept
            try:
                return self._brought_up(session, kept)
            except BaseException:
                self._kept, self._name = None, ""  # it may be half changed: open it anew
                raise

    def _brought_up(self, session: Session, kept: Kept) -> Kept | None:
        now = utc_now()
        since = kept.seen - _OVERLAP
        changed = or_(Enterprise.facts_changed_at >= since, Enterprise.changed_at >= since)
        found = Marks.of(session.execute(marks_query().where(changed)))
        newer = self._taken_in(session, kept, found, now, most=AT_ONCE)
        if newer is None:
            return None
        if newer.count != (session.scalar(select(func.count(Enterprise.id))) or 0):
            newer = self.compared(session, newer, most=AT_ONCE)
        self._kept = newer or self._kept
        return newer

    def compared(self, session: Session, kept: Kept, *, most: int | None = None) -> Kept | None:
        """
        Compared row by row with the database, changes taken in, deleted enterprises left out.

        None where more than `most` rows would have to be read.
        """
        now = utc_now()
        found = Marks.of(session.execute(marks_query()))
        gone = np.setdiff1d(np.append(kept.marks.ids, np.array([*kept.left_out], int)), found.ids)
        kept = kept.without(gone.tolist()) if len(gone) else kept
        return self._taken_in(session, kept, found, now, most=most)

    def _taken_in(
        self, session: Session, kept: Kept, found: Marks, now: datetime, *, most: int | None
    ) -> Kept | None:
        ids = found.ids[kept.stale(found)].tolist()
        if most is not None and len(ids) > most:
            return None
        newer = kept.marked(found)
        for start in range(0, len(ids), BATCH):
            newer = newer.put(snapshots_of(session, ids[start : start + BATCH]))
        return Kept(newer.roster, newer.marks, now, newer.left_out)

    def completed(self, session: Session, kept: Kept) -> Kept:
        """With those that could not be read by columns, read as records."""
        found = Marks.of(session.execute(marks_query()))
        ids = found.ids[kept.stale(found)].tolist()
        for start in range(0, len(ids), BATCH):
            kept = kept.put(snapshots_of(session, ids[start : start + BATCH]))
        return kept

    def save(self, kept: Kept) -> None:
        """Write a generation and make it the one that counts; older ones are removed."""
        name = f"{kept.roster.as_of.isoformat()}-{uuid4().hex[:8]}"
        kept.save(self._folder / name)
        draft = self._folder / f".{name}"
        draft.write_text(name, "utf-8")
        with self._lock:
            draft.replace(self._folder / _CURRENT)
            self._kept, self._name = kept, name
        for old in self._folder.iterdir():
            if old.is_dir() and old.name != name:
                shutil.rmtree(old, ignore_errors=True)  # who has it mapped keeps it

    def _current_name(self) -> str:
        try:
            return (self._folder / _CURRENT).read_text("utf-8").strip()
        except OSError:
            return ""


def made_of(batches: Iterable[Snapshots], as_of: date, started: datetime) -> Kept:
    """A roster of the snapshots that can be read by columns."""
    parts: list[Marks] = []

    def marking() -> Iterator[Snapshots]:
        for batch in batches:
            parts.append(Marks.of(batch))
            yield batch

    roster = roster_of_snapshots(marking(), as_of=as_of)
    whole = Marks.of(())
    if parts:
        whole = Marks(*(np.concatenate([getattr(p, n) for p in parts]) for n in Marks.__slots__))
    ids = np.array(roster.ids.of(range(roster.rows)), np.int64)
    return Kept(roster, whole.picked(np.isin(whole.ids, ids)), started, {})


@cache
def keeper_of(home: Path) -> RosterKeeper:
    """The process's keeper of a home."""
    return RosterKeeper(home)

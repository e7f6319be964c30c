"""
The job `roster` (更新名册): made once from all snapshots, then compared with the database.

It reads in short transactions and shows how far it is; who asks for a count meanwhile is told that
the roster is being prepared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.clock import business_date, utc_now
from admin.db import reading_only
from admin.jobs import LONG, JobRun, enqueue, handler
from admin.jobs.queue import ACTIVE
from admin.records.enterprise import Enterprise
from admin.records.job import Job
from admin.roster.keeper import BATCH, RosterKeeper, keeper_of, made_of
from admin.roster.kept import Kept
from admin.roster.snapshots import Snapshots, snapshots_after

KIND, KEY = "roster", "enterprises"


@handler(KIND, slot=LONG, lease_seconds=900)
def keep_roster(run: JobRun) -> dict[str, Any]:
    """Make the roster, or bring it up to date, and save it (更新名册)."""
    kept = updated_roster(run, business_date(run.started_at))
    return {"enterprises": len(kept.roster), "left_out": len(kept.left_out)}


def updated_roster(run: JobRun, as_of: date) -> Kept:
    """The roster with every change in it, saved for all who open it."""
    keeper = keeper_of(run.settings.home)
    before = keeper.opened(as_of)
    if before is None:
        return _made(run, keeper, as_of)
    with keeper.locked(), reading_only(), run.session() as session:
        kept = keeper.compared(session, before)
    assert kept is not None  # no limit was set
    keeper.save(kept)
    return kept


def ready_roster(run: JobRun, as_of: date) -> Kept:
    """The roster as it lies there, made first where there is none; rows may be out of date."""
    keeper = keeper_of(run.settings.home)
    return keeper.opened(as_of) or _made(run, keeper, as_of)


def _made(run: JobRun, keeper: RosterKeeper, as_of: date) -> Kept:
    kept = made_of(_batches(run), as_of, utc_now())
    with reading_only(), run.session() as session:
        kept = keeper.completed(session, kept)
    keeper.save(kept)
    return kept


def _batches(run: JobRun) -> Iterator[Snapshots]:
    """All snapshots; a transaction a batch, and the progress between them."""
    with reading_only(), run.session() as session:
        total = session.scalar(select(func.count(Enterprise.id))) or 0
    after = done = 0
    while True:
        with reading_only(), run.session() as session:
            batch = snapshots_after(session, after, BATCH)
        if not batch:
            return
        yield batch
        after, done = batch[-1].id, done + len(batch)
        with run.session() as session:
            run.progress(session, done=done, total=total, message="正在准备名册")
            session.commit()


@dataclass(frozen=True, slots=True)
class Preparing:
    """How far the roster is (名册准备进度)."""

    done: int
    total: int
    failed: str = ""


def ask_for_roster(session: Session, *, requested_by: str) -> Preparing:
    """Ask for the roster, and say how far it is; a job that failed is not asked for again."""
    newest = session.scalars(
        select(Job).where(Job.kind == KIND, Job.key == KEY).order_by(Job.id.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.state == "failed":
        return Preparing(0, 0, newest.message)
    if newest is None or newest.state not in ACTIVE:
        newest = enqueue(session, KIND, KEY, requested_by=requested_by)
    return Preparing(newest.done, newest.total)

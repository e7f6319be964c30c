"""Asking for work (排队): one active job of a kind and key, however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from admin.audit import note
from admin.clock import utc_now
from admin.jobs.handlers import HANDLERS
from admin.records.job import Job

WAITING = ("pending", "retry")
ACTIVE = (*WAITING, "running")
RING = "ring"  # in Session.info: the worker is to be rung after the commit
_ACTIVE_ONLY = Job.state.in_(ACTIVE)


def enqueue(
    session: Session,
    kind: str,
    key: str,
    *,
    payload: Mapping[str, Any] | None = None,
    requested_by: str = "系统",
    now: datetime | None = None,
) -> Job:
    """
    Ask for a job (排队); the caller commits, and the worker is rung after that.

    A job of the same kind and key that waits is the same job, with the new payload. One that runs
    is done once more when it ends, since what it read may have changed meanwhile.
    """
    now = now or utc_now()
    session.flush()
    session.info[RING] = True
    for _ in range(3):  # between the two statements another worker may end the job
        _insert(session, kind, key, dict(payload or {}), requested_by, now)
        job = _active(session, kind, key)
        if job is not None:
            return _renewed(session, job, payload)
    raise RuntimeError(f"job {kind} {key} can neither be made nor found")


def _insert(
    session: Session, kind: str, key: str, payload: dict[str, Any], who: str, now: datetime
) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {
        "kind": kind,
        "key": key,
        "payload": payload,
        "requested_by": who,
        "next_attempt_at": now,
        "created_at": now,
        "changed_at": now,
    }
    session.execute(
        dialect.insert(Job)
        .values(**row)
        .on_conflict_do_nothing(
            index_elements=["kind", "key"],
            index_where=text("state IN ('pending', 'running', 'retry')"),  # as the index has it
        )
    )


def _active(session: Session, kind: str, key: str) -> Job | None:
    return session.scalars(
        select(Job)
        .where(Job.kind == kind, Job.key == key, _ACTIVE_ONLY)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _renewed(session: Session, job: Job, payload: Mapping[str, Any] | None) -> Job:
    values: dict[str, Any] = {"again": True} if job.state == "running" else {}
    if payload is not None and dict(payload) != job.payload:
        values["payload"] = dict(payload)
    if values:
        session.execute(
            update(Job)
            .where(Job.id == job.id, _ACTIVE_ONLY)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        session.refresh(job)
    return job


def due(now: datetime, kinds: Iterable[str]) -> ColumnElement[bool]:
    """Jobs to be done now: those whose time has come, and those whose worker fell silent."""
    return and_(
        Job.kind.in_(sorted(kinds)),
        or_(
            and_(Job.state.in_(WAITING), Job.next_attempt_at <= now),
            and_(Job.state == "running", Job.lease_until < now),
        ),
    )


def due_slots(session: Session, now: datetime) -> frozenset[str]:
    """The slots that have something to do now."""
    kinds = session.scalars(select(Job.kind).where(due(now, HANDLERS)).distinct())
    return frozenset(HANDLERS[kind].slot for kind in kinds)


def try_again(session: Session, job: Job, *, requested_by: str, now: datetime) -> bool:
    """
    A person has a failed job done once more (再试一次); it goes on from its cursor.

    Recorded in the audit trail. False where it has not failed, or the same is asked for already:
    pressing twice is pressing once. The caller commits, and the worker is rung after that.
    """
    other = aliased(Job)
    is_active = exists().where(
        other.kind == job.kind, other.key == job.key, other.state.in_(ACTIVE)
    )
    done = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.state == "failed", ~is_active)
        .values(
            state="pending",
            attempts=0,
            next_attempt_at=now,
            finished_at=None,
            message="",
            requested_by=requested_by,
        )
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]  # a cursor result has it
        return False
    note(session, "再试一次", job, state=("failed", "pending"))
    session.info[RING] = True
    session.flush()
    session.refresh(job)
    return True

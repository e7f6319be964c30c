"""Leases and signs of life (租约与心跳): only one beats the minute, and each worker is seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from admin.records.job import Lease

TICK = "tick"
TICK_SECONDS = 50.0  # less than a minute: the next tick finds it free
WORKER = "worker:"
FORGET_AFTER = timedelta(days=1)


def take_lease(session: Session, name: str, holder: str, *, now: datetime, seconds: float) -> bool:
    """Take a lease that is free, over, or one's own; the caller commits."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(
        dialect.insert(Lease)
        .values(name=name, holder="", seen_at=now, until=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    taken = session.execute(
        update(Lease)
        .where(Lease.name == name, or_(Lease.until <= now, Lease.holder == holder))
        .values(holder=holder, seen_at=now, until=now + timedelta(seconds=seconds))
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]  # a cursor result has it


def beat_heart(session: Session, worker: str, *, now: datetime) -> None:
    """A worker lives (心跳); those not seen for a day are forgotten. The caller commits."""
    take_lease(session, WORKER + worker, worker, now=now, seconds=180)
    session.execute(
        delete(Lease)
        .where(Lease.name.startswith(WORKER), Lease.seen_at < now - FORGET_AFTER)
        .execution_options(synchronize_session=False)
    )


def workers_seen(session: Session, *, since: datetime | None = None) -> dict[str, datetime]:
    """When each worker was last seen; only those seen since a moment."""
    found = select(Lease.holder, Lease.seen_at).where(Lease.name.startswith(WORKER))
    rows = session.execute(found if since is None else found.where(Lease.seen_at >= since))
    return {str(holder): seen for holder, seen in rows}

"""
Pruning (清理): what is over and nobody asks for any more, by the days that staff say.

Never a job that has failed and was not done since, never a delivery that is uncertain or dead:
those wait for a person. A delivery that was sent stays as long as its links are good, and what a
digest said stays for good: nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from admin.db import Record
from admin.jobs import JobRun, handler
from admin.push.links import LIFE_DAYS
from admin.records.delivery import Delivery
from admin.records.job import Job, Schedule, Upload

KEEP_DAYS = 180
CHUNK = 500
LINKS_DAYS = max(LIFE_DAYS.values())


@handler("prune")
def prune(run: JobRun) -> dict[str, Any]:
    """Delete what is older than the schedule's days, some rows a transaction."""
    with run.session() as session:
        days = _keep_days(session, run.payload.get("schedule"))
    counts = {"jobs": 0, "deliveries": 0}
    for name, model, is_over in (
        ("jobs", Job, old_jobs(run.started_at, days)),
        ("deliveries", Delivery, old_deliveries(run.started_at, days)),
    ):
        while gone := _delete_some(run, model, is_over):
            counts[name] += gone
    words = f"保留 {days} 天：清理任务 {counts['jobs']} 项、投递记录 {counts['deliveries']} 条"
    return {"message": words, **counts}


def old_jobs(now: datetime, days: int) -> ColumnElement[bool]:
    """Jobs that are done, or failed and were done since; no file's reading is shown by them."""
    later = aliased(Job)
    done_since = exists().where(
        later.kind == Job.kind, later.key == Job.key, later.id > Job.id, later.state == "done"
    )
    return and_(
        Job.finished_at < now - timedelta(days=days),
        or_(Job.state == "done", and_(Job.state == "failed", done_since)),
        ~exists().where(Upload.job_id == Job.id, Upload.state != "read"),
    )


def old_deliveries(now: datetime, days: int) -> ColumnElement[bool]:
    """Deliveries that were cancelled, and those sent whose links are good no more."""
    return or_(
        and_(Delivery.state == "cancelled", Delivery.changed_at < now - timedelta(days=days)),
        and_(
            Delivery.state == "sent",
            Delivery.sent_at < now - timedelta(days=max(days, LINKS_DAYS)),
        ),
    )


def _keep_days(session: Session, schedule_id: Any) -> int:
    kept = session.scalar(select(Schedule.keep_days).where(Schedule.id == schedule_id))
    return kept or KEEP_DAYS


def _delete_some(run: JobRun, model: type[Record], is_over: ColumnElement[bool]) -> int:
    with run.session() as session:
        ids: Sequence[int] = session.scalars(select(model.id).where(is_over).limit(CHUNK)).all()
        if ids:
            session.execute(delete(model).where(model.id.in_(ids), is_over))
            run.progress(session, message=f"已清理一批 {len(ids)} 条")
            session.commit()
    return len(ids)

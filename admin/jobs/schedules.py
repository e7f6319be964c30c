"""
Schedules that staff edit (定时计划): a plain function reads the rows and asks for the jobs.

They know working days, which crontabs do not. Each runs at most once a day; a machine that was
off at the hour catches up when it is back the same day.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from admin.clock import local
from admin.jobs.queue import enqueue
from admin.records.job import Job, Schedule


def enqueue_due_schedules(session: Session, now: datetime) -> list[Job]:
    """Ask for what the schedules want now; the caller commits."""
    moment = local(now)
    day = moment.date()
    found = session.scalars(
        select(Schedule)
        .where(Schedule.enabled, or_(Schedule.last_run_on.is_(None), Schedule.last_run_on < day))
        .order_by(Schedule.hour, Schedule.minute, Schedule.id)
    )
    return [
        _enqueue(session, schedule, day, now)
        for schedule in list(found)
        if is_due(session, schedule, moment) and _take(session, schedule, day)
    ]


def is_due(session: Session, schedule: Schedule, moment: datetime) -> bool:
    """Whether a schedule is due at a moment of local time, its last run aside."""
    if (moment.hour, moment.minute) < (schedule.hour, schedule.minute):
        return False
    weekdays = {part.strip() for part in schedule.weekdays.replace("，", ",").split(",")}
    if str(moment.isoweekday()) not in weekdays:
        return False
    return not schedule.working_days_only or _is_working_day(session, moment.date())


def _is_working_day(session: Session, day: date) -> bool:
    from admin.calendar import is_working_day

    return bool(is_working_day(session, day))


def _take(session: Session, schedule: Schedule, day: date) -> bool:
    """Note today's run by a conditional UPDATE: of two ticks only one asks."""
    taken = session.execute(
        update(Schedule)
        .where(
            Schedule.id == schedule.id,
            or_(Schedule.last_run_on.is_(None), Schedule.last_run_on < day),
        )
        .values(last_run_on=day)
        .execution_options(synchronize_session=False)
    )
    session.refresh(schedule)
    return bool(taken.rowcount)  # type: ignore[attr-defined]  # a cursor result has it


def _enqueue(session: Session, schedule: Schedule, day: date, now: datetime) -> Job:
    return enqueue(
        session,
        schedule.kind,
        day.isoformat(),
        payload={"schedule": schedule.id},
        requested_by="定时计划",
        now=now,
    )

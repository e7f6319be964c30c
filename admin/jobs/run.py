"""
Doing what is due (运行): claim, work, record; tried again with backoff, given up with a reason.

A handler writes its results and its cursor in one transaction (`JobRun.progress`), under the token
of its claim: a worker that lost its lease to another can write nothing more.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, null, select, update
from sqlalchemy.orm import Session, sessionmaker

from admin.clock import utc_now
from admin.db import reading_only
from admin.jobs.handlers import Handler, load_handlers
from admin.jobs.queue import due
from admin.principal import SYSTEM, acting_as
from admin.records.job import Job
from policy_match.errors import InputError
from policy_match.settings import Settings

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 60.0
LONGEST_DELAY_SECONDS = 3600.0
Clock = Callable[[], datetime]
_KEEP: Any = object()


class LeaseLost(RuntimeError):
    """Another worker has taken the job: stop, and write nothing."""


class GiveUp(Exception):
    """The job cannot succeed, however often it is tried; the message says why in Chinese."""


@dataclass(slots=True)
class RunReport:
    """What a ring did (本次运行): ids of jobs by outcome."""

    done: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    retried: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many jobs were worked on."""
        return sum(map(len, (self.done, self.again, self.retried, self.failed, self.lost)))

    def __str__(self) -> str:
        return (
            f"完成 {len(self.done)}，再做一遍 {len(self.again)}，稍后重试 {len(self.retried)}，"
            f"失败 {len(self.failed)}，被接管 {len(self.lost)}"
        )


@dataclass(slots=True)
class JobRun:
    """One attempt at a job, as its handler sees it (一次运行)."""

    sessions: sessionmaker[Session]
    settings: Settings
    job_id: int
    kind: str
    key: str
    payload: dict[str, Any]
    cursor: Any
    attempt: int
    token: str
    started_at: datetime
    lease_seconds: float
    clock: Clock = utc_now
    requested_by: str = "系统"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session; what was not committed is rolled back."""
        with self.sessions() as session:
            yield session

    def progress(
        self,
        session: Session,
        *,
        done: int | None = None,
        total: int | None = None,
        cursor: Any = _KEEP,
        message: str | None = None,
    ) -> None:
        """
        Record progress in the caller's transaction and renew the lease; the caller commits.

        A new cursor counts as headway: the attempts begin anew, so that a long job outlives more
        interruptions than it has attempts.

        Raises:
            LeaseLost: another worker has the job; the caller's transaction must not be committed.
        """
        values: dict[str, Any] = {"lease_until": self._lease()}
        values |= {k: v for k, v in (("done", done), ("total", total)) if v is not None}
        if message is not None:
            values["message"] = message[:500]
        if cursor is not _KEEP:
            values |= {"cursor": null() if cursor is None else cursor, "attempts": 1}
        if not _update_held(session, self.job_id, self.token, values):
            session.rollback()
            raise LeaseLost(f"job {self.job_id} was taken by another worker")
        if cursor is not _KEEP:
            self.cursor = cursor

    def _lease(self) -> datetime:
        return self.clock() + timedelta(seconds=self.lease_seconds)


def run_due(
    sessions: sessionmaker[Session],
    settings: Settings,
    now: datetime,
    *,
    kinds: Iterable[str] | None = None,
    limit: int | None = None,
    clock: Clock = utc_now,
    jitter: Callable[[], float] = lambda: 0.5 + secrets.randbelow(1000) / 1000,
) -> RunReport:
    """
    Do the jobs that are due, oldest first, one after the other (运行到期任务).

    Args:
        sessions: sessions outside the web.
        settings: handed to the handlers.
        now: what is due at this moment is done, and what that asks for at once.
        kinds: only these kinds; all that have a handler by default.
        limit: at most so many jobs.
        clock: leases and the next attempt are counted from it.
        jitter: a factor around 1 for each delay, so that failed jobs do not come back together.
    """
    handlers = load_handlers()
    wanted = [kind for kind in (kinds if kinds is not None else handlers) if kind in handlers]
    report = RunReport()
    with acting_as(SYSTEM):
        while limit is None or report.count < limit:
            run = _claim(sessions, settings, max(now, clock()), wanted, clock)
            if run is None:
                break
            _work(handlers[run.kind], run, report, jitter)
    return report


def _claim(
    sessions: sessionmaker[Session],
    settings: Settings,
    now: datetime,
    kinds: Iterable[str],
    clock: Clock,
) -> JobRun | None:
    """Take one due job by a conditional UPDATE; another worker may be quicker: try the next."""
    kinds = list(kinds)
    with reading_only(), sessions() as session:
        ids = session.scalars(
            select(Job.id).where(due(now, kinds)).order_by(Job.next_attempt_at, Job.id).limit(20)
        ).all()
    for job_id in ids:
        run = _take(sessions, settings, job_id, now, kinds, clock)
        if run is not None:
            return run
    return None


def _take(
    sessions: sessionmaker[Session],
    settings: Settings,
    job_id: int,
    now: datetime,
    kinds: Iterable[str],
    clock: Clock,
) -> JobRun | None:
    handlers = load_handlers()
    token = secrets.token_hex(16)
    with sessions() as session:
        kind = session.scalar(select(Job.kind).where(Job.id == job_id))
        if kind not in handlers:
            return None
        lease = handlers[kind].lease_seconds
        taken = session.execute(
            update(Job)
            .where(Job.id == job_id, due(now, kinds))
            .values(
                state="running",
                token=token,
                lease_until=now + timedelta(seconds=lease),
                attempts=Job.attempts + 1,
                cursor=case((Job.again, null()), else_=Job.cursor),
                again=False,
                changed_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        if not taken.rowcount:  # type: ignore[attr-defined]  # a cursor result has it
            session.rollback()
            return None
        job = session.scalars(select(Job).where(Job.id == job_id)).one()
        session.commit()
        return JobRun(
            sessions=sessions,
            settings=settings,
            job_id=job.id,
            kind=job.kind,
            key=job.key,
            payload=job.payload or {},
            cursor=job.cursor,
            attempt=job.attempts,
            token=token,
            started_at=now,
            lease_seconds=lease,
            clock=clock,
            requested_by=job.requested_by,
        )


def _work(one: Handler, run: JobRun, report: RunReport, jitter: Callable[[], float]) -> None:
    if run.attempt > one.max_attempts:
        _fail(run, report, f"运行 {one.max_attempts} 次都中断了（进程被终止或机器重启）")
        return
    try:
        result = one.work(run)
    except LeaseLost:
        log.warning("job lost", extra={"job": run.job_id, "kind": run.kind})
        report.lost.append(run.job_id)
    except (GiveUp, InputError) as error:
        _fail(run, report, str(error))
    except Exception as error:  # whatever a handler raises is the job's outcome, not the worker's
        log.exception("job failed", extra={"job": run.job_id, "kind": run.kind})
        _after_error(one, run, report, _reason(error), jitter)
    else:
        _finish(run, report, dict(result or {}))


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}：{error}"[:500]


def _finish(run: JobRun, report: RunReport, result: dict[str, Any]) -> None:
    """Done; or, where it was asked for again meanwhile, back into the queue from the start."""
    now = run.clock()
    held = _update(
        run,
        {
            "state": case((Job.again, "pending"), else_="done"),
            "cursor": null(),
            "attempts": case((Job.again, 0), else_=Job.attempts),
            "finished_at": now,
            "next_attempt_at": case((Job.again, now), else_=Job.next_attempt_at),
            "again": False,
            "result": result,
            "token": None,
            "lease_until": None,
        },
    )
    with reading_only(), run.session() as session:
        state = session.scalar(select(Job.state).where(Job.id == run.job_id))
    target = report.lost if not held else report.again if state == "pending" else report.done
    target.append(run.job_id)


def _after_error(
    one: Handler, run: JobRun, report: RunReport, reason: str, jitter: Callable[[], float]
) -> None:
    if run.attempt >= one.max_attempts:
        _fail(run, report, f"试了 {run.attempt} 次没有成功。{reason}")
        return
    delay = backoff_seconds(run.attempt) * jitter()
    held = _update(
        run,
        {
            "state": "retry",
            "next_attempt_at": run.clock() + timedelta(seconds=delay),
            "message": reason,
            "token": None,
            "lease_until": None,
        },
    )
    (report.retried if held else report.lost).append(run.job_id)


def backoff_seconds(attempt: int) -> float:
    """How long to wait after the n-th failed attempt: doubled each time, an hour at most."""
    return float(min(FIRST_DELAY_SECONDS * 2 ** (attempt - 1), LONGEST_DELAY_SECONDS))


def _fail(run: JobRun, report: RunReport, reason: str) -> None:
    values = {
        "state": "failed",
        "message": reason[:500],
        "finished_at": run.clock(),
        "again": False,
        "token": None,
        "lease_until": None,
    }
    (report.failed if _update(run, values) else report.lost).append(run.job_id)


def _update(run: JobRun, values: dict[str, Any]) -> bool:
    with run.session() as session:
        held = _update_held(session, run.job_id, run.token, values)
        session.commit()
    return held


def _update_held(session: Session, job_id: int, token: str, values: dict[str, Any]) -> bool:
    result = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.token == token, Job.state == "running")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]  # a cursor result has it

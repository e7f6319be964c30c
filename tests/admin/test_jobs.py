"""Jobs: asked for once, claimed once, resumed, tried again, given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin.jobs import HANDLERS, GiveUp, Handler, JobRun, LeaseLost, RunReport, enqueue, run_due
from admin.jobs.queue import try_again
from admin.records.job import Job
from admin.setup import open_sessions

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    made = open_sessions(settings)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Registers a function for the kind `test`."""

    def register(function: Any, **options: Any) -> None:
        monkeypatch.setitem(HANDLERS, "test", Handler("test", function, **options))

    return register


def ask(sessions: Any, key: str = "a", **payload: Any) -> int:
    with sessions() as session:
        job = enqueue(session, "test", key, payload=payload or None, now=NOW)
        session.commit()
        return job.id


def run(sessions: Any, settings: Any, clock: Clock, **options: Any) -> RunReport:
    return run_due(
        sessions, settings, clock(), kinds=["test"], clock=clock, jitter=lambda: 1.0, **options
    )


def job(sessions: Any, job_id: int) -> Job:
    with sessions() as session:
        return session.get_one(Job, job_id)


def test_asking_twice_makes_one_job(sessions: Any) -> None:
    first = ask(sessions, x=1)
    assert ask(sessions, x=2) == first
    assert job(sessions, first).payload == {"x": 2}


def test_a_job_is_done_once_and_its_result_kept(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    seen: list[Any] = []
    work(lambda run: seen.append(run.payload) or {"n": 3})
    made = ask(sessions, x=1)
    assert run(sessions, settings, clock).done == [made]
    assert run(sessions, settings, clock).count == 0
    assert seen == [{"x": 1}]
    assert (job(sessions, made).state, job(sessions, made).result) == ("done", {"n": 3})


def test_a_job_asked_for_while_it_runs_is_done_once_more(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    seen: list[Any] = []

    def function(one: JobRun) -> None:
        seen.append(one.payload["x"])
        if len(seen) == 1:
            assert ask(sessions, x=2) == one.job_id

    work(function)
    made = ask(sessions, x=1)
    report = run(sessions, settings, clock)
    assert (report.again, report.done) == ([made], [made])
    assert seen == [1, 2]


def test_an_error_is_tried_again_later_each_time_longer(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    def function(_run: JobRun) -> None:
        raise OSError("连接中断")

    work(function, max_attempts=3)
    made = ask(sessions)
    waits = []
    for _ in range(2):
        assert run(sessions, settings, clock).retried == [made]
        waits.append((job(sessions, made).next_attempt_at - clock()).total_seconds())
        assert run(sessions, settings, clock).count == 0
        clock.now = job(sessions, made).next_attempt_at
    assert waits == [60, 120]
    assert run(sessions, settings, clock).failed == [made]
    assert "连接中断" in job(sessions, made).message
    assert "3 次" in job(sessions, made).message


def test_what_cannot_succeed_is_given_up_at_once(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    def function(_run: JobRun) -> None:
        raise GiveUp("政策已撤回，不再匹配")

    work(function)
    made = ask(sessions)
    assert run(sessions, settings, clock).failed == [made]
    assert job(sessions, made).message == "政策已撤回，不再匹配"


def test_a_failed_job_asked_for_again_goes_on_from_its_cursor(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    cursors: list[Any] = []

    def function(one: JobRun) -> None:
        cursors.append(one.cursor)
        with one.session() as session:
            one.progress(session, cursor=7)
            session.commit()
        if len(cursors) == 1:
            raise GiveUp("坏了")

    work(function)
    made = ask(sessions)
    run(sessions, settings, clock)
    with sessions() as session:
        assert try_again(session, session.get_one(Job, made), requested_by="陈", now=clock())
        assert not try_again(session, session.get_one(Job, made), requested_by="陈", now=clock())
        session.commit()
    run(sessions, settings, clock)
    assert cursors == [None, 7]


class Killed(BaseException):
    """A worker that ends in the middle, as by kill -9."""


def test_a_killed_worker_s_job_is_resumed_from_its_cursor(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    """Not before the lease is over, and not from the start."""
    cursors: list[Any] = []

    def function(one: JobRun) -> None:
        cursors.append(one.cursor)
        with one.session() as session:
            one.progress(session, done=5, total=10, cursor={"after": 5})
            session.commit()
        if len(cursors) == 1:
            raise Killed

    work(function, lease_seconds=60)
    made = ask(sessions)
    with pytest.raises(Killed):
        run(sessions, settings, clock)
    assert run(sessions, settings, clock).count == 0
    clock.later(seconds=61)
    assert run(sessions, settings, clock).done == [made]
    assert cursors == [None, {"after": 5}]


def test_a_job_that_kills_its_worker_every_time_fails(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    def function(_run: JobRun) -> None:
        raise Killed

    work(function, max_attempts=2, lease_seconds=60)
    made = ask(sessions)
    for _ in range(2):
        with pytest.raises(Killed):
            run(sessions, settings, clock)
        clock.later(seconds=61)
    assert run(sessions, settings, clock).failed == [made]
    assert "中断" in job(sessions, made).message


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    sessions: Any, settings: Any, clock: Clock, work: Any
) -> None:
    outcome: list[str] = []

    def function(one: JobRun) -> None:
        if outcome:
            outcome.append("second")
            return
        outcome.append("first")
        clock.later(seconds=61)
        assert run(sessions, settings, clock).done == [one.job_id]
        with one.session() as session, pytest.raises(LeaseLost):
            one.progress(session, cursor=1)
        raise LeaseLost

    work(function, lease_seconds=60)
    made = ask(sessions)
    assert run(sessions, settings, clock).lost == [made]
    assert outcome == ["first", "second"]
    assert job(sessions, made).state == "done"


def test_the_upload_s_commit_rings_and_a_rollback_does_not(
    sessions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every slot is rung: reading is not in that of the short jobs."""
    from admin import tasks
    from admin.jobs.handlers import SLOTS

    rings: list[str] = []
    monkeypatch.setattr(tasks, "send_ring", lambda app, slot="short": rings.append(slot))
    tasks.install_bell(sessions, None)
    with sessions() as session:
        enqueue(session, "test", "a", now=NOW)
        session.rollback()
        session.commit()
        assert rings == []
        enqueue(session, "test", "b", now=NOW)
        assert rings == []
        session.commit()
    assert rings == list(SLOTS)
    with sessions() as session:
        assert session.scalars(select(Job.key).where(Job.kind == "test")).all() == ["b"]

"""Schedules, the tick, the tasks, metrics and what doctor says of the admin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin import celery_app, tasks
from admin.checks import checks
from admin.clock import utc_now
from admin.jobs import HANDLERS, LONG, Handler, beat_heart, enqueue, enqueue_due_schedules
from admin.jobs.leases import TICK, take_lease, workers_seen
from admin.principal import SYSTEM, Role, acting_as
from admin.records.job import Holiday, Job, Schedule
from admin.setup import open_sessions
from policy_match.settings import load_settings

MORNING = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # Tuesday, 9:30 in China


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    made = open_sessions(settings)
    with acting_as(SYSTEM):
        yield made
    made.kw["bind"].dispose()


@pytest.fixture
def celery(settings: Any) -> Any:
    made = celery_app.make_celery(settings)
    yield made
    sessions = tasks._sessions.pop(id(made), None)
    if sessions is not None:
        sessions.kw["bind"].dispose()


def due(session: Any, now: datetime) -> set[tuple[str, str]]:
    found = {(job.kind, job.key) for job in enqueue_due_schedules(session, now)}
    session.commit()
    return found


def only(session: Any, **values: Any) -> Schedule:
    """The schedule of the push alone, with these values."""
    for schedule in session.scalars(select(Schedule)):
        schedule.enabled = schedule.kind == "push"
    found = session.scalars(select(Schedule).where(Schedule.kind == "push")).one()
    for name, value in values.items():
        setattr(found, name, value)
    session.commit()
    return found


def test_a_schedule_runs_once_a_day_after_its_hour(session: Any) -> None:
    only(session, hour=9, minute=0)
    assert due(session, MORNING - timedelta(hours=1)) == set()
    assert due(session, MORNING) == {("push", "2026-11-24")}
    assert due(session, MORNING + timedelta(minutes=1)) == set()
    assert due(session, MORNING + timedelta(days=1)) == {("push", "2026-11-25")}


def test_a_schedule_of_working_days_knows_holidays_and_staff_s_changes(session: Any) -> None:
    only(session, weekdays="1,2,3,4,5,6,7", working_days_only=True)
    saturday = MORNING + timedelta(days=4)
    assert due(session, saturday) == set()
    session.add(Holiday(day=date(2026, 11, 28), is_working=True, name="调休上班"))
    session.commit()
    assert due(session, saturday) == {("push", "2026-11-28")}


def test_a_schedule_may_name_weekdays_as_people_type_them(session: Any) -> None:
    only(session, weekdays="1， 2", working_days_only=False)
    assert due(session, MORNING) == {("push", "2026-11-24")}
    assert due(session, MORNING + timedelta(days=1)) == set()


def test_of_two_ticks_only_one_has_the_lease(session: Any) -> None:
    now = utc_now()
    assert take_lease(session, TICK, "a", now=now, seconds=50)
    assert not take_lease(session, TICK, "b", now=now, seconds=50)
    assert take_lease(session, TICK, "b", now=now + timedelta(seconds=51), seconds=50)


def test_workers_not_seen_for_a_day_are_forgotten(session: Any) -> None:
    now = utc_now()
    beat_heart(session, "old", now=now - timedelta(days=2))
    beat_heart(session, "new", now=now)
    session.commit()
    assert set(workers_seen(session)) == {"new"}


def test_a_tick_asks_for_schedules_and_runs_short_jobs(
    session: Any, celery: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setitem(HANDLERS, "push", Handler("push", lambda run: ran.append(run.key)))
    only(session, hour=0, minute=0, weekdays="1,2,3,4,5,6,7", working_days_only=False)
    assert tasks.ring_slot(celery, "short", tick=True).startswith("完成 1")
    assert len(ran) == 1
    assert len(workers_seen(session)) == 1


def test_a_long_job_does_not_hold_up_the_short_ones(
    session: Any, celery: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it runs, the short slot goes on, and another ring of its own returns at once."""
    seen: list[str] = []

    def long_work(_run: Any) -> None:
        seen.append(tasks.ring_slot(celery, LONG))
        with acting_as(SYSTEM), tasks.sessions_of(celery)() as inner:
            enqueue(inner, "quick", "1")
            inner.commit()
        tasks.ring_slot(celery, "short")

    monkeypatch.setitem(HANDLERS, "slow", Handler("slow", long_work, slot=LONG))
    monkeypatch.setitem(HANDLERS, "quick", Handler("quick", lambda run: seen.append("quick")))
    enqueue(session, "slow", "1")
    session.commit()
    tasks.ring_slot(celery, LONG)
    assert seen == ["正在运行", "quick"]


def test_a_task_pushes_a_context_only_where_there_is_none(app: Any, settings: Any) -> None:
    """So that a task run inside a request sees what the request has not committed."""
    from flask import current_app

    celery = celery_app.make_celery(settings, flask=app)
    contexts: list[Any] = []

    @celery.task(name="probe")
    def probe() -> None:
        contexts.append(current_app._get_current_object())

    probe()
    with app.app_context() as context:
        probe()
        assert context is not None
    assert contexts == [app, app]


def test_without_redis_a_ring_is_a_minute_lost_and_no_error(settings: Any, tmp_path: Any) -> None:
    given = {"POLICY_MATCH_HOME": str(tmp_path), "POLICY_MATCH_BROKER_URL": "redis://127.0.0.1:1/0"}
    dead = celery_app.make_celery(load_settings(given, dotenv=None))
    assert not tasks.send_ring(dead)


def test_messages_are_files_in_the_home(settings: Any, celery: Any) -> None:
    assert tasks.send_ring(celery)
    assert len(list((settings.home / "broker" / "messages").iterdir())) == 1


def test_metrics_are_text_for_prometheus(login: Any, app: Any, session: Any) -> None:
    session.add(Job(kind="match", key="x", state="failed"))
    session.add(Job(kind="match", key="y", next_attempt_at=utc_now() - timedelta(minutes=5)))
    session.commit()
    text = app.test_client().get("/metrics").get_data(as_text=True)
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['policy_match_jobs{kind="match",state="failed"}'] == "1"
    assert 290 < float(lines["policy_match_job_age_seconds"]) < 330
    assert lines["policy_match_uncertain_sends"] == "0"
    assert lines["policy_match_index_lag_seconds"] == "0"
    assert lines["policy_match_worker_seen_seconds"] == "-1"


def test_metrics_are_not_for_others(app: Any) -> None:
    client = app.test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 404


def test_with_a_token_metrics_ask_for_it(settings: Any) -> None:
    from admin.app import create_app

    given = {
        "POLICY_MATCH_HOME": str(settings.home),
        "POLICY_MATCH_DATABASE_URL": settings.admin.database_url.value,
        "POLICY_MATCH_METRICS_TOKEN": "a-token-of-the-monitoring",
    }
    made = create_app(load_settings(given, dotenv=None), testing=True)
    client = made.test_client()
    assert client.get("/metrics").status_code == 404
    good = {"Authorization": "Bearer a-token-of-the-monitoring"}
    assert client.get("/metrics", headers=good).status_code == 200
    with made.app_context():
        made.extensions["sqlalchemy"].engine.dispose()


def test_doctor_says_what_is_wrong_with_the_admin(session: Any, settings: Any) -> None:
    found = {name: (ok, words) for name, ok, words in checks(settings)}
    assert found["数据库"][0]
    assert found["消息中间件"] == (True, "用文件传递")
    assert found["后台任务进程"][0] is False
    assert "policy-match worker" in found["后台任务进程"][1]
    beat_heart(session, "w", now=utc_now())
    session.add(Job(kind="match", key="x", state="failed"))
    session.commit()
    found = {name: (ok, words) for name, ok, words in checks(settings)}
    assert found["后台任务进程"] == (True, "1 个在运行")
    assert found["失败的任务"][0] is False


def test_doctor_on_a_home_without_an_admin(tmp_path: Any) -> None:
    fresh = load_settings({"POLICY_MATCH_HOME": str(tmp_path)}, dotenv=None)
    assert list(checks(fresh)) == [
        ("数据库", True, "管理端还没有建立：需要时运行 policy-match admin init"),
        ("邮件", True, "没有启用邮件渠道：推送写成文件"),
    ]


def test_only_the_office_and_the_administrator_see_jobs(login: Any) -> None:
    assert login(Role.OFFICE).get("/job/list/").status_code == 200
    assert login(Role.VIEWER).get("/job/list/").status_code in (302, 403)

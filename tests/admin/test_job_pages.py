"""Failed jobs tried again by a person, progress, unread files, pruning by a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin.audit import AuditEntry
from admin.clock import utc_now
from admin.jobs import enqueue, run_due
from admin.principal import SYSTEM, Role, acting_as
from admin.records.delivery import Delivery
from admin.records.digest import Digest
from admin.records.job import Job, Schedule, Upload
from admin.setup import open_sessions
from tests.admin.conftest import csrf_of
from tests.admin.world import TODAY, add_enterprise

NOW = utc_now()
LONG_AGO = NOW - timedelta(days=1000)


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    made = open_sessions(settings)
    with acting_as(SYSTEM):
        yield made
    made.kw["bind"].dispose()


def add_job(session: Any, key: str = "1", **values: Any) -> Job:
    defaults = {"kind": "match_policy", "state": "failed", "message": "坏了", "finished_at": NOW}
    job = Job(key=key, **(defaults | values))
    session.add(job)
    session.commit()
    return job


def press(client: Any, path: str) -> str:
    token = csrf_of(client.get("/password/").get_data(as_text=True))
    answer = client.post(path, data={"csrf_token": token}, follow_redirects=True)
    return str(answer.get_data(as_text=True))


def test_a_failed_job_is_tried_again_once_however_often_it_is_pressed(
    session: Any, login: Any
) -> None:
    """From where it stopped; who pressed is in the trail."""
    job, client = add_job(session, cursor={"after": 7}), login(Role.OFFICE)
    page = client.get(f"/job/show/{job.id}").get_data(as_text=True)
    assert "再试一次" in page
    assert "坏了" in page
    assert "已重新排队" in press(client, f"/job/retry/{job.id}")
    assert "没有重复安排" in press(client, f"/job/retry/{job.id}")
    session.expire_all()
    again = session.scalars(select(Job).where(Job.kind == "match_policy")).one()
    assert (again.state, again.attempts, again.cursor) == ("pending", 0, {"after": 7})
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "再试一次")).one()
    assert trail.changes == {"state": ["failed", "pending"]}
    assert trail.user_id is not None
    assert "再试一次" not in client.get(f"/job/show/{job.id}").get_data(as_text=True)


def test_what_is_asked_for_already_is_not_asked_for_twice(session: Any, login: Any) -> None:
    job = add_job(session)
    enqueue(session, job.kind, job.key, now=NOW)
    session.commit()
    assert "没有重复安排" in press(login(Role.ADMIN), f"/job/retry/{job.id}")
    session.expire_all()
    assert session.get_one(Job, job.id).state == "failed"


def test_only_office_and_administrator_try_again(session: Any, login: Any) -> None:
    job = add_job(session)
    client = login(Role.DEPARTMENT)
    token = csrf_of(client.get("/password/").get_data(as_text=True))
    answer = client.post(f"/job/retry/{job.id}", data={"csrf_token": token})
    assert answer.status_code in (302, 403)
    session.expire_all()
    assert session.get_one(Job, job.id).state == "failed"


def test_a_job_under_way_shows_how_far_it_is(session: Any, login: Any) -> None:
    job = add_job(session, state="running", done=30, total=120, message="第 30 家")
    fragment = login().get(f"/job/progress/{job.id}").get_data(as_text=True)
    assert 'max="120" value="30"' in fragment
    assert "hx-get" in fragment
    job.state = "done"
    session.commit()
    assert "hx-get" not in login().get(f"/job/progress/{job.id}").get_data(as_text=True)


def test_the_home_page_leads_to_the_files_that_were_not_read(session: Any, login: Any) -> None:
    for name, state in (("好.docx", "read"), ("坏.docx", "failed")):
        session.add(
            Upload(name=name, sha256=name, size=1, state=state, uploaded_by="陈", error="读不了")
        )
    session.commit()
    client = login(Role.OFFICE)
    home = client.get("/").get_data(as_text=True)
    assert "文件未读取" in home
    assert "/desk/?files=unread" in home
    page = client.get("/desk/?files=unread").get_data(as_text=True)
    assert "坏.docx" in page
    assert "好.docx" not in page
    assert "好.docx" in client.get("/desk/").get_data(as_text=True)


def add_delivery(session: Any, state: str, n: int, **values: Any) -> Delivery:
    digest = Digest(
        number=f"TS{n}", enterprise_id=1, period=f"p{n}", day=TODAY, subject="", html="", text=""
    )
    one = Delivery(
        digest=digest, enterprise_id=1, channel="mail", address="a@b.cn", state=state, **values
    )
    session.add(one)
    session.commit()
    return one


def test_what_is_over_is_pruned_and_what_waits_for_a_person_never(
    session: Any, sessions: Any, settings: Any
) -> None:
    """By the days of a schedule that staff edit."""
    add_enterprise(session, 1)
    schedule = session.scalars(select(Schedule).where(Schedule.kind == "prune")).one()
    assert schedule.keep_days == 180
    schedule.keep_days = 30
    add_job(session, "old", state="done", finished_at=NOW - timedelta(days=31))
    add_job(session, "new", state="done", finished_at=NOW - timedelta(days=29))
    add_job(session, "unseen", finished_at=LONG_AGO)
    add_job(session, "seen", finished_at=LONG_AGO)
    add_job(session, "seen", state="done")
    for n, (state, sent_at) in enumerate(
        (
            ("dead", None),
            ("uncertain", None),
            ("closed", None),
            ("cancelled", None),
            ("sent", LONG_AGO),
            ("sent", NOW - timedelta(days=100)),
        )
    ):
        add_delivery(session, state, n, sent_at=sent_at, changed_at=LONG_AGO)
    job = enqueue(session, "prune", "1", payload={"schedule": schedule.id}, now=NOW)
    session.commit()
    assert run_due(sessions, settings, NOW, kinds=["prune"]).done == [job.id]
    session.expire_all()
    kept = select(Job.key).where(Job.kind == "match_policy").order_by(Job.id)
    assert session.scalars(kept).all() == ["new", "unseen", "seen"]
    states = session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == ["dead", "uncertain", "closed", "sent"]  # its links are still good
    assert session.get_one(Job, job.id).result["message"] == (
        "保留 30 天：清理任务 2 项、投递记录 2 条"
    )
    assert len(session.scalars(select(Digest.id)).all()) == 6

"""Matching in the background: kept, superseded with why, resumed, the same run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from admin.clock import utc_now
from admin.facts import state_fact
from admin.jobs import enqueue, run_due
from admin.matching import run as matching_run
from admin.principal import SYSTEM, acting_as
from admin.records.enterprise import Enterprise, Qualification
from admin.records.job import Job
from admin.records.match import Match
from admin.records.policy import Measure
from admin.setup import open_sessions
from tests.admin.world import (
    AT_LEAST_20,
    HIGH_TECH,
    NOW,
    TODAY,
    add_enterprise,
    add_policy,
    add_rule,
)


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    made = open_sessions(settings)
    with acting_as(SYSTEM):
        yield made
    made.kw["bind"].dispose()


@pytest.fixture
def db(session: Any) -> Any:
    """Holds no transaction, so that it never stands in a job's way."""
    return session


def work(sessions: Any, settings: Any, kind: str, key: str, **payload: Any) -> dict[str, Any]:
    """Run one job to its end and give its result."""
    with sessions() as session:
        job = enqueue(session, kind, key, payload={"as_of": TODAY.isoformat()} | payload, now=NOW)
        session.commit()
    clock = lambda: utc_now() + timedelta(hours=1)  # noqa: E731 - one line says it
    report = run_due(sessions, settings, clock(), kinds=[kind], clock=clock)
    assert report.done, job.message
    with sessions() as session:
        return dict(session.get_one(Job, report.done[-1]).result)


def current(session: Any) -> list[Match]:
    session.expire_all()
    return list(
        session.scalars(select(Match).where(Match.superseded_at.is_(None)).order_by(Match.id))
    )


def test_publication_matches_one_policy_with_all(db: Any, sessions: Any, settings: Any) -> None:
    """Reasons, rule, facts used and clause are kept; plain 不符合 is not."""  # mission 2
    policy = add_policy(db, AT_LEAST_20, HIGH_TECH)
    one, two = add_enterprise(db, 1), add_enterprise(db, 2)
    state_fact(db, one, "从业人员", 35, source="年报", as_of=date(2025, 12, 31), now=NOW)
    state_fact(db, two, "employees", 8, source="自报", now=NOW)
    db.add(Qualification(enterprise=two, code="high_tech", lacked=True))
    db.commit()
    result = work(sessions, settings, "match_policy", str(policy.id))
    assert result["added"] == 4
    rows = current(db)
    found = {(m.enterprise_id, m.measure.title): (m.verdict, m.near_miss) for m in rows}
    assert found[one.id, "措施1"] == ("eligible", False)
    assert found[one.id, "措施2"] == ("unknown", False)
    assert found[two.id, "措施1"] == ("ineligible", True)
    fits = rows[0]
    assert fits.facts_used["employees"] == {
        "value": 35, "source": "年报", "as_of": "2025-12-31",
    }  # fmt: skip
    assert fits.reasons[1]["quote"] == "从业人员20人以上"
    assert fits.rule.number == 1


def test_the_same_run_twice_changes_nothing(db: Any, sessions: Any, settings: Any) -> None:
    policy = add_policy(db, AT_LEAST_20, HIGH_TECH)
    for n in range(5):
        state_fact(db, add_enterprise(db, n), "employees", n * 10, source="年报", now=NOW)
    db.commit()
    work(sessions, settings, "match_policy", str(policy.id))
    before = [(m.id, m.changed_at, m.version) for m in current(db)]
    again = work(sessions, settings, "match_policy", str(policy.id))
    work(sessions, settings, "match", "night")
    work(sessions, settings, "match_shard", "x", lowest=1, highest=99)
    assert (again["added"], again["superseded"]) == (0, 0)
    assert [(m.id, m.changed_at, m.version) for m in current(db)] == before
    assert db.scalar(select(func.count(Match.id))) == len(before)


def test_a_changed_fact_supersedes_and_says_why(db: Any, sessions: Any, settings: Any) -> None:
    add_policy(db, AT_LEAST_20)
    one = add_enterprise(db)
    state_fact(db, one, "employees", 35, source="年报", now=NOW - timedelta(days=9))
    db.commit()
    work(sessions, settings, "match_enterprise", str(one.id))
    state_fact(db, one, "employees", 12, source="年报", now=NOW)
    db.commit()
    assert db.scalar(select(Job.state).where(Job.kind == "match_enterprise")) is not None
    work(sessions, settings, "match_enterprise", str(one.id))
    old, new = db.scalars(
        select(Match).order_by(Match.id).execution_options(populate_existing=True)
    )
    assert (old.verdict, new.verdict) == ("eligible", "ineligible")
    assert old.superseded_why == "从业人员 35人 → 12人"
    assert old.superseded_at is not None


def test_an_unrelated_fact_supersedes_nothing(db: Any, sessions: Any, settings: Any) -> None:
    add_policy(db, AT_LEAST_20)
    one = add_enterprise(db)
    state_fact(db, one, "employees", 35, source="年报", now=NOW)
    db.commit()
    work(sessions, settings, "match_enterprise", str(one.id))
    state_fact(db, one, "patents", 3, source="自报", now=NOW)
    db.commit()
    result = work(sessions, settings, "match_enterprise", str(one.id))
    assert (result["added"], result["superseded"], result["kept"]) == (0, 0, 1)
    assert current(db)[0].facts_hash == db.get_one(Enterprise, one.id).facts_hash


def test_a_new_rule_supersedes_by_its_number(db: Any, sessions: Any, settings: Any) -> None:
    policy = add_policy(db, AT_LEAST_20)
    one = add_enterprise(db)
    state_fact(db, one, "employees", 35, source="年报", now=NOW)
    db.commit()
    work(sessions, settings, "match_policy", str(policy.id))
    measure = db.scalars(select(Measure)).one()
    add_rule(db, measure, AT_LEAST_20 | {"value": 30}, number=2)
    db.commit()
    work(sessions, settings, "match_policy", str(policy.id))
    old = db.scalars(select(Match).where(Match.superseded_at.is_not(None))).one()
    assert old.superseded_why == "规则更新为第 2 版"
    assert current(db)[0].rule.number == 2


def test_a_withdrawn_policy_s_matches_end(db: Any, sessions: Any, settings: Any) -> None:
    policy = add_policy(db, AT_LEAST_20)
    one = add_enterprise(db)
    state_fact(db, one, "employees", 35, source="年报", now=NOW)
    db.commit()
    work(sessions, settings, "match_policy", str(policy.id))
    policy.state = "withdrawn"
    db.commit()
    assert work(sessions, settings, "match_policy", str(policy.id)) == {"superseded": 1}
    assert current(db) == []
    assert db.scalars(select(Match.superseded_why)).one() == "政策已撤回"


def test_a_closed_enterprise_s_matches_end(db: Any, sessions: Any, settings: Any) -> None:
    add_policy(db, AT_LEAST_20)
    one = add_enterprise(db)
    state_fact(db, one, "employees", 35, source="年报", now=NOW)
    db.commit()
    work(sessions, settings, "match_enterprise", str(one.id))
    one.status = "closed"
    db.commit()
    work(sessions, settings, "match_shard", "x", lowest=0, highest=9)
    assert current(db) == []


def test_unpublished_measures_and_expired_policies_match_nobody(
    db: Any, sessions: Any, settings: Any
) -> None:
    add_policy(db, AT_LEAST_20, key="old", expires_on=date(2026, 6, 30))
    add_policy(db, AT_LEAST_20, key="draft")
    db.scalars(select(Measure)).all()[-1].review = "reviewed"
    one = add_enterprise(db)
    state_fact(db, one, "employees", 35, source="年报", now=NOW)
    db.commit()
    assert work(sessions, settings, "match_enterprise", str(one.id))["added"] == 0


class Killed(BaseException):
    """A worker that ends in the middle."""


def test_an_interrupted_run_goes_on_and_ends_the_same(
    db: Any, sessions: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the third batch, before its commit: nothing twice, nothing lost."""
    add_policy(db, AT_LEAST_20)
    for n in range(10):
        state_fact(db, add_enterprise(db, n), "employees", 15 + n, source="年报", now=NOW)
    db.commit()
    monkeypatch.setattr(matching_run, "BATCH", 2)
    store, calls = matching_run.store_matches, []

    def breaks(*args: Any, **options: Any) -> Any:
        calls.append([one.id for one in args[1]])
        done = store(*args, **options)
        if len(calls) == 3:
            raise Killed
        return done

    monkeypatch.setattr(matching_run, "store_matches", breaks)
    with pytest.raises(Killed):
        work(sessions, settings, "match_shard", "x", lowest=0, highest=99)
    late = lambda: utc_now() + timedelta(hours=3)  # noqa: E731 - one line says it
    report = run_due(sessions, settings, late(), kinds=["match_shard"], clock=late)
    assert len(report.done) == 1
    assert len(calls) == 6
    assert calls[2] == calls[3]
    assert len(current(db)) == 10
    job = db.get_one(Job, report.done[0])
    assert (job.result["enterprises"], job.result["added"], job.done) == (10, 10, 10)


def test_the_night_is_cut_into_shards(db: Any, sessions: Any, settings: Any) -> None:
    add_policy(db, AT_LEAST_20)
    for n in range(7):
        add_enterprise(db, n)
    assert work(sessions, settings, "match", "night", shard=3)["shards"] == 3
    with sessions() as session:
        shards = session.scalars(select(Job).where(Job.kind == "match_shard")).all()
    assert sorted((j.payload["lowest"], j.payload["highest"]) for j in shards) == [
        (1, 3), (4, 6), (7, 7),
    ]  # fmt: skip
    clock = lambda: utc_now() + timedelta(hours=1)  # noqa: E731 - one line says it
    report = run_due(sessions, settings, clock(), kinds=["match_shard"], clock=clock)
    assert len(report.done) == 3
    assert len(current(db)) == 7

"""The admin's roster: the same answers as deciding the stored rows, kept in step, prepared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as options
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from admin.clock import today, utc_now
from admin.facts import facts_known, state_fact
from admin.facts.snapshot import facts_hash
from admin.jobs import enqueue, run_due
from admin.matching import ahead, load_published
from admin.matching.ahead import Ahead, outcomes_over
from admin.matching.published import InForce, Published
from admin.matching.store import subjects
from admin.principal import SYSTEM, Role, acting_as
from admin.reach import Reached, count_reach
from admin.records.enterprise import Enterprise
from admin.records.job import Job
from admin.records.match import Match
from admin.records.organisation import Organisation
from admin.roster import RosterKeeper, keeper, keeper_of
from admin.roster.keeper import made_of
from admin.roster.kept import Kept
from admin.roster.snapshots import matched_of
from admin.setup import open_sessions
from policy_match.domain.criterion import All, Criterion, parse_criterion
from policy_match.domain.encode import encode
from policy_match.domain.policy import Measure, Policy
from policy_match.matching.roster import Roster
from tests.admin.conftest import csrf_of
from tests.admin.world import AT_LEAST_20, HIGH_TECH, NOW, TODAY, add_enterprise, add_policy
from tests.property.strategies import enterprises, rules

DOCUMENT = {"id": "p1", "title": "支持企业发展若干措施", "blocks": [], "measures": []}
BIG = parse_criterion(AT_LEAST_20)


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    made = open_sessions(settings)
    with acting_as(SYSTEM):
        yield made
    made.kw["bind"].dispose()


def snapshot(number: int, raw: dict[str, Any]) -> Any:
    """A row as the database gives it."""
    facts = {
        name: value if isinstance(value, dict) and "value" in value else {"value": value}
        for name, value in raw["facts"].items()
    }
    attested = raw.get("attested", {})
    return SimpleNamespace(
        id=number,
        facts_hash=facts_hash(facts, attested),
        status="active",
        organisation_id=None,
        facts=facts,
        attested=attested,
    )


def kept_of(rows: list[Any]) -> Kept:
    """As the job makes it: by columns, then the others as records."""
    kept = made_of([rows], TODAY, NOW)
    here = set(kept.marks.ids.tolist())
    return kept.put(row for row in rows if row.id not in here)


def published_of(many: list[dict[str, Any]]) -> Published:
    """Rules in force, every second one with a scope of its own."""
    found = []
    for n, raw in enumerate(many):
        scope = {"fact": "region", "op": "in", "value": ["530115"]} if n % 2 else None
        measure = Measure.model_validate(
            {"id": str(n), "title": f"措施{n}", "criteria": raw, "scope": scope}
        )
        found.append(InForce(n, n, 1, Policy(id="p", title="政策"), measure))
    return Published(found, TODAY)


@options(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules(), min_size=1, max_size=8), st.lists(enterprises(), min_size=1, max_size=6))
def test_the_roster_s_outcomes_are_those_of_the_stored_rows(
    many: list[dict[str, Any]], raw: list[dict[str, Any]]
) -> None:
    """By columns and all at once, or row by row: same pairs, ranks, near misses and scores."""
    wholes = [{"all": [one, {"fact": "employees", "op": ">=", "value": 20}]} for one in many]
    published = published_of(many + wholes)
    rows = [snapshot(n + 1, one) for n, one in enumerate(raw)]
    kept = kept_of(rows)
    people = [one for row in rows if (one := matched_of(row)) is not None]
    assert kept.marks.ids.tolist() == [int(one.id) for one in people]
    found = outcomes_over(published, kept.roster)
    for n, one in enumerate(people):
        encoded = encode(one, as_of=TODAY, registry=facts_known())
        assert found.of(n) == published.outcomes(encoded)


def test_columns_hold_what_records_hold() -> None:
    """Money, shares, days, open and closed lists, coarse codes, items to attest, odd values."""
    facts: dict[str, Any] = {
        "employees": 35,
        "revenue": 1.25e7,
        "rd_ratio": 0.031,
        "listed": True,
        "established_on": "2019-03-01",
        "region": "530115",
        "industry": ["27", "2720"],
        "qualification": {"has": [{"code": "high_tech", "valid_until": "2027-01-01"}], "lacks": []},
    }
    raw: list[dict[str, Any]] = [
        {"facts": facts},
        {"facts": {}},
        {"facts": facts | {"employees": -3}},  # can't be read: left out
        {"facts": {"revenue": 5}, "attested": {"无失信": True}},
        {"facts": {"没有这项": 1}},
    ]
    rows = [snapshot(n + 1, one) for n, one in enumerate(raw)]
    kept = kept_of(rows)
    plain = Roster(as_of=TODAY, registry=facts_known())
    plain.put(one for row in rows if (one := matched_of(row)) is not None)
    assert kept.roster.ids.of(range(kept.roster.rows)) == ["1", "2", "4"]
    assert set(kept.left_out) == {3, 5}
    for key in ("1", "2", "4"):
        assert kept.roster.enterprise(key) == plain.enterprise(key)
        assert kept.roster.encoded(key) == plain.encoded(key)


def later() -> datetime:
    """A clock that runs an hour ahead."""
    return utc_now() + timedelta(hours=1)


def run_job(sessions: Any, settings: Any, kind: str, key: str, **payload: Any) -> dict[str, Any]:
    with sessions() as session:
        enqueue(session, kind, key, payload={"as_of": TODAY.isoformat()} | payload, now=NOW)
        session.commit()
    report = run_due(sessions, settings, later(), kinds=[kind], clock=later)
    assert report.done
    with sessions() as session:
        return dict(session.get_one(Job, report.done[-1]).result)


def reach(
    of: RosterKeeper, session: Any, rule: Criterion = BIG, units: Collection[int] | None = None
) -> Reached:
    """One rule's reach; the roster is there."""
    found = count_reach(of, session, [rule], as_of=today(), units=units)
    assert found is not None
    return found[0]


def counted(settings: Any, session: Any) -> tuple[int, int, int]:
    """Eligible, unknown and all, by a process that comes new to the home."""
    found = reach(RosterKeeper(settings.home), session)
    return found.eligible, found.unknown, found.total


@pytest.fixture
def many(session: Any, monkeypatch: pytest.MonkeyPatch) -> list[Enterprise]:
    """More enterprises than a page reads by itself, with 10, 20, 30 … people."""
    monkeypatch.setattr(keeper, "SMALL", 3)
    people = [add_enterprise(session, n) for n in range(1, 6)]
    for n, one in enumerate(people, 1):
        state_fact(session, one, "employees", 10 * n, source="年报", now=NOW)
    session.commit()
    return people


def test_it_is_prepared_by_a_job_and_kept_in_step(
    many: list[Enterprise], session: Any, sessions: Any, settings: Any
) -> None:
    """Facts, states, newcomers and deletions are in the next count, without the job."""
    assert count_reach(RosterKeeper(settings.home), session, [BIG], as_of=today()) is None
    assert run_job(sessions, settings, "roster", "enterprises")["enterprises"] == 5
    assert counted(settings, session) == (4, 0, 5)
    state_fact(session, many[0], "employees", 99, source="年报", now=NOW)
    session.commit()
    assert counted(settings, session) == (5, 0, 5)
    add_enterprise(session, 9)
    assert counted(settings, session) == (5, 1, 6)
    many[1].status = "closed"
    session.commit()
    assert counted(settings, session) == (4, 1, 5)
    session.execute(delete(Enterprise).where(Enterprise.id == many[2].id))
    assert counted(settings, session) == (3, 1, 4)
    before = keeper_of(settings.home).opened(TODAY)
    run_job(sessions, settings, "roster", "enterprises")
    saved = RosterKeeper(settings.home).opened(TODAY)
    assert saved is not None
    assert before is not None
    assert len(saved.marks) == 5
    assert [one.name for one in (settings.home / "roster").iterdir() if one.is_dir()] == [
        (settings.home / "roster" / "current").read_text("utf-8")
    ]


def test_a_damaged_or_outdated_roster_is_made_anew(
    many: list[Enterprise],
    session: Any,
    sessions: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut short, or of other facts than are known now: as if there were none."""
    run_job(sessions, settings, "roster", "enterprises")
    (array,) = (settings.home / "roster").glob("*/columns/id_text.bin")
    whole = array.read_bytes()
    array.write_bytes(whole[:-1])
    assert count_reach(RosterKeeper(settings.home), session, [BIG], as_of=today()) is None
    array.write_bytes(whole)
    assert counted(settings, session) == (4, 0, 5)
    monkeypatch.setattr("admin.roster.kept.facts_fingerprint", lambda: "another")
    assert count_reach(RosterKeeper(settings.home), session, [BIG], as_of=today()) is None


def test_many_changes_are_left_to_the_job(
    many: list[Enterprise],
    session: Any,
    sessions: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_job(sessions, settings, "roster", "enterprises")
    monkeypatch.setattr(keeper, "AT_ONCE", 1)
    for one in many:
        state_fact(session, one, "employees", 5, source="年报", now=NOW)
    session.commit()
    assert count_reach(RosterKeeper(settings.home), session, [BIG], as_of=today()) is None
    run_job(sessions, settings, "roster", "enterprises")
    assert counted(settings, session) == (0, 0, 5)


def test_matching_asks_the_roster_and_the_database_where_it_is_out_of_date(
    many: list[Enterprise],
    session: Any,
    sessions: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Facts that change between the roster and a shard count as they are then."""
    add_policy(session, AT_LEAST_20, HIGH_TECH)
    run_job(sessions, settings, "match", "night", shard=2)
    state_fact(session, many[0], "employees", 99, source="年报", now=NOW)
    state_fact(session, many[4], "employees", 1, source="年报", now=NOW)
    session.commit()
    looked: list[int] = []
    over = outcomes_over

    def watched(published: Published, roster: Roster) -> Any:
        looked.append(roster.rows)
        return over(published, roster)

    monkeypatch.setattr(ahead, "outcomes_over", watched)
    report = run_due(sessions, settings, later(), kinds=["match_shard"], clock=later)
    assert len(report.done) >= 3
    assert sum(looked) == 3  # the other two are decided from the database
    session.expire_all()
    found = {
        (match.enterprise_id, match.measure.title): (match.verdict, match.near_miss)
        for match in session.scalars(select(Match).where(Match.superseded_at.is_(None)))
    }
    for n, one in enumerate(many):
        employed = [99, 20, 30, 40, 1][n]
        expected = ("eligible", False) if employed >= 20 else ("ineligible", True)
        assert found[one.id, "措施1"] == expected
        assert found[one.id, "措施2"] == ("unknown", False)


def test_rows_without_a_snapshot_are_not_answered(
    many: list[Enterprise], session: Any, sessions: Any, settings: Any
) -> None:
    add_policy(session, AT_LEAST_20)
    run_job(sessions, settings, "roster", "enterprises")
    session.execute(update(Enterprise).where(Enterprise.id == many[0].id).values(facts_hash=None))
    kept = keeper_of(settings.home).opened(TODAY)
    assert kept is not None
    published = load_published(session, as_of=TODAY)
    found = Ahead(kept).outcomes(published, session.execute(subjects()).all())
    assert sorted(found) == [one.id for one in many[1:]]


def test_the_desk_says_that_the_roster_is_being_prepared(
    login: Any, many: list[Enterprise], session: Any, sessions: Any, settings: Any
) -> None:
    """The page asks for the job, shows how far it is, and counts once it is done."""
    policy = add_policy(session, AT_LEAST_20, document=DOCUMENT, published_at=NOW)
    client = login(Role.OFFICE)
    page = client.get(f"/desk/policy/{policy.id}").get_data(as_text=True)
    assert "正在准备名册" in page
    headers = {"X-CSRFToken": csrf_of(page)}
    asked = client.post("/desk/roster?page=policy", headers=headers)
    assert "正在准备名册" in asked.get_data(as_text=True)
    assert session.scalars(select(Job.state).where(Job.kind == "roster")).all() == ["pending"]
    run_due(sessions, settings, utc_now() + timedelta(hours=1), kinds=["roster"])
    ready = client.post("/desk/roster?page=policy", headers=headers)
    assert ready.headers["HX-Refresh"] == "true"
    other = client.post("/desk/roster?page=review", headers=headers)
    assert other.headers["HX-Trigger"] == "rule-changed"
    page = client.get(f"/desk/policy/{policy.id}").get_data(as_text=True)
    assert "正在准备名册" not in page
    assert '<td data-label="符合">4</td>' in page


def test_a_failed_job_is_told_and_not_asked_for_again(
    login: Any, many: list[Enterprise], session: Any
) -> None:
    session.add(Job(kind="roster", key="enterprises", state="failed", message="磁盘已满"))
    session.flush()
    policy = add_policy(session, AT_LEAST_20, document=DOCUMENT, published_at=NOW)
    client = login(Role.OFFICE)
    page = client.get(f"/desk/policy/{policy.id}").get_data(as_text=True)
    answer = client.post("/desk/roster?page=policy", headers={"X-CSRFToken": csrf_of(page)})
    assert "名册没有准备好：磁盘已满" in answer.get_data(as_text=True)
    assert len(session.scalars(select(Job).where(Job.kind == "roster")).all()) == 1


def test_one_s_own_units_are_counted_beside(session: Any, settings: Any) -> None:
    """The scope of a street or department is a bitmap over the roster."""
    street = session.scalars(select(Organisation).where(Organisation.kind == "township")).first()
    for n in range(1, 4):
        one = add_enterprise(session, n, organisation=street if n > 1 else None)
        state_fact(session, one, "employees", 10 * n, source="年报", now=NOW)
    session.commit()
    fresh = RosterKeeper(settings.home)
    found = reach(fresh, session, units={street.id})
    assert (found.eligible, found.total) == (2, 3)
    assert found.own is not None
    assert (found.own.eligible, found.own.ineligible, found.own.total) == (2, 0, 2)
    all_ = reach(fresh, session, All(all=()), units=())
    assert all_.own is not None
    assert (all_.eligible, all_.own.total) == (3, 0)


def test_another_day_and_new_rows_in_between_keep_the_order() -> None:
    """Newcomers with smaller ids (once unreadable) take their place; ages are as of the day."""
    old = {"facts": {"established_on": "2019-11-25", "employees": 5}}
    kept = kept_of([snapshot(n, old) for n in (2, 4, 6)])
    kept = kept.put([snapshot(3, old), snapshot(9, old), snapshot(4, {"facts": {"employees": 7}})])
    assert kept.marks.ids.tolist() == [2, 3, 4, 6, 9]
    assert kept.roster.ids.of(range(5)) == ["2", "3", "4", "6", "9"]
    aged = parse_criterion({"fact": "established_years", "op": ">=", "value": 7})
    assert kept.roster.count(aged).true == 0
    assert kept.on(date(2026, 11, 25)).roster.find(aged).true == ("2", "3", "6", "9")
    assert np.array_equal(kept.on(TODAY).marks.ids, kept.marks.ids)

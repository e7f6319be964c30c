"""What is new for whom: nothing twice, nothing unsure, nothing that may not be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from admin.push import outbox
from admin.push.select import new_matches, period_of
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import EnterpriseContact
from admin.records.match import Match
from admin.records.policy import Measure, Policy
from admin.records.preference import Preference
from tests.admin.push.world import NOW, TODAY, Box, compose, deliveries, match_all, populate
from tests.admin.world import AT_LEAST_20, add_policy

CHANNELS = {"mail": Box()}
NEXT_WEEK = TODAY + timedelta(days=7)


def test_a_digest_holds_what_fits_with_why(session: Any, sessions: Any, settings: Any) -> None:
    """The measure that fits, with its reason; not the one that is open."""  # mission 2
    populate(session, settings, 1)
    report = compose(sessions, CHANNELS)
    assert (report.digests, report.items, report.question_mails) == (1, 1, 0)
    item = session.scalars(select(DigestItem)).one()
    assert item.content["title"] == "措施1"
    assert item.content["why"][-1] == "从业人员 31人，需 ≥ 20人：符合"
    assert item.content["source"] == "《支持企业发展若干措施》（晋政发〔2026〕1号）"
    assert item.content["url"] == "https://www.kmjn.gov.cn/c/1.html"
    assert item.rule_id == session.get_one(Measure, item.measure_id).rule_id


def test_nothing_twice(session: Any, sessions: Any, settings: Any) -> None:
    """Neither in the same period, nor later, nor after the policy was read again."""
    populate(session, settings, 2)
    assert compose(sessions, CHANNELS).digests == 2
    assert compose(sessions, CHANNELS).digests == 0
    later = compose(sessions, CHANNELS, as_of=NEXT_WEEK)
    assert later.items == 0
    session.execute(update(Measure).values(title="措施1（新读）", key="other"))
    session.execute(update(Match).where(Match.superseded_at.is_(None)).values(fingerprint="x"))
    assert compose(sessions, CHANNELS, as_of=NEXT_WEEK + timedelta(days=7)).items == 0


def test_a_new_policy_comes_in_the_next_period(session: Any, sessions: Any, settings: Any) -> None:
    populate(session, settings, 1)
    compose(sessions, CHANNELS)
    add_policy(session, AT_LEAST_20, key="p2", title="新的措施")
    match_all(session, settings)
    assert compose(sessions, CHANNELS).digests == 0
    assert compose(sessions, CHANNELS, as_of=NEXT_WEEK).items == 1


def test_the_most_valuable_come_first_and_no_more_than_the_cap(
    session: Any, sessions: Any, settings: Any
) -> None:
    populate(session, settings, 1)
    add_policy(session, *[AT_LEAST_20] * 7, key="p2", title="许多措施")
    rows = session.scalars(select(Measure).join(Policy).where(Policy.key == "p2")).all()
    for n, row in enumerate(rows):
        row.max_amount = 10_000 * (n + 1) ** 3
    session.commit()
    match_all(session, settings)
    compose(sessions, CHANNELS)
    sent = session.scalars(select(DigestItem).order_by(DigestItem.position)).all()
    amounts = [session.get_one(Measure, one.measure_id).max_amount for one in sent]
    assert len(sent) == 5
    assert amounts == sorted(amounts, reverse=True)
    assert compose(sessions, CHANNELS, as_of=NEXT_WEEK).items == 3


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Measure, {"review": "reviewed"}),
        (Measure, {"review": "withdrawn"}),
        (Measure, {"is_open": False}),
        (Measure, {"closes_on": TODAY - timedelta(days=1)}),
        (Measure, {"rule_id": None}),
        (Policy, {"state": "withdrawn"}),
        (Policy, {"publicity": "on_request"}),
        (Policy, {"publicity": "unknown"}),
        (Policy, {"expires_on": TODAY - timedelta(days=1)}),
    ],
)
def test_what_may_not_be_told_never_is(
    session: Any, sessions: Any, settings: Any, table: Any, values: dict[str, Any]
) -> None:
    (one,) = populate(session, settings, 1)
    session.execute(update(table).values(**values))
    assert new_matches(session, [one.id], as_of=TODAY) == {}
    assert compose(sessions, CHANNELS).items == 0


def test_a_rule_in_force_but_not_yet_matched_sends_nothing(
    session: Any, sessions: Any, settings: Any
) -> None:
    (one,) = populate(session, settings, 1)
    session.execute(update(Measure).values(rule_id=Measure.rule_id + 100))
    assert new_matches(session, [one.id], as_of=TODAY) == {}


def test_nothing_sure_asks_what_decides_most_once(
    session: Any, sessions: Any, settings: Any
) -> None:
    """One question mail; the same fact is not asked for again within four weeks."""
    populate(session, settings, 1, known=False)
    report = compose(sessions, CHANNELS)
    assert (report.digests, report.items, report.question_mails) == (1, 0, 1)
    digest = session.scalars(select(Digest)).one()
    facts = [one["fact"] for one in digest.questions]
    assert set(facts) == {"employees", "qualification"}
    assert len(facts) <= 5
    assert "补充2项信息" in digest.subject
    options = next(one for one in digest.questions if one["fact"] == "qualification")["options"]
    assert options == [{"code": "high_tech", "label": "国家高新技术企业"}]
    assert compose(sessions, CHANNELS, as_of=NEXT_WEEK).digests == 0
    assert compose(sessions, CHANNELS, as_of=TODAY + timedelta(days=35)).question_mails == 1


@pytest.mark.parametrize("wish", [{"frequency": "never"}, {"unsubscribed_at": NOW}])
@pytest.mark.parametrize("whole", [True, False])
def test_who_does_not_want_gets_nothing(
    session: Any, sessions: Any, settings: Any, wish: dict[str, Any], whole: bool
) -> None:
    (one,) = populate(session, settings, 1)
    contact = None if whole else one.contacts[0].id
    session.add(Preference(enterprise_id=one.id, contact_id=contact, **wish))
    session.commit()
    assert compose(sessions, CHANNELS).digests == 0


def test_a_monthly_wish_is_kept(session: Any, sessions: Any, settings: Any) -> None:
    (one,) = populate(session, settings, 1)
    session.add(Preference(enterprise_id=one.id, frequency="monthly"))
    session.commit()
    compose(sessions, CHANNELS, as_of=date(2026, 11, 3))
    add_policy(session, AT_LEAST_20, key="p2", title="新的措施")
    match_all(session, settings)
    assert compose(sessions, CHANNELS, as_of=date(2026, 11, 30)).digests == 0
    assert compose(sessions, CHANNELS, as_of=date(2026, 12, 1)).items == 1


def test_without_an_address_nothing_is_used_up(session: Any, sessions: Any, settings: Any) -> None:
    (one,) = populate(session, settings, 1)
    session.execute(update(EnterpriseContact).values(bounced_at=NOW))
    report = compose(sessions, CHANNELS)
    assert (report.digests, report.unreachable) == (0, 1)
    assert new_matches(session, [one.id], as_of=TODAY)[one.id]


def test_a_cancelled_digest_frees_its_items_and_its_period(
    session: Any, sessions: Any, settings: Any
) -> None:
    populate(session, settings, 1)
    compose(sessions, CHANNELS)
    outbox.cancel(session, deliveries(session)[0].id, "测试")
    assert session.scalars(select(Digest.state)).one() == "cancelled"
    assert compose(sessions, CHANNELS).items == 1


def test_a_dry_run_writes_nothing(session: Any, sessions: Any, settings: Any) -> None:
    populate(session, settings, 2)
    report = compose(sessions, CHANNELS, dry_run=True)
    assert [row["items"] for row in report.rows] == [["措施1"], ["措施1"]]
    assert session.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize(
    ("frequency", "day", "start"),
    [
        ("weekly", date(2026, 11, 29), date(2026, 11, 23)),
        ("weekly", date(2027, 1, 1), date(2026, 12, 28)),
        ("monthly", date(2026, 11, 29), date(2026, 11, 1)),
    ],
)
def test_periods(frequency: str, day: date, start: date) -> None:
    assert period_of(frequency, day).starts_on == start


def test_a_fortnight_has_fourteen_days() -> None:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(140)]
    keys = [period_of("biweekly", day).key for day in days]
    inner = [key for key in dict.fromkeys(keys) if key not in (keys[0], keys[-1])]
    assert {keys.count(key) for key in inner} == {14}


def test_mail_waits_for_working_hours(session: Any, sessions: Any, settings: Any) -> None:
    populate(session, settings, 1)
    compose(sessions, CHANNELS, now=datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
    assert deliveries(session)[0].next_attempt_at == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)


def with_themes(session: Any) -> None:
    """Two policies that fit: one of 减税降费, one of 扶持实体经济."""
    for key, theme in (("p1", "减税降费"), ("p2", "扶持实体经济")):
        policy = session.scalars(select(Policy).where(Policy.key == key)).one()
        policy.document = {"id": key, "title": policy.title, "themes": [theme]}
    session.commit()


def test_an_enterprise_that_chose_themes_gets_only_these(
    session: Any, sessions: Any, settings: Any
) -> None:
    (one,) = populate(session, settings, 1)
    add_policy(session, AT_LEAST_20, key="p2", title="新的措施")
    with_themes(session)
    match_all(session, settings)
    session.add(Preference(enterprise_id=one.id, themes="扶持实体经济"))
    session.commit()
    compose(sessions, CHANNELS)
    item = session.scalars(select(DigestItem)).one()
    assert session.get_one(Policy, session.get_one(Measure, item.measure_id).policy_id).key == "p2"
    session.execute(update(Preference).values(themes=""))
    assert compose(sessions, CHANNELS, as_of=NEXT_WEEK).items == 1


def test_each_contact_s_themes_decide_whether_it_gets_the_digest(
    session: Any, sessions: Any, settings: Any
) -> None:
    """The digest holds what one of them wants; who wants none of it gets no letter."""
    (one,) = populate(session, settings, 1)
    with_themes_of = session.scalars(select(Policy).where(Policy.key == "p1")).one()
    with_themes_of.document = {"id": "p1", "title": "政策", "themes": ["减税降费"]}
    other = EnterpriseContact(enterprise=one, name="另一位", email="other@enterprise.test")
    session.add(other)
    session.flush()
    session.add(Preference(enterprise_id=one.id, contact_id=other.id, themes="放管服"))
    session.commit()
    match_all(session, settings)
    assert compose(sessions, CHANNELS).digests == 1
    assert [row.address for row in deliveries(session)] == ["c1@enterprise.test"]

"""From a reading to what enterprises may be told, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin import policies
from admin.audit import AuditEntry
from admin.principal import Principal, Role
from admin.records.job import Job
from admin.records.policy import Rule, RuleIsFixed
from policy_match.errors import InputError
from tests.admin.desk.samples import LINES, policy_of

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
OFFICER = Principal("王审核", roles=frozenset({Role.OFFICE}))


@pytest.fixture
def taken(session: Any) -> Any:
    """The sample policy, taken in."""
    return policies.import_policy(session, policy_of(), now=NOW)


def publish_all(session: Any, record: Any, now: datetime = NOW) -> None:
    for measure in record.measures:
        if policies.draft_of(measure) is not None:
            policies.approve(session, measure, OFFICER, now)
    policies.publish(session, record, record.measures, OFFICER, now)


def test_a_reading_comes_back_as_it_was(taken: Any) -> None:
    back = policies.to_policy(taken, published_only=False)
    read = policy_of()
    assert back.blocks == read.blocks
    assert back.region == read.region
    assert [m.criteria for m in back.measures] == [m.criteria for m in read.measures]
    assert [m.id for m in back.measures] == ["p-test/1", "p-test/2"]


def test_nothing_unpublished_is_given_out(session: Any, taken: Any) -> None:
    """Unpublished measures never reach an enterprise."""  # mission 1
    assert policies.to_policy(taken).measures == ()
    first, second = taken.measures
    policies.approve(session, first, OFFICER, NOW)
    assert policies.to_policy(taken).measures == ()
    policies.publish(session, taken, [first], OFFICER, NOW)
    assert [m.id for m in policies.to_policy(taken).measures] == [first.key]
    assert second.review == "machine"


def test_publishing_asks_for_index_and_matching_and_is_recorded(session: Any, taken: Any) -> None:
    publish_all(session, taken)
    jobs = {(job.kind, job.key) for job in session.scalars(select(Job))}
    assert jobs == {("index", "policies"), ("match_policy", str(taken.id))}
    assert taken.index_dirty_at == NOW
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.record_type == "measure"))
    assert {"审核通过", "发布"} <= set(acts)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("publicity", "unknown", "公开属性"),
        ("publicity", "closed", "不予公开"),
        ("issuers", "", "没有发文机关"),
        ("region", None, "没有适用地区"),
    ],
)
def test_what_is_missing_is_named_before_publishing(
    session: Any, taken: Any, field: str, value: Any, words: str
) -> None:
    for measure in taken.measures:
        policies.approve(session, measure, OFFICER, NOW)
    setattr(taken, field, value)
    with pytest.raises(InputError, match=words):
        policies.publish(session, taken, taken.measures, OFFICER, NOW)
    assert taken.state == "review"


def test_a_measure_nobody_reviewed_is_not_published(session: Any, taken: Any) -> None:
    with pytest.raises(InputError, match="还没有审核"):
        policies.publish(session, taken, taken.measures, OFFICER, NOW)


def test_a_published_rule_never_changes(session: Any, taken: Any) -> None:
    publish_all(session, taken)
    rule = taken.measures[0].rule
    rule.criteria = {"all": []}
    with pytest.raises(RuleIsFixed):
        session.flush()


def test_a_correction_is_the_next_version(session: Any, taken: Any) -> None:
    publish_all(session, taken)
    measure = taken.measures[0]
    before = measure.rule
    raised = {"fact": "registered_capital", "op": ">=", "value": 8_000_000, "by": "王审核"}
    policies.save_rule(session, measure, raised, None, author="王审核", text_hash=None)
    assert policies.to_policy(taken).measures[0].criteria.to_json() == before.criteria
    publish_all(session, taken, NOW + timedelta(days=1))
    session.refresh(before)
    assert (before.state, measure.rule.number) == ("retired", 2)
    assert policies.to_policy(taken).measures[0].criteria.to_json() == raised


def test_reading_the_same_file_again_changes_nothing(session: Any, taken: Any) -> None:
    publish_all(session, taken)
    ids = [(m.id, m.rule_id) for m in taken.measures]
    rules = session.scalars(select(Rule.id)).all()
    again = policies.import_policy(session, policy_of(), now=NOW)
    assert [(m.id, m.rule_id) for m in again.measures] == ids
    assert session.scalars(select(Rule.id)).all() == rules


def test_a_clause_put_in_moves_no_measure(session: Any, taken: Any) -> None:
    """Paths shift, ids stay; the new clause is a draft, what is published stands."""
    publish_all(session, taken)
    old = {m.quote: m.id for m in taken.measures}
    lines = (LINES[0], "第一条 注册资本100万元以上的制造业企业免费参加培训。", *LINES[1:])
    again = policies.import_policy(session, policy_of(lines), now=NOW)
    assert {m.quote: m.id for m in again.measures if m.quote in old} == old
    assert [m.key for m in again.measures if m.quote in old] == ["p-test/2", "p-test/3"]
    assert len(policies.to_policy(again).measures) == 2


def test_a_changed_text_only_drafts(session: Any, taken: Any) -> None:
    publish_all(session, taken)
    lines = (LINES[0], LINES[1].replace("500万", "800万"), LINES[2])
    again = policies.import_policy(session, policy_of(lines, capital=8_000_000), now=NOW)
    first = again.measures[0]
    draft = policies.draft_of(first)
    assert draft is not None
    assert draft.criteria["all"][0]["value"] == 8_000_000
    assert first.rule is not None
    assert first.rule.criteria["all"][0]["value"] == 5_000_000
    assert first.review == "published"
    assert policies.is_waiting(first)


def test_what_staff_corrected_survives_a_new_reading(session: Any, taken: Any) -> None:
    taken.title, taken.expires_on = "人工改过的标题", date(2027, 1, 1)
    taken.measures[0].contact = "科技局 67890000"
    again = policies.import_policy(session, policy_of(), now=NOW)
    assert (again.title, again.measures[0].contact) == ("人工改过的标题", "科技局 67890000")
    out = policies.to_policy(again, published_only=False)
    assert out.status_on(date(2027, 6, 1)) == "expired"


def test_a_published_measure_that_left_the_text_waits_for_a_person(
    session: Any, taken: Any
) -> None:
    publish_all(session, taken)
    again = policies.import_policy(session, policy_of(LINES[:2]), now=NOW)
    gone = again.measures[1]
    assert gone.details["gone"]
    assert gone.review == "published"


def test_withdrawing_takes_everything_back(session: Any, taken: Any) -> None:
    publish_all(session, taken)
    policies.withdraw(session, taken, OFFICER, NOW)
    assert taken.state == "withdrawn"
    assert policies.to_policy(taken).measures == ()
    assert all(m.rule.state == "published" for m in taken.measures)


def test_setting_aside_needs_a_reason(session: Any, taken: Any) -> None:
    with pytest.raises(InputError, match="原因"):
        policies.reject(session, taken.measures[0], OFFICER, NOW, reason=" ")
    policies.reject(session, taken.measures[0], OFFICER, NOW, reason="只是引言，不是措施")
    assert taken.measures[0].review == "withdrawn"
    policies.restore(session, taken.measures[0])
    assert taken.measures[0].review == "machine"

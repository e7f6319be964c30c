"""A published policy is read again: enterprises keep what was published until it is reviewed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from admin import policies
from admin.matching import load_published
from admin.policies.text import published_text
from admin.principal import SYSTEM, Role
from admin.records.match import Match
from admin.records.policy import Policy
from tests.admin.desk.samples import LINES, policy_of
from tests.admin.world import TODAY, add_enterprise

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 2, tzinfo=UTC)
AGAIN = (
    LINES[0],
    "为支持企业，制定本措施。",
    "第一条 对注册资本800万元以上的制造业企业，给予最高50万元补助。",
    LINES[2],
)


def again() -> Any:
    """The policy with a clause put in and another capital; a measure for each of the old ones."""
    read = policy_of(AGAIN, capital=8_000_000)
    return read.model_copy(update={"measures": read.measures[1:]})


@pytest.fixture
def policy(session: Any) -> Policy:
    """Published with two measures, then read again with another text."""
    record = policies.import_policy(session, policy_of(), now=NOW)
    for measure in record.measures:
        policies.approve(session, measure, SYSTEM, NOW)
    session.flush()
    policies.publish(session, record, record.measures, SYSTEM, NOW)
    session.flush()
    policies.import_policy(session, again(), now=LATER)
    session.flush()
    return record


def test_what_is_told_stays_with_the_text_that_the_rule_quotes(
    session: Any, policy: Policy
) -> None:
    """The clause, the rule and the whole text agree; nothing of the new reading shows."""
    # mission 1
    told = policies.to_policy(policy)
    first = told.measures[0]
    assert first.quote == LINES[1]
    assert "".join(leaf.quote or "" for leaf in first.criteria.all[:1]) in told.text
    start, end = first.at or (0, 0)
    assert told.text[start:end] == LINES[1]
    (rule, _) = load_published(session, as_of=TODAY).rules
    assert (rule.measure.quote, rule.rule_number) == (LINES[1], 1)
    newest = policies.to_policy(policy, published_only=False)
    assert newest.measures[0].quote == AGAIN[2]
    assert newest.text.startswith("\n".join(AGAIN[:2]))


def test_a_measure_that_says_the_same_needs_no_second_look(policy: Policy) -> None:
    """Only the one whose rule or clause is another waits; the other keeps its rule and place."""
    first, second = policy.measures
    assert [policies.is_waiting(one) for one in (first, second)] == [True, False]
    assert (first.pending is not None, second.pending) == (True, None)
    assert (len(second.rules), second.quote, second.at_end) == (1, LINES[2], len("\n".join(LINES)))


def test_pages_show_the_published_text_and_tell_of_the_newer(
    login: Any, session: Any, policy: Policy
) -> None:
    client = login(Role.OFFICE)
    page = client.get(f"/policy/show/{policy.id}").get_data(as_text=True)
    text = page[page.index('id="text"') :]
    assert LINES[1] in text
    assert "800万元" not in text
    assert "又读取了新的文本，待审核" in text
    newer = client.get(f"/policy/show/{policy.id}?text=newest").get_data(as_text=True)
    assert AGAIN[2] in newer[newer.index('id="text"') :]
    review = client.get(f"/desk/measure/{policy.measures[0].id}").get_data(as_text=True)
    assert "仍是已发布的第 1 版" in review
    assert re.search(r"<mark[^>]*>注册资本800万元以上</mark>", review)
    assert "新读取的内容" in client.get(f"/desk/policy/{policy.id}").get_data(as_text=True)


def test_a_match_cites_the_clause_of_its_own_text(login: Any, session: Any, policy: Policy) -> None:
    """The link of a reason leads to the block that holds the quote, in the text that it quotes."""
    one = add_enterprise(session, 1)
    measure = policy.measures[0]
    quote = "注册资本500万元以上"
    start = "\n".join(LINES).index(quote)
    reason = {
        "verdict": "eligible", "fact": "registered_capital", "op": ">=", "value": 5_000_000,
        "have": 6_000_000, "quote": quote, "at": [start, start + len(quote)],
    }  # fmt: skip
    session.add(
        Match(
            enterprise_id=one.id, measure_id=measure.id, rule_id=measure.rule_id,
            verdict="eligible", reasons=[reason], as_of=TODAY, fingerprint="x",
        )
    )  # fmt: skip
    session.flush()
    kept = published_text(policy)
    assert kept is not None
    client = login(Role.OFFICE)
    page = client.get(f"/enterprise/show/{one.id}").get_data(as_text=True)
    assert f"/policy/show/{policy.id}?text={kept.text_hash}#b1" in page
    page = client.get(f"/policy/show/{policy.id}").get_data(as_text=True)
    assert '（<a href="#b1">' in page


def test_publishing_the_new_reading_takes_clause_amount_and_text_over(
    session: Any, policy: Policy
) -> None:
    first, second = policy.measures
    policies.approve(session, first, SYSTEM, LATER)
    assert policies.to_policy(policy).measures[0].quote == LINES[1]
    session.flush()
    policies.publish(session, policy, policy.measures, SYSTEM, LATER)
    session.flush()
    told = policies.to_policy(policy)
    assert told.measures[0].quote == AGAIN[2]
    assert told.text.startswith("\n".join(AGAIN[:2]))
    assert (first.pending, second.pending) == (None, None)
    assert told.measures[1].quote in told.text


def test_a_correction_of_the_new_reading_waits_with_it(
    login: Any, session: Any, policy: Policy
) -> None:
    """What staff type goes into what they looked at; that the money is spent holds at once."""
    from tests.admin.desk.test_desk_pages import measure_page

    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)
    form["max_amount"], form["is_open"], form["then"] = "60万元", "否", "approve"
    assert client.post(f"{url}/save", data=form).status_code == 302
    session.expire_all()
    measure = policy.measures[0]
    assert (measure.max_amount, measure.is_open) == (None, False)
    policies.publish(session, policy, [measure], SYSTEM, LATER)
    session.flush()
    assert measure.max_amount == 600_000

"""Matching over policies: order, questions, simulation, digests."""

from __future__ import annotations

from datetime import date

import pytest

from policy_match.digest import compose, to_html, to_text
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.policy import ApplicationWindow, Benefit, Event, Measure, Policy, Source
from policy_match.errors import NotFound, RuleError
from policy_match.facade import Matcher, parse_draft, simulate

TODAY = date(2026, 11, 24)


def rule(fact, op, value):
    return parse_criterion({"fact": fact, "op": op, "value": value})


def policy(key, *measures, issued=date(2026, 1, 1), events=(), **more):
    return Policy(
        id=key,
        title=f"政策{key}",
        region="000000",
        issued_on=issued,
        events=(Event(kind="issued", on=issued), *events),
        measures=measures,
        **more,
    )


def measure(key, criteria=None, amount=None, **window):
    return Measure(
        id=key,
        title=f"措施{key}",
        criteria=criteria or parse_criterion({"all": []}),
        benefit=Benefit(kinds=("grant",), max_amount=amount),
        window=ApplicationWindow(**window),
    )


def enterprise(key="甲", **facts):
    return parse_enterprise({"name": key, "facts": facts}, read_on=TODAY)


ENOUGH = rule("employees", ">=", 20)
RICH = rule("revenue", ">=", 1_000_000)
TINY = rule("employees", "<", 5)


def test_the_order_is_verdict_then_benefit_then_deadline_then_level():
    matcher = Matcher(
        [
            policy("p1", measure("small", ENOUGH, 10_000), measure("big", ENOUGH, 1_000_000)),
            policy("p2", measure("open", RICH, 99_000_000), measure("fails", TINY)),
            policy("p3", measure("gone", ENOUGH, 5_000_000, closes_on=date(2026, 1, 1))),
        ]
    )
    found = matcher.match(enterprise(employees=30), as_of=TODAY)
    assert [match.measure.id for match in found] == ["big", "small", "gone", "open"]
    everything = matcher.match(enterprise(employees=30), as_of=TODAY, all=True, limit=None)
    assert [match.measure.id for match in everything][-1] == "fails"
    scores = [match.score for match in everything]
    assert scores == sorted(scores, reverse=True)


def test_equal_scores_fall_back_to_the_id():
    matcher = Matcher([policy("p", measure("b"), measure("a"), measure("c"))])
    assert [m.measure.id for m in matcher.match(enterprise(), as_of=TODAY)] == ["a", "b", "c"]


def test_expired_policies_appear_only_when_everything_is_asked_for():
    ends = Event(kind="expires", on=date(2026, 11, 23))
    matcher = Matcher([policy("old", measure("m"), events=(ends,))])
    assert matcher.match(enterprise(), as_of=TODAY) == []
    assert len(matcher.match(enterprise(), as_of=date(2026, 11, 23))) == 1
    assert len(matcher.match(enterprise(), as_of=TODAY, all=True)) == 1


def test_the_best_question_decides_most_and_names_the_money():
    matcher = Matcher(
        [policy("p", measure("a", ENOUGH, 100), measure("b", ENOUGH, 200), measure("c", RICH, 900))]
    )
    first, second = matcher.check(enterprise(), as_of=TODAY).questions
    assert (first.fact, first.decides, first.value_at_stake) == ("employees", 2, 300)
    assert (second.fact, second.decides, second.value_at_stake) == ("revenue", 1, 900)


def test_a_computed_fact_is_asked_for_by_the_figure_it_lacks():
    small = rule("size_class", "in", ["small"])
    old = rule("established_years", ">=", 3)
    matcher = Matcher([policy("p", measure("a", small), measure("b", old))])
    asked = matcher.check(enterprise(industry="C", employees=50), as_of=TODAY).questions
    assert {question.fact for question in asked} == {"revenue", "established_on"}


def test_a_fact_that_decides_nothing_alone_is_not_asked():
    both = parse_criterion({"any": [ENOUGH.to_json(), {"all": []}]})
    matcher = Matcher([policy("p", measure("a", both))])
    assert matcher.check(enterprise(), as_of=TODAY).questions == ()


def test_whom_a_policy_fits():
    matcher = Matcher([policy("p", measure("a", ENOUGH))])
    people = [enterprise("甲", employees=30), enterprise("乙", employees=3), enterprise("丙")]
    found = matcher.find_enterprises("p", people, as_of=TODAY)
    assert [one.decision.verdict.value for one in found] == ["eligible", "ineligible", "unknown"]
    with pytest.raises(NotFound, match="nope"):
        matcher.find_enterprises("nope", people, as_of=TODAY)


def test_simulation_counts_and_bounds_the_budget():
    drafts = [
        parse_draft({"criteria": ENOUGH.to_json(), "benefit": {"max_amount": 1000}}),
        parse_draft(RICH.to_json()),
    ]
    people = [enterprise("甲", employees=30), enterprise("乙", employees=3), enterprise("丙")]
    first, second = simulate(drafts, people, as_of=TODAY)
    assert first.to_json(ids=True) == {
        "eligible": 1,
        "unknown": 1,
        "ineligible": 1,
        "budget_max": 2000,
        "eligible_ids": ["甲"],
        "unknown_ids": ["丙"],
    }
    assert second.to_json() == {"eligible": 0, "unknown": 3, "ineligible": 0, "budget_max": None}
    assert simulate(drafts, [], as_of=TODAY)[0].eligible == 0
    for amount in ("一万", -5, float("nan"), 1e308, True):
        with pytest.raises(RuleError, match="max_amount"):
            parse_draft({"criteria": {"all": []}, "benefit": {"max_amount": amount}})
    with pytest.raises(RuleError, match="benefit"):
        parse_draft({"criteria": {"all": []}, "benefit": 5})


def test_a_digest_says_what_why_when_and_never_trusts_markup():
    """A digest with reasons, composed of matches alone."""  # mission 2
    hostile = measure("m", ENOUGH, 500_000, closes_on=date(2026, 12, 31)).model_copy(
        update={"title": "<script>alert(1)</script>补助", "contact": "0871-67890000"}
    )
    one = policy("p", hostile, source=Source(url="javascript:alert(1)"), doc_no="晋政发〔2026〕1号")
    matcher = Matcher([one])
    company = enterprise(employees=30)
    matches = matcher.match(company, as_of=TODAY)
    digest = compose(company, matches, as_of=TODAY)
    page, text = to_html(digest), to_text(digest)
    assert "<script>" not in page
    assert "javascript:" not in page
    assert "&lt;script&gt;" in page
    for words in (
        "最高50万元",
        "从业人员 30人，需 ≥ 20人：符合",
        "2026年12月31日截止",
        "0871-67890000",
        "不收费",
        "晋政发〔2026〕1号",
    ):
        assert words in page
        assert words in text
    assert digest == compose(company, matches, as_of=TODAY)

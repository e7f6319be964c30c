"""Verdicts with reasons: what is missing, what fails, how near it is."""

from __future__ import annotations

from datetime import date

from policy_match import wording
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.policy import Measure, Policy
from policy_match.domain.verdict import Verdict
from policy_match.matching.decide import decide
from policy_match.matching.scope import UNKNOWN_SCOPE, scope_of

TODAY = date(2026, 11, 24)


def facts(attested=None, **values):
    data = {"name": "某", "facts": values, "attested": attested}
    return encode(parse_enterprise(data, read_on=TODAY), as_of=TODAY)


HIGH_TECH_OR_PATENTS = {
    "any": [
        {"fact": "qualification", "op": "in", "value": ["high_tech"]},
        {"fact": "patents", "op": ">=", "value": 5},
    ]
}
RULE = parse_criterion(
    {
        "all": [
            {"fact": "size_class", "op": "in", "value": ["medium", "small", "micro"]},
            {"fact": "rd_ratio", "op": ">=", "value": 0.03, "quote": "不低于3%"},
            HIGH_TECH_OR_PATENTS,
            {"attest": "具有健全的财务管理制度"},
        ]
    }
)


def test_a_missing_fact_is_neither_pass_nor_fail():
    decision = decide(RULE, facts(industry="C27", employees=50))
    assert decision.verdict is Verdict.UNKNOWN
    assert decision.missing == ("rd_ratio", "qualification", "patents")
    assert decision.attest == ("具有健全的财务管理制度",)
    assert not decision.self_check


def test_only_attest_items_left_is_worded_apart():
    decision = decide(RULE, facts(industry="C27", employees=50, rd_ratio=0.05, patents=6))
    assert decision.verdict is Verdict.UNKNOWN
    assert decision.self_check
    assert wording.verdict_words(decision) == "符合条件，需自查"


def test_attesting_decides():
    known = {"industry": "C27", "employees": 50, "rd_ratio": 0.05, "patents": 6}
    yes = facts({"具有健全的财务管理制度": True}, **known)
    assert decide(RULE, yes).verdict is Verdict.ELIGIBLE
    no = facts({"具有健全的财务管理制度": False}, **known)
    assert decide(RULE, no).verdict is Verdict.INELIGIBLE


def test_one_failing_condition_is_a_near_miss_with_its_distance():
    decision = decide(RULE, facts(industry="C27", employees=50, rd_ratio=0.024, patents=6))
    assert decision.verdict is Verdict.INELIGIBLE
    assert decision.near_miss is not None
    assert decision.near_miss.distance == 0.2
    assert wording.reason_words(decision.near_miss) == "研发投入占比 2.4%，需 ≥ 3%：不符合"


def test_two_failing_conditions_are_no_near_miss():
    decision = decide(RULE, facts(industry="C", employees=5000, revenue=9e8, rd_ratio=0.01))
    assert decision.near_miss is None
    assert [reason.fact for reason in decision.failing] == ["size_class", "rd_ratio"]


def test_an_alternative_needs_only_one_of_its_branches_mended():
    decision = decide(
        RULE, facts(industry="C", employees=50, rd_ratio=0.05, patents=4, qualification=[])
    )
    assert {reason.fact for reason in decision.failing} == {"qualification", "patents"}
    assert decision.near_miss is not None
    assert decision.near_miss.fact == "patents"


def test_a_negated_condition_is_blamed_when_it_holds():
    rule = parse_criterion({"not": {"fact": "ownership", "op": "in", "value": ["state"]}})
    decision = decide(rule, facts(ownership="state"))
    assert decision.verdict is Verdict.INELIGIBLE
    assert decision.near_miss is not None
    assert decision.near_miss.negated
    assert wording.reason_words(decision.near_miss) == "所有制 国有，需不属于国有：不符合"


def test_a_coarse_region_leaves_the_scope_open():
    policy = Policy(id="p", title="t", region="530115")
    scope = scope_of(policy, Measure(id="m", title="t"))
    decision = decide(parse_criterion({"all": []}), facts(region="530100"), scope=scope)
    assert decision.verdict is Verdict.UNKNOWN
    assert decision.missing == ("region",)
    assert decision.reasons[0].scope


def test_a_central_policy_has_no_scope_and_an_unread_region_is_never_a_pass():
    measure = Measure(id="m", title="t")
    assert scope_of(Policy(id="p", title="t", region="000000"), measure) is None
    assert scope_of(Policy(id="p", title="t"), measure) == UNKNOWN_SCOPE


def test_reasons_carry_the_fact_its_origin_and_the_clause():
    one = facts(rd_ratio={"value": 0.05, "source": "年报", "as_of": "2025-12-31"})
    reason = decide(RULE, one).reasons[1].to_json()
    assert reason["have"] == 0.05
    assert reason["quote"] == "不低于3%"
    assert reason["source"] == "年报"
    assert reason["as_of"] == "2025-12-31"

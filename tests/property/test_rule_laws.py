"""The laws of the rule language (spec/rules.md)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_match.domain.criterion import parse_criterion
from policy_match.domain.encode import EncodedEnterprise, encode
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.verdict import Truth, Verdict
from policy_match.matching.decide import decide, truth_of_rule
from policy_match.matching.ruleset import RuleSet
from tests.property.oracle import oracle
from tests.property.strategies import (
    ALL_FACTS,
    AS_OF,
    enterprises,
    fact_values,
    leaves,
    rules,
)

pytestmark = pytest.mark.filterwarnings("error")


def encoded(enterprise: dict) -> EncodedEnterprise:
    return encode(parse_enterprise(enterprise, read_on=AS_OF), as_of=AS_OF)


def truth(rule: dict, enterprise: dict) -> Truth:
    return truth_of_rule(parse_criterion(rule), encoded(enterprise))


@settings(max_examples=300, deadline=None)
@given(rules(), enterprises())
def test_the_walk_agrees_with_a_literal_reading_of_the_specification(rule, enterprise):
    assert int(truth(rule, enterprise)) == oracle(rule, enterprise, AS_OF)


@settings(max_examples=200, deadline=None)
@given(st.lists(rules(), min_size=1, max_size=12), enterprises())
def test_a_rule_set_agrees_with_the_walk(many, enterprise):
    """Law 1: the engines agree on every rule and enterprise."""
    parsed = [parse_criterion(rule) for rule in many]
    facts = encoded(enterprise)
    expected = [int(truth_of_rule(rule, facts)) for rule in parsed]
    assert RuleSet(parsed).truths(facts).tolist() == expected


@settings(max_examples=300, deadline=None)
@given(rules(), enterprises(), st.data())
def test_one_more_fact_never_unsettles_a_verdict(rule, enterprise, data):
    """Law 2: monotone in information; a stated size class may correct a computed one."""
    absent = [
        name
        for name in ALL_FACTS
        if name not in enterprise["facts"] and name not in ("size_class", "established_on")
    ]
    name = data.draw(st.sampled_from([*absent, "listed"]))
    if name in enterprise["facts"]:
        return
    richer = enterprise | {"facts": enterprise["facts"] | {name: data.draw(fact_values(name))}}
    before, after = truth(rule, enterprise), truth(rule, richer)
    assert before is Truth.UNKNOWN or after is before


@settings(max_examples=200, deadline=None)
@given(rules(), enterprises(), st.randoms(use_true_random=False))
def test_the_order_of_children_changes_nothing(rule, enterprise, rng):
    """Law 3."""
    assert truth(_shuffled(rule, rng), enterprise) is truth(rule, enterprise)


def _shuffled(rule: dict, rng: random.Random) -> dict:
    for key in ("all", "any", "of"):
        if key in rule:
            children = [_shuffled(child, rng) for child in rule[key]]
            rng.shuffle(children)
            return rule | {key: children}
    return {"not": _shuffled(rule["not"], rng)} if "not" in rule else rule


@given(rules(), enterprises())
@settings(max_examples=150, deadline=None)
def test_double_negation_changes_nothing(rule, enterprise):
    """Law 3."""
    assert truth({"not": {"not": rule}}, enterprise) is truth(rule, enterprise)


@given(st.lists(rules(), max_size=3), enterprises())
@settings(max_examples=150, deadline=None)
def test_de_morgan_holds(many, enterprise):
    """Law 3."""
    none = {"not": {"any": many}}
    each = {"all": [{"not": rule} for rule in many]}
    assert truth(none, enterprise) is truth(each, enterprise)


@given(rules())
@settings(max_examples=300, deadline=None)
def test_reading_and_writing_a_rule_is_the_identity(rule):
    """Law 4."""
    assert parse_criterion(rule).to_json() == rule


@given(leaves(), enterprises())
@settings(max_examples=200, deadline=None)
def test_an_enterprise_survives_its_own_json(leaf, enterprise):
    read = parse_enterprise(enterprise, read_on=AS_OF)
    again = parse_enterprise(read.to_json(), read_on=AS_OF)
    assert again == read


@given(rules(), enterprises())
@settings(max_examples=300, deadline=None)
def test_reasons_missing_and_failing_belong_to_the_verdict(rule, enterprise):
    decision = decide(parse_criterion(rule), encoded(enterprise))
    if decision.verdict is Verdict.UNKNOWN:
        assert decision.missing or decision.attest
    else:
        assert not decision.missing
        assert not decision.attest
    if decision.verdict is not Verdict.INELIGIBLE:
        assert not decision.failing
        assert decision.near_miss is None
    if decision.near_miss is not None:
        assert decision.near_miss in decision.failing

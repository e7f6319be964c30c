"""Rules become two queries, and enterprises stretches of days; without a server."""

from __future__ import annotations

from datetime import date

import pytest

from policy_match.domain.criterion import ALWAYS, AnyOf, Not, parse_criterion
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.facts import FactSpec, FactType, default_registry
from policy_match.errors import FactError, RuleError
from policy_match.search.elastic.rules import EVERYBODY, NOBODY, RuleCompiler
from policy_match.search.elastic.segments import (
    combination,
    operations_of,
    segment_key,
    segments_of,
)

DAY = date(2026, 11, 24)
SINCE = date(2018, 1, 1)
REGISTRY = default_registry()


def compiled(tree: dict):
    return RuleCompiler(DAY, REGISTRY).compile(parse_criterion(tree))


def leaf(fact: str, op: str, value: object) -> dict:
    return {"fact": fact, "op": op, "value": value}


def absent(fact: str) -> dict:
    return {"bool": {"must_not": [{"term": {"known": fact}}]}}


def test_a_number_is_a_range_or_absent():
    queries = compiled(leaf("employees", ">=", 20))
    assert queries.true == {"range": {"n.employees": {"gte": 20.0}}}
    assert queries.possible["bool"]["should"] == [absent("employees"), queries.true]
    assert compiled(leaf("employees", "==", 20)).true == {"term": {"n.employees": 20.0}}


def test_a_bool_is_a_term():
    assert compiled(leaf("listed", "==", False)).true == {"term": {"true": "listed:0"}}


def test_a_code_is_asked_for_by_its_ancestors_where_it_is_coarse():
    queries = compiled(leaf("region", "in", ["530115"]))
    assert queries.true == {"terms": {"true": ["region:530115"]}}
    lacks_none = queries.possible["bool"]["should"][2]["bool"]
    assert lacks_none["must_not"] == [{"term": {"partial": "region"}}]
    assert lacks_none["must"][0]["bool"]["should"] == [
        {"term": {"open": "region"}},
        {"terms": {"has": ["region:530100", "region:530000", "region:000000"]}},
    ]


def test_codes_below_another_wanted_one_are_left_out():
    queries = compiled(leaf("region", "in", ["530115", "530100", "530115"]))
    assert queries.true == {"terms": {"true": ["region:530100"]}}


def test_a_size_class_is_true_within_and_possible_across():
    queries = compiled(leaf("size_class", "in", ["small", "micro"]))
    within = set(queries.true["bool"]["should"][1]["terms"]["oneof"])
    assert within == {f"size_class:{one}" for one in ("small", "micro", "micro+small")}
    across = set(queries.possible["bool"]["should"][-1]["terms"]["oneof"])
    assert "size_class:large+micro" in across
    assert "size_class:large" not in across
    assert combination(frozenset({"small", "micro"})) == "micro+small"


def test_not_swaps_the_two_readings():
    inner = compiled(leaf("employees", ">=", 20))
    outer = compiled({"not": leaf("employees", ">=", 20)})
    assert outer.true == {"bool": {"must_not": [inner.possible]}}
    assert outer.possible == {"bool": {"must_not": [inner.true]}}


def test_k_of_n_counts_in_both_readings():
    parts = [leaf("listed", "==", True), leaf("employees", ">", 5), {"attest": "已备案"}]
    queries = compiled({"at_least": 2, "of": parts})
    for reading in (queries.true, queries.possible):
        assert reading["bool"]["minimum_should_match"] == 2
        assert len(reading["bool"]["should"]) == 3


def test_empty_nodes():
    assert compiled({"all": []}).true == EVERYBODY
    assert compiled({"any": []}).possible == NOBODY
    assert compiled(leaf("region", "in", [])).true == NOBODY
    assert compiled(leaf("region", "in", [])).possible["bool"]["should"] == [
        absent("region"),
        NOBODY,
    ]


def test_an_attest_leaf_is_possible_until_denied():
    queries = compiled({"attest": "项目已备案"})
    token = queries.true["term"]["attest"]
    assert token.startswith("1:")
    assert queries.possible == {"bool": {"must_not": [{"term": {"attest": "0" + token[1:]}}]}}


def test_the_deepest_rule_stays_within_what_a_server_nests():
    """Thirty levels of bool are refused by a server; the language allows 16."""
    tree = leaf("region", "in", ["530115"])
    for n in range(15):
        tree = {"not": tree} if n % 2 else {"all": [tree]}
    assert _depth(compiled(tree).possible) <= 28


def _depth(query: object) -> int:
    if isinstance(query, dict):
        inside = max(map(_depth, query.values()), default=0)
        return inside + ("bool" in query)
    return max(map(_depth, query), default=0) if isinstance(query, list) else 0


def test_too_deep_a_rule_is_refused():
    rule: AnyOf | Not = AnyOf(any=(ALWAYS,))
    for _ in range(40):
        rule = Not(**{"not": rule})
    with pytest.raises(RuleError, match="16 层"):
        RuleCompiler(DAY, REGISTRY).compile(rule)


def test_a_fact_that_staff_added_needs_no_new_mapping():
    registry = REGISTRY.extended(
        [FactSpec(name="floor_area", label="营业面积", type=FactType.NUMBER, question="多大？")]
    )
    rule = parse_criterion(leaf("floor_area", ">=", 100), registry=registry)
    assert RuleCompiler(DAY, registry).compile(rule).true == {
        "range": {"n.floor_area": {"gte": 100.0}}
    }
    one = parse_enterprise(
        {"id": "E", "facts": {"floor_area": 120}}, read_on=DAY, registry=registry
    )
    (segment,) = segments_of(one, since=SINCE, registry=registry, standard=None)
    assert segment["n"] == {"floor_area": 120.0}
    with pytest.raises(FactError, match="floor_area"):
        segments_of(one, since=SINCE, registry=REGISTRY, standard=None)


# enterprises


def segments(facts: dict, since: date = SINCE) -> list[dict]:
    one = parse_enterprise({"id": "E", "facts": facts}, read_on=DAY)
    return segments_of(one, since=since, registry=REGISTRY, standard=None)


def test_facts_that_no_day_changes_are_one_document():
    (only,) = segments({"employees": 35, "listed": True, "region": ["530115"]})
    assert (only["from"], only["until"]) == (SINCE.toordinal(), date.max.toordinal())
    assert only["true"] == sorted(
        ["listed:1", "region:000000", "region:530000", "region:530100", "region:530115"]
    )
    assert only["has"] == ["region:530115"]
    assert only["known"] == ["employees", "listed", "region"]
    assert "open" not in only


def test_a_dated_qualification_splits_the_days():
    badge = {"code": "high_tech", "valid_from": "2023-07-01", "valid_until": "2026-06-30"}
    before, within, after = segments({"qualification": [badge]})
    assert "true" not in before
    assert within["true"] == ["qualification:high_tech"]
    assert within["from"] == date(2023, 7, 1).toordinal()
    assert after["from"] == date(2026, 7, 1).toordinal()
    assert {key: after[key] for key in after if key not in ("from", "until")} == {
        key: before[key] for key in before if key not in ("from", "until")
    }


def test_days_are_covered_once_each():
    badge = {"code": "high_tech", "valid_from": "2020-02-29", "valid_until": "2020-02-29"}
    found = segments(
        {"qualification": {"has": [badge], "lacks": []}, "established_on": "2019-05-06"}
    )
    assert [one["from"] for one in found[1:]] == [one["until"] + 1 for one in found[:-1]]
    assert found[0]["from"] == SINCE.toordinal()
    assert found[-1]["until"] == date.max.toordinal()


def test_ages_are_left_to_the_query():
    later = segments({"established_on": "2019-05-06"})[-1]
    assert later["n"] == {"established_on": float(date(2019, 5, 6).toordinal())}
    assert later["known"] == ["established_on", "established_years"]
    (stated,) = segments({"established_years": 3})
    assert stated["n"] == {"established_years": 3.0}


def test_the_possible_size_classes_stand_together():
    (only,) = segments({"industry": ["2720"], "employees": 50})
    assert only["oneof"] == ["size_class:micro+small"]


def test_an_older_day_sees_the_older_size_standard():
    old = date(2012, 1, 1)
    found = segments({"industry": ["2720"], "employees": 50, "revenue": 4e6}, since=old)
    assert found[0]["from"] == old.toordinal()
    assert found[-1]["until"] == date.max.toordinal()
    assert all(one["until"] >= one["from"] for one in found)


def test_a_minus_zero_is_a_zero():
    (only,) = segments({"revenue_growth": -0.0})
    assert str(only["n"]["revenue_growth"]) == "0.0"


def test_keys_are_short_and_never_meet():
    keys = {segment_key(one, n) for one in ("x", "1:x", "x" * 481, "x" * 482) for n in (0, 1)}
    assert len(keys) == 8
    assert all(len(key.encode()) <= 512 for key in keys)


def test_operations_carry_the_place():
    one = parse_enterprise({"id": "E", "facts": {"established_on": "2019-05-06"}}, read_on=DAY)
    found = segments_of(one, since=SINCE, registry=REGISTRY, standard=None)
    lines = [operation.body for operation in operations_of(one, found, 7)]
    assert len(lines) == 2
    assert all(b'"position":7,"segments":2' in (line or b"") for line in lines)

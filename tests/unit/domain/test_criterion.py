"""Rules that make no sense are refused with what, where and what to write instead."""

from __future__ import annotations

import json

import pytest

from policy_match.domain.criterion import leaves_of, parse_criterion
from policy_match.errors import RuleError

LEAF = {"fact": "employees", "op": ">=", "value": 20}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"fact": "employes", "op": ">=", "value": 20}, "employees"),
        ({"fact": "employees", "op": "in", "value": ["20"]}, ">= > <= < =="),
        ({"fact": "employees", "op": "=>", "value": 20}, "可以用"),
        ({"fact": "region", "op": ">=", "value": 1}, "可以用：in"),
        ({"fact": "region", "op": "in", "value": ["539999"]}, "539999"),
        ({"fact": "region", "op": "in", "value": "530115"}, "列表"),
        ({"fact": "registered_capital", "op": ">=", "value": "500万元"}, "写 5000000"),
        ({"fact": "registered_capital", "op": ">=", "value": 500, "unit": "万元"}, "不写单位"),
        ({"fact": "rd_ratio", "op": ">=", "value": "3%"}, "0.03"),
        ({"fact": "rd_ratio", "op": ">=", "value": float("nan")}, "NaN"),
        ({"fact": "revenue", "op": ">=", "value": 10**400}, "写 5000000"),
        ({"fact": "listed", "op": "==", "value": 1}, "true 或 false"),
        ({"fact": "established_on", "op": "<=", "value": "2024/1/1"}, "2024-05-01"),
        ({"fact": "employees", "op": ">="}, "缺少“value”"),
        ({"at_least": 3, "of": [LEAF]}, "1 到项数"),
        ({"at_least": True, "of": [LEAF]}, "1 到项数"),
        ({"all": LEAF}, "列表"),
        ({"all": [], "any": []}, "只能有"),
        ({"some": []}, "只能有"),
        ({"attest": "  "}, "attest"),
        ({**LEAF, "quotes": "x"}, "quote"),
        ({**LEAF, "at": [9, 3]}, "at 为"),
        ([LEAF], "条件对象"),
        ("employees >= 20", "条件对象"),
    ],
)
def test_a_senseless_rule_is_refused(rule, says):
    with pytest.raises(RuleError) as caught:
        parse_criterion(rule)
    assert says in str(caught.value)


def test_the_error_names_the_place_in_the_tree():
    rule = {"all": [LEAF, {"any": [LEAF, {"not": {"fact": "nope", "op": "==", "value": 1}}]}]}
    with pytest.raises(RuleError, match=r"all\[1\].any\[1\].not"):
        parse_criterion(rule)


def test_a_million_leaves_and_a_thousand_levels_are_refused_in_bounded_time():
    with pytest.raises(RuleError, match="1000"):
        parse_criterion({"all": [LEAF] * 1_000_000})
    deep: dict = LEAF
    for _ in range(1000):
        deep = {"not": deep}
    with pytest.raises(RuleError, match="16 层"):
        parse_criterion(deep)


def test_the_largest_allowed_rule_is_read():
    rule = {"all": [LEAF] * 1000}
    assert len(list(leaves_of(parse_criterion(rule)))) == 1000


def test_a_rule_keeps_its_json_to_the_letter():
    text = (
        '{"all": [{"fact": "rd_ratio", "op": ">=", "value": 0.03, "quote": "不低于3%", '
        '"at": [10, 15]}, {"not": {"attest": "x", "by": "王某"}}, {"any": []}, '
        '{"at_least": 1, "of": [{"fact": "listed", "op": "==", "value": true}]}]}'
    )
    rule = parse_criterion(json.loads(text))
    assert json.dumps(rule.to_json(), ensure_ascii=False) == text


def test_a_rule_can_not_be_changed():
    rule = parse_criterion(LEAF)
    with pytest.raises(ValueError, match="frozen"):
        rule.value = 30


def test_a_former_region_and_a_letter_before_a_division_are_understood():
    parse_criterion({"fact": "region", "op": "in", "value": ["530122"]})
    parse_criterion({"fact": "industry", "op": "in", "value": ["C27"]})

"""Whether rules and quotes agree: quotes in place, numbers, units, comparisons, codes."""

from __future__ import annotations

import pytest

from indexer.verify import Problem, verify_leaf, verify_measure
from policy_match.domain.criterion import AttestLeaf, FactLeaf, parse_criterion
from policy_match.domain.policy import Measure

TEXT = (
    "申报企业应当具备下列条件：注册资本不低于500万元，上年度营业收入1亿元以上、资产总额5000万元以上，"
    "研发投入占营业收入的比例不低于3%，从业人员不超过300人，成立满2年，拥有发明专利3件以上，"
    "高新技术企业或专精特新中小企业，具有独立法人资格，未被列入失信名单，2020年1月1日以后成立。"
)


def leaf(fact: str, op: str, value: object, quote: str, **more: object) -> FactLeaf:
    start = TEXT.find(quote)
    at = (start, start + len(quote)) if start >= 0 else (0, len(quote))
    return FactLeaf(**{"fact": fact, "op": op, "value": value, "quote": quote, "at": at} | more)  # type: ignore[arg-type]  # by name


def problems(one: FactLeaf | AttestLeaf, *, negated: bool = False) -> list[Problem]:
    return [found.problem for found in verify_leaf(one, TEXT, negated=negated)]


GOOD = [
    leaf("registered_capital", ">=", 5_000_000, "注册资本不低于500万元"),
    leaf("revenue", ">=", 100_000_000, "上年度营业收入1亿元以上、资产总额5000万元以上"),
    leaf("total_assets", ">=", 50_000_000, "上年度营业收入1亿元以上、资产总额5000万元以上"),
    leaf("rd_ratio", ">=", 0.03, "研发投入占营业收入的比例不低于3%"),
    leaf("employees", "<=", 300, "从业人员不超过300人"),
    leaf("established_years", ">=", 2, "成立满2年"),
    leaf("invention_patents", ">=", 3, "拥有发明专利3件以上"),
    leaf("qualification", "in", ("high_tech", "specialized_sme"), "高新技术企业或专精特新中小企业"),
    leaf("legal_person", "==", True, "具有独立法人资格"),
    leaf("no_dishonesty", "==", True, "未被列入失信名单"),
    leaf("established_on", ">=", "2020-01-01", "2020年1月1日以后成立"),
]


@pytest.mark.parametrize("one", GOOD, ids=lambda one: one.fact)
def test_a_true_rule_has_nothing_to_tell(one: FactLeaf) -> None:
    assert problems(one) == []


@pytest.mark.parametrize(
    ("fact", "change", "told"),
    [
        ("registered_capital", {"value": 50_000_000}, Problem.NUMBER),
        ("registered_capital", {"op": "<="}, Problem.OP),
        ("registered_capital", {"op": ">"}, Problem.OP),
        ("revenue", {"value": 50_000_000}, Problem.NUMBER),  # that is what the assets must be
        ("employees", {"value": 301}, Problem.NUMBER),
        ("rd_ratio", {"value": 3}, Problem.NUMBER),
        ("rd_ratio", {"fact": "established_years", "value": 0.03}, Problem.UNIT),
        ("invention_patents", {"fact": "employees", "value": 3}, Problem.UNIT),
        ("qualification", {"value": ("high_tech", "gazelle")}, Problem.CODE),
        ("qualification", {"value": ("high_tech",)}, Problem.CODE_LEFT_OUT),
        ("legal_person", {"value": False}, Problem.FLAG),
        ("no_dishonesty", {"value": False}, Problem.FLAG),
        ("no_dishonesty", {"fact": "tax_compliant"}, Problem.FLAG),
        ("established_on", {"value": "2021-01-01"}, Problem.NUMBER),
        ("established_on", {"op": "<="}, Problem.OP),
        ("legal_person", {"fact": "no_such_fact"}, Problem.UNKNOWN_FACT),
    ],
)
def test_a_changed_rule_is_found(fact: str, change: dict[str, object], told: Problem) -> None:
    one = next(good for good in GOOD if good.fact == fact)
    assert problems(one.model_copy(update=change)) == [told]


def test_a_denial_in_the_text_must_be_one_in_the_rule() -> None:
    text = "申报企业尚未上市"
    assert not verify_leaf(
        FactLeaf(fact="listed", op="==", value=False, quote=text, at=(0, len(text))), text
    )
    (found,) = verify_leaf(
        FactLeaf(fact="listed", op="==", value=True, quote=text, at=(0, len(text))), text
    )
    assert found.problem is Problem.FLAG


def test_a_quote_that_moved_is_told_where_it_is_now() -> None:
    one = leaf("employees", "<=", 300, "从业人员不超过300人", at=(3, 15))
    (found,) = verify_leaf(one, TEXT)
    assert found.problem is Problem.QUOTE_MOVED
    assert found.found_at is not None
    assert TEXT[slice(*found.found_at)] == one.quote


def test_a_quote_that_is_gone_is_told_alone() -> None:
    one = leaf("employees", "<=", 999, "从业人员不多于300人")
    assert problems(one) == [Problem.QUOTE_GONE]
    assert problems(AttestLeaf(attest="管理健全", quote="管理健全", at=(0, 4))) == [
        Problem.QUOTE_GONE
    ]


def test_a_leaf_without_a_quote_must_say_whose_it_is() -> None:
    assert problems(FactLeaf(fact="employees", op="<=", value=300)) == [Problem.UNBOUND]
    assert problems(FactLeaf(fact="employees", op="<=", value=300, by="张三")) == []


def test_scope_and_the_measures_own_quote_are_looked_at_too() -> None:
    # mission 25
    measure = Measure(
        id="m",
        title="奖励",
        quote="不在原文里",
        at=(0, 5),
        criteria=parse_criterion({"not": {"fact": "listed", "op": "==", "value": True}}),
        scope=parse_criterion(
            {"fact": "zone", "op": "in", "value": ["甲园区"], "quote": "成立满2年", "at": [0, 5]}
        ),
    )
    found = [one.problem for one in verify_measure(measure, TEXT)]
    assert found == [Problem.QUOTE_GONE, Problem.UNBOUND, Problem.QUOTE_MOVED, Problem.CODE]
    assert all(one.to_json()["measure_id"] == "m" for one in verify_measure(measure, TEXT))

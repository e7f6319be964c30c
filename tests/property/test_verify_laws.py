"""Any changed number, unit or comparison of a rule is found; the true rule never is."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from indexer.extract.registry import read_clause
from indexer.verify import Problem, verify_leaf
from policy_match.domain.criterion import FactLeaf

_NOUNS: dict[str, tuple[str, str, float]] = {  # fact: noun, unit as written, its worth
    "registered_capital": ("注册资本", "万元", 1e4),
    "revenue": ("上年度营业收入", "亿元", 1e8),
    "total_assets": ("资产总额", "万元", 1e4),
    "rd_ratio": ("研发投入占比", "%", 0.01),
    "employees": ("从业人员", "人", 1),
    "established_years": ("成立", "年", 1),
    "invention_patents": ("发明专利", "件", 1),
}
_FORMS = {
    ">=": ("不低于{}", "{}以上", "不少于{}", "{}（含）以上", "满{}"),
    ">": ("超过{}", "高于{}", "{}以上（不含）"),
    "<=": ("不超过{}", "{}以下", "{}（含）以下", "{}以内"),
    "<": ("低于{}", "少于{}", "不足{}", "{}以下（不含）"),
}


@st.composite
def rules(draw: st.DrawFn) -> FactLeaf:
    """A rule whose quote says it, written in one of many ways."""
    fact = draw(st.sampled_from(sorted(_NOUNS)))
    noun, unit, worth = _NOUNS[fact]
    number = draw(st.integers(1, 90))
    op = draw(st.sampled_from(sorted(_FORMS)))
    blank = draw(st.sampled_from(("", " ")))
    said = draw(st.sampled_from(_FORMS[op])).format(f"{number}{blank}{unit}")
    value: Any = round(number * worth, 4)
    quote = f"{noun}{said}"
    value = int(value) if value == int(value) else value
    return FactLeaf(fact=fact, op=op, value=value, quote=quote, at=(2, 2 + len(quote)))  # type: ignore[arg-type]  # one of the ops


def told(one: FactLeaf) -> list[Problem]:
    text = f"一、{one.quote}。"
    return [found.problem for found in verify_leaf(one, text)]


@given(rules())
def test_a_true_rule_is_never_told(one: FactLeaf) -> None:
    assert told(one) == []


@given(rules(), st.floats(-1e9, 1e9, allow_nan=False))
def test_any_other_number_is_told(one: FactLeaf, other: float) -> None:
    assert isinstance(one.value, int | float)
    assume(abs(other - one.value) > 1e-6)
    assert told(one.model_copy(update={"value": other})) == [Problem.NUMBER]


@given(rules(), st.sampled_from((">=", ">", "<=", "<", "==")))
def test_any_other_comparison_is_told(one: FactLeaf, other: str) -> None:
    assume(other != one.op)
    assert told(one.model_copy(update={"op": other})) == [Problem.OP]


@given(rules(), st.sampled_from(sorted(_NOUNS)))
def test_a_fact_of_another_unit_is_told(one: FactLeaf, fact: str) -> None:
    kinds = {"万元": "元", "亿元": "元"}
    units = [kinds.get(_NOUNS[name][1], _NOUNS[name][1]) for name in (one.fact, fact)]
    assume(units[0] != units[1])
    assert told(one.model_copy(update={"fact": fact})) == [Problem.UNIT]


@given(rules())
def test_what_the_extractors_read_is_never_told(one: FactLeaf) -> None:
    """Reading and checking go different ways and come to the same."""
    assert one.quote is not None
    for found in read_clause(one.quote):
        leaf = FactLeaf(fact=found.fact, op=found.op, value=found.value, quote=one.quote)
        leaf = leaf.model_copy(update={"at": one.at})
        assert told(leaf) == []

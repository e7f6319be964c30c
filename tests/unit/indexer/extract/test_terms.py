"""Reading how a benefit is reckoned."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.extract.terms import terms_of
from policy_match.domain.policy import TermForm


def read(text: str) -> list[tuple[Any, ...]]:
    return [
        (
            one.form.value,
            float(one.amount) if one.amount is not None else one.rate,
            one.of or one.base,
            float(one.cap) if one.cap is not None else None,
            one.at_most,
        )
        for one in terms_of(text)
    ]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (
            "按照研发投入的10%给予补助，最高50万元。",
            [("rate", 0.1, "rd_expense", 500_000, False)],
        ),
        (
            "按照不超过项目总投资额 30%的比例，给予最高不超过1000万元的资金支持。",
            [("rate", 0.3, "project_investment", 10_000_000, True)],
        ),
        (
            "按固定资产投资的5%—20%给予企业奖励",
            [("rate", 0.2, "project_investment", None, True)],
        ),
        ("给予一次性奖励20万元", [("fixed", 200_000, None, None, False)]),
        ("给予不超过50万元的资金支持", [("fixed", 500_000, None, None, True)]),
        ("每个单位每年最高补贴100万元", [("fixed", 1_000_000, None, None, True)]),
        ("按每人3000元给予用人单位补贴", [("per_unit", 3000, "人", None, False)]),
        (
            "按照合同额的10%给予补贴，最高200万元",
            [("rate", 0.1, "合同额", 2_000_000, False)],
        ),
        ("营业收入比上年增长10%的，给予表扬", []),
        ("先期拨付资助资金总额的50%", []),
        ("第一年给予不超过200万元，第二年给予不超过300万元", []),
    ],
)
def test_a_sentence_gives(text: str, terms: list[tuple[Any, ...]]) -> None:
    assert read(text) == terms


def test_tiers_carry_their_conditions() -> None:
    text = (
        "年营业收入1亿元以上的企业，给予50万元奖励；年营业收入5000万元以上的企业，给予20万元奖励。"
    )
    found = terms_of(text)
    assert [(one.amount, [(c.fact, c.op, c.value) for c in one.when]) for one in found] == [
        (500_000, [("revenue", ">=", 100_000_000)]),
        (200_000, [("revenue", ">=", 50_000_000)]),
    ]


def test_a_tier_on_a_figure_that_is_no_fact_is_left_out() -> None:
    assert terms_of("实际出资额在3亿元至5亿元的，给予不超过500万元资金支持。") == ()


def test_sums_to_choose_from_are_each_the_most() -> None:
    found = terms_of("一等奖给予100万元奖励。二等奖给予50万元奖励。")
    assert [one.at_most for one in found] == [True, True]


def test_the_quote_is_as_written() -> None:
    text = "对企业给予 ５０ 万元 奖励。其他另行规定。"
    (found,) = terms_of(text)
    assert found.quote is not None
    assert found.quote in text
    assert found.form is TermForm.FIXED


def test_a_hostile_run_of_figures_ends() -> None:
    assert len(terms_of("给予1万元、" * 20_000)) <= 12
    assert terms_of("按" * 50_000 + "的10%") is not None

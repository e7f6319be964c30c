"""The size class: every limit of the standards, coarse codes, missing figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_match.domain.codes import code_table
from policy_match.domain.size_class import (
    FIGURES,
    LADDER,
    SizeFigures,
    classify_size,
    size_standards,
)
from policy_match.errors import StandardNotFound

CASES = Path(__file__).parents[2] / "cases" / "size_class"
DAY = date(2024, 1, 1)
LABELS = {"大型": "large", "中型": "medium", "小型": "small", "微型": "micro"}
FACTS = {
    "国民经济行业": "industry",
    "从业人员": "employees",
    "营业收入": "revenue",
    "资产总额": "total_assets",
}
WAN = {"revenue": 10_000, "total_assets": 10_000}


def read_cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        # BaseLoader keeps figures as text, so that a yuan below a limit stays exact
        sheet = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        for group in sheet["行业"]:
            for n, case in enumerate(group["用例"], 1):
                yield pytest.param(
                    sheet, group["代码"], case, id=f"{path.stem}-{group['代码']}-{n}"
                )


def figures_of(case: dict[str, Any]) -> SizeFigures:
    given = {FACTS[label]: Decimal(text) for label, text in case.items() if label in FACTS}
    return SizeFigures(**{fact: float(value * WAN.get(fact, 1)) for fact, value in given.items()})


@pytest.mark.parametrize(("sheet", "industry", "case"), list(read_cases()))
def test_cases(sheet: dict[str, Any], industry: str, case: dict[str, Any]) -> None:
    """Each row of tests/cases/size_class holds."""
    result = classify_size(
        industry,
        figures_of(case),
        as_of=date.fromisoformat(sheet["日期"]),
        standard=sheet["标准"],
    )
    assert result.possible == {LABELS[one] for one in case["结果"]}, result.why
    assert result.missing == tuple(FACTS[one] for one in case["还缺"]), result.why
    assert result.standard == sheet["标准"]


def test_every_row_of_every_standard_has_cases() -> None:
    """A new row of a standard needs cases."""
    tried = {
        (sheet.values[0]["标准"], name)
        for sheet in read_cases()
        for name in classify_size(
            sheet.values[1],
            SizeFigures(),
            as_of=date.fromisoformat(sheet.values[0]["日期"]),
            standard=sheet.values[0]["标准"],
        ).groups
    }
    assert {(one.number, row.name) for one in size_standards() for row in one.rows} <= tried


def test_the_newest_standard_in_force_is_used() -> None:
    """The day picks the standard; a number picks an older one that is still in force."""
    figures = SizeFigures(employees=1)
    old, new = "工信部联企业〔2011〕300号", "国统字〔2017〕213号"
    assert classify_size("27", figures, as_of=date(2017, 12, 27)).standard == old
    assert classify_size("27", figures, as_of=date(2017, 12, 28)).standard == new
    assert classify_size("27", figures, as_of=DAY, standard=old).standard == old
    assert classify_size("27", figures, as_of=DAY, standard="国统字[2017] 213号").standard == new


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2011, 6, 17), None),
        (date(2015, 1, 1), "国统字〔2017〕213号"),
        (DAY, "国统字〔2003〕17号"),
    ],
)
def test_no_standard_in_force(day: date, number: str | None) -> None:
    """Before the first standard, or with an unknown one, the error lists what there is."""
    with pytest.raises(StandardNotFound, match="2011-06-18起") as caught:
        classify_size("27", SizeFigures(employees=1), as_of=day, standard=number)
    assert str(day) in str(caught.value)


def test_the_reason_names_figures_and_standard() -> None:
    """A person can follow the words from figure to class."""
    result = classify_size("2622", SizeFigures(employees=50, revenue=2.5e6), as_of=DAY)
    assert result.why == (
        "按国统字〔2017〕213号，工业：从业人员50人属小型，营业收入250万元属微型；就低划为微型"
    )


def test_an_uncovered_industry_is_named() -> None:
    """Without a class the reason says which part of the code the standard leaves out."""
    assert "铁路运输业" in classify_size("G", SizeFigures(), as_of=DAY).why
    assert "未知" in classify_size(None, SizeFigures(), as_of=DAY).why
    assert classify_size(None, SizeFigures(), as_of=DAY).missing == ("industry",)


def test_limits_fall_and_codes_exist() -> None:
    """In each row large > medium > small, and every code is one of GB/T 4754, used once."""
    industries = code_table("industry")
    for standard in size_standards():
        codes = [code for row in standard.rows for code in row.codes]
        assert len(codes) == len(set(codes))
        codes += [code for gap in standard.not_covered for code in gap.codes]
        assert all(code in industries for code in codes)
        for row in standard.rows:
            assert row.verified
            assert all(one.large > one.medium > one.small > 0 for one in row.metrics)


def test_every_industry_is_covered_or_named_as_a_gap() -> None:
    """No class of GB/T 4754 falls between the rows and the named gaps."""
    industries = code_table("industry")
    for standard in size_standards():
        placed = {code for row in standard.rows for code in row.codes}
        placed |= {code for gap in standard.not_covered for code in gap.codes}
        lost = [
            code
            for code in industries
            if len(code) == 4 and placed.isdisjoint((code, *industries.ancestors(code)))
        ]
        assert lost == []


industry_codes = st.sampled_from([*code_table("industry"), "2799", "5988", "99"])
amounts = st.none() | st.sampled_from(
    sorted(
        {
            limit * factor + step
            for standard in size_standards()
            for row in standard.rows
            for one in row.metrics
            for limit in (one.large, one.medium, one.small)
            for factor in (1, 10_000)
            for step in (-1, 0)
        }
    )
)
figure_sets = st.builds(SizeFigures, employees=amounts, revenue=amounts, total_assets=amounts)


@settings(deadline=None)
@given(industry_codes, figure_sets, st.sampled_from(FIGURES), amounts)
def test_learning_a_figure_only_shrinks(
    industry: str, figures: SizeFigures, fact: str, value: float | None
) -> None:
    """What becomes known never adds a class; what is not missing changes nothing."""
    before = classify_size(industry, figures, as_of=DAY)
    if figures.of(fact) is not None:
        return
    known = SizeFigures(**{one: figures.of(one) for one in FIGURES} | {fact: value})
    after = classify_size(industry, known, as_of=DAY)
    assert after.possible <= before.possible
    assert bool(after.possible) == bool(before.possible)
    if fact not in before.missing:
        assert after.possible == before.possible


@settings(deadline=None)
@given(industry_codes, figure_sets)
def test_a_missing_figure_could_change_the_outcome(industry: str, figures: SizeFigures) -> None:
    """Every figure called missing has a value that narrows the classes."""
    before = classify_size(industry, figures, as_of=DAY)
    for fact in set(before.missing) & set(FIGURES):
        lowest = SizeFigures(**{one: figures.of(one) for one in FIGURES} | {fact: 0})
        assert classify_size(industry, lowest, as_of=DAY).possible < before.possible


@settings(deadline=None)
@given(industry_codes, figure_sets)
def test_a_finer_code_only_shrinks(industry: str, figures: SizeFigures) -> None:
    """Each code below a covered one gives a subset of its classes."""
    coarse = classify_size(industry, figures, as_of=DAY)
    if not coarse.possible:
        return
    union: set[str] = set()
    for finer in code_table("industry").descendants(industry):
        result = classify_size(finer, figures, as_of=DAY)
        assert result.possible <= coarse.possible
        union |= result.possible
    assert not union or union == coarse.possible


@settings(deadline=None)
@given(industry_codes, figure_sets)
def test_possible_classes_are_a_run_that_ends_below(industry: str, figures: SizeFigures) -> None:
    """With an unknown figure in one row, every class below the bound is open."""
    result = classify_size(industry, figures, as_of=DAY)
    if len(result.groups) == 1 and result.missing and "industry" not in result.missing:
        top = min(LADDER.index(one) for one in result.possible)
        assert result.possible == frozenset(LADDER[top:])

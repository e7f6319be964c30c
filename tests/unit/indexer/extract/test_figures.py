"""Numbers in every written form."""

from __future__ import annotations

import pytest

from indexer.extract.figures import Unit, figures

CASES = [
    ("2亿元(含)以下", "<=", 200_000_000, Unit.MONEY),
    ("不低于20%", ">=", 0.2, Unit.RATIO),
    ("三年以上", ">=", 3, Unit.YEARS),
    ("百分之三十", None, 0.3, Unit.RATIO),
    ("5000万", None, 50_000_000, Unit.MONEY),
    ("叁百万元", None, 3_000_000, Unit.MONEY),
    ("超过1,000万元", ">", 10_000_000, Unit.MONEY),
    ("不超过500人", "<=", 500, Unit.PERSONS),
    ("不足5年", "<", 5, Unit.YEARS),
    ("未满3年", "<", 3, Unit.YEARS),
    ("满1年", ">=", 1, Unit.YEARS),
    ("不少于10项", ">=", 10, Unit.PIECES),
    ("达到0.1‰", ">=", 0.0001, Unit.RATIO),
    ("20人及以上", ">=", 20, Unit.PERSONS),
    ("10件(不含)以上", ">", 10, Unit.PIECES),
    ("超过100家(含)", ">=", 100, Unit.OTHER),
    ("不低于200万美元", ">=", 2_000_000, Unit.FOREIGN),
    ("6个月以上", ">=", 0.5, Unit.MONTHS),
    ("1.5亿元以内", "<=", 150_000_000, Unit.MONEY),
]


@pytest.mark.parametrize(("text", "op", "value", "unit"), CASES)
def test_a_figure_is_read(text: str, op: str | None, value: float, unit: Unit) -> None:
    (figure,) = figures(text)

    assert (figure.op, float(figure.low), figure.unit) == (op, pytest.approx(value), unit)
    assert text[figure.start : figure.end] == text


@pytest.mark.parametrize("dash", ["-", "—", "~", "至", "到"])
def test_a_range_has_two_bounds(dash: str) -> None:
    (figure,) = figures(f"500{dash}1000万元")

    assert (figure.low, figure.high) == (5_000_000, 10_000_000)
    assert figure.is_range
    assert not figure.upside_down


def test_a_range_upside_down_is_known() -> None:
    (figure,) = figures("1000—500万元")

    assert figure.upside_down


@pytest.mark.parametrize("text", ["一般企业", "一次性给予", "三农主体", "世界五百强百年老店"[7:]])
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert [figure for figure in figures(text) if figure.op or figure.unit is Unit.MONEY] == []


def test_a_number_without_a_unit_has_none() -> None:
    (figure,) = figures("不低于500")

    assert figure.unit is Unit.NONE

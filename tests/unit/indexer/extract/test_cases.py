"""Cases a policy officer can read: what a sentence gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from indexer.extract.benefit import benefit_of
from indexer.extract.view import view_of
from indexer.extract.window import window_of

from .conftest import Condition, atoms_of

CASES = Path(__file__).parents[3] / "cases" / "extract"


def cases(name: str) -> list[Any]:
    rows = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return [pytest.param(row, id=row["say"][:24]) for row in rows]


@pytest.mark.parametrize("case", cases("facts"))
def test_a_sentence_gives_its_facts(case: dict[str, Any], condition: Condition) -> None:
    found = {(fact, op, str(value)) for fact, op, value in atoms_of(condition(case["say"]))}

    assert found == {(fact, op, str(value)) for fact, op, value in case["gives"]}


@pytest.mark.parametrize("case", cases("benefits"))
def test_a_benefit_gives_cap_rate_and_kinds(case: dict[str, Any]) -> None:
    benefit = benefit_of(view_of(case["say"]).text, case["say"])

    cap = case["max_amount"]
    assert benefit.max_amount == (None if cap is None else Decimal(cap))
    assert benefit.rate == pytest.approx(case.get("rate")) if "rate" in case else True
    assert [kind.value for kind in benefit.kinds] == case["kinds"]


@pytest.mark.parametrize("case", cases("windows"))
def test_a_text_gives_its_window(case: dict[str, Any]) -> None:
    window = window_of(view_of(case["say"]).text, case["say"], year=2026)

    assert (window.opens_on, window.closes_on) == (case.get("opens"), case.get("closes"))
    assert window.rolling is case.get("rolling", False)
    assert window.text == case["say"]


def test_no_text_gives_no_window() -> None:
    window = window_of("", "", year=2026)

    assert (window.opens_on, window.closes_on, window.text) == (None, None, None)


def test_a_day_without_a_year_needs_the_documents_year() -> None:
    assert window_of("截止到9月28日", "截止到9月28日", year=None).closes_on is None
    assert window_of("截止到9月28日", "", year=2025).closes_on == date(2025, 9, 28)

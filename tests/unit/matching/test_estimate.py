"""What a measure would give: rate, cap, tiers, units, and what is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_match.domain.encode import encode
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.policy import Benefit, BenefitTerm, TermCondition, TermForm
from policy_match.matching.estimate import Estimate, estimate

DAY = date(2026, 11, 24)
RATE = BenefitTerm(
    form=TermForm.RATE, rate=0.1, of="rd_expense", base="研发投入", cap=Decimal(500_000)
)


def reckon(*terms: BenefitTerm, most: int | None = None, **facts: Any) -> Estimate:
    one = parse_enterprise({"id": "e", "facts": facts}, read_on=DAY)
    benefit = Benefit(max_amount=Decimal(most) if most else None, terms=terms)
    return estimate(benefit, encode(one, as_of=DAY))


def test_a_rate_of_a_fact_below_its_cap() -> None:
    found = reckon(RATE, rd_expense=2_000_000)
    assert (found.amount, found.at_most) == (Decimal(200_000), False)
    assert found.words() == "约20万元（研发费用 200万元 × 10% = 20万元）"


def test_a_rate_of_a_fact_above_its_cap() -> None:
    found = reckon(RATE, rd_expense=20_000_000)
    assert found.amount == Decimal(500_000)
    assert "× 10% = 200万元，最高50万元，按50万元计" in found.words()


def test_a_missing_fact_is_named_and_never_a_zero() -> None:
    found = reckon(RATE)
    assert (found.amount, found.missing) == (None, ("rd_expense",))
    assert found.words() == "未知：需要研发费用"


def tier(amount: int, op: str, revenue: int) -> BenefitTerm:
    when = TermCondition(fact="revenue", op=op, value=revenue)  # type: ignore[arg-type]  # one of the ops
    return BenefitTerm(form=TermForm.FIXED, amount=Decimal(amount), when=(when,))


TIERS = (tier(200_000, ">=", 10_000_000), tier(500_000, ">=", 100_000_000))


@pytest.mark.parametrize(
    ("revenue", "amount"), [(5_000_000, None), (20_000_000, 200_000), (200_000_000, 500_000)]
)
def test_the_tier_that_fits_counts(revenue: int, amount: int | None) -> None:
    found = reckon(*TIERS, revenue=revenue)
    assert found.amount == amount
    assert found.missing == ()


def test_tiers_without_the_fact_stay_open() -> None:
    assert reckon(*TIERS).missing == ("revenue",)


def test_what_no_fact_holds_is_asked_in_the_texts_words() -> None:
    term = BenefitTerm(form=TermForm.PER_UNIT, amount=Decimal(3000), base="人")
    found = reckon(term)
    assert (found.amount, found.asks) == (None, ("人",))
    assert found.words() == "另视人而定"


def test_an_amount_a_unit_of_a_known_fact() -> None:
    term = BenefitTerm(form=TermForm.PER_UNIT, amount=Decimal(3000), of="invention_patents")
    found = reckon(term, invention_patents=4)
    assert found.amount == Decimal(12_000)
    assert "发明专利 4件 × 每件3000元 = 1.2万元" in found.words()


def test_nothing_exceeds_the_measures_highest_amount() -> None:
    found = reckon(RATE.model_copy(update={"cap": None}), most=300_000, rd_expense=9_000_000)
    assert (found.amount, found.ceiling) == (Decimal(300_000), Decimal(300_000))
    assert "不超过本项最高限额，按30万元计" in found.words()


def test_what_is_at_most_given_is_said_to_be() -> None:
    term = BenefitTerm(form=TermForm.FIXED, amount=Decimal(500_000), at_most=True)
    assert reckon(term).words() == "至多50万元（最高50万元）"


def test_without_terms_there_is_nothing_to_say() -> None:
    found = reckon(most=500_000)
    assert (found.amount, found.words()) == (None, "")
    assert found.to_json()["ceiling"] == 500_000


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_of_the_base_never_gives_less(one: int, other: int) -> None:
    low, high = sorted((one, other))
    less, more = reckon(RATE, rd_expense=low).amount, reckon(RATE, rd_expense=high).amount
    assert less is not None
    assert more is not None
    assert 0 <= less <= more <= Decimal(500_000)


@given(st.permutations([RATE, *TIERS]))
def test_the_order_of_terms_changes_nothing(terms: list[BenefitTerm]) -> None:
    facts = {"rd_expense": 3_000_000, "revenue": 20_000_000}
    assert reckon(*terms, **facts).amount == Decimal(300_000)

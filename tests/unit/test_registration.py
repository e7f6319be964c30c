"""What a business register tells, and what it does not."""

from __future__ import annotations

from datetime import date

import pytest
from stdnum.cn import uscc

from policy_match.registration import capital_yuan, guess_industry, read_registration

TODAY = date(2026, 11, 24)


def code(prefix: str) -> str:
    body = (prefix + "MA6DEMXX8")[:17]
    return body + uscc.calc_check_digit(body)


def read(**record):
    return read_registration({"name": "晋宁样例化工有限公司"} | record, read_on=TODAY)


def test_facts_carry_where_they_come_from():
    one = read(
        credit_code=code("91530122"),
        reg_date="2001-05-08",
        reg_capital="1,200(万元人民币)",
        address="云南省昆明市晋宁县上蒜乡",
    ).enterprise
    assert one.facts["region"].to_json() == {"value": ["530115"], "source": "登记（住所）"}
    assert one.facts["registered_capital"].value == 12_000_000
    assert one.facts["established_on"].source == "登记"
    assert one.facts["legal_person"].value is True


def test_a_registrar_above_the_county_tells_the_region_only_coarsely():
    one = read(credit_code=code("91530100"), address="").enterprise
    assert one.facts["region"].to_json()["value"] == {"has": ["530100"], "lacks": []}


def test_the_industry_is_guessed_beside_the_facts_never_in_them():
    one = read(credit_code=code("91530122"), business_scope="化工产品的生产、销售")
    assert one.guess is not None
    assert one.guess.because in "化工产品的生产、销售"
    assert "industry" not in one.enterprise.facts


@pytest.mark.parametrize(
    ("text", "yuan"),
    [("680(万元人民币)", 6_800_000), ("3万人民币", 30_000), ("12.5(万美元)", None), ("", None)],
)
def test_capital_in_a_foreign_currency_stays_unknown(text, yuan):
    assert capital_yuan(text) == yuan


def test_a_scope_that_names_no_industry_gives_no_guess():
    assert guess_industry("依法须经批准的项目") is None

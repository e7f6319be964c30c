"""What an enterprise may state, and how what it may not state is refused."""

from __future__ import annotations

from datetime import date

import pytest

from policy_match.domain.encode import EncodedOneOf, encode, years_between
from policy_match.domain.enterprise import parse_enterprise
from policy_match.errors import EnterpriseError, FactError

TODAY = date(2026, 11, 24)


def read(**facts):
    return parse_enterprise({"name": "某公司", "facts": facts}, read_on=TODAY)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"employes": 3}, "employees（从业人员）"),
        ({"employees": float("nan")}, "有限的数"),
        ({"employees": float("inf")}, "有限的数"),
        ({"employees": -1}, "不能为负"),
        ({"employees": 3.5}, "整数"),
        ({"employees": "35"}, "不是数字"),
        ({"employees": True}, "不是数字"),
        ({"revenue": -5}, "不能为负"),
        ({"rd_ratio": 1.01}, "超过 1"),
        ({"listed": "是"}, "true 或 false"),
        ({"established_on": "2026-11-25"}, "将来"),
        ({"established_on": "2026-02-30"}, "2019-03-01"),
        ({"qualification": {"code": "high_tech", "level": "town"}}, "national"),
        ({"qualification": {"code": "high_tech", "until": "2026-01-01"}}, "valid_until"),
        ({"region": {"has": ["530115"], "hasnt": []}}, "has"),
        ({"region": [530115]}, "代码"),
    ],
)
def test_a_wrong_fact_names_the_enterprise_the_fact_and_the_remedy(facts, says):
    with pytest.raises(FactError) as caught:
        read(**facts)
    assert "某公司" in str(caught.value)
    assert says in str(caught.value)


def test_growth_and_profit_may_be_negative_and_null_is_unknown():
    one = read(revenue_growth=-0.2, profit=-5, employees=None, revenue={"value": None})
    assert set(one.facts) == {"revenue_growth", "profit"}


def test_a_fact_keeps_its_origin():
    stated = {"value": 35, "source": "年报", "as_of": "2025-12-31"}
    assert read(employees=stated).facts["employees"].to_json() == stated


def test_an_invalid_credit_code_is_refused():
    with pytest.raises(EnterpriseError, match="91530122"):
        parse_enterprise({"credit_code": "91530122000000000X"}, read_on=TODAY)


def test_an_enterprise_without_identity_is_refused():
    with pytest.raises(EnterpriseError, match="credit_code"):
        parse_enterprise({"facts": {}}, read_on=TODAY)


def test_an_unknown_code_is_kept_with_a_warning_and_hangs_under_its_prefix():
    one = read(industry=["2799"], region="530115999")
    assert "2799" in one.warnings[0]
    facts = encode(one, as_of=TODAY).facts
    assert "C" in facts["industry"].true
    assert "530115" in facts["region"].true


def test_a_former_region_code_is_read_as_its_successor():
    assert read(region="530122").facts["region"].to_json() == ["530115"]


def test_a_fact_outside_facts_is_reported_and_not_used():
    one = parse_enterprise({"name": "某", "employees": 3}, read_on=TODAY)
    assert not one.facts
    assert "facts 之外" in one.warnings[0]


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2020, 2, 29), date(2023, 2, 28), 3.0),
        (date(2020, 2, 29), date(2024, 2, 28), 3 + 365 / 366),
        (date(2023, 11, 24), TODAY, 3.0),
        (date(2023, 11, 25), TODAY, 2 + 364 / 365),
        (TODAY, TODAY, 0.0),
    ],
)
def test_years_are_anniversaries_and_the_share_of_the_running_year(start, end, years):
    assert years_between(start, end) == pytest.approx(years)


def test_stated_years_count_only_without_a_founding_day():
    assert encode(read(established_years=9), as_of=TODAY).facts["established_years"] == 9
    both = read(established_years=9, established_on="2023-11-24")
    assert encode(both, as_of=TODAY).facts["established_years"] == 3


def test_a_founding_day_after_the_day_asked_about_is_unknown_for_it():
    one = encode(read(established_on="2026-01-01"), as_of=date(2025, 1, 1))
    assert "established_on" not in one.facts
    assert "established_years" not in one.facts


def test_a_qualification_counts_through_its_last_valid_day():
    entry = {"code": "high_tech", "valid_from": "2023-01-01", "valid_until": "2026-11-24"}
    one = read(qualification=[entry])
    assert "high_tech" in encode(one, as_of=TODAY).facts["qualification"].true
    assert "high_tech" not in encode(one, as_of=date(2026, 11, 25)).facts["qualification"].true


def test_a_stated_size_wins_and_the_difference_is_told():
    one = encode(read(industry="C", employees=5, size_class="large"), as_of=TODAY)
    assert one.facts["size_class"].true == {"large"}
    assert "微型" in one.conflict


def test_classes_lacked_are_taken_from_the_possible_ones():
    one = read(industry="C", employees=50, size_class={"lacks": ["micro"]})
    size = encode(one, as_of=TODAY).facts["size_class"]
    assert isinstance(size, EncodedOneOf)
    assert size.possible == {"small"}


def test_an_integer_beyond_any_number_is_refused_like_infinity():
    with pytest.raises(FactError, match="有限的数"):
        read(revenue=10**400)


def test_the_last_day_of_the_calendar_can_be_asked_about():
    one = encode(read(established_on="2020-01-01"), as_of=date.max)
    assert one.facts["established_years"] > 7978

"""Law 1 on a real server: a rule finds there whom deciding one by one finds (spec/rules.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_match.domain.criterion import parse_criterion
from policy_match.domain.encode import years_between
from policy_match.domain.enterprise import parse_enterprise
from policy_match.matching.roster import Roster
from policy_match.search.elastic import ElasticRegister
from policy_match.search.elastic.rules import founded_within
from policy_match.testing.register import decided, tally_of
from tests.elastic_server import Server, own_place
from tests.property.strategies import AS_OF, DAYS, enterprises, rules

_SINCE = date(2015, 1, 1)
_OTHER_DAYS = (_SINCE, date(2017, 12, 27), date(2017, 12, 28), AS_OF - timedelta(days=365))


@pytest.fixture(scope="module")
def place() -> Iterator[Server]:
    with own_place() as server:
        yield server


@pytest.fixture(scope="module")
def register(place: Server) -> Iterator[ElasticRegister]:
    with ElasticRegister(
        place.url, as_of=AS_OF, write=True, settings=place.settings, since=_SINCE
    ) as opened:
        yield opened


@pytest.mark.es
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(rules(), min_size=20, max_size=40), st.lists(enterprises(), min_size=5, max_size=20)
)
def test_a_server_agrees_with_deciding_one_by_one(register, place, many, people):
    """Every node, missing, coarse, partial and dated facts; on several days; so does the roster."""
    parsed = [parse_criterion(rule) for rule in many]
    read = [parse_enterprise(one | {"id": f"E{n}"}, read_on=AS_OF) for n, one in enumerate(people)]
    register.remove([f"E{n}" for n in range(20)])
    register.put(read)
    for day in (AS_OF, *_OTHER_DAYS):
        with ElasticRegister(place.url, as_of=day, settings=place.settings) as asked:
            expected = [decided(rule, read, as_of=day) for rule in parsed]
            assert asked.count_many(parsed) == [tally_of(one, len(read)) for one in expected]
            with Roster(as_of=day) as roster:
                roster.put(read)
                assert roster.count_many(parsed) == asked.count_many(parsed)
            for rule, found in zip(parsed[:3], expected[:3], strict=True):
                assert asked.find(rule) == found


@settings(max_examples=150, deadline=None)
@given(
    st.dates(date(1950, 1, 1), date(2060, 1, 1)),
    st.sampled_from([date(2024, 2, 29), date(2025, 2, 28), date(2026, 3, 1), *DAYS]),
    st.sampled_from([">=", ">", "<=", "<", "=="]),
    st.one_of(
        st.floats(-1, 80),
        st.integers(0, 60).map(float),
        st.dates(date(1950, 1, 1), date(2024, 2, 1)).map(
            lambda day: years_between(day, date(2024, 2, 29))
        ),
    ),
)
def test_an_age_is_a_range_of_days(founded, day, op, years):
    """The range of days holds a day of establishment if and only if its age is asked for."""
    query = founded_within(op, years, day)
    bounds = query["range"]["n.established_on"] if "range" in query else {"gte": 1, "lte": 0}
    is_in = bounds["gte"] <= founded.toordinal() <= bounds["lte"]
    age = years_between(founded, day) if founded <= day else None
    compare = {
        ">=": lambda have: have >= years,
        ">": lambda have: have > years,
        "<=": lambda have: have <= years,
        "<": lambda have: have < years,
        "==": lambda have: have == years,
    }[op]
    assert is_in == (age is not None and compare(age))

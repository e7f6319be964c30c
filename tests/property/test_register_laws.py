"""
Every register finds whom deciding one by one finds: random rules × random enterprises.

`registers` lists the engines; each is asked the same rules about the same enterprises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_match.domain.criterion import Criterion, parse_criterion
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.matching.decide import truth_of_rule
from policy_match.matching.ports import Register
from policy_match.matching.roster import Roster
from policy_match.testing.register import decided, tally_of
from tests.property.strategies import AS_OF, enterprises, rules

Opener = Callable[[], AbstractContextManager[Register]]


def registers() -> Iterator[tuple[str, Opener]]:
    """The engines by name, each with what opens an empty one as of the day."""
    yield "roster", lambda: Roster(as_of=AS_OF)


ENGINES = dict(registers())


def people_of(raw: list[dict], prefix: str = "E") -> list[Enterprise]:
    return [
        parse_enterprise(one | {"id": f"{prefix}{n}"}, read_on=AS_OF) for n, one in enumerate(raw)
    ]


registers_of_some = st.lists(enterprises(), min_size=1, max_size=12)
some_rules = st.lists(rules(), min_size=1, max_size=10)


@pytest.mark.parametrize("engine", ENGINES)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(many=some_rules, raw=registers_of_some)
def test_a_register_agrees_with_the_walk(engine: str, many: list[dict], raw: list[dict]) -> None:
    """Law 1: the engines agree on every rule and enterprise."""
    people, parsed = people_of(raw), [parse_criterion(rule) for rule in many]
    expected = [decided(rule, people) for rule in parsed]
    with ENGINES[engine]() as register:
        register.put(people)
        assert list(register.find_many(parsed)) == expected
        assert register.count_many(parsed) == [tally_of(found, len(people)) for found in expected]


@settings(max_examples=150, deadline=None)
@given(many=st.lists(rules(), min_size=1, max_size=40), raw=registers_of_some)
def test_a_batch_over_blocks_agrees_with_rule_by_rule(many: list[dict], raw: list[dict]) -> None:
    roster = roster_of(people_of(raw))
    parsed = [parse_criterion(rule) for rule in many]
    singly = [bits_of(roster, rule) for rule in parsed]
    assert roster.tallies(parsed).tolist() == [[sum(t), sum(p)] for t, p in singly]


@settings(max_examples=100, deadline=None)
@given(rule=rules(), raw=registers_of_some)
def test_what_the_roster_keeps_is_enough_to_decide(rule: dict, raw: list[dict]) -> None:
    """An enterprise read back from the columns has the verdict that the original has."""
    people = people_of(raw)
    roster, parsed = roster_of(people), parse_criterion(rule)
    for one in people:
        original = truth_of_rule(parsed, encode(one, as_of=AS_OF))
        assert truth_of_rule(parsed, roster.encoded(one.id)) is original


@settings(max_examples=150, deadline=None)
@given(
    many=some_rules,
    before=registers_of_some,
    after=registers_of_some,
    gone=st.sets(st.integers(0, 11)),
)
def test_an_updated_roster_equals_a_new_one(
    many: list[dict], before: list[dict], after: list[dict], gone: set[int]
) -> None:
    """Bitsets that were cached before the update are mended by it."""
    parsed = [parse_criterion(rule) for rule in many]
    roster = roster_of(people_of(before))
    for rule in parsed:
        roster.count(rule)
    newer = people_of(after)
    for one in newer:
        roster.put([one])
    removed = [f"E{n}" for n in gone]
    roster.remove(removed)
    last = {one.id: one for one in (*people_of(before), *newer)}
    rest = [last[key] for key in last if key not in removed]
    fresh = roster_of(rest)
    assert [roster.find(rule) for rule in parsed] == [fresh.find(rule) for rule in parsed]
    assert roster.tallies(parsed).tolist() == fresh.tallies(parsed).tolist()


def roster_of(people: list[Enterprise]) -> Roster:
    roster = Roster(as_of=AS_OF)
    roster.put(people)
    return roster


def bits_of(roster: Roster, rule: Criterion) -> list[list[int]]:
    return [np.unpackbits(plane.view(np.uint8)).tolist() for plane in roster.planes(rule)]

"""
Every register finds whom deciding one by one finds: random rules × random enterprises.

`registers` lists the engines; each is asked the same rules about the same enterprises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_match.domain.criterion import Criterion, parse_criterion
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.matching.decide import decide, truth_of_rule
from policy_match.matching.gaps import next_questions
from policy_match.matching.ports import Register
from policy_match.matching.roster import Roster, bits
from policy_match.matching.roster.near import near_misses
from policy_match.matching.roster.questions import register_questions
from policy_match.matching.roster.simulation import compare_drafts
from policy_match.matching.roster.store import open_roster, save_roster
from policy_match.matching.roster.stream import changes_of_facts, changes_of_rule, match_all
from policy_match.matching.ruleset import RuleSet
from policy_match.testing.register import decided, tally_of
from tests.property.strategies import AS_OF, REGISTRY, enterprises, rules

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


@settings(max_examples=100, deadline=None)
@given(rule=rules(), raw=registers_of_some)
def test_near_misses_are_those_of_deciding_one_by_one(rule: dict, raw: list[dict]) -> None:
    people, parsed = people_of(raw), parse_criterion(rule)
    found = near_misses(parsed, roster_of(people))
    expected = [decide(parsed, encode(one, as_of=AS_OF)).near_miss is not None for one in people]
    assert bits.unpack(found.rows, len(people)).astype(bool).tolist() == expected
    assert all(count <= found.count for _, count in found.by_leaf)
    assert sum(count for _, count in found.by_leaf) >= found.count


@settings(max_examples=100, deadline=None)
@given(many=some_rules, raw=registers_of_some)
def test_questions_to_a_register_are_those_to_each_enterprise(
    many: list[dict], raw: list[dict]
) -> None:
    people, parsed = people_of(raw), [parse_criterion(rule) for rule in many]
    amounts = [1000.0 * (n + 1) for n in range(len(parsed))]
    compiled = RuleSet(parsed)
    expected: dict[str, list[float]] = {}
    for one in people:
        for question in next_questions(
            compiled,
            encode(one, as_of=AS_OF),
            amounts=amounts,
            among=np.ones(len(parsed), np.bool_),
            registry=REGISTRY,
        ):
            tally = expected.setdefault(question.fact, [0, 0.0])
            tally[0] += question.decides
            tally[1] += question.value_at_stake
    found = register_questions(parsed, roster_of(people), amounts=amounts)
    assert {q.fact: [q.decides, q.value_at_stake] for q in found} == expected
    assert [q.decides for q in found] == sorted((q.decides for q in found), reverse=True)


@settings(max_examples=100, deadline=None)
@given(many=some_rules, before=registers_of_some, after=registers_of_some)
def test_changes_are_the_differences_of_two_full_runs(
    many: list[dict], before: list[dict], after: list[dict]
) -> None:
    parsed = [parse_criterion(rule) for rule in many]
    roster = roster_of(people_of(before))
    old = verdicts(parsed, roster)
    changes = changes_of_facts(parsed, roster, people_of(after), remove=["E0"][: len(before) % 2])
    new = verdicts(parsed, roster)
    expected = {
        pair: (old.get(pair, 0), new.get(pair, 0))
        for pair in old.keys() | new.keys()
        if old.get(pair, 0) != new.get(pair, 0)
    }
    assert {(c.rule, c.enterprise_id): (c.before, c.after) for c in changes} == expected


@settings(max_examples=60, deadline=None)
@given(first=rules(), second=rules(), raw=registers_of_some)
def test_the_difference_of_two_drafts_is_that_of_their_lists(
    first: dict, second: dict, raw: list[dict]
) -> None:
    one, two = parse_criterion(first), parse_criterion(second)
    roster = roster_of(people_of(raw))
    a, b = roster.find(one), roster.find(two)
    found = compare_drafts(one, two, roster)
    assert set(found.gained) == set(b.true) - set(a.true)
    assert set(found.lost) == set(a.true) - set(b.true)
    assert sum(sum(row.values()) for row in found.moved.values()) == len(raw)
    changed = changes_of_rule(one, two, roster)
    assert {c.enterprise_id for c in changed if c.became_eligible} == set(found.gained)


def verdicts(parsed: list[Criterion], roster: Roster) -> dict[tuple[int, str], int]:
    found = {}
    for part in match_all(parsed, roster):
        keys = roster.ids.of(part.rows)
        for rule, key, true in zip(part.rules.tolist(), keys, part.true.tolist(), strict=True):
            found[rule, key] = 1 + true
    return found


@settings(max_examples=60, deadline=None)
@given(many=some_rules, raw=registers_of_some)
def test_a_saved_roster_opens_as_it_was(many: list[dict], raw: list[dict]) -> None:
    parsed = [parse_criterion(rule) for rule in many]
    roster = roster_of(people_of(raw))
    with TemporaryDirectory() as folder:
        place = Path(folder) / "roster"
        save_roster(roster, place)
        opened = open_roster(place)
        assert [opened.find(rule) for rule in parsed] == [roster.find(rule) for rule in parsed]
        for one in people_of(raw[:2], "N"):
            opened.put([one])
            roster.put([one])
        assert [opened.find(rule) for rule in parsed] == [roster.find(rule) for rule in parsed]

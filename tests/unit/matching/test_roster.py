"""The roster at a size of several blocks, and what is handed in wrongly."""

from __future__ import annotations

import pytest

from policy_match.bench.roster_world import make_rules, make_world
from policy_match.domain.enterprise import CodeKnowledge, Enterprise, FactValue
from policy_match.errors import FactError, NotFound
from policy_match.matching.decide import truth_of_rule
from policy_match.matching.roster import Roster
from policy_match.testing.register import AS_OF, sample_enterprises, sample_rules

ROWS = 40_000


@pytest.fixture(scope="module")
def roster() -> Roster:
    return make_world(ROWS, arrays=False).roster


def test_several_blocks_and_workers_count_what_one_rule_at_a_time_counts(roster: Roster) -> None:
    rules = make_rules(60, 200)
    counted = roster.tallies(rules).tolist()
    assert counted == [[t.true, t.possible] for t in map(roster.count, rules)]
    assert sum(true for true, _ in counted) > 0


def test_rows_of_a_large_roster_are_decided_as_their_own_facts_are(roster: Roster) -> None:
    rules = make_rules(20, 100)
    found = [roster.find(rule) for rule in rules]
    for row in range(0, ROWS, 4001):
        (key,) = roster.ids.of([row])
        truths = [int(truth_of_rule(rule, roster.encoded(key))) for rule in rules]
        assert truths == [(key in one.true) + (key in one.possible) for one in found]


def test_a_narrow_cache_gives_the_same_answers_within_its_budget(roster: Roster) -> None:
    rules = make_rules(10, 60)
    before = [roster.count(rule) for rule in rules]
    narrow = Roster.of_columns(roster.columns, roster.ids, cache_bytes=30_000)
    assert [narrow.count(rule) for rule in rules] == before
    assert narrow.leaves.nbytes <= 30_000


def test_another_day_reads_dates_and_ages_anew() -> None:
    people = sample_enterprises()
    later = AS_OF.replace(year=2027)
    roster = Roster(as_of=AS_OF)
    roster.put(people)
    fresh = Roster(as_of=later)
    fresh.put(people)
    moved = roster.on(later)
    assert moved.as_of == later
    assert [moved.find(r) for r in sample_rules()] == [fresh.find(r) for r in sample_rules()]


def test_a_day_before_the_founding_knows_no_age() -> None:
    people = sample_enterprises()
    early = AS_OF.replace(year=2018)
    roster = Roster(as_of=early)
    roster.put(people[:1])
    roster.put(people[1:])
    again = Roster(as_of=early)
    again.put(people)
    assert [roster.find(r) for r in sample_rules()] == [again.find(r) for r in sample_rules()]


def test_an_enterprise_with_an_unregistered_fact_is_refused() -> None:
    odd = Enterprise(id="E1", name="甲公司", facts={"regoin": FactValue(value=CodeKnowledge())})
    with pytest.raises(FactError, match=r"甲公司.*regoin.*region"):
        Roster(as_of=AS_OF).put([odd])


def test_an_unknown_id_is_told() -> None:
    with pytest.raises(NotFound, match="E9"):
        Roster(as_of=AS_OF).enterprise("E9")

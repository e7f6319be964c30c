"""The roster at a size of several blocks, and what is handed in wrongly."""

from __future__ import annotations

import pytest

from policy_match.bench.roster_world import make_rules, make_world
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.enterprise import CodeKnowledge, Enterprise, FactValue
from policy_match.domain.policy import Measure, Policy
from policy_match.domain.verdict import Verdict
from policy_match.errors import FactError, NotFound
from policy_match.facade import EnterpriseMatch, Matcher
from policy_match.matching.decide import truth_of_rule
from policy_match.matching.roster import Group, Roster, coverage, simulate_draft
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


def test_many_rows_put_at_once_equal_the_same_put_one_by_one() -> None:
    """Whole columns are derived for the many, each enterprise is encoded for the few."""
    people = [
        one.model_copy(update={"id": f"{one.id}-{n}"})
        for n in range(40)
        for one in sample_enterprises()
    ]
    at_once, singly = Roster(as_of=AS_OF), Roster(as_of=AS_OF)
    at_once.put(people)
    for one in people:
        singly.put([one])
    assert [at_once.find(r) for r in sample_rules()] == [singly.find(r) for r in sample_rules()]


def test_a_founding_day_that_comes_later_overrides_the_stated_years() -> None:
    years = Enterprise(id="E1", facts={"established_years": FactValue(value=3)})
    roster = Roster(as_of=AS_OF)
    roster.put([years])
    roster.columns.derive()
    founded = {"established_on": FactValue(value=AS_OF.replace(year=2016))}
    roster.put([years.model_copy(update={"facts": years.facts | founded})])
    leaf = parse_criterion({"fact": "established_years", "op": ">=", "value": 10})
    assert roster.count(leaf).true == 1


def test_whom_a_policy_fits_is_the_shown_part_of_all_verdicts() -> None:  # mission 2
    people = sample_enterprises()
    measures = tuple(
        Measure(id=f"P1-{n}", title="措施", criteria=rule) for n, rule in enumerate(sample_rules())
    )
    matcher = Matcher([Policy(id="P1", title="政策", region="530115", measures=measures)])
    every = list(matcher.find_enterprises("P1", people, as_of=AS_OF))
    found = matcher.whom("P1", people, as_of=AS_OF)
    assert list(found.matches) == [
        one for one in every if one.decision.verdict is not Verdict.INELIGIBLE or _is_near(one)
    ]
    assert found.counts == {
        verdict: sum(one.decision.verdict is verdict for one in every) for verdict in Verdict
    }


def _is_near(one: EnterpriseMatch) -> bool:
    return one.decision.near_miss is not None


def test_a_draft_is_counted_by_industry_size_and_street() -> None:  # mission 19
    people = sample_enterprises()
    roster = Roster(as_of=AS_OF)
    roster.put(people)
    rule = parse_criterion({"fact": "legal_person", "op": "==", "value": True})
    result = simulate_draft(rule, roster, max_amount=1000)
    assert (result.eligible, result.unknown, result.ineligible) == (1, 3, 1)
    assert (result.budget_min, result.budget_max) == (1000, 4000)
    assert result.by_industry == (Group("C", 1, 1, 1), Group("", 0, 2, 0))
    assert Group("530115001", 1, 0, 0) in result.by_street
    assert Group("small;micro", 1, 0, 0) in result.by_size


def test_coverage_says_what_is_known_and_what_only_in_part() -> None:
    roster = Roster(as_of=AS_OF)
    roster.put(sample_enterprises())
    found = {one.fact: (one.known, one.partial, one.total) for one in coverage(roster)}
    assert found["qualification"] == (3, 1, 5)
    assert found["established_years"] == (2, 0, 5)
    assert found["chain"] == (0, 0, 5)
    roster.remove(["E2"])
    assert {one.fact: one.known for one in coverage(roster)}["qualification"] == 2


def test_one_fact_is_changed_and_what_hangs_on_it_too() -> None:
    people = sample_enterprises()
    roster, fresh = Roster(as_of=AS_OF), Roster(as_of=AS_OF)
    roster.put(people)
    for rule in sample_rules():
        roster.count(rule)
    roster.put_fact("E3", "revenue", FactValue(value=5e8))
    roster.put_fact("E3", "legal_person", None)
    facts = {n: f for n, f in people[0].facts.items() if n != "legal_person"}
    facts["revenue"] = FactValue(value=5e8)
    fresh.put([people[0].model_copy(update={"facts": facts}), *people[1:]])
    assert [roster.find(r) for r in sample_rules()] == [fresh.find(r) for r in sample_rules()]
    with pytest.raises(FactError, match="regoin"):
        roster.put_fact("E3", "regoin", FactValue(value=True))

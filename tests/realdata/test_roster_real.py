"""
The roster over the whole real register, what it lacks made up and marked 合成.

Every verdict equals the rule set's, enterprise by enterprise; a sample equals the walk of the tree.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from policy_match.bench.roster_world import make_rules
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise
from policy_match.matching.decide import decide, truth_of_rule
from policy_match.matching.roster import (
    Roster,
    bits,
    match_all,
    near_misses,
    open_roster,
    save_roster,
    simulate_draft,
)
from policy_match.matching.ruleset import RuleSet
from policy_match.testing.register import AS_OF, sample_rules
from tests.realdata.test_same_list import real_enterprises

pytestmark = pytest.mark.realdata
RULES = [*sample_rules(), *make_rules(120, 150)]


@pytest.fixture(scope="module")
def people(shared_data: Path) -> list[Enterprise]:
    return real_enterprises(shared_data, 31_246)


@pytest.fixture(scope="module")
def roster(people: list[Enterprise]) -> Roster:
    made = Roster(as_of=AS_OF)
    made.put(people)
    return made


def test_all_verdicts_equal_those_decided_one_by_one(
    people: list[Enterprise], roster: Roster
) -> None:
    compiled = RuleSet(RULES)
    expected = np.array([compiled.truths(encode(one, as_of=AS_OF)) for one in people])
    found = np.zeros_like(expected)
    for part in match_all(RULES, roster):
        found[part.rows, part.rules] = 1 + part.true
    assert (found == expected).all()
    counted = roster.tallies(RULES)
    assert (counted[:, 0] == (expected == 2).sum(axis=0)).all()
    assert (counted[:, 1] == (expected > 0).sum(axis=0)).all()
    print(f"{len(people)} 家真实企业 × {len(RULES)} 条规则，结论全部相同")


def test_a_sample_equals_the_walk_and_its_near_misses(
    people: list[Enterprise], roster: Roster
) -> None:
    for rule in RULES[::7]:
        planes, near = roster.planes(rule), near_misses(rule, roster).rows
        for row in range(0, len(people), 997):
            encoded = encode(people[row], as_of=AS_OF)
            here = np.array([row])
            truth = sum(int(bits.are_set(plane, here)[0]) for plane in planes)
            assert truth == truth_of_rule(rule, encoded)
            is_near = decide(rule, encoded).near_miss is not None
            assert bool(bits.are_set(near, here)[0]) == is_near


def test_a_saved_register_and_its_groups(roster: Roster, tmp_path: Path) -> None:
    save_roster(roster, tmp_path / "名册")
    opened = open_roster(tmp_path / "名册")
    assert opened.count_many(RULES) == roster.count_many(RULES)
    result = simulate_draft(RULES[0], opened, max_amount=10.0)
    for groups in (result.by_industry, result.by_size, result.by_street):
        assert sum(group.eligible for group in groups) == result.eligible
        assert sum(group.unknown for group in groups) == result.unknown
        assert sum(group.ineligible for group in groups) == result.ineligible

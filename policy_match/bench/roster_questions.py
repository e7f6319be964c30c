"""
Questions over the whole register: what a rule costs, beside asking each enterprise (全名册的问题).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from policy_match.bench import Row, faster, sooner
from policy_match.domain.criterion import Criterion
from policy_match.domain.encode import EncodedEnterprise
from policy_match.matching.decide import decide
from policy_match.matching.gaps import next_questions
from policy_match.matching.roster import Roster, coverage, near_misses, register_questions
from policy_match.matching.ruleset import RuleSet

_RULES = 50
_PEOPLE = 200  # enterprises asked one by one
_CAP = 500_000.0


def questions(roster: Roster, rules: Sequence[Criterion]) -> Iterator[Row]:
    """Which fact decides most, near misses, coverage; by processor time of one core."""
    sample = list(rules[:_RULES])
    amounts = [_CAP] * len(sample)
    people = [roster.encoded(key) for key in roster.ids.of(range(min(_PEOPLE, roster.rows)))]
    compiled = RuleSet(sample)
    among = np.ones(len(sample), np.bool_)

    def one_by_one(one: EncodedEnterprise) -> object:
        return next_questions(compiled, one, amounts=amounts, among=among, registry=roster.registry)

    pairs, of = roster.rows * len(sample), f"{len(sample)} 条规则 × {roster.rows} 家"
    ours = _seconds(lambda: register_questions(sample, roster, amounts=amounts))
    theirs = _seconds(lambda: [one_by_one(one) for one in people])
    yield faster(
        f"roster：最值得补的事实，{of}（{1000 * ours / len(sample):.0f} ms 一条）",
        pairs / ours / 1e6,
        len(people) * len(sample) / theirs / 1e6,
        "逐家问",
        "M对/秒",
    )
    ours = _seconds(lambda: [near_misses(rule, roster) for rule in sample])
    theirs = _seconds(lambda: [decide(rule, one).near_miss for rule in sample for one in people])
    yield faster(
        f"roster：差一项的企业，{of}（{1000 * ours / len(sample):.0f} ms 一条）",
        pairs / ours / 1e6,
        len(people) * len(sample) / theirs / 1e6,
        "逐家走树",
        "M对/秒",
    )
    spent = 1000 * _seconds(lambda: coverage(roster))
    name = f"roster：全部事实的覆盖率，{roster.rows} 家"
    yield sooner(name, spent, 1000.0, "上限", "ms", at_most=1000)


def _seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start

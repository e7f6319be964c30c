"""
For how many registered enterprises of the district a digest can go out, before and after answers.

    policy-match index FOLDER --index INDEX      (FOLDER as tools/real_corpus.py writes it)
    python -m tools.push_share INDEX [--data ../shared/data] [--as-of 2026-11-24]

Each enterprise answers the five questions that decide most, one after the other, as a digest asks
them. The answers are simulated (seeded): nobody knows the real ones. Prints the figures of
docs/explanation/push.md.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.criterion import Criterion, FactLeaf, leaves_of
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.domain.facts import FactSpec, FactType, default_registry
from policy_match.domain.policy import Policy, PolicyStatus
from policy_match.matching.gaps import next_questions
from policy_match.matching.rank import rank_keys
from policy_match.matching.ruleset import RuleSet
from policy_match.matching.scope import whole_rule
from policy_match.search.registry import open_index
from tools.real_matches import DATA, FILE, registered

LIVE = (PolicyStatus.IN_FORCE, PolicyStatus.UNKNOWN)
ANSWERS = 5
SHARE_YES = 0.3  # of yes-or-no and list questions
RANGES = {
    FactType.COUNT: (1, 200),
    FactType.NUMBER: (1, 10),
    FactType.MONEY: (500_000, 50_000_000),
    FactType.RATIO: (0.01, 0.2),
}


def main() -> None:
    """Print the share before any answer and after each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    options.add_argument("index")
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 24))
    given = options.parse_args()
    with open_index(given.index) as index:
        measures = Measures(list(index.iter_policies()), given.as_of)
    people = [one.enterprise for one in registered(given.data / FILE, given.as_of)]
    for name, among in measures.groups(people).items():
        print(f"{name}：措施 {among.sum()} 项，企业 {len(people)} 家")
        (fits, either), asked = shares(measures, among, people)
        for answered, counts in enumerate(zip(fits, either, strict=True)):
            words = "，含符合、需自查 ".join(f"{n} 家（{n / len(people):.1%}）" for n in counts)
            print(f"  答 {answered} 题：符合 {words}")
        print("  问得最多：" + "、".join(f"{fact} {n}" for fact, n in asked.most_common(6)))


class Measures:
    """The measures of the corpus, compiled once; those in force that one can still apply for."""

    def __init__(self, policies: list[Policy], as_of: date) -> None:
        self.as_of, self.registry = as_of, default_registry()
        self.pairs = [(policy, one) for policy in policies for one in policy.measures]
        self.rules = RuleSet([whole_rule(p, m) for p, m in self.pairs], registry=self.registry)
        live = np.array([p.status_on(as_of) in LIVE for p, _ in self.pairs], np.bool_)
        self.among = live & (rank_keys(self.pairs, as_of=as_of).actionable > 0)
        self.amounts = [float(m.benefit.max_amount or 0) for _, m in self.pairs]
        self.codes = codes_asked(one.criteria for _, one in self.pairs)

    def groups(self, people: Sequence[Enterprise]) -> dict[str, NDArray[np.bool_]]:
        """Which measures count: all; those that do not fit everybody before any answer."""
        fits_all = np.ones(len(self.pairs), np.bool_)
        for one in people:
            encoded = encode(one, as_of=self.as_of, registry=self.registry)
            fits_all &= self.rules.truths(encoded) == 2
        return {
            "全部有效、可申报的措施": self.among,
            "去掉不答题就已对每家成立的": self.among & ~fits_all,
        }

    def look(
        self, enterprise: Enterprise, among: NDArray[np.bool_]
    ) -> tuple[bool, bool, str | None]:
        """Whether one stands 符合; whether one stands at least 符合、需自查; what to ask next."""
        encoded = encode(enterprise, as_of=self.as_of, registry=self.registry)
        leaves = self.rules.leaf_values(encoded)
        truths = self.rules.combine(leaves.copy())
        attested = self.rules.combine(self.rules.with_attested(leaves))
        fits = bool((among & (truths == 2)).any())
        either = fits or bool((among & (truths == 1) & (attested == 2)).any())
        questions = next_questions(
            self.rules, encoded, amounts=self.amounts, among=among, registry=self.registry
        )
        return fits, either, questions[0].fact if questions else None


def shares(
    measures: Measures, among: NDArray[np.bool_], people: Sequence[Enterprise]
) -> tuple[tuple[list[int], list[int]], Counter[str]]:
    """How many stand 符合, and 符合 or 需自查, after each number of answers; what was asked."""
    fits, either = [0] * (ANSWERS + 1), [0] * (ANSWERS + 1)
    asked: Counter[str] = Counter()
    for n, enterprise in enumerate(people):
        chance, known = random.Random(n), enterprise
        question: str | None = ""
        for answered in range(ANSWERS + 1):
            if question is not None:
                one_fits, one_either, question = measures.look(known, among)
            fits[answered] += one_fits
            either[answered] += one_either
            if question is not None:
                spec = measures.registry[question]
                asked[spec.label] += answered < ANSWERS
                known = told(known, spec, answer(spec, measures.codes, chance), measures.as_of)
    return (fits, either), asked


def codes_asked(rules: Iterable[Criterion]) -> dict[str, list[str]]:
    """The codes that rules ask for, by fact."""
    found: dict[str, set[str]] = {}
    for leaf in (leaf for rule in rules for leaf in leaves_of(rule)):
        if isinstance(leaf, FactLeaf) and isinstance(leaf.value, list | tuple):
            found.setdefault(leaf.fact, set()).update(map(str, leaf.value))
    return {fact: sorted(codes) for fact, codes in found.items()}


def answer(spec: FactSpec, codes: dict[str, list[str]], chance: random.Random) -> Any:
    """A simulated answer."""
    if spec.is_set:
        offered = codes.get(spec.name, [])[:8]
        has = [code for code in offered if chance.random() < SHARE_YES / max(1, len(offered) / 3)]
        return {"has": has, "lacks": [code for code in offered if code not in has]}
    if spec.type is FactType.BOOL:
        return chance.random() < SHARE_YES
    if spec.type is FactType.DATE:
        return date(chance.randint(1995, 2024), 6, 1).isoformat()
    low, high = RANGES[spec.type]
    value = low * (high / low) ** chance.random()  # as many small ones as large ones
    return round(value, 3) if spec.type is FactType.RATIO else int(value)


def told(enterprise: Enterprise, spec: FactSpec, value: Any, day: date) -> Enterprise:
    """The enterprise with the answer."""
    data = enterprise.to_json()
    return parse_enterprise({**data, "facts": {**data["facts"], spec.name: value}}, read_on=day)


if __name__ == "__main__":
    main()

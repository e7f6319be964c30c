"""
For how many registered enterprises of the district a digest can go out, before and after answers.

    policy-match index FOLDER --index INDEX      (FOLDER as tools/real_corpus.py writes it)
    python tools/push_share.py INDEX [--data ../shared/data] [--as-of 2026-11-24]

Each enterprise answers the five questions that decide most, one after the other, as a digest asks
them. The answers are simulated (seeded): nobody knows the real ones. Prints the figures of
docs/explanation/push.md.
"""

from __future__ import annotations

import argparse
import random
from datetime import date
from pathlib import Path
from typing import Any

from policy_match.domain.criterion import FactLeaf, leaves_of
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.domain.facts import FactSpec, FactType
from policy_match.domain.verdict import Verdict
from policy_match.facade import CheckUp, Matcher
from tools.real_matches import DATA, FILE, registered

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
    options.add_argument("--every", type=int, default=1, help="only each n-th enterprise")
    given = options.parse_args()
    matcher = Matcher.open(given.index)
    codes = codes_asked(matcher)
    people = [one.enterprise for one in registered(given.data / FILE, given.as_of)]
    people = people[:: given.every]
    print(f"政策 {len(matcher.policies)}，措施 {len(matcher.pairs)}，企业 {len(people)}")
    sure = [0] * (ANSWERS + 1)
    for n, enterprise in enumerate(people):
        chance, known = random.Random(n), enterprise
        for answered in range(ANSWERS + 1):
            check = matcher.check(known, as_of=given.as_of)
            sure[answered] += is_sure(check)
            if not check.questions:
                sure[answered + 1 :] = [count + is_sure(check) for count in sure[answered + 1 :]]
                break
            spec = matcher.registry[check.questions[0].fact]
            known = told(known, spec, answer(spec, codes, chance), given.as_of)
    for answered, count in enumerate(sure):
        print(f"答 {answered} 题：{count} 家（{count / len(people):.1%}）")


def codes_asked(matcher: Matcher) -> dict[str, list[str]]:
    """The codes that rules ask for, by fact."""
    found: dict[str, set[str]] = {}
    for _, measure in matcher.pairs:
        for leaf in leaves_of(measure.criteria):
            if isinstance(leaf, FactLeaf) and isinstance(leaf.value, list | tuple):
                found.setdefault(leaf.fact, set()).update(map(str, leaf.value))
    return {fact: sorted(codes) for fact, codes in found.items()}


def is_sure(check: CheckUp) -> bool:
    """Whether at least one measure that is open stands 符合 or 符合、需自查."""
    return any(
        match.can_apply
        and (match.decision.verdict is Verdict.ELIGIBLE or match.decision.self_check)
        for match in check.matches
    )


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

"""
The next best question: which missing fact decides most, or most money (下一个最值得问的问题).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.encode import EncodedEnterprise, EncodedOneOf
from policy_match.domain.facts import FactRegistry
from policy_match.matching.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Question:
    """
    A fact worth asking for (待补事实).

    `decides` counts the open measures that some answer settles by itself, either way;
    `value_at_stake` sums in yuan the caps of those that a good answer makes 符合 (or leaves only
    items to attest).
    """

    fact: str
    question: str
    decides: int
    value_at_stake: float

    def to_json(self) -> dict[str, object]:
        """The question as one JSON object (spec/cli.md)."""
        value = self.value_at_stake
        return {
            "fact": self.fact,
            "question": self.question,
            "decides": self.decides,
            "value_at_stake": int(value) if value == int(value) else value,
        }


def next_questions(
    rules: RuleSet,
    enterprise: EncodedEnterprise,
    *,
    amounts: Sequence[float],
    among: NDArray[np.bool_],
    registry: FactRegistry,
) -> list[Question]:
    """
    Rank the facts that are missing by what they would decide.

    Args:
        rules: the rules of all measures, scope included.
        enterprise: the facts as of the day.
        amounts: each measure's cap in yuan, 0 where none is stated; shape (rules,).
        among: the measures that count, such as those one can still apply for; shape (rules,).
        registry: the facts that exist.

    Returns:
        Facts that decide at least one measure, most first: by `decides`, then money, then name.
    """
    leaves = rules.leaf_values(enterprise)
    open_now = (rules.combine(leaves.copy()) == 1) & among
    only_attest = rules.combine(rules.with_attested(leaves)) == 2
    money = np.asarray(amounts, np.float64)
    tallies: dict[str, tuple[int, float]] = {}
    for fact in sorted(rules.facts):
        if not _is_open(fact, enterprise):
            continue
        lifts, sinks = _settled(rules, leaves, fact)
        lifts &= open_now & ~only_attest
        decided = lifts | (sinks & open_now)
        if decided.any():
            asked = _ask_instead(fact, enterprise)
            count, value = tallies.get(asked, (0, 0.0))
            tallies[asked] = (count + int(decided.sum()), value + float(money[lifts].sum()))
    questions = [
        Question(fact, registry[fact].question, decides, value)
        for fact, (decides, value) in tallies.items()
    ]
    return sorted(questions, key=lambda q: (-q.decides, -q.value_at_stake, q.fact))


def _settled(
    rules: RuleSet, leaves: NDArray[np.int8], fact: str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rules that some answer makes true (attest items aside), and those that one makes false."""
    lifts = np.zeros(len(rules), np.bool_)
    sinks = np.zeros(len(rules), np.bool_)
    for truth in (0, 2):
        answered = rules.with_fact(leaves, fact, truth)
        sinks |= rules.combine(answered.copy()) == 0
        lifts |= rules.combine(rules.with_attested(answered)) == 2
    return lifts, sinks


def _is_open(fact: str, enterprise: EncodedEnterprise) -> bool:
    """Whether asking can bring news: absent, a list that is not complete, or coarse codes."""
    have = enterprise.facts.get(fact)
    return not isinstance(have, bool | float)


def _ask_instead(fact: str, enterprise: EncodedEnterprise) -> str:
    """A computed fact is asked for by the figure it lacks."""
    if fact == "established_years":
        return "established_on"
    have = enterprise.facts.get(fact)
    if fact == "size_class" and (have is None or isinstance(have, EncodedOneOf)):
        missing = enterprise.size.missing
        return missing[0] if missing else fact
    return fact

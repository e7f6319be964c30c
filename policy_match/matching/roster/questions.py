"""
Questions over the whole register: what is known, and what is most worth asking for (全名册的问题).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Node,
    Not,
    check_limits,
    children_of,
    leaves_of,
)
from policy_match.matching.gaps import Question
from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Words
from policy_match.matching.roster.columns import SetColumn
from policy_match.matching.roster.derive import SizeColumn
from policy_match.matching.roster.roster import Roster

Leaf: TypeAlias = FactLeaf | AttestLeaf
Answer: TypeAlias = Callable[[Leaf], Words]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a fact is known over the register (事实覆盖率); `partial` are open lists."""

    fact: str
    label: str
    known: int
    partial: int
    total: int

    @property
    def share(self) -> float:
        """The share of enterprises that state anything of it."""
        return self.known / self.total if self.total else 0.0


def coverage(roster: Roster) -> list[Coverage]:
    """How much of each registered fact is known, least first; computed facts as computed."""
    found = [_coverage(roster, name) for name in roster.registry]
    return sorted(found, key=lambda one: (one.share, one.fact))


def _coverage(roster: Roster, name: str) -> Coverage:
    column = roster.columns.asked(name)
    known = partial = 0
    if column is not None:
        counted = np.bincount(
            column.classes[bits.rows_of(roster.alive)], minlength=len(column.values_known())
        )
        known = int(counted[column.values_known()].sum())
        if isinstance(column, SetColumn):
            is_open = [value is not None and not value.complete for value in column.table.values]
            partial = int(counted[is_open].sum())
    return Coverage(name, roster.registry[name].label, known, partial, len(roster))


def register_questions(
    rules: Sequence[Criterion], roster: Roster, *, amounts: Sequence[float] | None = None
) -> list[Question]:
    """
    Which missing facts, if collected, decide most pairs of rule and enterprise (最值得补的事实).

    The sum of `gaps.next_questions` over all enterprises: `decides` counts the open pairs that some
    answer settles by itself, `value_at_stake` the caps of those that a good answer makes 符合.

    Args:
        rules: whole rules, scope included.
        roster: the enterprises.
        amounts: each rule's cap in yuan, 0 where none is stated.

    Returns:
        Facts that decide at least one pair, most first: by `decides`, then money, then name.
    """
    asks = _Asks(roster)
    tallies: dict[str, tuple[int, float]] = {}
    for n, rule in enumerate(rules):
        check_limits(rule)
        cap = float(amounts[n]) if amounts is not None else 0.0
        for asked, decided, lifted in _decided(rule, roster, asks):
            count, value = tallies.get(asked, (0, 0.0))
            tallies[asked] = count + decided, value + cap * lifted
    questions = [
        Question(fact, roster.registry[fact].question, decides, value)
        for fact, (decides, value) in tallies.items()
    ]
    return sorted(questions, key=lambda q: (-q.decides, -q.value_at_stake, q.fact))


def _decided(rule: Criterion, roster: Roster, asks: _Asks) -> Iterator[tuple[str, int, int]]:
    """For one rule: the fact to ask, how many enterprises it decides, how many it lifts."""
    now = evaluate(rule, roster.leaf, roster)
    open_now = now[POSSIBLE] & ~now[TRUE] & roster.alive
    if not open_now.any():
        return
    attested = evaluate(rule, _answering(roster, None, True), roster)
    facts = {leaf.fact for leaf in leaves_of(rule) if isinstance(leaf, FactLeaf)}
    for fact in sorted(facts):
        lifts, sinks = np.zeros_like(open_now), np.zeros_like(open_now)
        for answer in (False, True):
            answered = evaluate(rule, _answering(roster, fact, answer, attest=False), roster)
            sinks |= ~answered[POSSIBLE]
            lifts |= evaluate(rule, _answering(roster, fact, answer), roster)[TRUE]
        lifts &= open_now & ~attested[TRUE]
        decided = lifts | (sinks & open_now)
        for asked, where in asks.instead_of(fact):
            count = bits.count(decided & where)
            if count:
                yield asked, count, bits.count(lifts & where)


def _answering(roster: Roster, fact: str | None, answer: bool, *, attest: bool = True) -> Answer:
    """Leaves as they are, but open ones on a fact answered, and open items attested."""

    def planes_of(leaf: Leaf) -> Words:
        planes = roster.leaf(leaf)
        if isinstance(leaf, AttestLeaf):
            return planes[[POSSIBLE, POSSIBLE]] if attest else planes
        if leaf.fact != fact:
            return planes
        return planes[[POSSIBLE, POSSIBLE]] if answer else planes[[TRUE, TRUE]]

    return planes_of


class _Asks:
    """By which fact a computed one is asked for, row by row: the counterpart of gaps."""

    def __init__(self, roster: Roster) -> None:
        self._everybody = ~np.zeros(len(roster.alive), np.uint64)
        self._sizes = list(self._of_size(roster))

    def instead_of(self, fact: str) -> list[tuple[str, Words]]:
        """The facts to ask for, each with the rows where it is the one."""
        if fact == "size_class":
            return self._sizes
        asked = "established_on" if fact == "established_years" else fact
        return [(asked, self._everybody)]

    def _of_size(self, roster: Roster) -> Iterator[tuple[str, Words]]:
        column = roster.columns.asked("size_class")
        if not isinstance(column, SizeColumn):
            yield "industry", self._everybody  # nobody states anything that a size rests on
            return
        asks = [value.asks for value in column.values]
        for fact in sorted(set(asks)):
            matching = np.array([one == fact for one in asks], np.bool_)
            yield fact, bits.pack(matching[column.classes])


def evaluate(node: Node, answer: Answer, roster: Roster) -> Words:
    """A rule over all rows with each leaf answered by a function: shape (2, words)."""
    if isinstance(node, FactLeaf | AttestLeaf):
        return answer(node)
    children = [evaluate(child, answer, roster) for child in children_of(node)]
    if isinstance(node, Not):
        return ~children[0][::-1]
    if isinstance(node, AtLeast):
        return bits.at_least(children, node.at_least)
    start = np.zeros((2, len(roster.alive)), np.uint64)
    result = ~start if isinstance(node, All) else start
    join = np.bitwise_and if isinstance(node, All) else np.bitwise_or
    assert isinstance(node, All | AnyOf)
    for child in children:
        join(result, child, out=result)
    return result

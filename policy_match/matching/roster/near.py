"""
Near misses over the whole register: who is one condition away, and which (差一项).

The counterpart of `decide`'s near miss over bitsets: a node is near where one leaf that changes
its mind would lift it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from policy_match.domain.criterion import (
    All,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Node,
    Not,
    check_limits,
    children_of,
)
from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Words
from policy_match.matching.roster.roster import Roster

Leaf: TypeAlias = FactLeaf | AttestLeaf


@dataclass(frozen=True, slots=True)
class NearMisses:
    """
    Who misses a rule by one condition (差一项的企业).

    `rows` are those rows as words; `by_leaf` says for each condition, in the text's order, for how
    many it alone is in the way (one enterprise may have several such, any of which would do).
    """

    rows: Words
    by_leaf: tuple[tuple[Leaf, int], ...]

    @property
    def count(self) -> int:
        """How many enterprises."""
        return bits.count(self.rows)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A node's planes, and where one leaf would lift it from false, or sink it from true."""

    node: Node
    planes: Words
    lift: Words
    sink: Words
    children: tuple[_Judged, ...] = ()


def near_misses(rule: Criterion, roster: Roster, *, scope: Criterion | None = None) -> NearMisses:
    """
    Who is one condition away from a rule (差一项的企业).

    Args:
        rule: the criteria.
        roster: the enterprises.
        scope: where given, only those inside the scope count (or perhaps inside): nobody moves to
            another district for a policy.
    """
    check_limits(rule)
    judged = _judge(rule, roster)
    rows = judged.lift & roster.alive
    if scope is not None:
        rows = rows & roster.planes(scope)[POSSIBLE]
    by_leaf = tuple((leaf, bits.count(found)) for leaf, found in _blamed(judged, rows, False))
    return NearMisses(rows, by_leaf)


def _judge(node: Node, roster: Roster) -> _Judged:
    if isinstance(node, FactLeaf | AttestLeaf):
        planes = roster.leaf(node)
        return _Judged(node, planes, ~planes[POSSIBLE], planes[TRUE])
    children = tuple(_judge(child, roster) for child in children_of(node))
    if isinstance(node, Not):
        child = children[0]
        return _Judged(node, ~child.planes[::-1], child.sink, child.lift, children)
    needed = _needed(node, len(children))
    true = _at_least([child.planes[TRUE] for child in children], needed, roster)
    possible = _at_least([child.planes[POSSIBLE] for child in children], needed, roster)
    liftable = _any([child.lift for child in children], roster)
    sinkable = _any([child.sink for child in children], roster)
    one_short = _at_least([child.planes[POSSIBLE] for child in children], needed - 1, roster)
    one_over = _at_least([child.planes[TRUE] for child in children], needed + 1, roster)
    return _Judged(
        node,
        np.stack([true, possible]),
        ~possible & one_short & liftable,
        true & ~one_over & sinkable,
        children,
    )


def _needed(node: Node, children: int) -> int:
    if isinstance(node, AtLeast):
        return node.at_least
    return children if isinstance(node, All) else 1


def _at_least(planes: list[Words], needed: int, roster: Roster) -> Words:
    """Where at least so many bits are set."""
    nobody = np.zeros(len(roster.alive), np.uint64)
    if needed <= 0:
        return ~nobody
    if needed > len(planes):
        return nobody
    return bits.at_least(planes, needed)


def _any(planes: list[Words], roster: Roster) -> Words:
    found = np.zeros(len(roster.alive), np.uint64)
    for plane in planes:
        found = found | plane
    return found


def _blamed(judged: _Judged, rows: Words, negated: bool) -> Iterator[tuple[Leaf, Words]]:
    """Each leaf with the rows in which it alone would do, all nodes above it being near."""
    mine = rows & (judged.sink if negated else judged.lift)
    if isinstance(judged.node, FactLeaf | AttestLeaf):
        yield judged.node, mine
    for child in judged.children:
        yield from _blamed(child, mine, negated ^ isinstance(judged.node, Not))

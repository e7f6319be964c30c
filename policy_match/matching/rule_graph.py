"""
Rules as one graph of distinct nodes, for engines that answer many enterprises at once (规则图).

Equal subtrees become one node. Leaves are brought to few forms, which the two bits of a Kleene
value allow exactly: `<` is not `>=`, `>` is `>=` the next float, `==` is `>=` and not `>`, a false
yes/no is the negation of a true one. So there are three kinds of leaf: a number from a threshold
upwards, a set of codes, an item to attest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    FactLeaf,
    Node,
    Not,
    check_limits,
    children_of,
)
from policy_match.domain.facts import FactRegistry, FactType
from policy_match.errors import RuleError
from policy_match.matching.leaf import number_of, wanted_codes


@dataclass(frozen=True, slots=True)
class FromLeaf:
    """A number, date or yes/no from a threshold upwards (不低于)."""

    fact: str
    threshold: float


@dataclass(frozen=True, slots=True)
class CodesLeaf:
    """Some code of a set (属于)."""

    fact: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AttestedLeaf:
    """An item to attest (自查)."""

    text: str


BaseLeaf: TypeAlias = FromLeaf | CodesLeaf | AttestedLeaf


@dataclass(frozen=True, slots=True)
class Inner:
    """`all`, `any`, `not` or `at_least` over nodes by number; no children is a constant."""

    kind: str
    children: tuple[int, ...] = ()
    needed: int = 0


GraphNode: TypeAlias = BaseLeaf | Inner
_TRUE, _FALSE = Inner("all"), Inner("any")


class RuleGraph:
    """
    Distinct nodes, children before parents (规则图).

    Args:
        registry: the facts that exist.
    """

    def __init__(self, registry: FactRegistry) -> None:
        self._registry = registry
        self._ids: dict[GraphNode, int] = {}
        self.nodes: list[GraphNode] = []

    def add(self, rule: Node) -> int:
        """
        The number of a rule's root.

        Raises:
            RuleError: the rule is beyond the limits, or asks about an unknown fact.
        """
        check_limits(rule)
        return self._add(rule)

    def add_all(self, rules: Iterable[Node]) -> list[int]:
        """The numbers of the rules' roots, in the rules' order."""
        return [self.add(rule) for rule in rules]

    def _add(self, node: Node) -> int:
        if isinstance(node, FactLeaf):
            return self._add_fact(node)
        if isinstance(node, AttestLeaf):
            return self._number(AttestedLeaf(node.attest))
        children = [self._add(child) for child in children_of(node)]
        if isinstance(node, All):
            return self._join("all", children)
        if isinstance(node, AnyOf):
            return self._join("any", children)
        if isinstance(node, Not):
            return self._negate(children[0])
        assert isinstance(node, AtLeast)
        return self._at_least(node.at_least, children)

    def _add_fact(self, leaf: FactLeaf) -> int:
        spec = self._registry.get(leaf.fact)
        if spec is None:
            raise RuleError(f"没有名为“{leaf.fact}”的事实", advice=self._registry.advice(leaf.fact))
        if spec.is_set:
            codes = frozenset(wanted_codes(leaf.value, spec.code_set))
            return self._number(CodesLeaf(leaf.fact, codes))
        value = number_of(leaf.value, spec.type)
        if spec.type is FactType.BOOL:
            yes = self._from(leaf.fact, 1.0)
            return yes if value else self._negate(yes)
        return self._compare(leaf.fact, leaf.op, value)

    def _compare(self, fact: str, op: str, value: float) -> int:
        if op == ">=":
            return self._from(fact, value)
        if op == "<":
            return self._negate(self._from(fact, value))
        above = self._from(fact, math.nextafter(value, math.inf))
        if op == ">":
            return above
        if op == "<=":
            return self._negate(above)
        return self._join("all", [self._from(fact, value), self._negate(above)])

    def _from(self, fact: str, threshold: float) -> int:
        return self._number(FromLeaf(fact, threshold))

    def _negate(self, child: int) -> int:
        node = self.nodes[child]
        if isinstance(node, Inner):
            if node.kind == "not":
                return node.children[0]
            if not node.children:
                return self._number(_FALSE if node.kind == "all" else _TRUE)
        return self._number(Inner("not", (child,)))

    def _join(self, kind: str, children: Iterable[int]) -> int:
        """`all` or `any`: nested ones of the kind drawn in, constants folded, repeats dropped."""
        absorbing = _FALSE if kind == "all" else _TRUE
        flat: dict[int, None] = {}
        for child in children:
            node = self.nodes[child]
            if node == absorbing:
                return child
            nested = isinstance(node, Inner) and node.kind == kind
            flat.update(dict.fromkeys(node.children if nested else (child,)))  # type: ignore[union-attr]  # nested is Inner
        if len(flat) == 1:
            return next(iter(flat))
        return self._number(Inner(kind, tuple(sorted(flat))))

    def _at_least(self, needed: int, children: list[int]) -> int:
        """`at_least` counts a repeated child twice; constants leave the count."""
        open_ones = [child for child in children if self.nodes[child] not in (_TRUE, _FALSE)]
        needed -= sum(self.nodes[child] == _TRUE for child in children)
        if needed <= 0:
            return self._number(_TRUE)
        if needed > len(open_ones):
            return self._number(_FALSE)
        if needed == 1:
            return self._join("any", open_ones)
        if needed == len(open_ones):
            return self._join("all", open_ones)
        return self._number(Inner("at_least", tuple(sorted(open_ones)), needed))

    def _number(self, node: GraphNode) -> int:
        known = self._ids.get(node)
        if known is None:
            known = self._ids[node] = len(self.nodes)
            self.nodes.append(node)
        return known

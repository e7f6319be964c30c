"""
All rules for one enterprise at once (规则集).

Rules are compiled once into a table of distinct nodes: equal leaves and equal subtrees are kept
once. Deciding fills one int8 per leaf, then combines the nodes level by level with numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Node,
    children_of,
)
from policy_match.domain.encode import EncodedEnterprise
from policy_match.domain.facts import FactRegistry, FactSpec, default_registry
from policy_match.matching.leaf import number_of, wanted_codes
from policy_match.matching.leaf_plans import BoolPlan, LeafPlan, NumberPlan, SetPlan

Truths: TypeAlias = NDArray[np.int8]
Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    """Nodes of one kind and height: `nodes[i]` combines children[starts[i]:starts[i+1]]."""

    kind: str
    nodes: NDArray[np.intp]
    children: NDArray[np.intp]
    starts: NDArray[np.intp]
    needed: NDArray[np.int64]


class RuleSet:
    """
    Rules compiled to be decided together.

    Args:
        rules: the criteria, scope included; the order is the order of the answers.
        registry: the facts that exist; the packaged ones by default.
    """

    def __init__(
        self, rules: Sequence[Criterion | None], *, registry: FactRegistry | None = None
    ) -> None:
        self._registry = registry or default_registry()
        builder = _Builder(self._registry)
        self._roots = np.array([builder.add(rule or All(all=())) for rule in rules], np.intp)
        self._size = builder.size
        self._constants = builder.constants
        self._levels = builder.levels()
        self._plans = builder.plans()
        self._attest = builder.attest
        self._attest_nodes = np.array(list(builder.attest.values()), np.intp)

    def __len__(self) -> int:
        return len(self._roots)

    @property
    def leaf_count(self) -> int:
        """How many distinct leaves the rules share."""
        return sum(len(plan.nodes) for plan in self._plans.values()) + len(self._attest)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that the rules ask about."""
        return frozenset(self._plans)

    def truths(self, enterprise: EncodedEnterprise) -> Truths:
        """
        Kleene values of all rules: int8, shape (rules,), 0 false, 1 unknown, 2 true.
        """
        return self.combine(self.leaf_values(enterprise))

    def leaf_values(self, enterprise: EncodedEnterprise) -> Truths:
        """Values of all nodes with only leaves and constants filled in; shape (nodes,)."""
        values = np.ones(self._size, np.int8)
        for node, truth in self._constants:
            values[node] = truth
        for fact, plan in self._plans.items():
            have = enterprise.facts.get(fact)
            if have is not None:
                values[plan.nodes] = plan.evaluate(have)
        for text, answer in enterprise.attested.items():
            if text in self._attest:
                values[self._attest[text]] = 2 if answer else 0
        return values

    def combine(self, values: Truths) -> Truths:
        """Combine filled leaves up to the rules; `values` is overwritten above the leaves."""
        for level in self._levels:
            values[level.nodes] = _combine(level, values)
        return values[self._roots]

    def with_fact(self, values: Truths, fact: str, truth: int) -> Truths:
        """A copy in which every unknown leaf on `fact` has the given value."""
        changed = values.copy()
        nodes = self._plans[fact].nodes
        changed[nodes] = np.where(values[nodes] == 1, truth, values[nodes])
        return changed

    def with_attested(self, values: Truths) -> Truths:
        """A copy in which every open attest leaf is answered with yes."""
        changed = values.copy()
        nodes = self._attest_nodes
        changed[nodes] = np.where(values[nodes] == 1, 2, values[nodes])
        return changed


def _combine(level: _Level, values: Truths) -> NDArray[np.int8]:
    of = values[level.children]
    if level.kind == "not":
        return (2 - of).astype(np.int8)
    if level.kind == "all":
        return np.minimum.reduceat(of, level.starts)
    if level.kind == "any":
        return np.maximum.reduceat(of, level.starts)
    sure = np.add.reduceat((of == 2).astype(np.int64), level.starts)
    possible = np.add.reduceat((of > 0).astype(np.int64), level.starts)
    return np.where(sure >= level.needed, 2, np.where(possible >= level.needed, 1, 0)).astype(
        np.int8
    )


class _Builder:
    """Gives each distinct node a number, children before parents."""

    def __init__(self, registry: FactRegistry) -> None:
        self._registry = registry
        self._ids: dict[Key, int] = {}
        self._height: list[int] = []
        self._inner: list[tuple[int, str, tuple[int, ...], int]] = []
        self._leaves: dict[str, list[tuple[int, FactLeaf]]] = {}
        self.constants: list[tuple[int, int]] = []
        self.attest: dict[str, int] = {}

    @property
    def size(self) -> int:
        return len(self._ids)

    def add(self, node: Node) -> int:
        if isinstance(node, FactLeaf):
            return self._add_leaf(node)
        if isinstance(node, AttestLeaf):
            return self._add_attest(node.attest)
        return self._add_inner(node)

    def _add_attest(self, text: str) -> int:
        if text not in self.attest:
            self.attest[text] = self._new(("attest", text), 0)
        return self.attest[text]

    def _add_leaf(self, leaf: FactLeaf) -> int:
        spec = self._registry[leaf.fact]
        key: Key = (leaf.fact, leaf.op, _canonical(leaf, spec))
        known = self._ids.get(key)
        if known is None:
            known = self._new(key, 0)
            self._leaves.setdefault(leaf.fact, []).append((known, leaf))
        return known

    def _add_inner(self, node: Node) -> int:
        kind, needed = _kind_of(node)
        children = tuple(sorted(self.add(child) for child in children_of(node)))
        key: Key = (kind, needed, children)
        known = self._ids.get(key)
        if known is not None:
            return known
        if not children:
            known = self._new(key, 0)
            self.constants.append((known, 2 if kind == "all" else 0))
            return known
        known = self._new(key, 1 + max(self._height[child] for child in children))
        self._inner.append((known, kind, children, needed))
        return known

    def _new(self, key: Key, height: int) -> int:
        self._ids[key] = len(self._ids)
        self._height.append(height)
        return self._ids[key]

    def levels(self) -> list[_Level]:
        groups: dict[tuple[int, str], list[tuple[int, tuple[int, ...], int]]] = {}
        for node, kind, children, needed in self._inner:
            groups.setdefault((self._height[node], kind), []).append((node, children, needed))
        return [_level(kind, rows) for (_, kind), rows in sorted(groups.items())]

    def plans(self) -> dict[str, LeafPlan]:
        return {fact: _plan(leaves, self._registry[fact]) for fact, leaves in self._leaves.items()}


def _kind_of(node: Node) -> tuple[str, int]:
    if isinstance(node, AtLeast):
        return "at_least", node.at_least
    return ("all" if isinstance(node, All) else "any" if isinstance(node, AnyOf) else "not"), 0


def _level(kind: str, rows: Sequence[tuple[int, tuple[int, ...], int]]) -> _Level:
    sizes = [len(children) for _, children, _ in rows]
    return _Level(
        kind=kind,
        nodes=np.array([node for node, _, _ in rows], np.intp),
        children=np.array([child for _, children, _ in rows for child in children], np.intp),
        starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp),
        needed=np.array([needed for _, _, needed in rows], np.int64),
    )


def _canonical(leaf: FactLeaf, spec: FactSpec) -> object:
    if spec.is_set:
        return frozenset(wanted_codes(leaf.value, spec.code_set))
    return number_of(leaf.value, spec.type)


def _plan(leaves: Iterable[tuple[int, FactLeaf]], spec: FactSpec) -> LeafPlan:
    nodes = np.array([node for node, _ in leaves], np.intp)
    asked = [leaf for _, leaf in leaves]
    if spec.is_set:
        return SetPlan(
            nodes, [wanted_codes(leaf.value, spec.code_set) for leaf in asked], spec.code_set
        )
    values = np.array([number_of(leaf.value, spec.type) for leaf in asked], np.float64)
    if spec.ops == ("==",):
        return BoolPlan(nodes, values)
    return NumberPlan(nodes, [leaf.op for leaf in asked], values)

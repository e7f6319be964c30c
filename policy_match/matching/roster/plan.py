"""
A batch of rules laid out for blocks of rows (批量求值计划).

Every distinct node has a slot. First the leaves, by column; then the nodes that several chunks of
rules share; then the nodes of one chunk, which the next chunk writes over. Nodes of one kind and
number of children are combined together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.matching.roster.columns import NumberColumn
from policy_match.matching.roster.facts import AnyColumn, FactColumns
from policy_match.matching.rule_graph import (
    AttestedLeaf,
    BaseLeaf,
    CodesLeaf,
    Inner,
    RuleGraph,
)

Slots: TypeAlias = NDArray[np.intp]
MAX_WORDS, MIN_WORDS = 256, 16
_LEAF_BYTES = 24 << 20  # of the leaves of one block: about what the outer cache holds
_STEP_BYTES = 128 << 10  # of one operand: two of them stay in the inner cache
_CHUNK = 8192  # rules: the more, the more nodes are combined at once


@dataclass(frozen=True, slots=True)
class NumberLeaves:
    """Leaves on one number column: bin by threshold, then compare; slots from `start`."""

    column: NumberColumn
    bins: NDArray[np.unsignedinteger[Any]]  # of each class: how many thresholds it reaches
    count: int
    start: int


@dataclass(frozen=True, slots=True)
class SetLeaves:
    """
    Leaves on another column: a look-up of eight bits at a time; slots from `start`.

    Bit p % 8 of `table[p // 8]` is plane p: true and possible of the leaves in turn.
    """

    column: AnyColumn
    table: NDArray[np.uint8]
    count: int
    start: int


@dataclass(frozen=True, slots=True)
class ConstantLeaves:
    """Slots with the same planes in every row: constants, and leaves on what nobody states."""

    slots: Slots
    planes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """Combine `children` (m, n) into the slots from `start`."""

    kind: str
    needed: int
    children: Slots
    start: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """The steps of some rules, and where their roots then stand."""

    steps: tuple[Step, ...]
    roots: Slots
    first: int


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The layout (计划).

    `place` leads from a rule to its distinct root; `words` is the width of a block.
    """

    numbers: tuple[NumberLeaves, ...]
    sets: tuple[SetLeaves, ...]
    constants: tuple[ConstantLeaves, ...]
    shared: tuple[Step, ...]
    chunks: tuple[Chunk, ...]
    place: Slots
    slots: int
    words: int
    leaves: int

    @property
    def distinct(self) -> int:
        """How many distinct rules there are."""
        return sum(len(chunk.roots) for chunk in self.chunks)


def make_plan(graph: RuleGraph, roots: Sequence[int], columns: FactColumns) -> Plan:
    """Lay out the rules with these roots."""
    return _Planner(graph, columns).plan(roots)


class _Planner:
    def __init__(self, graph: RuleGraph, columns: FactColumns) -> None:
        self._nodes = graph.nodes
        self._columns = columns
        self._slot = np.full(len(graph.nodes), -1, np.intp)
        self._height = self._heights()

    def _heights(self) -> NDArray[np.int64]:
        heights = np.zeros(len(self._nodes), np.int64)
        for n, node in enumerate(self._nodes):
            if isinstance(node, Inner) and node.children:
                heights[n] = 1 + max(heights[child] for child in node.children)
        return heights

    def plan(self, roots: Sequence[int]) -> Plan:
        distinct, place = np.unique(np.array(roots, np.intp), return_inverse=True)
        parts = [distinct[at : at + _CHUNK] for at in range(0, len(distinct), _CHUNK)]
        used = [self._reach(part) for part in parts]
        numbers, sets, constants = self._leaves(used)
        end = leaves = (
            sum(one.count for one in numbers)
            + sum(one.count for one in sets)
            + sum(len(one.slots) for one in constants)
        )
        shared_nodes = self._shared(used)
        words = _words(leaves + len(shared_nodes))
        shared = self._steps(shared_nodes, leaves, words)
        end += len(shared_nodes)
        chunks, slots, first = [], end, 0
        for part, reach in zip(parts, used, strict=True):
            own = [n for n in reach if self._height[n] and n not in shared_nodes]
            steps = self._steps(own, end, words)
            chunks.append(Chunk(steps, self._slot[part], first))
            slots, first = max(slots, end + len(own)), first + len(part)
        return Plan(numbers, sets, constants, shared, tuple(chunks), place, slots, words, leaves)

    def _reach(self, roots: Iterable[int]) -> set[int]:
        found: set[int] = set()
        stack = [int(root) for root in roots]
        while stack:
            n = stack.pop()
            if n not in found:
                found.add(n)
                node = self._nodes[n]
                if isinstance(node, Inner):
                    stack.extend(node.children)
        return found

    def _shared(self, used: Sequence[set[int]]) -> set[int]:
        """Inner nodes of more than one chunk; what stands under one is of all its chunks too."""
        seen: set[int] = set()
        shared: set[int] = set()
        for reach in used:
            shared |= seen & reach
            seen |= reach
        return {n for n in shared if self._height[n]}

    def _leaves(
        self, used: Sequence[set[int]]
    ) -> tuple[tuple[NumberLeaves, ...], tuple[SetLeaves, ...], tuple[ConstantLeaves, ...]]:
        nodes = sorted({n for reach in used for n in reach if not self._height[n]})
        by_column: dict[str, list[int]] = {}
        fixed: dict[tuple[int, int], list[int]] = {}
        for n in nodes:
            node = self._nodes[n]
            if isinstance(node, Inner):
                fixed.setdefault((1, 1) if node.kind == "all" else (0, 0), []).append(n)
                continue
            name, column = self._columns.column_of(node)
            if column is None:
                fixed.setdefault((0, 1), []).append(n)
            else:
                by_column.setdefault(name, []).append(n)
        numbers: list[NumberLeaves] = []
        sets: list[SetLeaves] = []
        end = 0
        for members in by_column.values():
            group = self._group(members, end)
            (numbers if isinstance(group, NumberLeaves) else sets).append(group)  # type: ignore[arg-type]  # sorted by kind
            end += len(members)
        constants = []
        for planes, members in fixed.items():
            slots = np.arange(end, end + len(members))
            self._slot[members] = slots
            constants.append(ConstantLeaves(slots, planes))
            end += len(members)
        return tuple(numbers), tuple(sets), tuple(constants)

    def _group(self, members: list[int], start: int) -> NumberLeaves | SetLeaves:
        leaves: list[BaseLeaf] = [self._nodes[n] for n in members]  # type: ignore[misc]  # height 0 and no Inner
        _, column = self._columns.column_of(leaves[0])
        assert column is not None
        if not isinstance(column, NumberColumn):
            self._slot[members] = np.arange(start, start + len(members))
            return SetLeaves(column, self._table(leaves), len(members), start)
        asked = np.array([_threshold(leaf) for leaf in leaves])
        order = np.argsort(asked)
        self._slot[np.array(members)[order]] = np.arange(start, start + len(members))
        values = column.table.values
        bins = np.searchsorted(asked[order], values, side="right")
        bins[np.isnan(values)] = 0
        width = np.min_scalar_type(len(members))
        return NumberLeaves(column, bins.astype(width), len(members), start)

    def _table(self, leaves: Sequence[BaseLeaf]) -> NDArray[np.uint8]:
        truths = np.array([self._columns.truths(leaf) for leaf in leaves])
        planes = np.stack([truths == 2, truths > 0], axis=1).reshape(2 * len(leaves), -1)
        return np.packbits(planes, axis=0, bitorder="little")

    def _steps(self, nodes: Iterable[int], start: int, words: int) -> tuple[Step, ...]:
        inner = sorted(nodes, key=self._step_key)
        most = max(1, _STEP_BYTES // (16 * words))
        steps = []
        for (_, kind, needed, _), same in groupby(inner, self._step_key):
            members = list(same)
            for at in range(0, len(members), most):
                part = members[at : at + most]
                children = np.array([self._nodes[n].children for n in part], np.intp)  # type: ignore[union-attr]  # inner
                steps.append(Step(kind, needed, self._slot[children], start))
                self._slot[part] = np.arange(start, start + len(part))
                start += len(part)
        return tuple(steps)

    def _step_key(self, n: int) -> tuple[int, str, int, int]:
        node = self._nodes[n]
        assert isinstance(node, Inner)
        return int(self._height[n]), node.kind, node.needed, len(node.children)


def _threshold(leaf: BaseLeaf) -> float:
    assert not isinstance(leaf, CodesLeaf)
    return 1.0 if isinstance(leaf, AttestedLeaf) else leaf.threshold


def _words(slots: int) -> int:
    """How many words a block is wide, so that its leaves stay in the cache."""
    fit = _LEAF_BYTES // (16 * max(slots, 1))
    return max(MIN_WORDS, min(MAX_WORDS, fit // 16 * 16))

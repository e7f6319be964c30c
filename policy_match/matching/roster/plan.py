"""
A batch of rules laid out for blocks of rows (批量求值计划).

Every distinct leaf has a slot, by column; behind them stand the nodes of the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.matching.roster.columns import NumberColumn
from policy_match.matching.roster.facts import AnyColumn, FactColumns
from policy_match.matching.roster.program import Program, is_leaf, make_program, reach
from policy_match.matching.rule_graph import (
    AttestedLeaf,
    BaseLeaf,
    CodesLeaf,
    Inner,
    RuleGraph,
)

Slots: TypeAlias = NDArray[np.intp]
_SLOT_BYTES = 768 << 20  # of all slots of one worker
_MIN_WORDS = 64


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

    slots: slice
    planes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The layout (计划).

    `place` leads from a rule to its distinct root; `words` is the width of a block.
    """

    numbers: tuple[NumberLeaves, ...]
    sets: tuple[SetLeaves, ...]
    constants: tuple[ConstantLeaves, ...]
    program: Program
    place: Slots
    words: int
    leaves: int

    @property
    def slots(self) -> int:
        """How many bitset pairs a worker holds."""
        return self.program.slots

    @property
    def distinct(self) -> int:
        """How many distinct rules there are."""
        return sum(batch.count for batch in self.program.batches)


def make_plan(graph: RuleGraph, roots: Sequence[int], columns: FactColumns, *, words: int) -> Plan:
    """Lay out the rules with these roots for blocks of at most so many words."""
    distinct, place = np.unique(np.array(roots, np.intp), return_inverse=True)
    used = reach(graph.nodes, distinct.tolist())
    layout = _LeafLayout(graph, columns)
    numbers, sets, constants = layout.place(n for n in used if is_leaf(graph.nodes[n]))
    leaves = len(layout.slots)
    words = _words(len(used), words)
    program = make_program(graph.nodes, distinct.tolist(), layout.slots, words)
    return Plan(numbers, sets, constants, program, place, words, leaves)


class _LeafLayout:
    """Gives each leaf a slot; `slots` leads from its node to it."""

    def __init__(self, graph: RuleGraph, columns: FactColumns) -> None:
        self._nodes = graph.nodes
        self._columns = columns
        self.slots: dict[int, int] = {}

    def place(
        self, nodes: Iterable[int]
    ) -> tuple[tuple[NumberLeaves, ...], tuple[SetLeaves, ...], tuple[ConstantLeaves, ...]]:
        """Slots for some leaves, those on one column side by side."""
        by_column: dict[str, list[int]] = {}
        fixed: dict[tuple[int, int], list[int]] = {}
        for n in sorted(nodes):
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
            self._put(members, end)
            constants.append(ConstantLeaves(slice(end, end + len(members)), planes))
            end += len(members)
        return tuple(numbers), tuple(sets), tuple(constants)

    def _group(self, members: list[int], start: int) -> NumberLeaves | SetLeaves:
        leaves: list[BaseLeaf] = [self._nodes[n] for n in members]  # type: ignore[misc]  # height 0 and no Inner
        _, column = self._columns.column_of(leaves[0])
        assert column is not None
        if not isinstance(column, NumberColumn):
            self._put(members, start)
            return SetLeaves(column, self._table(leaves), len(members), start)
        asked = np.array([_threshold(leaf) for leaf in leaves])
        order = np.argsort(asked)
        self._put([members[n] for n in order], start)
        values = column.table.values
        bins = np.searchsorted(asked[order], values, side="right")
        bins[np.isnan(values)] = 0
        width = np.min_scalar_type(len(members))
        return NumberLeaves(column, bins.astype(width), len(members), start)

    def _table(self, leaves: Sequence[BaseLeaf]) -> NDArray[np.uint8]:
        truths = np.array([self._columns.truths(leaf) for leaf in leaves])
        planes = np.stack([truths == 2, truths > 0], axis=1).reshape(2 * len(leaves), -1)
        return np.packbits(planes, axis=0, bitorder="little")

    def _put(self, members: Sequence[int], start: int) -> None:
        self.slots.update(zip(members, range(start, start + len(members)), strict=True))


def _threshold(leaf: BaseLeaf) -> float:
    assert not isinstance(leaf, CodesLeaf)
    return 1.0 if isinstance(leaf, AttestedLeaf) else leaf.threshold


def _words(slots: int, most: int) -> int:
    """How many words a block is wide, so that its slots stay within their share of memory."""
    return max(_MIN_WORDS, min(most, _SLOT_BYTES // (16 * max(slots, 1)) // 16 * 16))

"""
In which order the nodes of many rules are combined (求值次序).

Rule by rule, what it needs just before it: a node of one rule stands in a scratch slot, which stays
in the inner cache; one that several rules share is computed once and kept. Results stand in a few
slots that are read after each batch and then written over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policy_match.matching.rule_graph import GraphNode, Inner

_RESULT_BYTES = 256 << 10  # of the results of one batch: they stay in the inner cache


class Op(NamedTuple):
    """Combine the slots `children` into `out`: all, any, not, at_least or copy (一步)."""

    kind: str
    out: int
    children: tuple[int, ...]
    needed: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """The distinct rules from `first`; after `ops` they stand in the first result slots."""

    ops: tuple[Op, ...]
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Program:
    """All batches; results stand from slot `results`; `slots` are needed in all."""

    batches: tuple[Batch, ...]
    results: int
    slots: int


def is_leaf(node: GraphNode) -> bool:
    """Whether a node is a leaf or a constant."""
    return not isinstance(node, Inner) or not node.children


def reach(nodes: Sequence[GraphNode], roots: Iterable[int]) -> set[int]:
    """The nodes of some rules."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        n = stack.pop()
        if n not in found:
            found.add(n)
            node = nodes[n]
            if isinstance(node, Inner):
                stack.extend(node.children)
    return found


def make_program(
    nodes: Sequence[GraphNode], roots: Sequence[int], leaves: Mapping[int, int], words: int
) -> Program:
    """
    The order for distinct roots, in theirs.

    Args:
        nodes: children before parents.
        roots: the rules.
        leaves: the slot of each leaf; they are the first slots.
        words: the width of a block.
    """
    most = max(1, _RESULT_BYTES // (16 * words))
    maker = _Maker(nodes, roots, leaves, min(most, len(roots)))
    batches = [maker.batch(roots, at, most) for at in range(0, len(roots), most)]
    return Program(tuple(batches), maker.results, maker.slots)


class _Maker:
    def __init__(
        self,
        nodes: Sequence[GraphNode],
        roots: Sequence[int],
        leaves: Mapping[int, int],
        results: int,
    ) -> None:
        self._nodes = nodes
        self._slot = dict(leaves)  # what stands somewhere already
        self._uses = _uses(nodes, roots)
        self.results = len(leaves)
        self._kept = self.results + results
        self._scratch = self.slots = self._kept + sum(
            n not in leaves and uses > 1 for n, uses in self._uses.items()
        )
        self._ops: list[Op] = []

    def batch(self, roots: Sequence[int], first: int, most: int) -> Batch:
        part = roots[first : first + most]
        self._ops = []
        for result, root in enumerate(part, self.results):
            self._root(root, result)
        return Batch(tuple(self._ops), first, len(part))

    def _root(self, root: int, result: int) -> None:
        if root in self._slot or self._uses[root] > 1:
            self._ops.append(Op("copy", result, (self._place(root, self._scratch),)))
        else:
            self._combine(root, result, self._scratch)

    def _place(self, n: int, free: int) -> int:
        """The slot where a node stands, computing it first if need be; scratch from `free`."""
        known = self._slot.get(n)
        if known is not None:
            return known
        if self._uses[n] == 1:
            self.slots = max(self.slots, free + 1)
            self._combine(n, free, free + 1)
            return free
        out, self._kept = self._kept, self._kept + 1
        self._combine(n, out, free)
        self._slot[n] = out
        return out

    def _combine(self, n: int, out: int, free: int) -> None:
        node = self._nodes[n]
        assert isinstance(node, Inner)
        children = []
        for child in node.children:
            place = self._place(child, free)
            children.append(place)
            free = max(free, place + 1) if place >= self._scratch else free
        self._ops.append(Op(node.kind, out, tuple(children), node.needed))


def _uses(nodes: Sequence[GraphNode], roots: Sequence[int]) -> Counter[int]:
    """How many nodes and results want each node of the rules."""
    uses = Counter(roots)
    for n in reach(nodes, roots):
        node = nodes[n]
        if isinstance(node, Inner):
            uses.update(node.children)
    return uses

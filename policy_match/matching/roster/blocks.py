"""
A plan carried out on blocks of rows (按行块求值).

Each worker has its own slots and goes through blocks of its own. numpy lets go of the interpreter
in loops over 500 numbers and more; only wide blocks are worth that, short ones hand it to and fro.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Words
from policy_match.matching.roster.plan import NumberLeaves, Plan, SetLeaves
from policy_match.matching.roster.program import Op

_FLAGS = 1 << 18  # bytes of flags made at a time
_LEAF_WORDS = 256  # of a stripe: what a look-up holds stays in the inner cache
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class RootPlanes:
    """What some distinct rules came to in a block: planes (m, 2, words), valid until the next."""

    first: int
    planes: Words


class BlockWorker:
    """
    Evaluates a plan block by block (行块求值器).

    Args:
        plan: the layout.
        alive: the rows that count, as words.
    """

    def __init__(self, plan: Plan, alive: Words) -> None:
        self._plan = plan
        self._alive = alive
        self._values = np.zeros((plan.slots, 2, plan.words), np.uint64)
        self._slots = list(self._values)
        size = min(plan.words, _LEAF_WORDS) * 64
        self._flags = np.empty((max(1, _FLAGS // size), size), np.bool_)
        self._found = np.empty(self._flags.shape, np.uint8)
        for constant in plan.constants:
            for plane, flag in enumerate(constant.planes):
                self._values[constant.slots, plane] = _ONES if flag else 0

    def run(self, block: int) -> Iterator[RootPlanes]:
        """The distinct rules' planes in a block, batch by batch."""
        first = block * self._plan.words
        alive = self._alive[first : first + self._plan.words]
        self._build_leaves(first, len(alive))
        whole = bool((alive == _ONES).all())
        results = self._values[self._plan.program.results :, :, : len(alive)]
        for batch in self._plan.program.batches:
            for op in batch.ops:
                self._apply(op)
            found = results[: batch.count]
            if not whole:
                np.bitwise_and(found, alive, out=found)
            yield RootPlanes(batch.first, found)

    def _build_leaves(self, first: int, words: int) -> None:
        """Every leaf of a block, a stripe of it at a time."""
        for at in range(0, words, _LEAF_WORDS):
            width = min(_LEAF_WORDS, self._plan.words - at)
            into = self._values[..., at : at + width]
            start = (first + at) * 64
            for number in self._plan.numbers:
                self._compare(number, _rows(number.column.classes, start, width), into)
            for group in self._plan.sets:
                self._look_up(group, _rows(group.column.classes, start, width), into)

    def _compare(self, group: NumberLeaves, classes: NDArray[Any], into: Words) -> None:
        bins = group.bins[classes]
        absent = bits.pack(classes == 0)
        for at in range(0, group.count, len(self._flags)):
            upto = min(group.count, at + len(self._flags))
            reached = np.arange(at + 1, upto + 1, dtype=bins.dtype)[:, None]
            flags = self._flags[: upto - at, : len(classes)]
            np.greater_equal(bins, reached, out=flags)
            planes = into[group.start + at : group.start + upto]
            planes[:, TRUE] = bits.pack(flags)
            np.bitwise_or(planes[:, TRUE], absent, out=planes[:, POSSIBLE])

    def _look_up(self, group: SetLeaves, classes: NDArray[Any], into: Words) -> None:
        rows = classes.astype(np.intp)
        planes = into[group.start : group.start + group.count]
        for at in range(0, len(group.table), len(self._found)):
            table = group.table[at : at + len(self._found)]
            found = self._found[: len(table), : len(rows)]
            np.take(table, rows, axis=1, out=found, mode="clip")
            for bit in range(8):  # plane p: leaf p // 2, true or possible
                some = planes[4 * at + bit // 2 : 4 * (at + len(found)) : 4, bit % 2]
                flags = self._flags[: len(some), : len(rows)].view(np.uint8)
                np.bitwise_and(found[: len(some)], np.uint8(1 << bit), out=flags)
                some[:] = bits.pack(flags)

    def _apply(self, op: Op) -> None:
        out, slots = self._slots[op.out], self._slots
        have = slots[op.children[0]]
        if op.kind == "not":
            np.invert(have[::-1], out=out)
        elif op.kind == "copy":
            out[:] = have
        elif op.kind == "at_least":
            out[:] = bits.at_least((slots[child] for child in op.children), op.needed)
        else:
            join = np.bitwise_and if op.kind == "all" else np.bitwise_or
            for child in op.children[1:]:
                join(have, slots[child], out=out)
                have = out


def _rows(classes: NDArray[Any], start: int, words: int) -> NDArray[Any]:
    """The classes of some rows, those beyond the last filled up with absent ones."""
    size = words * 64
    found = classes[start : start + size]
    return found if len(found) == size else np.pad(found, (0, size - len(found)))


def blocks_of(plan: Plan, rows: int) -> int:
    """How many blocks the rows make."""
    return -(-rows // (plan.words * 64))

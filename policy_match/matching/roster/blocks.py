"""
A plan carried out on blocks of rows (按行块求值).

Each worker has its own slots and goes through blocks of its own; numpy lets go of the interpreter
inside its loops, so two workers use two cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Words
from policy_match.matching.roster.plan import (
    Chunk,
    NumberLeaves,
    Plan,
    SetLeaves,
    Step,
)

_FLAGS = 1 << 18  # bytes of flags made at a time
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
        most = max(
            [len(step.children) for step in _all_steps(plan)]
            + [len(chunk.roots) for chunk in plan.chunks],
            default=1,
        )
        self._have = np.empty((most, 2, plan.words), np.uint64)
        self._next = np.empty_like(self._have)
        size = plan.words * 64
        self._flags = np.empty((max(1, _FLAGS // size), size), np.bool_)
        self._found = np.empty(self._flags.shape, np.uint8)
        for constant in plan.constants:
            for plane, flag in enumerate(constant.planes):
                self._values[constant.slots, plane] = _ONES if flag else 0

    def run(self, block: int) -> Iterator[RootPlanes]:
        """The distinct rules' planes in a block, chunk by chunk."""
        plan = self._plan
        start = block * plan.words * 64
        words = slice(block * plan.words, (block + 1) * plan.words)
        alive = self._alive[words]
        for number in plan.numbers:
            self._compare(number, _rows(number.column.classes, start, plan))
        for group in plan.sets:
            self._look_up(group, _rows(group.column.classes, start, plan))
        for step in plan.shared:
            self._combine(step)
        for chunk in plan.chunks:
            yield self._roots(chunk, alive)

    def _roots(self, chunk: Chunk, alive: Words) -> RootPlanes:
        for step in chunk.steps:
            self._combine(step)
        found = self._have[: len(chunk.roots)]
        np.take(self._values, chunk.roots, axis=0, out=found, mode="clip")
        found = found[:, :, : len(alive)]
        if not (alive == _ONES).all():
            np.bitwise_and(found, alive, out=found)
        return RootPlanes(chunk.first, found)

    def _compare(self, group: NumberLeaves, classes: NDArray[Any]) -> None:
        bins = group.bins[classes]
        absent = bits.pack(classes == 0)
        for at in range(0, group.count, len(self._flags)):
            upto = min(group.count, at + len(self._flags))
            reached = np.arange(at + 1, upto + 1, dtype=bins.dtype)[:, None]
            flags = np.greater_equal(bins, reached, out=self._flags[: upto - at])
            planes = self._values[group.start + at : group.start + upto]
            planes[:, TRUE] = bits.pack(flags)
            np.bitwise_or(planes[:, TRUE], absent, out=planes[:, POSSIBLE])

    def _look_up(self, group: SetLeaves, classes: NDArray[Any]) -> None:
        rows = classes.astype(np.intp)
        planes = self._values[group.start : group.start + group.count]
        flat = planes.reshape(2 * group.count, -1)
        for at in range(0, len(group.table), len(self._found)):
            table = group.table[at : at + len(self._found)]
            found = self._found[: len(table)]
            np.take(table, rows, axis=1, out=found, mode="clip")
            for bit in range(8):
                into = flat[8 * at + bit : 8 * (at + len(found)) : 8]
                flags = self._flags[: len(into)].view(np.uint8)
                np.bitwise_and(found[: len(into)], np.uint8(1 << bit), out=flags)
                into[:] = bits.pack(flags)

    def _combine(self, step: Step) -> None:
        children = step.children
        count, width = children.shape
        out = self._values[step.start : step.start + count]
        have, more = self._have[:count], self._next[:count]
        if step.kind == "at_least":
            self._count_up(step, out)
            return
        np.take(self._values, children[:, 0], axis=0, out=have, mode="clip")
        if step.kind == "not":
            np.invert(have[:, POSSIBLE], out=out[:, TRUE])
            np.invert(have[:, TRUE], out=out[:, POSSIBLE])
            return
        join = np.bitwise_and if step.kind == "all" else np.bitwise_or
        for n in range(1, width):
            np.take(self._values, children[:, n], axis=0, out=more, mode="clip")
            join(have, more, out=out if n == width - 1 else have)

    def _count_up(self, step: Step, out: Words) -> None:
        """Count the children by bit slices, then compare with what is needed."""
        children, more = step.children, self._next[: len(step.children)]
        digits: list[Words] = []
        for n in range(children.shape[1]):
            np.take(self._values, children[:, n], axis=0, out=more, mode="clip")
            carry = more
            for digit in digits:
                over = digit & carry
                np.bitwise_xor(digit, carry, out=digit)
                carry = over
            if (n + 1) & n == 0:  # the count may need one digit more
                digits.append(carry.copy())
        out[:] = bits.reaches(digits, step.needed)


def _rows(classes: NDArray[Any], start: int, plan: Plan) -> NDArray[Any]:
    """The classes of a block, the last one filled up with absent ones."""
    size = plan.words * 64
    found = classes[start : start + size]
    return found if len(found) == size else np.pad(found, (0, size - len(found)))


def _all_steps(plan: Plan) -> Iterator[Step]:
    yield from plan.shared
    for chunk in plan.chunks:
        yield from chunk.steps


def blocks_of(plan: Plan, rows: int) -> int:
    """How many blocks the rows make."""
    return -(-rows // (plan.words * 64))

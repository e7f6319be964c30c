"""
All leaves on one fact, answered together (叶条件批量求值).

Each plan answers its leaves with an int8 array in the order of `nodes`: 0 false, 1 unknown,
2 true. The answers equal `leaf.leaf_truth`, which a property test holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.codes import CodeTable, code_table
from policy_match.domain.encode import SIZE_CLASSES, Encoded, EncodedCodes, EncodedOneOf
from policy_match.matching.leaf import COMPARE


class LeafPlan(Protocol):
    """Answers every leaf on one fact."""

    nodes: NDArray[np.intp]

    def evaluate(self, have: Encoded) -> NDArray[np.int8]:
        """The leaves' truths for a known fact."""
        ...


class BoolPlan:
    """Leaves on a yes/no fact."""

    def __init__(self, nodes: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        self.nodes = nodes
        self._values = values

    def evaluate(self, have: Encoded) -> NDArray[np.int8]:
        """Equal is true, else false."""
        assert isinstance(have, bool | float)
        return np.where(self._values == float(have), 2, 0).astype(np.int8)


class NumberPlan:
    """Leaves on a number or a date: one comparison a operator over all thresholds."""

    def __init__(
        self, nodes: NDArray[np.intp], ops: Sequence[str], values: NDArray[np.float64]
    ) -> None:
        self.nodes = nodes
        self._groups = [
            (compare, picked, values[picked])
            for op, compare in COMPARE.items()
            if len(picked := np.flatnonzero(np.array([one == op for one in ops], bool)))
        ]

    def evaluate(self, have: Encoded) -> NDArray[np.int8]:
        """Compare the fact with every threshold."""
        assert isinstance(have, float)
        out = np.zeros(len(self.nodes), np.int8)
        for compare, picked, thresholds in self._groups:
            out[picked] = np.where(compare(np.float64(have), thresholds), 2, 0)  # type: ignore[arg-type]  # operators broadcast
        return out


class SetPlan:
    """
    Leaves on a set fact, found by the codes the enterprise has.

    `_by_code` leads from a code to the leaves that want it, `_below` from an ancestor to the
    wanted codes under it, so the work depends on what the enterprise has, not on the rules.
    """

    def __init__(
        self, nodes: NDArray[np.intp], wanted: Sequence[tuple[str, ...]], code_set: str
    ) -> None:
        self.nodes = nodes
        self._by_code: dict[str, list[int]] = {}
        self._below: dict[str, list[str]] = {}
        self._counts = np.array([len(set(codes)) for codes in wanted], np.int64)
        self._masks = np.array([_size_mask(codes) for codes in wanted], np.int8)
        table = code_table(code_set)
        for n, codes in enumerate(wanted):
            for code in dict.fromkeys(codes):
                self._by_code.setdefault(code, []).append(n)
        for code in self._by_code:
            self._hang(code, table)

    def _hang(self, code: str, table: CodeTable) -> None:
        for ancestor in table.ancestors(code):
            self._below.setdefault(ancestor, []).append(code)

    def evaluate(self, have: Encoded) -> NDArray[np.int8]:
        """The set test of spec/facts.md for every leaf."""
        if isinstance(have, EncodedOneOf):
            return self._one_of(have)
        assert isinstance(have, EncodedCodes)
        lacked = self._lacked(have)
        out = self._unmet(have, lacked)
        for code in have.has:
            for below in self._below.get(code, ()):
                if below not in lacked:
                    out[self._by_code[below]] = 1
        for code in have.true:
            if code in self._by_code:
                out[self._by_code[code]] = 2
        return out

    def _unmet(self, have: EncodedCodes, lacked: set[str]) -> NDArray[np.int8]:
        """False when the list is complete or every wanted code is lacked, else unknown."""
        if have.complete:
            return np.zeros(len(self.nodes), np.int8)
        missed = np.zeros(len(self.nodes), np.int64)
        for code in lacked:
            missed[self._by_code[code]] += 1
        return np.where(missed == self._counts, 0, 1).astype(np.int8)

    def _lacked(self, have: EncodedCodes) -> set[str]:
        lacked: set[str] = set()
        for code in have.lacks:
            lacked.update(self._below.get(code, ()))
            if code in self._by_code:
                lacked.add(code)
        return lacked

    def _one_of(self, have: EncodedOneOf) -> NDArray[np.int8]:
        possible = _size_mask(tuple(have.possible))
        out = np.where((self._masks & possible) == 0, 0, 1)
        return np.where((~self._masks & possible) == 0, 2, out).astype(np.int8)


def _size_mask(codes: tuple[str, ...]) -> int:
    return sum(1 << n for n, code in enumerate(SIZE_CLASSES) if code in codes)

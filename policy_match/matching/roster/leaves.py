"""
Leaves as bitsets over all rows, kept within a budget (叶条件位图缓存).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Words
from policy_match.matching.roster.columns import Classes, NumberColumn
from policy_match.matching.roster.facts import FactColumns
from policy_match.matching.rule_graph import AttestedLeaf, BaseLeaf, CodesLeaf

DEFAULT_BUDGET = 4 << 30
_STRIDE = 1 << 17  # rows looked up at a time, so that the indices stay in the cache


def leaf_planes(columns: FactColumns, leaf: BaseLeaf) -> Words:
    """A leaf over all rows: shape (2, words), true and possible."""
    _, column = columns.column_of(leaf)
    if isinstance(column, NumberColumn) and not column.table.newcomers:
        assert not isinstance(leaf, CodesLeaf)
        threshold = 1.0 if isinstance(leaf, AttestedLeaf) else leaf.threshold
        first = column.table.first_from(threshold)
        return _from_class(column, first)
    truths = columns.truths(leaf)
    if column is None:
        planes = np.zeros((2, bits.words_for(columns.rows)), np.uint64)
        planes[POSSIBLE] = bits.pack(np.ones(columns.rows, np.bool_))
        return planes
    return _looked_up(column.classes, truths)


def _from_class(column: NumberColumn, first: int) -> Words:
    classes = column.classes
    planes = np.empty((2, bits.words_for(len(classes))), np.uint64)
    if first >= len(column.table):
        planes[TRUE] = 0
    else:
        planes[TRUE] = bits.pack(classes >= classes.dtype.type(first))
    np.bitwise_or(planes[TRUE], bits.pack(classes == 0), out=planes[POSSIBLE])
    return planes


def _looked_up(classes: Classes, truths: NDArray[np.uint8]) -> Words:
    planes = np.empty((2, bits.words_for(len(classes))), np.uint64)
    for start in range(0, len(classes), _STRIDE):
        found = np.take(truths, classes[start : start + _STRIDE], mode="clip")
        words = slice(start // 64, start // 64 + bits.words_for(len(found)))
        planes[TRUE, words] = bits.pack(found == 2)
        planes[POSSIBLE, words] = bits.pack(found)
    return planes


class LeafCache:
    """
    Bitsets of the leaves asked lately (位图缓存).

    What a change of rows makes stale is mended row by row when the leaf is asked again.

    Args:
        columns: the facts.
        budget: bytes the bitsets may take; the longest unused go first.
    """

    def __init__(self, columns: FactColumns, *, budget: int = DEFAULT_BUDGET) -> None:
        self._columns = columns
        self._budget = budget
        self._kept: OrderedDict[BaseLeaf, tuple[int, Words]] = OrderedDict()
        self._changes: list[NDArray[np.intp]] = []
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[BaseLeaf]:
        return iter(self._kept)

    def changed(self, rows: NDArray[np.intp]) -> None:
        """Tell that the facts of some rows have changed."""
        self._changes.append(rows)
        if len(self._changes) > 1000:
            self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._changes.clear()
        self.nbytes = 0

    def planes(self, leaf: BaseLeaf) -> Words:
        """A leaf over all rows, read only: shape (2, words)."""
        known = self._kept.pop(leaf, None)
        if known is not None:
            self.nbytes -= known[1].nbytes
        planes = leaf_planes(self._columns, leaf) if known is None else self._mended(leaf, *known)
        self._keep(leaf, planes)
        return planes

    def _keep(self, leaf: BaseLeaf, planes: Words) -> None:
        self._kept[leaf] = len(self._changes), planes
        self.nbytes += planes.nbytes
        while self.nbytes > self._budget and self._kept:
            self.nbytes -= self._kept.popitem(last=False)[1][1].nbytes

    def _mended(self, leaf: BaseLeaf, seen: int, planes: Words) -> Words:
        if seen == len(self._changes):
            return planes
        rows = np.unique(np.concatenate(self._changes[seen:]))
        if len(rows) * 16 > self._columns.rows:
            return leaf_planes(self._columns, leaf)
        planes = bits.fitted(planes, self._columns.rows)
        truths = self._columns.truths(leaf)
        _, column = self._columns.column_of(leaf)
        found = np.ones(len(rows), np.uint8) if column is None else truths[column.classes[rows]]
        bits.write(planes[TRUE], rows, found == 2)
        bits.write(planes[POSSIBLE], rows, found > 0)
        return planes

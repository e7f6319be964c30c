"""
One fact of all enterprises as a column of small numbers (事实列).

Each distinct value has a class, class 0 is absent, and a row holds its class. A leaf is answered
once for each class; what that makes of the rows is a compare or a look-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.codes import code_table
from policy_match.domain.encode import EncodedCodes, encode_codes
from policy_match.domain.enterprise import CodeKnowledge

Classes: TypeAlias = NDArray[np.unsignedinteger[Any]]
Truths: TypeAlias = NDArray[np.uint8]  # 0 false, 1 unknown, 2 true


class ClassTable(Protocol):
    """The distinct values of a fact."""

    def __len__(self) -> int:
        """How many classes there are, the absent one counted."""
        ...


class RowClasses:
    """The classes of all rows, with room to grow; the width follows the number of classes."""

    def __init__(self, classes: Classes | None = None) -> None:
        self._room: Classes = np.zeros(0, np.uint8) if classes is None else classes
        self.rows = len(self._room)

    @property
    def classes(self) -> Classes:
        """One class a row."""
        return self._room[: self.rows]

    def set(self, rows: NDArray[np.intp], classes: NDArray[np.integer[Any]], count: int) -> None:
        """Give rows their classes, of `count` classes in all."""
        self.fit(self.rows, count)
        self._room[rows] = classes

    def fit(self, rows: int, count: int) -> None:
        """Have that many rows, new ones absent, and a width for that many classes."""
        width = np.promote_types(self._room.dtype, np.min_scalar_type(max(count - 1, 0)))
        if rows > len(self._room) or width != self._room.dtype:
            room = np.zeros(max(len(self._room), rows + rows // 8 * (self.rows > 0)), width)
            room[: self.rows] = self._room[: self.rows]
            self._room = room
        self.rows = max(self.rows, rows)


_MANY = 1000  # newcomers: beyond it a table is sorted anew


class NumberTable:
    """
    The distinct numbers of a fact: `values[0]` is absent (NaN), then sorted, then newcomers.

    Newcomers come by updates and wait for `resorted` at the end of the table.
    """

    def __init__(self, values: NDArray[np.float64] | None = None) -> None:
        self.ordered = np.array([np.nan]) if values is None else values
        self._late: dict[float, int] = {}

    def __len__(self) -> int:
        return len(self.ordered) + len(self._late)

    @property
    def newcomers(self) -> int:
        """How many numbers wait for their place."""
        return len(self._late)

    @property
    def values(self) -> NDArray[np.float64]:
        """The number of each class."""
        if not self._late:
            return self.ordered
        return np.concatenate([self.ordered, np.fromiter(self._late, np.float64)])

    def first_from(self, threshold: float) -> int:
        """The first class of the sorted ones that reaches a threshold."""
        return 1 + int(np.searchsorted(self.ordered[1:], threshold))

    def classes_of(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        """The classes of numbers, NaN for absent; new numbers become classes."""
        places = np.searchsorted(self.ordered[1:], numbers)
        near = (
            self.ordered[1:][np.minimum(places, max(len(self.ordered) - 2, 0))]
            if len(self.ordered) > 1
            else np.full(len(numbers), np.nan)
        )
        found = np.where(near == numbers, places + 1, -1)
        found[np.isnan(numbers)] = 0
        for n in np.flatnonzero(found < 0):
            found[n] = self._late.setdefault(float(numbers[n]), len(self))
        return found

    def resorted(self) -> tuple[NumberTable, NDArray[np.int64]]:
        """A sorted table, and the new class of each old one."""
        values = self.values
        order = np.argsort(values[1:], kind="stable") + 1
        moved = np.zeros(len(values), np.int64)
        moved[order] = np.arange(1, len(values))
        return NumberTable(np.concatenate([values[:1], values[order]])), moved


class NumberColumn(RowClasses):
    """Numbers, dates (as ordinals) and yes/no (as 1 and 0) of all rows."""

    def __init__(self, table: NumberTable | None = None, classes: Classes | None = None) -> None:
        super().__init__(classes)
        self.table = table or NumberTable()

    @classmethod
    def of(cls, numbers: NDArray[np.float64]) -> NumberColumn:
        """A column of numbers, NaN for absent."""
        known = ~np.isnan(numbers)
        distinct, places = np.unique(numbers[known], return_inverse=True)
        classes = np.zeros(len(numbers), np.min_scalar_type(len(distinct)))
        classes[known] = places + 1
        return cls(NumberTable(np.concatenate([[np.nan], distinct])), classes)

    def selected(self, rows: NDArray[np.intp]) -> NumberColumn:
        """Some rows by themselves, over the same table."""
        return NumberColumn(self.table, self.classes[rows])

    def put(self, rows: NDArray[np.intp], numbers: NDArray[np.float64]) -> None:
        """Give rows their numbers; many new ones are brought into the order at once."""
        self.set(rows, self.table.classes_of(numbers), len(self.table))
        if self.table.newcomers > _MANY:
            self.resort()

    def values_known(self) -> NDArray[np.bool_]:
        """Which classes say anything."""
        return ~np.isnan(self.table.values)

    def numbers(self) -> NDArray[np.float64]:
        """The number of each row, NaN for absent."""
        return self.table.values[self.classes]

    def resort(self) -> None:
        """Bring newcomers into the order."""
        if self.table.newcomers:
            self.table, moved = self.table.resorted()
            self._room = moved.astype(self._room.dtype)[self._room]

    def resorted(self) -> NumberColumn:
        """The column in order, itself where it is so already."""
        if not self.table.newcomers:
            return self
        copy = self.selected(np.arange(self.rows))
        copy.resort()
        return copy


CodeKey: TypeAlias = tuple[Any, ...]


def _key_of(value: CodeKnowledge) -> CodeKey:
    has = tuple((one.code, one.valid_from, one.valid_until) for one in value.has)
    lacks = tuple((one.code, one.valid_from, one.valid_until) for one in value.lacks)
    return has, lacks, value.complete


class CodeTableOfValues:
    """The distinct values of a set fact, as stated; class 0 is absent."""

    def __init__(self, values: Sequence[CodeKnowledge | None] = (None,)) -> None:
        self.values = list(values)
        self._classes = {_key_of(v): n for n, v in enumerate(self.values) if v is not None}

    def __len__(self) -> int:
        return len(self.values)

    def class_of(self, value: CodeKnowledge | None) -> int:
        """The class of a value; a new one becomes a class."""
        if value is None:
            return 0
        key = _key_of(value)
        known = self._classes.get(key)
        if known is None:
            known = self._classes[key] = len(self.values)
            self.values.append(value)
        return known


class SetColumn(RowClasses):
    """Codes or names of all rows."""

    def __init__(
        self, table: CodeTableOfValues | None = None, classes: Classes | None = None
    ) -> None:
        super().__init__(classes)
        self.table = table or CodeTableOfValues()

    def values_known(self) -> NDArray[np.bool_]:
        """Which classes say anything."""
        return np.array([value is not None for value in self.table.values], np.bool_)

    def selected(self, rows: NDArray[np.intp]) -> SetColumn:
        """Some rows by themselves, over the same table."""
        return SetColumn(self.table, self.classes[rows])

    def put(self, rows: NDArray[np.intp], values: Sequence[CodeKnowledge | None]) -> None:
        """Give rows their values."""
        classes = np.fromiter((self.table.class_of(value) for value in values), np.int64)
        self.set(rows, classes, len(self.table))


@dataclass(frozen=True, slots=True)
class SetIndex:
    """
    Which classes have, reach or lack a code, as of a day (集合值索引).

    With it a leaf over thousands of classes costs what its codes touch.
    """

    true: dict[str, NDArray[np.intp]]
    has: dict[str, NDArray[np.intp]]
    lacks: dict[str, NDArray[np.intp]]
    complete: NDArray[np.bool_]

    @classmethod
    def of(cls, values: Sequence[CodeKnowledge | None], code_set: str, as_of: date) -> SetIndex:
        """The index of stated values as of a day."""
        table = code_table(code_set)
        encoded = [
            None if value is None else encode_codes(value, table, as_of=as_of) for value in values
        ]
        return cls.of_encoded(encoded)

    @classmethod
    def of_encoded(cls, encoded: Sequence[EncodedCodes | None]) -> SetIndex:
        """The index of encoded values; None is absent."""
        known = [(n, one) for n, one in enumerate(encoded) if one is not None]
        return cls(
            true=_inverted((n, one.true) for n, one in known),
            has=_inverted((n, one.has) for n, one in known),
            lacks=_inverted((n, one.lacks) for n, one in known),
            complete=np.array([one is not None and one.complete for one in encoded], np.bool_),
        )

    def truths(self, codes: frozenset[str], code_set: str) -> Truths:
        """A leaf's truth for each class: `EncodedCodes.truth` for all at once."""
        above = {code: code_table(code_set).ancestors(code) for code in codes}
        lacking = {code: self._lacking(code, above[code]) for code in codes}
        out = np.where(self.complete, 0, 1).astype(np.uint8)
        lacked = np.zeros(len(out), np.int64)
        for classes in lacking.values():
            lacked[classes] += 1
        if not codes:
            out[1:] = 0
        elif self.lacks:
            out[(lacked == len(codes)) & (np.arange(len(out)) > 0)] = 0
        for code in codes:
            for ancestor in above[code]:
                coarse = self.has.get(ancestor)
                if coarse is not None:
                    out[np.setdiff1d(coarse, lacking[code])] = 1
        for code in codes:
            out[self.true.get(code, _NOBODY)] = 2
        return out

    def _lacking(self, code: str, above: tuple[str, ...]) -> NDArray[np.intp]:
        found = [self.lacks[one] for one in (code, *above) if one in self.lacks]
        return np.unique(np.concatenate(found)) if found else _NOBODY


_NOBODY = np.zeros(0, np.intp)


def _inverted(sets: Iterator[tuple[int, frozenset[str]]]) -> dict[str, NDArray[np.intp]]:
    found: dict[str, list[int]] = {}
    for n, codes in sets:
        for code in codes:
            found.setdefault(code, []).append(n)
    return {code: np.array(classes, np.intp) for code, classes in found.items()}

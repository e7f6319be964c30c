"""
The facts that are computed from others as of a day, as columns (派生事实).

Whole columns are computed by the distinct combinations that matter, through the very functions
that encode one enterprise, so that both give the same answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.codes import code_table
from policy_match.domain.encode import (
    EncodedCodes,
    EncodedEnterprise,
    EncodedOneOf,
    encode,
    years_between,
)
from policy_match.domain.enterprise import CodeKnowledge, Enterprise, FactValue
from policy_match.domain.facts import FactRegistry
from policy_match.domain.size_class import (
    FIGURES,
    SizeFigures,
    SizeResult,
    classify_size,
    size_standard,
)
from policy_match.domain.verdict import Truth
from policy_match.errors import StandardNotFound
from policy_match.matching.roster.columns import (
    NumberColumn,
    NumberTable,
    RowClasses,
    SetColumn,
    Truths,
)

Column: TypeAlias = NumberColumn | SetColumn
Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SizeKnowledge:
    """
    What is known of a size class (划型所知): as encoded, and which fact to ask for instead.
    """

    encoded: EncodedCodes | EncodedOneOf | None
    asks: str

    @classmethod
    def of(cls, encoded: EncodedEnterprise) -> SizeKnowledge:
        """The size class of an encoded enterprise."""
        have = encoded.facts.get("size_class")
        if isinstance(have, EncodedCodes):
            return cls(have, "size_class")
        asks = encoded.size.missing[0] if encoded.size.missing else "size_class"
        if isinstance(have, EncodedOneOf):
            return cls(EncodedOneOf(have.possible, _no_reason(have.possible)), asks)
        return cls(None, asks)

    def truth(self, codes: tuple[str, ...]) -> Truth:
        """Whether the class is one of the codes."""
        if self.encoded is None:
            return Truth.UNKNOWN
        if isinstance(self.encoded, EncodedCodes):
            return self.encoded.truth(codes, code_table("size_class"))
        return self.encoded.truth(codes)


def _no_reason(possible: frozenset[str]) -> SizeResult:
    """Equal knowledge must be equal, whatever the words that explain it."""
    return SizeResult(possible, (), "", "", ())


class SizeColumn(RowClasses):
    """The size class of all rows, stated or computed; class 0 is unknown without a question."""

    def __init__(
        self, values: list[SizeKnowledge] | None = None, classes: NDArray[Any] | None = None
    ) -> None:
        super().__init__(classes)
        self.values = values or [SizeKnowledge(None, "size_class")]
        self._classes = {value: n for n, value in enumerate(self.values)}

    def class_of(self, value: SizeKnowledge) -> int:
        """The class of what is known; new knowledge becomes a class."""
        known = self._classes.get(value)
        if known is None:
            known = self._classes[value] = len(self.values)
            self.values.append(value)
        return known

    def values_known(self) -> NDArray[np.bool_]:
        """Which classes say anything."""
        return np.array([value.encoded is not None for value in self.values], np.bool_)

    def selected(self, rows: NDArray[np.intp]) -> SizeColumn:
        """Some rows by themselves, with the same classes."""
        return SizeColumn(self.values, self.classes[rows])

    def put(self, rows: NDArray[np.intp], values: list[SizeKnowledge]) -> None:
        """Give rows what is known of them."""
        classes = np.fromiter((self.class_of(value) for value in values), np.int64)
        self.set(rows, classes, len(self.values))

    def truths(self, codes: frozenset[str]) -> Truths:
        """A leaf's truth for each class."""
        wanted = tuple(codes)
        return np.array([int(value.truth(wanted)) for value in self.values], np.uint8)


def founded_by(column: NumberColumn, as_of: date) -> NumberColumn:
    """The founding days as of a day: a later one is unknown (成立日期)."""
    if not np.nanmax(column.table.values, initial=0) > as_of.toordinal():
        return column
    numbers = column.numbers()
    return NumberColumn.of(np.where(numbers > as_of.toordinal(), np.nan, numbers))


def attested_column(column: Column | None, rows: int) -> NumberColumn:
    """The answers to an item to attest, every open one taken for a yes (自查项)."""
    table = NumberTable(np.array([np.nan, 0.0, 1.0]))
    if not isinstance(column, NumberColumn):
        return NumberColumn(table, np.full(rows, 2, np.uint8))
    answers = np.where(column.table.values == 0, 1, 2).astype(np.uint8)  # a NaN is no 0
    return NumberColumn(table, answers[column.classes])


def years_column(
    founded: NumberColumn | None, stated: NumberColumn | None, rows: int, *, as_of: date
) -> NumberColumn | None:
    """Years since the founding day; a stated figure only where no day is stated (成立年限)."""
    if founded is None:
        return stated and stated.selected(np.arange(rows))
    days = founded.table.values
    years = np.array([_years_of(day, as_of) for day in days])
    numbers = stated.numbers()[:rows].copy() if stated is not None else np.full(rows, np.nan)
    is_stated = founded.classes > 0
    numbers[is_stated] = years[founded.classes[is_stated]]
    return NumberColumn.of(numbers)


def _years_of(day: float, as_of: date) -> float:
    if np.isnan(day) or day > as_of.toordinal():
        return float("nan")
    return years_between(date.fromordinal(int(day)), as_of)


@dataclass(frozen=True, slots=True)
class Day:
    """What facts are read by: the day, the registry, and a size standard other than the newest."""

    as_of: date
    registry: FactRegistry
    standard: str | None = None

    def encode(self, enterprise: Enterprise) -> EncodedEnterprise:
        """An enterprise's facts as of the day."""
        return encode(enterprise, as_of=self.as_of, registry=self.registry, standard=self.standard)


def size_column(stated: Mapping[str, Column], rows: int, *, day: Day) -> SizeColumn:
    """
    The size class of all rows as of a day (企业划型).

    Rows alike in the standard's row for their main industry, in every figure's place among the
    limits and in what they state, have the same class: one of each kind is encoded.
    """
    kinds = _kinds(stated, rows, day)
    _, first, kind_of = np.unique(kinds, return_index=True, return_inverse=True)
    column = SizeColumn()
    known = [_size_of_row(stated, int(row), day) for row in first]
    column.fit(rows, len(known) + 1)
    classes = np.array([column.class_of(one) for one in known], np.int64)
    if rows:
        column.set(np.arange(rows), classes[kind_of], len(column.values))
    return column


def _kinds(stated: Mapping[str, Column], rows: int, day: Day) -> NDArray[np.int64]:
    """A number a row, equal for rows of the same size class."""
    limits = _limits(day)
    parts = [_industry_kinds(stated.get("industry"), day)]
    parts += [_figure_kinds(stated.get(fact), limits[fact]) for fact in FIGURES]
    kinds = np.zeros(rows, np.int64)
    for fact, kind_of_class in zip(("industry", *FIGURES), parts, strict=True):
        if fact in stated:
            kinds = kinds * (kind_of_class.max() + 1) + kind_of_class[stated[fact].classes]
    if "size_class" in stated:
        own = stated["size_class"]
        kinds = kinds * (len(own.table) + 1) + own.classes
    return kinds


def _limits(day: Day) -> dict[str, NDArray[np.float64]]:
    found: dict[str, set[float]] = {fact: set() for fact in FIGURES}
    try:
        standard = size_standard(as_of=day.as_of, number=day.standard)
    except StandardNotFound:
        return {fact: np.zeros(0) for fact in FIGURES}
    for row in standard.rows:
        for metric in row.metrics:
            found[metric.fact].update(map(float, metric.limits))
    return {fact: np.array(sorted(values)) for fact, values in found.items()}


def _industry_kinds(column: Column | None, day: Day) -> NDArray[np.int64]:
    if not isinstance(column, SetColumn):
        return np.zeros(1, np.int64)
    kinds: dict[object, int] = {}
    of_code: dict[str | None, int] = {}
    out = np.zeros(len(column.table), np.int64)
    for n, value in enumerate(column.table.values):
        main = _main_code(value, day.as_of)
        if main not in of_code:
            of_code[main] = kinds.setdefault(_coverage_of(main, day), len(kinds))
        out[n] = of_code[main]
    return out


def _main_code(value: CodeKnowledge | None, as_of: date) -> str | None:
    entries = value.has if value is not None else ()
    return next((entry.code for entry in entries if entry.valid_on(as_of)), None)


def _coverage_of(industry: str | None, day: Day) -> object:
    """What the standard makes of an industry, before any figure is known."""
    try:
        result = classify_size(industry, SizeFigures(), as_of=day.as_of, standard=day.standard)
    except StandardNotFound:
        return None
    return result.groups, result.possible, result.missing


def _figure_kinds(column: Column | None, limits: Numbers) -> NDArray[np.int64]:
    if not isinstance(column, NumberColumn):
        return np.zeros(1, np.int64)
    values = column.table.values
    kinds = 1 + np.searchsorted(limits, values, side="right")
    kinds[np.isnan(values)] = 0
    return kinds.astype(np.int64)


def _size_of_row(stated: Mapping[str, Column], row: int, day: Day) -> SizeKnowledge:
    facts: dict[str, FactValue] = {}
    for name in ("industry", "size_class", *FIGURES):
        column = stated.get(name)
        if isinstance(column, NumberColumn):
            number = float(column.table.values[column.classes[row]])
            if not np.isnan(number):
                facts[name] = FactValue(value=number)
        elif isinstance(column, SetColumn):
            value = column.table.values[column.classes[row]]
            if value is not None:
                facts[name] = FactValue(value=value)
    return SizeKnowledge.of(day.encode(Enterprise(id="-", facts=facts)))

"""
All facts of all enterprises as columns, stated and as of a day (企业事实列).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.enterprise import CodeKnowledge, Enterprise, FactValue
from policy_match.domain.facts import FactSpec, FactType
from policy_match.matching.roster.columns import NumberColumn, SetColumn, SetIndex, Truths
from policy_match.matching.roster.derive import (
    Column,
    Day,
    SizeColumn,
    SizeKnowledge,
    attested_column,
    founded_by,
    size_column,
    years_column,
)
from policy_match.matching.rule_graph import AttestedLeaf, BaseLeaf, CodesLeaf, FromLeaf

AnyColumn: TypeAlias = Column | SizeColumn
Numbers: TypeAlias = NDArray[np.float64]
_DERIVED = ("established_on", "established_years", "size_class")
_SOURCES = {
    "established_on": ("established_on",),
    "established_years": ("established_on", "established_years"),
    "size_class": ("industry", "employees", "revenue", "total_assets", "size_class"),
}
ATTEST = "attest:"
_FEW = 64  # rows: up to here each is encoded by itself


def attest_key(text: str) -> str:
    """The name of an attested item's column."""
    return ATTEST + text


class FactColumns:
    """
    The columns (事实列).

    `stated` holds what the enterprises state; `asked` what rules ask as of the day: the same
    columns, but for those that are derived.
    """

    def __init__(self, day: Day, *, rows: int = 0) -> None:
        self.day = day
        self.rows = rows
        self.stated: dict[str, Column] = {}
        self.derived: dict[str, AnyColumn] = {}
        self._indexes: dict[str, tuple[int, SetIndex]] = {}

    def asked(self, fact: str) -> AnyColumn | None:
        """What a leaf on a fact asks; None where nobody states it."""
        if fact in _DERIVED:
            return self.derived.get(fact)
        return self.stated.get(fact)

    def column_of(self, leaf: BaseLeaf) -> tuple[str, AnyColumn | None]:
        """The column that answers a leaf, with its name."""
        name = attest_key(leaf.text) if isinstance(leaf, AttestedLeaf) else leaf.fact
        return name, self.asked(name)

    def truths(self, leaf: BaseLeaf) -> Truths:
        """A leaf's truth for each class of its column."""
        name, column = self.column_of(leaf)
        if column is None:
            return np.ones(1, np.uint8)
        if isinstance(column, NumberColumn):
            values = column.table.values
            threshold = leaf.threshold if isinstance(leaf, FromLeaf) else 1.0
            return np.where(np.isnan(values), 1, 2 * (values >= threshold)).astype(np.uint8)
        assert isinstance(leaf, CodesLeaf)
        if isinstance(column, SizeColumn):
            return column.truths(leaf.codes)
        return self._index(name, column).truths(leaf.codes, self.day.registry[name].code_set)

    def _index(self, name: str, column: SetColumn) -> SetIndex:
        """The index of a set column, made anew when the column has met new values."""
        size, index = self._indexes.get(name, (0, None))
        if index is None or size != len(column.table):
            code_set = self.day.registry[name].code_set
            index = SetIndex.of(column.table.values, code_set, self.day.as_of)
            self._indexes[name] = len(column.table), index
        return index

    def derive(self) -> None:
        """Compute the derived columns of all rows anew."""
        founded, years = (self.stated.get(name) for name in ("established_on", "established_years"))
        as_of = self.day.as_of
        self.derived = {}
        if isinstance(founded, NumberColumn):
            self.derived["established_on"] = founded_by(founded, as_of)
        own = [c if isinstance(c, NumberColumn) else None for c in (founded, years)]
        aged = years_column(own[0], own[1], self.rows, as_of=as_of)
        if aged is not None:
            self.derived["established_years"] = aged
        if any(name in self.stated for name in _SOURCES["size_class"]):
            self.derived["size_class"] = size_column(self.stated, self.rows, day=self.day)

    def fit(self, rows: int) -> None:
        """Have that many rows; new ones state nothing."""
        self.rows = max(self.rows, rows)
        for column in (*self.stated.values(), *self.derived.values()):
            column.fit(self.rows, 0)

    def put(self, rows: NDArray[np.intp], enterprises: Sequence[Enterprise]) -> None:
        """Give distinct rows what enterprises state, in place of all they had."""
        self.fit(int(rows.max(initial=-1)) + 1)
        facts = {name for one in enterprises for name in one.facts} | {
            name for name in self.stated if not name.startswith(ATTEST)
        }
        for name in sorted(facts):
            spec = self.day.registry[name]
            self._column(spec).put(rows, _values(enterprises, spec))  # type: ignore[arg-type]  # the spec decides both
        self._put_attested(rows, enterprises)

    def _put_attested(self, rows: NDArray[np.intp], enterprises: Sequence[Enterprise]) -> None:
        texts = {text for one in enterprises for text in one.attested}
        texts |= {name[len(ATTEST) :] for name in self.stated if name.startswith(ATTEST)}
        for text in sorted(texts):
            answers = [one.attested.get(text) for one in enterprises]
            numbers = np.array([np.nan if a is None else float(a) for a in answers])
            self.number_column(attest_key(text)).put(rows, numbers)

    def derive_rows(self, rows: NDArray[np.intp], enterprises: Sequence[Enterprise]) -> None:
        """Bring the derived columns of some rows up to what was put."""
        if len(rows) > _FEW:
            self._derive_part(rows)
            return
        encoded = [self.day.encode(one) for one in enterprises]
        self._put_numbers(
            rows,
            {
                name: np.array([one.facts.get(name, np.nan) for one in encoded], np.float64)
                for name in ("established_on", "established_years")
            },
        )
        self._sizes().put(rows, [SizeKnowledge.of(one) for one in encoded])

    def _derive_part(self, rows: NDArray[np.intp]) -> None:
        """Derive many rows by themselves, as whole columns, then take over what came out."""
        part = FactColumns(self.day, rows=len(rows))
        part.stated = {name: column.selected(rows) for name, column in self.stated.items()}
        part.derive()
        numbers = {n: c.numbers() for n, c in part.derived.items() if isinstance(c, NumberColumn)}
        self._put_numbers(rows, numbers)
        sizes = part.derived.get("size_class")
        if isinstance(sizes, SizeColumn):
            own = self._sizes()
            moved = np.array([own.class_of(value) for value in sizes.values], np.int64)
            own.set(rows, moved[sizes.classes], len(own.values))

    def _put_numbers(self, rows: NDArray[np.intp], numbers: Mapping[str, Numbers]) -> None:
        """What was derived of numbers; founding days share the stated column while they can."""
        for name, found in numbers.items():
            stated, column = self.stated.get(name), self.derived.get(name)
            may_share = name == "established_on" and isinstance(stated, NumberColumn)
            if may_share and (column is None or column is stated):
                self.derived[name] = founded_by(stated, self.day.as_of)  # type: ignore[arg-type]  # see may_share
                continue
            if column is None and not np.isnan(found).all():
                column = self.derived[name] = self._fitted(NumberColumn())
            if isinstance(column, NumberColumn):
                column.put(rows, found)

    def _sizes(self) -> SizeColumn:
        column = self.derived.get("size_class")
        if not isinstance(column, SizeColumn):
            column = self.derived["size_class"] = self._fitted(SizeColumn())
        assert isinstance(column, SizeColumn)
        return column

    def _column(self, spec: FactSpec) -> Column:
        return self.set_column(spec.name) if spec.is_set else self.number_column(spec.name)

    def number_column(self, name: str) -> NumberColumn:
        """The stated column of a number, made when there is none."""
        column = self.stated.get(name)
        if column is None:
            column = self.stated[name] = self._fitted(NumberColumn())
        assert isinstance(column, NumberColumn)
        return column

    def set_column(self, name: str) -> SetColumn:
        """The stated column of a set fact, made when there is none."""
        column = self.stated.get(name)
        if column is None:
            column = self.stated[name] = self._fitted(SetColumn())
        assert isinstance(column, SetColumn)
        return column

    def _fitted(self, column: Any) -> Any:
        column.fit(self.rows, 0)
        return column

    def enterprise(self, row: int, key: str) -> Enterprise:
        """What a row states, as an enterprise without names and origins."""
        facts: dict[str, FactValue] = {}
        attested: dict[str, bool] = {}
        for name, column in self.stated.items():
            kind = int(column.classes[row])
            if not kind:
                continue
            if name.startswith(ATTEST):
                assert isinstance(column, NumberColumn)
                attested[name[len(ATTEST) :]] = bool(column.table.values[kind])
            else:
                facts[name] = FactValue(value=_shown(column, kind, self.day.registry[name]))
        return Enterprise(id=key, facts=facts, attested=attested)

    def selected(self, rows: NDArray[np.intp]) -> FactColumns:
        """Some rows by themselves, in that order; the tables of values are shared."""
        part = FactColumns(self.day, rows=len(rows))
        part.stated = {name: column.selected(rows) for name, column in self.stated.items()}
        same = {id(column): name for name, column in self.stated.items()}
        part.derived = {
            name: part.stated[same[id(column)]] if id(column) in same else column.selected(rows)
            for name, column in self.derived.items()
        }
        part._indexes = self._indexes  # of the shared tables, as of the same day
        return part

    def with_attested(self, texts: Iterable[str]) -> FactColumns:
        """The same columns, but every open one of these items counts as attested."""
        whole = FactColumns(self.day, rows=self.rows)
        whole.stated, whole.derived, whole._indexes = dict(self.stated), self.derived, self._indexes
        for text in texts:
            name = attest_key(text)
            whole.stated[name] = attested_column(self.stated.get(name), self.rows)
        return whole

    def nbytes(self) -> int:
        """Bytes of all columns and their tables of numbers."""
        total = 0
        for column in {id(c): c for c in (*self.stated.values(), *self.derived.values())}.values():
            total += column.classes.nbytes
            total += column.table.values.nbytes if isinstance(column, NumberColumn) else 0
        return total


def _shown(column: Column, kind: int, spec: FactSpec) -> Any:
    if isinstance(column, SetColumn):
        return column.table.values[kind]
    number = float(column.table.values[kind])
    if spec.type is FactType.DATE:
        return date.fromordinal(int(number))
    if spec.type is FactType.BOOL:
        return bool(number)
    return int(number) if number.is_integer() else number


def _values(
    enterprises: Iterable[Enterprise], spec: FactSpec
) -> Numbers | list[CodeKnowledge | None]:
    stated = [one.facts.get(spec.name) for one in enterprises]
    if spec.is_set:
        return [_codes(value) for value in stated]
    return np.array([_number(value) for value in stated], np.float64)


def _codes(stated: FactValue | None) -> CodeKnowledge | None:
    value = stated.value if stated is not None else None
    return value if isinstance(value, CodeKnowledge) else None


def _number(stated: FactValue | None) -> float:
    """As `encode` has it: a date by its ordinal, a yes as 1, absent as NaN."""
    if stated is None or isinstance(stated.value, CodeKnowledge):
        return float("nan")
    if isinstance(stated.value, date):
        return float(stated.value.toordinal())
    return float(stated.value)

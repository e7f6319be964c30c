"""
A table of enterprises read straight into columns (企业表格直接读成列).

Each distinct cell is read once, plain numbers all at once. A row with a cell that can't be read so
is read as a record instead, which gives the same facts, or the same error, as reading the file row
by row.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.credit_code import check_credit_code
from policy_match.domain.enterprise import CodeKnowledge, Enterprise, parse_enterprise, read_fact
from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
from policy_match.enterprise_table import Column, Header, read_cell, read_header, record_of
from policy_match.enterprises import read_enterprises, read_text
from policy_match.errors import EnterpriseError, InputError
from policy_match.matching.roster import Roster
from policy_match.matching.roster.columns import CodeTableOfValues, NumberColumn, SetColumn
from policy_match.matching.roster.derive import Day
from policy_match.matching.roster.facts import FactColumns
from policy_match.matching.roster.ids import IdColumn

if TYPE_CHECKING:
    import pyarrow as pa

Report: TypeAlias = Callable[[InputError], None]
Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
_BATCH = 65_536  # rows
_PLAIN = r"^-?\d{1,11}$|^-?\d{1,6}\.\d{1,5}$"  # digits that a float64 holds as written
_ODD = -1e308  # marks an odd cell: no fact reaches it


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How a table is read: the day of reading, the facts that exist, where errors go.

    With `exchange`, the cells of what is not a number are JSON of the exchange form, as a database
    of records gives them; an odd row is then left out, for the caller to read as a record.
    """

    read_on: date
    registry: FactRegistry
    report: Report
    exchange: bool = False


def read_roster(
    path: Path,
    *,
    as_of: date,
    read_on: date,
    report: Report,
    registry: FactRegistry | None = None,
) -> Roster:
    """
    The enterprises of a file as a roster (把企业名录读成名册).

    Args:
        path: .csv and .parquet are read by columns, others record by record.
        as_of: the day that facts are taken as of.
        read_on: the day of reading.
        report: is told of each record that is left out.
        registry: the facts that exist; the packaged ones by default.

    Raises:
        EnterpriseError: the file as a whole can't be read.
        FactError: a column is of no known fact.
    """
    reading = Reading(read_on, registry or default_registry(), report)
    batches = _batches(path)
    if batches is not None:
        return roster_of_batches(batches, reading, as_of=as_of, where=str(path))
    roster = Roster(as_of=as_of, registry=reading.registry)
    found = read_enterprises(path, read_on=read_on, registry=reading.registry)
    roster.put(_accepted(found, report))
    return roster


def _accepted(found: Iterable[Enterprise | InputError], report: Report) -> Iterator[Enterprise]:
    for one in found:
        if isinstance(one, InputError):
            report(one)
        else:
            yield one


def _batches(path: Path) -> Iterator[pa.RecordBatch] | None:
    """The file's batches; None where its rows have to be read one by one."""
    try:
        import pyarrow as pa
    except ImportError:
        return None
    try:
        if path.suffix.lower() == ".csv":
            return _csv_batches(path)
        if path.suffix.lower() == ".parquet" and path.is_file():
            import pyarrow.parquet as pq

            file = pq.ParquetFile(path)
            found: Iterator[pa.RecordBatch] = file.iter_batches(_BATCH)
            return found if file.metadata.num_rows else None
    except (pa.ArrowInvalid, OSError):
        return None  # the row reader says what is wrong
    return None


def _csv_batches(path: Path) -> Iterator[pa.RecordBatch] | None:
    from pyarrow import csv, string

    text = read_text(path)
    head = text.split("\n", 1)[0]
    if "\n\n" in text or "\r\n\r\n" in text or '"' in head:
        return None  # lines are counted by the row reader
    names = head.rstrip("\r").split(",")
    if len(set(names)) != len(names) or len(text) <= len(head) + 1:
        return None
    table = csv.read_csv(
        io.BytesIO(text.encode()),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, string()), strings_can_be_null=False
        ),
    )
    found: Iterator[pa.RecordBatch] = iter(table.to_batches(_BATCH))
    return found


def roster_of_batches(
    batches: Iterable[pa.RecordBatch],
    reading: Reading,
    *,
    as_of: date,
    where: str = "",
    first_row: int = 2,
) -> Roster:
    """
    A roster of Arrow batches that share a header (由 Arrow 批次建立名册).

    Args:
        batches: columns named by facts or their Chinese labels, beside credit_code, id or name.
        reading: how cells are read.
        as_of: the day that facts are taken as of.
        where: what to call the table in errors.
        first_row: the number of the first row in errors.

    Raises:
        EnterpriseError: no column of identity.
        FactError: a column is of no known fact.
    """
    builder: _Builder | None = None
    for batch in batches:
        if builder is None:
            header = read_header(batch.schema.names, reading.registry, where=f"{where} 第 1 行")
            builder = _Builder(header, reading, where, first_row)
        builder.add(batch)
    if builder is None:
        raise EnterpriseError("表是空的", where=where or None, advice="第一行应为表头")
    return builder.roster(as_of)


@dataclass
class _Cells:
    """The cells of one fact's column so far."""

    column: Column
    spec: FactSpec
    known: dict[Any, float | int] = field(default_factory=dict)
    table: CodeTableOfValues = field(default_factory=CodeTableOfValues)
    parts: list[Numbers] = field(default_factory=list)


class _Builder:
    """Puts batches together; numbers stand as they are, sets by their class."""

    def __init__(self, header: Header, reading: Reading, where: str, first_row: int) -> None:
        self._header = header
        self._reading = reading
        self._where = where
        self._row = first_row
        self._ids: dict[str, int] = {}
        self._exceptions: list[tuple[int, Enterprise]] = []
        self._cells = [
            _Cells(column, column.spec) if column and column.spec else None
            for column in header.columns
        ]

    def add(self, batch: pa.RecordBatch) -> None:
        """Take over a batch."""
        count = batch.num_rows
        read = [
            None if cells is None else self._read(cells, batch.column(n))
            for n, cells in enumerate(self._cells)
        ]
        is_odd = np.zeros(count, np.bool_)
        for values in read:
            if values is not None:
                is_odd |= values == _ODD
        kept = self._identify(batch, is_odd)
        for cells, values in zip(self._cells, read, strict=True):
            if cells is not None and values is not None:
                values[values == _ODD] = np.nan
                cells.parts.append(values[kept])
        self._row += count

    def _identify(self, batch: pa.RecordBatch, is_odd: Flags) -> Flags:
        """Give each good row its id; odd rows are read as records."""
        names = [column.field if column else None for column in self._header.columns]
        columns = {
            name: batch.column(n).to_pylist()
            for n, name in enumerate(names)
            if name in ("id", "credit_code", "name")
        }
        kept = np.zeros(batch.num_rows, np.bool_)
        for n in range(batch.num_rows):
            cells = {name: values[n] for name, values in columns.items()}
            key = None if is_odd[n] else _key_of(cells)
            if key is not None or not self._reading.exchange:
                kept[n] = self._keep(key, n) if key else self._keep_record(batch, n)
        return kept

    def _keep(self, key: str, n: int) -> bool:
        if key in self._ids:
            self._reading.report(
                EnterpriseError(
                    f"编号“{key}”重复",
                    where=self._place(n),
                    advice="同一企业只留一条，已采用第一条",
                )
            )
            return False
        self._ids[key] = len(self._ids)
        return True

    def _place(self, n: int) -> str:
        return f"{self._where} 第 {self._row + n} 行".strip()

    def _keep_record(self, batch: pa.RecordBatch, n: int) -> bool:
        row = [column[n].as_py() for column in batch.columns]
        if all(cell in (None, "") for cell in row):
            return False
        place = self._place(n)
        try:
            record = record_of(row, self._header, where=place)
            one = parse_enterprise(
                record, read_on=self._reading.read_on, registry=self._reading.registry, where=place
            )
        except InputError as error:
            self._reading.report(error)
            return False
        if not self._keep(one.id, n):
            return False
        self._exceptions.append((self._ids[one.id], one))
        return True

    def _read(self, cells: _Cells, column: pa.Array) -> Numbers:
        """The numbers or classes of a column's cells, NaN for absent, `_ODD` for odd ones."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kind = column.type
        is_number = not cells.spec.is_set and cells.spec.type not in (FactType.BOOL, FactType.DATE)
        if is_number and cells.column.unit is None:
            if pa.types.is_integer(kind) or pa.types.is_floating(kind):
                return _plain_numbers(column.cast(pa.float64(), safe=False), cells.spec)
            if pa.types.is_string(kind):
                plain = pc.match_substring_regex(column, _PLAIN)
                numbers = pc.if_else(plain, column, None).cast(pa.float64())
                values = _plain_numbers(numbers, cells.spec)
                rest = self._read_distinct(cells, pc.if_else(plain, None, column))
                return np.where(np.isnan(values), rest, values)
        return self._read_distinct(cells, column)

    def _read_distinct(self, cells: _Cells, column: pa.Array) -> Numbers:
        import pyarrow as pa

        if pa.types.is_list(column.type):
            texts = [None if one is None else tuple(one) for one in column.to_pylist()]
            return np.array([self._value(cells, one) for one in texts], np.float64)
        coded = column.dictionary_encode()
        values = np.array(
            [*(self._value(cells, one) for one in coded.dictionary.to_pylist()), np.nan],
            np.float64,
        )
        places = coded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
        picked: Numbers = values[places]
        return picked

    def _value(self, cells: _Cells, cell: Any) -> float:
        known = cells.known.get(cell)
        if known is None:
            known = cells.known[cell] = self._read_cell(cells, cell)
        return known

    def _read_cell(self, cells: _Cells, cell: Any) -> float:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return float("nan")
        spec = cells.spec
        try:
            if self._reading.exchange:
                raw = json.loads(cell)
            else:
                raw = read_cell(cell, spec, unit=cells.column.unit, where="-")
            found = read_fact(raw, spec, read_on=self._reading.read_on, where="-")
        except (InputError, ValueError, OverflowError):
            return _ODD
        if found is None:
            return float("nan")
        if isinstance(found.value, CodeKnowledge):
            return cells.table.class_of(found.value)
        if isinstance(found.value, date):
            return float(found.value.toordinal())
        return float(found.value)

    def roster(self, as_of: date) -> Roster:
        """All batches as a roster."""
        columns = FactColumns(Day(as_of, self._reading.registry), rows=len(self._ids))
        for cells in self._cells:
            if cells is not None:
                columns.stated[cells.spec.name] = _column_of(cells)
        if self._exceptions:
            rows = np.array([row for row, _ in self._exceptions], np.intp)
            columns.put(rows, [one for _, one in self._exceptions])
        columns.derive()
        ids = IdColumn()
        ids.extend([*self._ids])
        return Roster.of_columns(columns, ids)


def _column_of(cells: _Cells) -> NumberColumn | SetColumn:
    values = np.concatenate(cells.parts)
    if not cells.spec.is_set:
        return NumberColumn.of(values)
    width = np.min_scalar_type(len(cells.table) - 1)
    return SetColumn(cells.table, np.nan_to_num(values).astype(width))


def _plain_numbers(column: pa.Array, spec: FactSpec) -> Numbers:
    """Numbers within what the fact may be; others are odd, null is NaN."""
    values: Numbers = np.array(column.to_numpy(zero_copy_only=False), np.float64)
    is_null = column.is_null().to_numpy(zero_copy_only=False)
    good = np.isfinite(values)
    if not spec.may_be_negative:
        good &= values >= 0
    if spec.maximum is not None:
        good &= values <= spec.maximum
    if spec.type is FactType.COUNT:
        good &= values == np.floor(values)
    values[~good & ~is_null] = _ODD
    values[is_null] = np.nan
    return values


def _key_of(cells: dict[str, Any]) -> str | None:
    """The id of a plain row; None where it takes a closer look."""
    if not all(cell is None or isinstance(cell, str) for cell in cells.values()):
        return None
    words = {name: (cell or "").strip() for name, cell in cells.items()}
    code = words.get("credit_code", "")
    if code:
        try:
            code = check_credit_code(code)
        except EnterpriseError:
            return None
    return words.get("id") or code or words.get("name") or None

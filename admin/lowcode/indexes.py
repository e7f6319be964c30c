"""
Indexes that follow from a declaration (由声明得出的索引): what a list filters by, and of a large
type also what it can be sorted by.

`Registry.add` calls `declare_indexes`, so that the migrations know them like any other index. Each
carries the id, in which order ties stand, and a filter's the chart's column: pages, counts and
charts are read from the index alone, and the wide rows are fetched for one page only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Index, LargeBinary, String, Text
from sqlalchemy.types import JSON

if TYPE_CHECKING:
    from admin.lowcode.record_type import RecordType

LONGEST = 400  # characters; PostgreSQL refuses index rows above some 2,700 bytes


def declare_indexes(record_type: RecordType) -> None:
    """Give a type's table the indexes of its list, unless an index serves already."""
    table: Any = record_type.model.__table__
    for columns in _wanted(record_type):
        first = columns[0]
        _drop_shorter(table, first, len(columns))
        if not _is_served(table, columns):
            Index(f"ix_{table.name}_by_{first.name}", *columns)


def column_of(record_type: RecordType, name: str) -> Column[Any] | None:
    """The column behind a field; a reference's own column."""
    columns: Any = record_type.model.__table__.columns
    found: Column[Any] | None = columns.get(name)
    return found if found is not None else columns.get(f"{name}_id")


def _wanted(record_type: RecordType) -> Iterator[tuple[Column[Any], ...]]:
    key = column_of(record_type, "id")
    assert key is not None
    chart = column_of(record_type, record_type.chart.by) if record_type.chart else None
    filtered = [_indexable(record_type, name) for name in record_type.filters]
    orders = (*record_type.columns, record_type.order[0]) if record_type.large else ()
    sorted_by = [_indexable(record_type, name) for name in orders]
    for column in dict.fromkeys(c for c in (*filtered, *sorted_by) if c is not None):
        counted = chart is not None and column is not chart and column in filtered
        yield (column, key, chart) if counted and chart is not None else (column, key)


def _indexable(record_type: RecordType, name: str) -> Column[Any] | None:
    column = column_of(record_type, name)
    if column is None or column.primary_key:
        return None
    if isinstance(column.type, Text | JSON | LargeBinary):
        return None
    if isinstance(column.type, String) and (column.type.length or LONGEST + 1) > LONGEST:
        return None
    return column


def _drop_shorter(table: Any, first: Column[Any], length: int) -> None:
    """An index of that column alone (`index=True`) is a part of the longer one."""
    for index in [one for one in table.indexes if not one.unique and len(one.columns) == 1]:
        if next(iter(index.columns)) is first and length > 1:
            table.indexes.discard(index)


def _is_served(table: Any, columns: Sequence[Column[Any]]) -> bool:
    """Whether another index begins with the column; of a chart, it has to hold both."""
    first, *others = columns
    if first.unique:
        return True
    for index in table.indexes:
        held = list(index.columns)
        where = index.dialect_options["sqlite"].get("where")
        if held and held[0] is first and where is None and (len(others) < 2 or others[1] in held):
            return True
    return False

"""
Lists of any record type, as plain functions over a session (记录列表): conditions, pages, counts.

Views, workbooks and the API call these; row scope comes from the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from admin.lowcode.finding import ENOUGH, candidates
from admin.lowcode.record_type import Field, Kind, RecordType
from admin.lowcode.values import read_id, read_text, storable
from admin.principal import current_principal

PAGE_SIZE = 25
SMALL_TABLE = 200  # up to so many rows a reference is a plain select


@dataclass(frozen=True, slots=True)
class ListQuery:
    """
    What a list is asked for (列表条件).

    `among` are the ids that may hold the text that is searched, as `narrowed` finds them; None
    where that was not asked yet, or where so many do that the text alone tells.
    """

    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    order: str = ""
    descending: bool = False
    page: int = 0
    among: tuple[int, ...] | None = None
    is_narrowed: bool = False

    @property
    def is_common(self) -> bool:
        """Whether more records than are counted may hold the text."""
        return self.is_narrowed and bool(self.search) and self.among is None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list (一页); `is_more` says that there are more than `total`."""

    rows: Sequence[Any]
    total: int
    number: int
    size: int = PAGE_SIZE
    is_more: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        full = len(self.rows) == self.size
        return full and (self.is_more or self.number + 1 < self.pages)

    @property
    def total_words(self) -> str:
        """How many there are, as people read it: 1234, or 2000+."""
        return f"{self.total}+" if self.is_more else str(self.total)


def list_query(record_type: RecordType, args: Mapping[str, str]) -> ListQuery:
    """Read a list's conditions from the address; what makes no sense is left out."""
    page = read_id(args.get("page", "0"), least=0)
    order = args.get("order", "")
    return ListQuery(
        search=storable(args.get("q", "")).strip()[:100],
        filters={n: storable(args[n]) for n in record_type.filters if args.get(n, "") != ""},
        order=order if order in record_type.columns else "",
        descending=args.get("desc") == "1",
        page=page if page is not None and page <= 1_000_000 else 0,
    )


def narrowed(session: Session, record_type: RecordType, query: ListQuery) -> ListQuery:
    """The same conditions, with the records that may hold the text looked up in the index."""
    if not query.search or query.is_narrowed or not record_type.search:
        return query
    found = candidates(session, record_type, query.search)
    return replace(query, among=None if found is None else tuple(found), is_narrowed=True)


def statement(record_type: RecordType, query: ListQuery) -> Select[Any]:
    """The records that meet a list's conditions, in its order."""
    found = select(record_type.model)
    if query.among is not None:
        found = found.where(record_type.model.id.in_(query.among))
    if query.search:
        like = f"%{_escaped(query.search)}%"
        columns = [
            getattr(record_type.model, name)
            for name in record_type.search
            if not _is_hidden(record_type.fields[name])
        ]
        if record_type.search:
            found = found.where(or_(false(), *(c.ilike(like, escape="\\") for c in columns)))
    for name, text in query.filters.items():
        found = _filtered(record_type, found, record_type.fields[name], text)
    return _ordered(record_type, found, query)


def _is_hidden(one: Field) -> bool:
    """Whether the one who acts sees a field masked; nor may it be found or sorted by then."""
    return one.personal and not current_principal().sees_personal


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _filtered(record_type: RecordType, found: Select[Any], one: Field, text: str) -> Select[Any]:
    kind = record_type.kind_of(one)
    column = getattr(record_type.model, one.name)
    if kind is Kind.REFERENCE:
        relation = getattr(record_type.model, f"{one.name}_id")
        number = read_id(text)
        return found.where(relation == number) if number is not None else found
    if kind is Kind.CODE:
        return found.where(_begins_with(column, text))
    try:
        value = read_text(one, kind, text)
    except ValueError:
        return found
    return found.where(column == value)


def _begins_with(column: Any, code: str) -> ColumnElement[bool]:
    """A code and those below it: of digits as a range, which an index serves in any collation."""
    if not code.isascii() or not code.isdigit() or set(code) == {"9"}:
        found: ColumnElement[bool] = column.startswith(code, autoescape=True)
        return found
    following = str(int(code) + 1).zfill(len(code)).rstrip("0")  # after 2799 comes 28, not 2800
    return and_(column >= code, column < following)


def _ordered(record_type: RecordType, found: Select[Any], query: ListQuery) -> Select[Any]:
    name, descending = (query.order, query.descending) if query.order else record_type.order
    if name in record_type.fields and _is_hidden(record_type.fields[name]):
        name, descending = record_type.order
    column = getattr(record_type.model, name, None)
    if name in record_type.fields and record_type.kind_of(record_type.fields[name]) in (
        Kind.REFERENCE,
        Kind.COMPUTED,
        Kind.REFERENCES,
    ):
        column = getattr(record_type.model, f"{name}_id", None)
    key = record_type.model.id
    if column is None or column is key:
        return found.order_by(key.desc() if descending or column is None else key.asc())
    ordered = column.desc() if descending else column.asc()
    return found.order_by(ordered, key.desc() if descending else key.asc())


def filter_problem(record_type: RecordType, one: Field, text: str) -> str:
    """What is wrong with a filter's value, in words; empty where it makes sense."""
    kind = record_type.kind_of(one)
    if kind is Kind.REFERENCE:
        return "" if read_id(text) is not None else "应为对方的编号（id）"
    try:
        read_text(one, Kind.TEXT if kind is Kind.CODE else kind, text)
    except ValueError as error:
        return str(error)
    return ""


def list_page(
    session: Session,
    record_type: RecordType,
    query: ListQuery,
    *,
    size: int = PAGE_SIZE,
    loads: Sequence[Any] = (),
    total: int | None = None,
    exact: bool = False,
) -> Page:
    """
    One page of a list.

    The page's ids come first, from an index alone where there is one, then its rows; a count only
    where the page does not tell.

    Args:
        session: scoped to the one who reads.
        record_type: the type.
        query: the conditions.
        size: records a page.
        loads: what is loaded with each record; the references among the list's columns by default.
        total: how many there are, where that is known.
        exact: count all, even those that hold a common text.
    """
    query = narrowed(session, record_type, query)
    found = statement(record_type, query)
    keys = found.with_only_columns(record_type.model.id)
    ids = list(session.scalars(keys.offset(query.page * size).limit(size)))
    most = ENOUGH if query.is_common and not exact else None
    if total is None and 0 < len(ids) < size:
        total = query.page * size + len(ids)
    if total is None:
        total = _count(session, keys, most)
    rows = _rows(session, record_type, ids, loads)
    is_more = most is not None and total > most
    return Page(rows, min(total, most) if most else total, query.page, size, is_more)


def _count(session: Session, keys: Select[Any], most: int | None) -> int:
    """How many there are; more than `most` are not counted further."""
    counted = keys.order_by(None)
    if most is not None:
        counted = counted.limit(most + 1)
    return session.scalar(select(func.count()).select_from(counted.subquery())) or 0


def _rows(
    session: Session, record_type: RecordType, ids: Sequence[int], loads: Sequence[Any]
) -> list[Any]:
    """The records of those ids, in that order."""
    if not ids:
        return []
    shown = [
        joinedload(getattr(record_type.model, name))
        for name in record_type.columns
        if record_type.kind_of(record_type.fields[name]) is Kind.REFERENCE
    ]
    found = select(record_type.model).where(record_type.model.id.in_(ids))
    rows = {row.id: row for row in session.scalars(found.options(*(loads or shown))).unique()}
    return [rows[key] for key in ids if key in rows]


def options(
    session: Session, record_type: RecordType, text: str = "", limit: int = 20
) -> list[tuple[int, str]]:
    """Records to choose from, in scope, by what was typed."""
    query = narrowed(session, record_type, ListQuery(search=text))
    rows = session.scalars(statement(record_type, query).limit(limit)).unique()
    return [(row.id, str(row)) for row in rows]


def counts_by(
    session: Session, record_type: RecordType, query: ListQuery
) -> list[tuple[str, str, int]]:
    """For the type's chart: value, label and count of each bar, in scope and filtered."""
    assert record_type.chart is not None
    one = record_type.fields[record_type.chart.by]
    column = getattr(record_type.model, one.name)
    query = narrowed(session, record_type, query)
    found = statement(record_type, query).order_by(None).with_only_columns(column, func.count())
    rows = session.execute(found.group_by(column)).all()
    labels = dict(one.choices)
    return [
        (str(value or ""), labels.get(value, str(value)) if value is not None else "未填写", count)
        for value, count in sorted(rows, key=lambda row: -row[1])
    ]

"""
Lists, forms and saving of any record type, as plain functions over a session (记录的增删改查).

Views, workbooks and the API call these; row scope comes from the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from admin.audit import AuditEntry
from admin.lowcode.finding import ENOUGH, candidates
from admin.lowcode.record_type import Field, Kind, RecordType, Settled
from admin.lowcode.values import kept_or_refused, masked, read_id, read_text, storable
from admin.principal import current_principal
from admin.scope import is_changeable

PAGE_SIZE = 25
NOT_YOURS = "这条记录您只能查看；要修改请联系负责单位或区营商环境办"
OUT_OF_SCOPE = "保存后这条记录就不在您的数据范围内了；请检查归属单位和企业，或请区营商环境办办理"
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


class FormErrors(ValueError):
    """What is wrong with a form, by field (表单有误)."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)


class IsSettled(FormErrors):
    """The record's state forbids the change, whatever the values (已定稿)."""


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


def get_record(session: Session, record_type: RecordType, record_id: int) -> Any | None:
    """A record in scope, or None."""
    if read_id(record_id) is None:
        return None  # larger than any id
    return session.scalars(
        select(record_type.model).where(record_type.model.id == record_id)
    ).one_or_none()


def settle(session: Session) -> None:
    """Have what follows from a change happen now, before the commit: snapshots are made anew."""
    own = session() if callable(session) else session  # the request's session is a proxy
    own.dispatch.before_commit(own)


def options(
    session: Session, record_type: RecordType, text: str = "", limit: int = 20
) -> list[tuple[int, str]]:
    """Records to choose from, in scope, by what was typed."""
    query = narrowed(session, record_type, ListQuery(search=text))
    rows = session.scalars(statement(record_type, query).limit(limit)).unique()
    return [(row.id, str(row)) for row in rows]


def read_form(
    session: Session,
    record_type: RecordType,
    form: Mapping[str, Any],
    *,
    names: Sequence[str] = (),
    record: Any = None,
) -> dict[str, Any]:
    """
    Read a form's values by field (读取表单); references become records in scope.

    `names` are the fields to read; all that can be typed by default. What a `record` holds and
    comes back masked stays as it is.

    Raises:
        FormErrors: what is wrong, by field; nothing was changed.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in record_type.typed:
        if names and one.name not in names:
            continue
        try:
            if kept_or_refused(one, form.get(one.name), getattr(record, one.name, None)):
                continue
            values[one.name] = _read_field(session, record_type, one, form)
        except ValueError as error:
            errors[one.name] = f"{one.label}：{error}"
    if errors:
        raise FormErrors(errors)
    return values


def _read_field(
    session: Session, record_type: RecordType, one: Field, form: Mapping[str, Any]
) -> Any:
    kind = record_type.kind_of(one)
    if kind is Kind.REFERENCES:
        return _records(session, record_type, one, _many(form, one.name))
    raw = form.get(one.name)
    if kind is Kind.BOOL and raw in (None, ""):
        return False
    if kind is Kind.REFERENCE:
        found = _records(session, record_type, one, [raw] if raw not in (None, "") else [])
        value = found[0] if found else None
    else:
        value = read_text(one, kind, raw)
        _fits(record_type, one, value)
    if value is None and record_type.is_required(one):
        raise ValueError("必须填写")
    return value


def _fits(record_type: RecordType, one: Field, value: Any) -> None:
    column = record_type.model.__table__.columns.get(one.name)
    longest = getattr(getattr(column, "type", None), "length", None)
    if isinstance(value, str) and longest and len(value) > longest:
        raise ValueError(f"太长：最多 {longest} 字，这里有 {len(value)} 字")


def _many(form: Mapping[str, Any], name: str) -> list[Any]:
    if hasattr(form, "getlist"):
        return [text for text in form.getlist(name) if text]
    value = form.get(name) or []
    return list(value) if isinstance(value, list | tuple) else [value]


def _records(
    session: Session, record_type: RecordType, one: Field, keys: Sequence[Any]
) -> list[Any]:
    if not keys:
        return []
    numbers = [number for key in keys if (number := read_id(key)) is not None]
    model = record_type.target(one)
    found = {r.id: r for r in session.scalars(select(model).where(model.id.in_(numbers)))}
    if len(numbers) < len(keys) or any(number not in found for number in numbers):
        raise ValueError("选中的记录不存在，或不在您的数据范围内；请重新选择")
    return [found[number] for number in numbers]


def apply_values(record_type: RecordType, record: Any, values: Mapping[str, Any]) -> None:
    """
    Put read values into a record and hold it to the type's own check.

    Raises:
        FormErrors: the type's check refuses; IsSettled where it is for the record's state.
    """
    for name, value in values.items():
        if value is None and _keeps_default(record_type, name):
            continue
        setattr(record, name, value)
    if record_type.before_save is not None:
        try:
            record_type.before_save(record)
        except Settled as error:
            raise IsSettled({"": str(error)}) from None
        except ValueError as error:
            raise FormErrors({"": str(error)}) from None


def _keeps_default(record_type: RecordType, name: str) -> bool:
    column = record_type.model.__table__.columns.get(name)
    return column is not None and not column.nullable


def new_record(record_type: RecordType) -> Any:
    """A record with the defaults of its fields and columns."""
    record = record_type.model()
    for column in record_type.model.__table__.columns:
        default = column.default
        if column.key in record_type.fields and default is not None and default.is_scalar:
            setattr(record, column.key, default.arg)
    for one in record_type.fields.values():
        if one.default is not None:
            setattr(record, one.name, one.default() if callable(one.default) else one.default)
    return record


def duplicate_of(session: Session, record_type: RecordType, record: Any) -> str | None:
    """In words, which other record already has one of this one's unique values."""
    for column in record_type.model.__table__.columns:
        value = getattr(record, column.key, None)
        if not column.unique or value is None:
            continue
        table = record_type.model.__table__  # in scope or not: the database would refuse it
        other = session.execute(
            select(table.c.id).where(column == value, table.c.id != (record.id or 0)).limit(1)
        ).first()
        if other:
            label = (
                record_type.fields[column.key].label
                if column.key in record_type.fields
                else column.key
            )
            return f"{label}“{value}”已被另一条记录使用"
    return None


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


def save(session: Session, record_type: RecordType, record: Any) -> str | None:
    """Write a record and commit, or say in words why not: it would leave the writer's own scope."""
    try:
        session.flush()
    except IntegrityError:
        pass  # said in words by the commit
    else:
        if not is_changeable(session, record):
            session.rollback()
            return OUT_OF_SCOPE
    return commit(session, record_type)


def commit(session: Session, record_type: RecordType) -> str | None:
    """Commit, or roll back and say in words why the database refuses."""
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        text = str(error.orig).lower()
        if "foreign" in text:
            return f"还有别的记录引用这条{record_type.label}，请先处理它们"
        if "unique" in text:
            return "与已有的记录重复，请检查编号、名称或代码"
        return "数据不完整，数据库没有接受；请检查必填项"
    return None


@dataclass(frozen=True, slots=True)
class Change:
    """One field that somebody else changed (别人的修改)."""

    label: str
    before: Any
    after: Any
    actor: str


def changes_since(
    session: Session, record_type: RecordType, record: Any, version: str
) -> list[Change]:
    """What was changed in a record since it was opened at a version, newest last."""
    opened_at = read_id(version)
    behind = record.version - opened_at if opened_at is not None else 1
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.record_type == record_type.model.__tablename__,
            AuditEntry.record_id == record.id,
            AuditEntry.action == "修改",
        )
        .order_by(AuditEntry.id.desc())
        .limit(max(1, behind))
    )
    fields = {f"{name}_id": one for name, one in record_type.fields.items()} | record_type.fields
    return [
        Change(
            fields[name].label if name in fields else name,
            _in_history(fields.get(name), before),
            _in_history(fields.get(name), after),
            entry.actor,
        )
        for entry in reversed(list(entries))
        for name, (before, after) in entry.changes.items()
    ]


def _in_history(one: Field | None, value: Any) -> Any:
    """A value of the trail; personal data is masked for everybody there."""
    return masked(one, value) if one is not None and isinstance(value, str) else value

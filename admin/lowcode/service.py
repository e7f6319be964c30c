"""
Forms and saving of any record type, as plain functions over a session (记录的增改).

Views, workbooks and the API call these; row scope comes from the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin.audit import AuditEntry
from admin.lowcode.record_type import Field, Kind, RecordType, Settled
from admin.lowcode.values import kept_or_refused, masked, read_id, read_text
from admin.scope import is_changeable

NOT_YOURS = "这条记录您只能查看；要修改请联系负责单位或区营商环境办"
OUT_OF_SCOPE = "保存后这条记录就不在您的数据范围内了；请检查归属单位和企业，或请区营商环境办办理"


class FormErrors(ValueError):
    """What is wrong with a form, by field (表单有误)."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)


class IsSettled(FormErrors):
    """The record's state forbids the change, whatever the values (已定稿)."""


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

"""
The audit trail (操作记录): who changed what, when, from what to what.

Written in the transaction of the change itself, for every record; nothing can turn it off, and
entries can be neither changed nor deleted: the session refuses, and so does the database by a
trigger (see the first migration).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Integer, String, event, insert, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.interfaces import MANYTOONE

from admin.clock import utc_now
from admin.db import Base, Json, Record, UtcDateTime
from admin.principal import SYSTEM, peek_principal

UNAUDITED = frozenset({"version", "changed_at", "created_at"})
_FAB_AUDITED = {
    "User": {"password", "last_login", "login_count", "fail_login_count"},
    "Role": set(),
}


class AuditEntry(Base):
    """One change of one record (操作记录); `changes` is {field: [before, after]}."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_record", "record_type", "record_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    user_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(20))  # 新增 修改 删除, or what a view names
    record_type: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[int | None] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(300), default="")
    changes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AuditIsFixed(RuntimeError):
    """Somebody tried to change or delete an audit entry."""


def install_audit(sessions: Any) -> None:
    """Have every flush of these sessions audited."""
    event.listen(sessions, "before_flush", _collect)
    event.listen(sessions, "after_flush", _write)


def note(session: Session, action: str, record: Any, **changes: tuple[Any, Any]) -> None:
    """Record an act that is no mere change of columns: 发布, 撤回, 导出."""
    session.add(
        AuditEntry(
            **_row(action, record, {k: [_plain(a), _plain(b)] for k, (a, b) in changes.items()})
        )
    )


def _collect(session: Session, _context: object, _instances: object) -> None:
    pending = session.info.setdefault("audit", [])
    for record in session.dirty | session.deleted:
        if isinstance(record, AuditEntry) and (
            record in session.deleted or session.is_modified(record)
        ):
            raise AuditIsFixed("操作记录不能修改或删除")
    pending += [(("新增"), r, {}) for r in session.new if _audited(r)]
    pending += [("修改", r, c) for r in session.dirty if _audited(r) and (c := changes_of(r))]
    pending += [("删除", r, _last_values(r)) for r in session.deleted if _audited(r)]


def _write(session: Session, _context: object) -> None:
    pending = session.info.pop("audit", [])
    rows = [
        _row(action, record, changes if action != "新增" else _first_values(record))
        for action, record, changes in pending
    ]
    if rows:
        session.connection().execute(insert(AuditEntry), rows)


def _audited(record: Any) -> bool:
    if isinstance(record, Record):
        return not getattr(record, "__unaudited__", False)
    return type(record).__name__ in _FAB_AUDITED


def _hidden(record: Any) -> frozenset[str] | set[str]:
    own: frozenset[str] = getattr(record, "__audit_hidden__", frozenset())
    return UNAUDITED | own | _FAB_AUDITED.get(type(record).__name__, set())


def changes_of(record: Any) -> dict[str, list[Any]]:
    """What the session would change in a record: {column: [before, after]}."""
    state, hidden = inspect(record), _hidden(record)
    changed = {}
    for key in (one.key for one in state.mapper.column_attrs):
        history = state.attrs[key].history
        if key in hidden or not history.has_changes():
            continue
        before = history.deleted[0] if history.deleted else None
        after = history.added[0] if history.added else None
        if _plain(before) != _plain(after):
            changed[key] = [_plain(before), _plain(after)]
    return changed | {k: v for k, v in _changed_references(state).items() if k not in hidden}


def _changed_references(state: Any) -> dict[str, list[Any]]:
    """Records referred to that were set as objects: their keys follow only in the flush."""
    changed: dict[str, list[Any]] = {}
    for one in state.mapper.relationships:
        if one.direction is not MANYTOONE or one.viewonly or one.key not in state.dict:
            continue
        history = state.attrs[one.key].history
        if not history.has_changes():
            continue
        (key,) = (state.mapper.get_property_by_column(c).key for c in one.local_columns)
        target = history.added[0] if history.added else None
        pair = [state.dict.get(key), inspect(target).dict.get("id") if target is not None else None]
        if pair[0] != pair[1]:
            changed[key] = pair
    return changed


def _first_values(record: Any) -> dict[str, list[Any]]:
    return {k: [None, v] for k, v in _values(record).items() if v is not None}


def _last_values(record: Any) -> dict[str, list[Any]]:
    return {k: [v, None] for k, v in _values(record).items() if v is not None}


def _values(record: Any) -> dict[str, Any]:
    state, hidden = inspect(record), _hidden(record)
    return {
        one.key: _plain(state.dict.get(one.key))
        for one in state.mapper.column_attrs
        if one.key not in hidden
    }


def _row(action: str, record: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """The columns of an entry: plain, since an import writes tens of thousands."""
    principal = peek_principal() or SYSTEM
    return {
        "at": utc_now(),
        "user_id": principal.user_id,
        "actor": principal.name,
        "action": action,
        "record_type": type(record).__tablename__,
        "record_id": inspect(record).dict.get("id"),
        "label": _label(record),
        "changes": changes,
    }


def _label(record: Any) -> str:
    """The record's name, without loading anything in the middle of a flush."""
    loaded = inspect(record).dict
    for key in ("title", "name", "number", "username", "fact", "key"):
        if loaded.get(key):
            return str(loaded[key])[:300]
    return ""


def _plain(value: Any) -> Any:
    """A value as JSON; long texts are cut, the record itself keeps them whole."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return f"（{len(value)} 字节）"
    if isinstance(value, str) and len(value) > 2000:
        return value[:2000] + "…"
    return value

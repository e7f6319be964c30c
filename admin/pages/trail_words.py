"""What stands in the audit trail, as people read it (操作记录的用语): names for codes and ids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.audit import AuditEntry
from admin.facts import facts_known
from admin.lowcode.record_type import REGISTRY, Field, Kind, RecordType
from admin.lowcode.values import masked, moment_words, shown_plain
from policy_match import wording
from policy_match.domain.codes import code_table


class Words:
    """Words for the values of one page; records that are referred to are looked up together."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: dict[tuple[str, int], str] = {}

    def learn(self, entries: Iterable[AuditEntry]) -> None:
        """Look up all records that some entries refer to, with a query for each table."""
        wanted: dict[Any, dict[int, Field]] = {}
        for entry in entries:
            for column, values in entry.changes.items():
                found = _reference(_type_of(entry.record_type), column)
                if found is not None:
                    ids = wanted.setdefault(found[0].target(found[1]), {})
                    ids.update({int(v): found[1] for v in values if v is not None})
        for model, ids in wanted.items():
            rows = self._session.scalars(select(model).where(model.id.in_(ids)))
            there = {row.id: str(row) for row in rows}
            for pk, one in ids.items():
                self._names[model.__tablename__, pk] = there.get(pk) or _gone(one, pk)

    def shown(self, table: str, column: str, value: Any) -> str:
        """A value of a column of a table, in words; personal data is masked for everybody here."""
        record_type = _type_of(table)
        if column == "fact" and value in facts_known():
            return facts_known()[value].label
        if column == "email" and str(value).endswith("@localhost.invalid"):
            return "（未填）"
        if record_type is None or value is None:
            return shown_plain(value)
        reference = _reference(record_type, column)
        if reference is not None:
            return self._name(*reference, value)
        one = record_type.fields.get(column)
        if one is None:
            return shown_plain(value)
        text = _in_words(one, record_type.kind_of(one), value)
        return masked(one, text)

    def _name(self, record_type: RecordType, one: Field, value: Any) -> str:
        model = record_type.target(one)
        key = (model.__tablename__, int(value))
        if key not in self._names:
            found = self._session.scalars(select(model).where(model.id == key[1])).one_or_none()
            self._names[key] = str(found) if found is not None else _gone(one, value)
        return self._names[key]


def _gone(one: Field, value: Any) -> str:
    return f"{one.label} {value}（已删除）"


def _type_of(table: str) -> RecordType | None:
    return next((one for one in REGISTRY if one.model.__tablename__ == table), None)


def _reference(record_type: RecordType | None, column: str) -> tuple[RecordType, Field] | None:
    """The field that a key column belongs to, where the form has it."""
    name = column.removesuffix("_id")
    if record_type is None or name == column or name not in record_type.fields:
        return None
    return record_type, record_type.fields[name]


def _in_words(one: Field, kind: Kind, value: Any) -> str:
    try:
        if kind is Kind.CHOICE:
            return dict(one.choices).get(value, str(value))
        if kind is Kind.CODE:
            return str(code_table(str(one.code_set)).label_of(value) or value)
        if kind is Kind.MONEY:
            return wording.money_words(float(value))
        if kind is Kind.DATE:
            return wording.date_words(date.fromisoformat(value))
        if kind is Kind.MOMENT:
            return moment_words(datetime.fromisoformat(value))
    except (TypeError, ValueError):  # written by an older declaration: shown as it stands
        return shown_plain(value)
    return shown_plain(value)

"""What stands in the audit trail, as people read it (操作记录的用语): names for codes and ids."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.facts import facts_known
from admin.lowcode.record_type import REGISTRY, Field, Kind, RecordType
from admin.lowcode.values import masked, moment_words, shown_plain
from policy_match import wording
from policy_match.domain.codes import code_table


class Words:
    """Words for the values of one page; each record that is referred to is looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: dict[tuple[str, int], str] = {}

    def shown(self, table: str, column: str, value: Any) -> str:
        """A value of a column of a table, in words; personal data is masked for everybody here."""
        record_type = next((one for one in REGISTRY if one.model.__tablename__ == table), None)
        if column == "fact" and value in facts_known():
            return facts_known()[value].label
        if column == "email" and str(value).endswith("@localhost.invalid"):
            return "（未填）"
        if record_type is None or value is None:
            return shown_plain(value)
        if column.endswith("_id") and column.removesuffix("_id") in record_type.fields:
            return self._name(record_type, record_type.fields[column.removesuffix("_id")], value)
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
            self._names[key] = str(found) if found is not None else f"{one.label} {value}（已删除）"
        return self._names[key]


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

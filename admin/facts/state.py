"""Stating a fact (登记事实): who says what, from where, of which day, verified by whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.clock import business_date
from admin.records.enterprise import Enterprise, FactValue
from policy_match.domain.codes import code_table
from policy_match.domain.enterprise import read_fact, shown
from policy_match.domain.facts import FactRegistry, FactSpec, default_registry
from policy_match.enterprise_table import read_cell
from policy_match.errors import FactError


def facts_known() -> FactRegistry:
    """The facts that enterprises may have and rules may ask about."""
    return default_registry()


def parse_fact(fact: str, text: Any, *, where: str = "") -> Any:
    """
    A fact's value from what people type (读取填写的事实): 35, 500万元, 3%, 是, 2019年3月1日.

    Raises:
        FactError: there is no such fact, or the value can't be read; says how to write it.
    """
    spec = _spec(fact)
    if spec.is_set and isinstance(text, list | tuple | dict):
        return text
    value = read_cell(text, spec, where=where or f"“{spec.label}”")
    return [_code(one, spec) for one in value] if spec.is_set else value


def _code(text: str, spec: FactSpec) -> str:
    """A code from itself or from its name (国家高新技术企业 → high_tech); never a guess."""
    table = code_table(spec.code_set)
    if text in table:
        return text
    found = table.search(text, 20)
    named = [code for code, label in found if label == text] or [code for code, _ in found]
    if len(named) == 1:
        return named[0]
    if named:
        choices = "、".join(f"{label}（{code}）" for code, label in found[:5])
        raise FactError(
            f"“{text}”不止一种", where=f"“{spec.label}”", advice=f"写全称或代码：{choices}"
        )
    return text


def _spec(fact: str) -> FactSpec:
    spec = facts_known().resolve(fact)
    if spec is None:
        raise FactError(f"没有名为“{fact}”的事实", advice=facts_known().advice(fact))
    return spec


def state_fact(
    session: Session,
    enterprise: Enterprise,
    fact: str,
    value: Any,
    *,
    source: str,
    now: datetime,
    as_of: date | None = None,
    verified_by: str | None = None,
    stated_by: str = "系统",
) -> FactValue:
    """
    State one fact of an enterprise (登记一项事实); the caller commits, and the snapshot follows.

    A verified statement beats an unverified one, then the newest wins. What the new one beats is
    superseded and kept; where it loses, it is kept beside.

    Args:
        session: the session.
        enterprise: whose fact.
        fact: its name or Chinese label.
        value: in the exchange form (yuan, fractions, ISO dates, codes); `parse_fact` reads text.
        source: where it comes from: 登记, 年报, 自报, 部门核实.
        now: the moment of stating.
        as_of: the day it holds for; the day of stating where left out.
        verified_by: who checked it, if anybody.
        stated_by: who writes it down.

    Raises:
        FactError: an unknown fact, or a value out of its range.
    """
    spec = _spec(fact)
    day = as_of or business_date(now)
    read = read_fact(
        {"value": value, "source": source, "as_of": day.isoformat()},
        spec,
        read_on=business_date(now),
        where=enterprise.name,
    )
    if read is None:
        raise FactError(f"“{spec.label}”没有填值", advice="不知道就不要登记；登记错了可以撤销")
    row = FactValue(
        enterprise=enterprise,
        fact=spec.name,
        value=shown(read.value),
        source=source,
        as_of=day,
        verified_by=verified_by or None,
        stated_by=stated_by,
    )
    if enterprise.id is not None:
        with session.no_autoflush:
            _supersede(session, enterprise.id, row, now)
    session.add(row)
    return row


def _supersede(session: Session, enterprise_id: int, row: FactValue, now: datetime) -> None:
    for other in _standing(session, enterprise_id, row.fact):
        if _weight(row) >= _weight(other):
            other.superseded_at = now


def _standing(session: Session, enterprise_id: int, fact: str) -> list[FactValue]:
    return list(
        session.scalars(
            select(FactValue).where(
                FactValue.enterprise_id == enterprise_id,
                FactValue.fact == fact,
                FactValue.superseded_at.is_(None),
            )
        )
    )


def _weight(row: FactValue) -> tuple[bool, date]:
    return bool(row.verified_by), row.as_of or date.min


def best(rows: Iterable[FactValue]) -> FactValue:
    """The statement that counts among those that stand: verified first, then the newest."""
    return max(rows, key=lambda row: (*_weight(row), row.id or 0))


def withdraw_fact(row: FactValue, *, now: datetime) -> None:
    """Take a wrong statement out (撤销); it is kept, and the one before it does not come back."""
    row.superseded_at = now


def current_facts(session: Session, enterprise_id: int) -> dict[str, list[FactValue]]:
    """All standing statements of an enterprise by fact, the one that counts first."""
    rows = session.scalars(
        select(FactValue).where(
            FactValue.enterprise_id == enterprise_id, FactValue.superseded_at.is_(None)
        )
    )
    found: dict[str, list[FactValue]] = {}
    for row in rows:
        found.setdefault(row.fact, []).append(row)
    return {
        fact: sorted(many, key=lambda row: (*_weight(row), row.id), reverse=True)
        for fact, many in found.items()
    }

"""
Facts beside an enterprise's columns, in the API and in workbooks (事实的导入导出).

`FACTS` is what the record type of enterprises carries; the registry says which facts there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from admin.clock import business_date
from admin.facts.state import current_facts, facts_known, parse_fact, state_fact, withdraw_fact
from admin.lowcode.service import FormErrors
from admin.principal import peek_principal
from admin.records.enterprise import Enterprise
from policy_match.domain.enterprise import read_fact
from policy_match.domain.facts import FactSpec, FactType
from policy_match.enterprise_table import read_cell
from policy_match.errors import PolicyMatchError

FROM_API = "接口"
FROM_WORKBOOK = "表格导入"
ELSEWHERE = frozenset({"region", "industry", "established_on", "qualification", "size_class"})
_UNIT_OF = {FactType.MONEY: "万元", FactType.RATIO: "%"}


def read_facts(enterprise: Enterprise) -> dict[str, Any]:
    """The snapshot: {name: {value, source, as_of}}."""
    return enterprise.facts or {}


def facts_state(enterprise: Enterprise) -> str:
    """What changes with the facts."""
    return (enterprise.facts_hash or "")[:16]


def write_facts(session: Session, enterprise: Enterprise, facts: Any, now: datetime) -> None:
    """
    State the facts that the API brings: {name: value or {value, source, as_of}}; null withdraws.

    Raises:
        FormErrors: an unknown fact or a value that makes no sense, by `facts.NAME`.
    """
    if not isinstance(facts, dict):
        raise FormErrors({"facts": "企业事实：应为 {事实名: 值} 的对象"})
    errors: dict[str, str] = {}
    for name, value in facts.items():
        try:
            _write_fact(session, enterprise, str(name), value, now)
        except (PolicyMatchError, ValueError) as error:
            errors[f"facts.{name}"] = str(error)
    if errors:
        raise FormErrors(errors)


def _write_fact(
    session: Session, enterprise: Enterprise, name: str, value: Any, now: datetime
) -> None:
    if value is None:
        spec = facts_known().resolve(name)
        parse_fact(name, None) if spec is None else None  # an unknown name is refused here too
        for row in current_facts(session, enterprise.id).get(spec.name if spec else name, []):
            withdraw_fact(row, now=now)
        return
    stated = value if isinstance(value, dict) and "value" in value else {"value": value}
    unknown = set(stated) - {"value", "source", "as_of", "verified_by"}
    if unknown:
        raise ValueError(f"没有“{sorted(unknown)[0]}”这一项；可写 value、source、as_of")
    state_fact(
        session,
        enterprise,
        name,
        stated["value"],
        source=_short(stated.get("source") or FROM_API, "source", 200),
        now=now,
        as_of=_day(stated.get("as_of")),
        stated_by=_who(),
    )


def _short(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"{name} 应为不超过 {longest} 字的文字")
    return value


def _day(text: Any) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"as_of 写作“{text}”；应写成 2026-11-24") from None


def _who() -> str:
    principal = peek_principal()
    return principal.name[:60] if principal else "系统"


@cache
def _by_label() -> dict[str, FactSpec]:
    """The facts that workbooks carry, by the title of their column."""
    found = {}
    for spec in facts_known().values():
        if spec.name not in ELSEWHERE and not (spec.derived_from and spec.type is FactType.RATIO):
            unit = _UNIT_OF.get(spec.type)
            found[f"{spec.label}（{unit}）" if unit else spec.label] = spec
    return found


def fact_columns() -> Mapping[str, str]:
    """The titles of the columns with what to write."""
    return {label: _hint(spec) for label, spec in _by_label().items()}


def _hint(spec: FactSpec) -> str:
    if spec.is_set:
        return "代码，多个用“；”分开"
    if spec.type is FactType.BOOL:
        return "填：是、否"
    if spec.type is FactType.DATE:
        return "日期，如 2019-03-01"
    unit = _UNIT_OF.get(spec.type) or spec.unit
    return f"数字，以{unit}为单位；也可写明单位，如 {_EXAMPLES.get(spec.type, f'35{unit}')}"


_EXAMPLES = {FactType.MONEY: "500万元", FactType.RATIO: "3%"}


def write_cells(
    session: Session, enterprise: Enterprise, cells: Mapping[str, Any], now: datetime
) -> bool:
    """
    State the facts of a workbook's row: {column: cell}; says whether any was news.

    Raises:
        FormErrors: a cell that can't be read, by column.
    """
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for label, cell in cells.items():
        spec = _by_label()[label]
        try:
            value = read_cell(cell, spec, where="", unit=_UNIT_OF.get(spec.type))
            read_fact({"value": value}, spec, read_on=business_date(now), where="")
        except PolicyMatchError as error:
            errors[label] = str(error).lstrip("：")
        else:
            values[spec.name] = value
    if errors:
        raise FormErrors(errors)  # before anything was stated
    news = {name: v for name, v in values.items() if not _stands(enterprise, name, v)}
    for name, value in news.items():
        state_fact(
            session, enterprise, name, value, source=FROM_WORKBOOK, now=now, stated_by=_who()
        )
    return bool(news)


def _stands(enterprise: Enterprise, name: str, value: Any) -> bool:
    """Whether the snapshot says so already: importing a file twice states nothing twice."""
    known = (enterprise.facts or {}).get(name)
    known = known.get("value") if isinstance(known, dict) else known
    return bool(known == value and known is not None)

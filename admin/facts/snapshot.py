"""
The current snapshot of an enterprise's facts (事实快照), in the exchange form.

Statements come first, then what the register's columns say. Qualifications with their validity
become one open fact: those not listed are unknown, not absent. The size class is computed by the
standard in force, with why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from admin.clock import utc_now
from admin.facts.state import best, facts_known
from admin.principal import SYSTEM, acting_as
from admin.records.enterprise import Enterprise, FactValue, Qualification
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise as MatchEnterprise
from policy_match.domain.enterprise import parse_enterprise
from policy_match.errors import PolicyMatchError

REGISTER = "登记"  # the source of what stands in the register's columns
CHUNK = 500
_COLUMNS = ("facts", "facts_hash", "facts_changed_at", "size_class", "size_why")


def to_enterprise(record: Enterprise, *, read_on: date | None = None) -> MatchEnterprise:
    """The enterprise as the library matches it; its id is the credit code (转换为匹配用的企业)."""
    return parse_enterprise(
        {
            "id": record.credit_code,
            "name": record.name,
            "facts": record.facts or {},
            "attested": record.attested or {},
            "business_scope": record.business_scope,
            "address": record.address,
        },
        read_on=read_on or date.max,
        registry=facts_known(),
    )


def refresh_snapshot(
    session: Session, enterprise: Enterprise, as_of: date, *, now: datetime | None = None
) -> bool:
    """Make one enterprise's snapshot anew; says whether it became another."""
    session.flush()
    return bool(refresh_snapshots(session, [enterprise.id], as_of=as_of, now=now))


def refresh_snapshots(
    session: Session, ids: Sequence[int], *, as_of: date, now: datetime | None = None
) -> list[int]:
    """
    Make many snapshots anew (刷新事实快照); gives the ids of those that became another.

    Three queries and one UPDATE a chunk. The records' version stays: nobody's open form is stale
    because a fact came in.
    """
    moment = now or utc_now()
    changed: list[int] = []
    with acting_as(SYSTEM), session.no_autoflush:
        for start in range(0, len(ids), CHUNK):
            changed += _refresh_chunk(session, ids[start : start + CHUNK], as_of, moment)
    return changed


def _refresh_chunk(
    session: Session, ids: Sequence[int], as_of: date, now: datetime
) -> Iterator[int]:
    records = session.scalars(select(Enterprise).where(Enterprise.id.in_(ids))).all()
    stated = _by_enterprise(
        session.scalars(
            select(FactValue).where(
                FactValue.enterprise_id.in_(ids), FactValue.superseded_at.is_(None)
            )
        )
    )
    held = _by_enterprise(
        session.scalars(select(Qualification).where(Qualification.enterprise_id.in_(ids)))
    )
    rows = [
        row
        for record in records
        if (row := _row(record, stated.get(record.id, []), held.get(record.id, []), as_of, now))
    ]
    if rows:
        table = Enterprise.__table__
        session.connection().execute(
            update(table)  # type: ignore[arg-type]  # a mapped class's table is a Table
            .where(table.c.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}") for name in _COLUMNS}),
            [{"key": row["id"], **{f"new_{n}": row[n] for n in _COLUMNS}} for row in rows],
        )
    by_id = {record.id: record for record in records}
    for row in rows:
        for name in _COLUMNS:
            set_committed_value(by_id[row["id"]], name, row[name])
    return iter([row["id"] for row in rows])


def _by_enterprise(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.enterprise_id, []).append(row)
    return found


def _row(
    record: Enterprise,
    stated: list[FactValue],
    held: list[Qualification],
    as_of: date,
    now: datetime,
) -> dict[str, Any] | None:
    """What to write for an enterprise; None where its facts and size are as they were."""
    facts = snapshot_of(record, stated, held)
    size_class, size_why = _size(record, facts, as_of)
    digest = facts_hash(facts, record.attested or {})
    if (digest, size_class, size_why) == (record.facts_hash, record.size_class, record.size_why):
        return None
    same = digest == record.facts_hash
    return {
        "id": record.id,
        "facts": facts,
        "facts_hash": digest,
        "facts_changed_at": record.facts_changed_at if same else now,
        "size_class": size_class,
        "size_why": size_why,
    }


def snapshot_of(
    record: Enterprise, stated: list[FactValue], held: list[Qualification]
) -> dict[str, Any]:
    """The facts in the exchange form, by name, with source and day."""
    facts = dict(_registered(record))
    by_fact: dict[str, list[FactValue]] = {}
    for row in stated:
        by_fact.setdefault(row.fact, []).append(row)
    for fact, rows in by_fact.items():
        facts[fact] = _entry(best(rows))
    if held:
        facts["qualification"] = _qualifications(held, facts.get("qualification"))
    return dict(sorted(facts.items()))


def _registered(record: Enterprise) -> Iterator[tuple[str, Any]]:
    founded = record.founded_on.isoformat() if record.founded_on else None
    for fact, value in (
        ("region", record.region),
        ("industry", record.industry),
        ("established_on", founded),
    ):
        if value:
            yield fact, {"value": value, "source": REGISTER}


def _entry(row: FactValue) -> dict[str, Any]:
    source = f"{row.source}（{row.verified_by}核实）" if row.verified_by else row.source
    day = {"as_of": row.as_of.isoformat()} if row.as_of else {}
    return {"value": row.value, "source": source} | day


def _qualifications(held: list[Qualification], stated: Any) -> dict[str, Any]:
    """The table's rows, with what else was stated; a code both held and lacked is held."""
    has = [_held(row) for row in held if not row.lacked]
    known = {entry["code"] for entry in has}
    lacks = [row.code for row in held if row.lacked and row.code not in known]
    value = (stated or {}).get("value")
    more = value if isinstance(value, list) else (value or {}).get("has", [])
    has += [one for one in more if (one["code"] if isinstance(one, dict) else one) not in known]
    if isinstance(value, list):
        return {**stated, "value": has}  # stated in full: what the table adds does not open it
    lacks += [one for one in (value or {}).get("lacks", []) if one not in known]
    return {"value": {"has": has, "lacks": lacks}, "source": "资质名录"}


def _held(row: Qualification) -> dict[str, Any]:
    days = {
        name: day.isoformat()
        for name, day in (("valid_from", row.valid_from), ("valid_until", row.valid_until))
        if day
    }
    return {"code": row.code} | ({"level": row.level} if row.level else {}) | days


def _size(record: Enterprise, facts: dict[str, Any], as_of: date) -> tuple[str | None, str]:
    """The size class, if only one is possible, and why; a stated one wins."""
    probe = Enterprise(credit_code=record.credit_code, name=record.name, facts=facts, attested={})
    try:
        encoded = encode(to_enterprise(probe), as_of=as_of, registry=facts_known())
    except PolicyMatchError as error:
        return None, f"事实有误，不能划型：{error}"
    stated = (facts.get("size_class") or {}).get("value")
    if isinstance(stated, list) and len(stated) == 1:
        stated = stated[0]
    if isinstance(stated, str):
        return stated, encoded.conflict or f"按登记的规模；{encoded.size.why}"
    possible = sorted(encoded.size.possible)
    return (possible[0] if len(possible) == 1 else None), encoded.size.why


def facts_hash(facts: dict[str, Any], attested: dict[str, Any]) -> str:
    """The same for the same facts, sources aside."""
    values = {name: entry["value"] for name, entry in facts.items()}
    text = json.dumps([values, attested], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()

"""
Snapshots of enterprises as Arrow batches, and from there as a roster (事实快照批次).

A snapshot is in the exchange form. Numbers go over as numbers, everything else as JSON, of which
each distinct text is read once. Rows with items to attest, or that can't be read so, are read as
records.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from admin.facts import facts_known
from admin.records.enterprise import Enterprise
from policy_match.domain.enterprise import Enterprise as MatchEnterprise
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.facts import FactSpec, FactType
from policy_match.enterprise_columns import Reading, roster_of_batches
from policy_match.errors import PolicyMatchError
from policy_match.matching.roster import Roster

if TYPE_CHECKING:
    import pyarrow as pa

_MARKS = (
    Enterprise.id,
    Enterprise.facts_hash,
    Enterprise.status,
    Enterprise.organisation_id,
)
Snapshots = Sequence[Row[Any]]
_AT_ONCE = 500  # ids in one statement


def marks_query() -> Any:
    """What tells whether a row of the roster still holds; the facts are not loaded."""
    return select(*_MARKS).order_by(Enterprise.id)


def snapshots_after(session: Session, after: int, limit: int) -> Snapshots:
    """The next snapshots by id."""
    found = _snapshots().where(Enterprise.id > after).limit(limit)
    return session.execute(found).all()


def snapshots_of(session: Session, ids: Sequence[int]) -> Iterator[Row[Any]]:
    """The snapshots of some enterprises."""
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        yield from session.execute(_snapshots().where(Enterprise.id.in_(some)))


def _snapshots() -> Any:
    return select(*_MARKS, Enterprise.facts, Enterprise.attested).order_by(Enterprise.id)


def digest_of(facts_hash: str | None) -> int:
    """A facts hash as a number; 0 where there is no snapshot yet, which holds for nothing."""
    return int(facts_hash[:16], 16) if facts_hash else 0


def roster_of_snapshots(batches: Iterable[Snapshots], *, as_of: date) -> Roster:
    """The enterprises whose snapshots can be read by columns, under their id in the database."""
    made = (batch_of(some) for some in batches)
    filled = (batch for batch in made if batch.num_rows)
    first = next(filled, None)
    if first is None:
        return Roster(as_of=as_of, registry=facts_known())
    reading = Reading(date.max, facts_known(), _pass, exchange=True)
    return roster_of_batches(_chain(first, filled), reading, as_of=as_of, where="企业名册")


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _pass(_error: PolicyMatchError) -> None:
    """A row that can't be read by columns is read as a record, which tells what is wrong."""


def batch_of(rows: Snapshots) -> pa.RecordBatch:
    """Snapshots without items to attest as an Arrow batch."""
    import pyarrow as pa

    plain = [row for row in rows if not row.attested]
    facts = [row.facts or {} for row in plain]
    is_odd = np.zeros(len(plain), np.bool_)
    columns = {name: _column(name, spec, facts, is_odd) for name, spec in facts_known().items()}
    known = facts_known()
    for n, stated in enumerate(facts):
        is_odd[n] |= any(name not in known for name in stated)
    ids = [None if odd else str(row.id) for row, odd in zip(plain, is_odd.tolist(), strict=True)]
    return pa.record_batch({"id": pa.array(ids, pa.string())} | columns)


def _column(name: str, spec: FactSpec, facts: Sequence[Mapping[str, Any]], is_odd: Any) -> pa.Array:
    import pyarrow as pa

    if spec.is_set or spec.type in (FactType.BOOL, FactType.DATE):
        return pa.array([_json(one.get(name)) for one in facts], pa.string())
    values = np.full(len(facts), np.nan)
    for n, one in enumerate(facts):
        if name in one:
            number = _bare(one[name])
            if isinstance(number, int | float) and not isinstance(number, bool):
                values[n] = number
            else:
                is_odd[n] |= number is not None
    return pa.array(values, pa.float64(), from_pandas=True)


def _bare(stated: Any) -> Any:
    """A fact's value without source and day."""
    return stated["value"] if isinstance(stated, dict) and "value" in stated else stated


def _json(stated: Any) -> str | None:
    value = _bare(stated)
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def matched_of(row: Row[Any]) -> MatchEnterprise | None:
    """A snapshot as an enterprise, read as a record; None where it can't be read at all."""
    record = {
        "id": str(row.id),
        "name": "-",
        "facts": row.facts or {},
        "attested": row.attested or {},
    }
    try:
        return parse_enterprise(record, read_on=date.max, registry=facts_known())
    except PolicyMatchError:
        return None  # matching names it among the unreadable ones

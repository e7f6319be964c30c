"""
Taking a reading in (收入政策): rows of a new policy, or a new reading of a known one.

A new reading changes drafts only. What staff corrected stays; measures are found again by
likeness and keep their ids; published rules stand until somebody publishes another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from admin.audit import note
from admin.policies.anchor import Anchor, pair
from admin.policies.content import Content, newest_content, plain, set_content
from admin.policies.doubts import doubts_of
from admin.policies.drafts import SYSTEM_AUTHOR, save_rule
from admin.policies.exchange import (
    MEASURE_FIELDS,
    POLICY_FIELDS,
    document_of,
    measure_details,
    measure_values,
    policy_values,
    text_hash_of,
)
from admin.records.organisation import Organisation
from admin.records.policy import Measure as MeasureRow
from admin.records.policy import Policy as PolicyRow
from admin.records.policy import PolicyText
from admin.records.units import subtree
from policy_match.domain.policy import Measure, Policy
from policy_match.errors import InputError


def import_policy(
    session: Session,
    policy: Policy,
    *,
    organisation_id: int | None = None,
    file_name: str | None = None,
    now: datetime,
) -> PolicyRow:
    """
    Take a policy in that was read (收入一份政策); the caller commits.

    Args:
        session: acts as whoever takes it in.
        policy: as read from its file.
        organisation_id: the unit that is to review it; an earlier one stays.
        file_name: what the file was called.
        now: marks the row for the index where it is published.

    Raises:
        InputError: the policy is another unit's; nothing was changed.
    """
    record = find_policy(session, policy.id)
    if record is not None:
        _require_own(session, record, organisation_id)
    before = Policy.model_validate(record.document) if record is not None else None
    if record is None:
        record = PolicyRow(key=policy.id, **policy_values(policy))
        session.add(record)
    elif before is not None:
        _renew(record, before, policy)
    record.organisation_id = record.organisation_id or organisation_id
    record.file_name = file_name or record.file_name
    record.sha256 = policy.source.sha256
    if before is not None:
        _keep_text(record, before, text_hash_of(policy), now)
    record.text_hash = text_hash_of(policy)
    record.document = document_of(policy)
    if record.state == "published":
        record.index_dirty_at = now
    session.flush()
    _take_measures(session, record, policy)
    session.flush()
    note(session, "收入" if before is None else "重新读取", record)
    return record


def _require_own(session: Session, record: PolicyRow, organisation_id: int | None) -> None:
    """A unit reads its own policies again and those of units below it; the office reads all."""
    unit = session.get(Organisation, organisation_id) if organisation_id is not None else None
    if unit is None or unit.kind == "office":
        return
    if record.organisation_id in subtree(session, unit.id):
        return
    owner = record.organisation.name if record.organisation is not None else "区营商环境办"
    same = f"文号（{record.doc_no}）" if record.doc_no else "标题和发文机关"
    raise InputError(
        f"与{owner}的《{record.title}》{same}相同，没有收录",
        advice=f"请先核对文号；要更新那份政策，请联系{owner}或区营商环境办",
    )


def find_policy(session: Session, key: str) -> PolicyRow | None:
    """The row of a policy's id, with its measures and rules."""
    return session.scalars(
        select(PolicyRow)
        .where(PolicyRow.key == key)
        .options(selectinload(PolicyRow.measures).selectinload(MeasureRow.rules))
    ).one_or_none()


def _renew(record: PolicyRow, before: Policy, after: Policy) -> None:
    """Columns that still hold what was read before take what was read now."""
    old, new = policy_values(before), policy_values(after)
    for name in POLICY_FIELDS:
        if getattr(record, name) == old[name]:
            setattr(record, name, new[name])


def _keep_text(record: PolicyRow, before: Policy, newer: str, now: datetime) -> None:
    """Keep the text that is being replaced where a rule that was published quotes it."""
    quoted = {rule.text_hash for row in record.measures for rule in row.rules if rule.published_at}
    older = record.text_hash
    kept = {one.text_hash for one in record.texts}
    if older is not None and older != newer and older in quoted - kept:
        blocks = before.model_dump(mode="json")["blocks"]
        record.texts.append(PolicyText(text_hash=older, blocks=blocks, replaced_at=now))


def _take_measures(session: Session, record: PolicyRow, policy: Policy) -> None:
    rows = list(record.measures)
    pairs = pair([_anchor_of_row(row) for row in rows], [*map(_anchor, policy.measures)])
    text = policy.text
    for position, measure in enumerate(policy.measures):
        row = rows[pairs[position]] if position in pairs else None
        review = measure.review.model_copy(update={"doubts": doubts_of(measure, text)})
        told = measure.model_copy(update={"review": review})
        _take_measure(session, record, row, told, position)
    found = set(pairs.values())
    _let_go(record, (row for n, row in enumerate(rows) if n not in found))


def _anchor(measure: Measure) -> Anchor:
    return Anchor(measure.id, measure.title, measure.quote or "")


def _anchor_of_row(row: MeasureRow) -> Anchor:
    said = newest_content(row)
    return Anchor(
        row.key, str(said.details.get("read", {}).get("title", said.title)), said.quote or ""
    )


def _take_measure(
    session: Session,
    record: PolicyRow,
    row: MeasureRow | None,
    measure: Measure,
    position: int,
) -> None:
    if row is None:
        row = MeasureRow(**measure_values(measure), details={}, rules=[])
        record.measures.append(row)
    row.key, row.position = measure.id, position
    content = _renewed(newest_content(row), measure)
    criteria = measure.criteria.to_json()
    scope = measure.scope.to_json() if measure.scope is not None else None
    is_new = _reads_otherwise(row, criteria, scope)
    if row.rule_id is not None and not is_new and content.says() == newest_content(row).says():
        row.details = {key: value for key, value in row.details.items() if key != "gone"}
        return  # it says the same: the published clause stays with the text it stands in
    is_new = is_new or row.rule_id is not None
    set_content(row, content)
    if is_new:
        save_rule(session, row, criteria, scope, author=SYSTEM_AUTHOR, text_hash=record.text_hash)
        row.doubtful = bool(measure.review.doubts)
        if row.review == "reviewed":
            row.review = "machine"


def _renewed(before: Content, measure: Measure) -> Content:
    """What was read now; what staff corrected stays."""
    read, values = before.details.get("read", {}), measure_values(measure)
    fields = {
        name: values[name]
        for name in MEASURE_FIELDS
        if name not in read or plain(getattr(before, name)) == read[name]
    }
    start, end = measure.at or (None, None)
    details = _details(before.details, measure)
    return replace(
        before, **fields, quote=measure.quote, at_start=start, at_end=end, details=details
    )


def _details(before: dict[str, Any], measure: Measure) -> dict[str, Any]:
    """What was read; materials that staff edited stay."""
    details = measure_details(measure)
    details["read"]["materials"] = details["materials"]
    read = before.get("read", {}).get("materials")
    if read is not None and before.get("materials") != read:
        details["materials"] = before["materials"]
    return details


def _reads_otherwise(
    row: MeasureRow, criteria: dict[str, Any], scope: dict[str, Any] | None
) -> bool:
    """Whether the program reads the rule differently than it did the last time."""
    machine = [rule for rule in row.rules if rule.author == SYSTEM_AUTHOR]
    if not machine:
        return True
    last = machine[-1]
    return bool(_meaning([last.criteria, last.scope]) != _meaning([criteria, scope]))


_ORIGIN = frozenset({"quote", "at", "how", "confidence", "by"})


def _meaning(data: Any) -> Any:
    """A rule without where it was found and how sure it is: that changes with the text."""
    if isinstance(data, dict):
        return {key: _meaning(value) for key, value in data.items() if key not in _ORIGIN}
    return [_meaning(one) for one in data] if isinstance(data, list | tuple) else data


def _let_go(record: PolicyRow, rows: Iterable[MeasureRow]) -> None:
    """Measures that are in the text no more: drafts go, what was published waits for a person."""
    for row in rows:
        if row.rule_id is None:
            record.measures.remove(row)
        else:
            row.details = {**row.details, "gone": True}
            row.doubtful = True

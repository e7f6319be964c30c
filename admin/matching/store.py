"""
Keeping matches (保存匹配结果): what is the same stays, what changed is superseded with why.

A pair is kept when it is 符合, 待核实 or 差一项, or was 符合 before. Of a pair at most one row is
current. Reasons are written only where rule, verdict or facts became others, so that a night
without changes writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from admin.facts import facts_known, to_enterprise
from admin.matching.published import Outcome, Published
from admin.records.enterprise import Enterprise
from admin.records.match import Match
from policy_match.domain.encode import EncodedEnterprise, encode
from policy_match.domain.verdict import Decision, Verdict
from policy_match.errors import PolicyMatchError
from policy_match.matching.rank import VERDICT_RANK
from policy_match.wording import value_words

MATCHED = ("active", "suspended")  # 登记状态: the revoked and closed are not matched
SCORE_STEP = 25.0  # a score that moved less, as it does from day to day, is left as it is
_DERIVED = frozenset({"established_years"})  # another figure each day; no change by itself
_NOTHING: Mapping[int, list[Outcome]] = MappingProxyType({})
_KEPT = ("id", "enterprise_id", "measure_id", "rule_id", "verdict", "self_check", "near_miss")


@dataclass(slots=True)
class Tally:
    """What a run did (本次匹配)."""

    enterprises: int = 0
    added: int = 0
    superseded: int = 0
    kept: int = 0
    unreadable: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another batch in."""
        self.enterprises += other.enterprises
        self.added += other.added
        self.superseded += other.superseded
        self.kept += other.kept
        self.unreadable += other.unreadable

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "enterprises": self.enterprises,
            "added": self.added,
            "superseded": self.superseded,
            "kept": self.kept,
            "unreadable": self.unreadable[:20],
        }


Subjects: TypeAlias = Sequence[Row[Any]]  # id, credit_code, status, facts_hash


def store_matches(
    session: Session,
    enterprises: Subjects,
    published: Published,
    *,
    now: datetime,
    within: Iterable[int] | None = None,
    known: Mapping[int, list[Outcome]] = _NOTHING,
) -> Tally:
    """
    Match a batch of enterprises and write what changed (匹配一批企业); the caller commits.

    Args:
        session: acts as the system.
        enterprises: whom to match, by `subjects`; a few hundred at a time.
        published: the rules in force.
        now: the moment of superseding.
        within: only the current matches of these measures are compared (one policy's run); all
            by default. Measures no longer in force lose theirs.
        known: what the rules come to for enterprises by id, from the roster; the others are read
            and decided one by one.
    """
    writer = _Writer(published, now, Tally(enterprises=len(enterprises)))
    current = _current(session, [one.id for one in enterprises], within)
    open_ones = [one for one in enterprises if one.status in MATCHED and one.id not in known]
    writer.read(session, [one.id for one in open_ones])
    for one in enterprises:
        outcomes = writer.outcomes(one, known)
        if outcomes is not None:
            writer.match(one, outcomes, current.get(one.id, {}))
    writer.decide(session)
    writer.write(session)
    return writer.tally


def subjects() -> Any:
    """What matching reads of every enterprise; the facts only where they are needed."""
    found = (Enterprise.id, Enterprise.credit_code, Enterprise.status, Enterprise.facts_hash)
    return select(*found).order_by(Enterprise.id)


def _current(
    session: Session, ids: Sequence[int], within: Iterable[int] | None
) -> dict[int, dict[int, Any]]:
    """The current rows by enterprise and measure, without their reasons."""
    found = select(
        *(getattr(Match, name) for name in _KEPT), Match.score, Match.fingerprint, Match.facts_hash
    ).where(Match.enterprise_id.in_(ids), Match.superseded_at.is_(None))
    if within is not None:
        found = found.where(Match.measure_id.in_(list(within)))
    rows: dict[int, dict[int, Any]] = {}
    for row in session.execute(found):
        rows.setdefault(row.enterprise_id, {})[row.measure_id] = row
    return rows


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A pair that has to be decided with its reasons, beside its current row (待写明的对)."""

    subject: Row[Any]
    outcome: Outcome
    row: Any
    same_state: bool = False


class _Writer:
    """Compares what was computed with what is kept, and writes the difference in bulk."""

    def __init__(self, published: Published, now: datetime, tally: Tally) -> None:
        self._published, self._now, self.tally = published, now, tally
        self._facts: dict[int, dict[str, Any]] = {}
        self._encoded: dict[int, EncodedEnterprise] = {}
        self._doubts: list[_Doubt] = []
        self._new: list[dict[str, Any]] = []
        self._over: list[tuple[int, dict[str, Any] | None, str]] = []
        self._rechecked: list[dict[str, Any]] = []
        self._scores: list[dict[str, Any]] = []

    def read(self, session: Session, ids: Sequence[int]) -> None:
        """Read and encode the facts of some enterprises; one that can't be read is reported."""
        for record in session.scalars(select(Enterprise).where(Enterprise.id.in_(ids))):
            try:
                enterprise = to_enterprise(record)
                encoded = encode(enterprise, as_of=self._published.as_of, registry=facts_known())
            except PolicyMatchError as error:
                self.tally.unreadable.append(f"{record.credit_code}：{error}")
                continue
            self._encoded[record.id] = encoded
            self._facts[record.id] = record.facts or {}

    def outcomes(
        self, subject: Row[Any], known: Mapping[int, list[Outcome]]
    ) -> list[Outcome] | None:
        """What the rules come to for an enterprise; None where its facts can't be read."""
        if subject.status not in MATCHED:
            return []
        if subject.id in known:
            return known[subject.id]
        encoded = self._encoded.get(subject.id)
        return None if encoded is None else self._published.outcomes(encoded)

    def match(self, subject: Row[Any], outcomes: list[Outcome], current: dict[int, Any]) -> None:
        """One enterprise: what is as it was is kept, the rest is to be decided with reasons."""
        seen: set[int] = set()
        for outcome in outcomes:
            measure_id = self._published.rules[outcome.place].measure_id
            seen.add(measure_id)
            self._compare(subject, outcome, current.get(measure_id))
        for measure_id, row in current.items():
            if measure_id not in seen:
                self._fallen(subject, row)

    def _compare(self, subject: Row[Any], outcome: Outcome, row: Any) -> None:
        rule = self._published.rules[outcome.place]
        same_state = row is not None and (
            row.rule_id == rule.rule_id
            and _rank_of(row) == outcome.rank
            and row.near_miss == outcome.near
        )
        if same_state and row.facts_hash == subject.facts_hash:
            self._keep(row, outcome)
        else:
            self._doubts.append(_Doubt(subject, outcome, row, same_state))

    def _keep(self, row: Any, outcome: Outcome) -> None:
        self.tally.kept += 1
        if abs(row.score - outcome.score) >= SCORE_STEP:
            self._scores.append({"id": row.id, "score": outcome.score})

    def _fallen(self, subject: Row[Any], row: Any) -> None:
        """A current match that is no longer 符合, 待核实 or 差一项."""
        if subject.status not in MATCHED:
            self._over.append((row.id, None, "企业已吊销或注销"))
            return
        place = self._published.places.get(row.measure_id)
        if place is None:
            self._over.append((row.id, None, "措施已撤回、失效或重新审核"))
            return
        rule = self._published.rules[place]
        was = row.verdict
        if was == "ineligible" and not row.near_miss and row.rule_id == rule.rule_id:
            self.tally.kept += 1
        elif was == "eligible" or row.self_check:
            self._doubts.append(_Doubt(subject, Outcome(place, 0, False, 0.0), row))
        else:
            self._over.append((row.id, None, self._why(row, rule.rule_number, rule.rule_id)))

    def decide(self, session: Session) -> None:
        """Decide what is in doubt, with reasons; what comes to the same is kept after all."""
        ids = dict.fromkeys(doubt.subject.id for doubt in self._doubts)
        self.read(session, [one for one in ids if one not in self._encoded])
        for doubt in self._doubts:
            if doubt.subject.id in self._encoded:
                self._resolve(doubt)

    def _resolve(self, doubt: _Doubt) -> None:
        row, outcome = doubt.row, doubt.outcome
        rule = self._published.rules[outcome.place]
        values = self._values(doubt.subject, outcome)
        if doubt.same_state and row.fingerprint == values["fingerprint"]:
            self._rechecked.append({"id": row.id, "facts_hash": doubt.subject.facts_hash})
            self._keep(row, outcome)
            return
        if row is not None:
            self._over.append((row.id, values, self._why(row, rule.rule_number, rule.rule_id)))
        self._new.append(values)

    def _why(self, row: Any, number: int, rule_id: int) -> str:
        return f"规则更新为第 {number} 版" if row.rule_id != rule_id else ""

    def _values(self, subject: Row[Any], outcome: Outcome) -> dict[str, Any]:
        rule = self._published.rules[outcome.place]
        decision = self._published.decide(outcome.place, self._encoded[subject.id])
        reasons = [reason.to_json() for reason in decision.reasons]
        return {
            "enterprise_id": subject.id,
            "measure_id": rule.measure_id,
            "rule_id": rule.rule_id,
            "verdict": decision.verdict.value,
            "self_check": outcome.rank == VERDICT_RANK["self_check"],
            "near_miss": outcome.near,
            "score": outcome.score,
            "reasons": reasons,
            "missing": list(decision.missing),
            "attest": list(decision.attest),
            "facts_used": _facts_used(decision, self._facts[subject.id]),
            "as_of": self._published.as_of,
            "fingerprint": _fingerprint(rule.rule_id, outcome, decision),
            "facts_hash": subject.facts_hash,
            "created_at": self._now,
            "changed_at": self._now,
        }

    def write(self, session: Session) -> None:
        """Everything that changed: a statement for each way of changing."""
        whys = _with_reasons(session, self._over)
        if self._over:
            table = Match.__table__
            for why, ids in whys.items():
                session.execute(
                    update(Match)
                    .where(table.c.id.in_(ids), Match.superseded_at.is_(None))
                    .values(superseded_at=self._now, superseded_why=why, changed_at=self._now)
                    .execution_options(synchronize_session=False)
                )
        if self._new:
            session.execute(Match.__table__.insert(), self._new)  # type: ignore[attr-defined]  # a mapped class's table is a Table
        _update_each(session, "facts_hash", self._rechecked)
        _update_each(session, "score", self._scores)
        self.tally.added += len(self._new)
        self.tally.superseded += len(self._over)


def _update_each(session: Session, name: str, rows: list[dict[str, Any]]) -> None:
    """One column of many rows in one round trip; the rows' version stays."""
    if not rows:
        return
    table = Match.__table__
    session.connection().execute(
        update(table)  # type: ignore[arg-type]  # a mapped class's table is a Table
        .where(table.c.id == bindparam("key"))
        .values({name: bindparam("new")}),
        [{"key": row["id"], "new": row[name]} for row in rows],
    )


def _rank_of(row: Any) -> int:
    if row.verdict == Verdict.ELIGIBLE:
        return VERDICT_RANK["eligible"]
    if row.verdict == Verdict.UNKNOWN:
        return VERDICT_RANK["self_check" if row.self_check else "unknown"]
    return VERDICT_RANK["ineligible"]


def _fingerprint(rule_id: int, outcome: Outcome, decision: Decision) -> str:
    """Of the rule, the outcome and each reason with the fact used; ages aside."""
    reasons = [
        [r.verdict.value, r.fact, r.attest, None if r.fact in _DERIVED else r.have]
        for r in decision.reasons
    ]
    text = json.dumps(
        [rule_id, outcome.rank, outcome.near, reasons], ensure_ascii=False, default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _facts_used(decision: Decision, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that the reasons rest on, as they stood, with source and day."""
    names = {reason.fact for reason in decision.reasons if reason.fact}
    if "established_years" in names:
        names.add("established_on")
    return {name: facts[name] for name in sorted(names) if name in facts}


def _with_reasons(
    session: Session, over: list[tuple[int, dict[str, Any] | None, str]]
) -> dict[str, list[int]]:
    """Why each row is superseded: the rule, else the facts that changed, else the day."""
    open_ids = [row_id for row_id, values, why in over if not why and values is not None]
    before = {
        row.id: row.facts_used
        for row in session.execute(select(Match.id, Match.facts_used).where(Match.id.in_(open_ids)))
    }
    found: dict[str, list[int]] = {}
    for row_id, values, why in over:
        if not why:
            why = _difference(before[row_id], values["facts_used"]) if values else ""
        found.setdefault(why or "事实或日期变化，不再符合", []).append(row_id)
    return found


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What changed in the facts, in words: 从业人员 15人 → 35人."""
    changed = [
        f"{facts_known()[name].label} {_words(name, before)} → {_words(name, after)}"
        for name in sorted(before.keys() | after.keys())
        if (before.get(name) or {}).get("value") != (after.get(name) or {}).get("value")
    ]
    return "；".join(changed)[:200] or "到期或年限变化"


def _words(name: str, facts: dict[str, Any]) -> str:
    value = (facts.get(name) or {}).get("value")
    if isinstance(value, str) and facts_known()[name].is_set:
        value = [value]
    return value_words(value, facts_known()[name])


def supersede_measure(
    session: Session, measure_ids: Sequence[int], *, why: str, now: datetime
) -> int:
    """End the current matches of measures that are in force no more (撤回后的匹配结果)."""
    result = session.execute(
        update(Match)
        .where(Match.measure_id.in_(measure_ids), Match.superseded_at.is_(None))
        .values(superseded_at=now, superseded_why=why[:200])
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a cursor result has it


def as_of_of(text: str | None, default: date) -> date:
    """The day that a job was asked for."""
    return date.fromisoformat(text) if text else default

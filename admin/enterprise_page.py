"""
What the page of an enterprise shows (企业页面): facts, what is missing, matches, digests, officer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from admin.facts import current_facts, facts_known, to_enterprise
from admin.matching.cited import Cited, cited
from admin.matching.published import load_published
from admin.matching.words import Line, lines_of, missing_words
from admin.records.digest import Digest
from admin.records.enterprise import Enterprise, FactValue
from admin.records.match import Match
from admin.records.officer import Assignment
from admin.records.policy import Measure
from policy_match.domain.encode import encode
from policy_match.domain.facts import FactSpec
from policy_match.errors import PolicyMatchError
from policy_match.matching.gaps import Question
from policy_match.wording import value_words

SHOWN = 12  # matches of each kind on the page
QUESTIONS = 8
DIGESTS = 5


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact as it stands (一项事实)."""

    spec: FactSpec
    words: str
    source: str
    as_of: date | None
    verified_by: str | None
    is_stale: bool
    statement: FactValue | None = None  # None: from the register's columns or the qualifications
    others: Sequence[FactValue] = ()  # statements kept beside it that do not count


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One match with its reasons in words (一项匹配)."""

    match: Match
    lines: Sequence[Line]
    missing: str
    text: str | None  # the earlier text that it quotes; None where that is the newest


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """Matches of one kind, best first (一组匹配)."""

    name: str
    title: str
    total: int
    rows: Sequence[MatchRow]


def fact_rows(session: Session, record: Enterprise, *, as_of: date) -> list[FactRow]:
    """The facts of the snapshot with where they come from, in the registry's order."""
    stated = current_facts(session, record.id)
    rows = []
    for spec in facts_known().values():
        entry = (record.facts or {}).get(spec.name)
        if entry is None:
            continue
        rows.append(_fact_row(spec, entry, stated.get(spec.name, []), as_of))
    return rows


def _fact_row(
    spec: FactSpec,
    entry: dict[str, Any],
    stated: Sequence[FactValue],
    as_of: date,
) -> FactRow:
    counts = stated[0] if stated else None
    value = entry["value"]
    if spec.is_set and isinstance(value, str):
        value = [value]
    day = date.fromisoformat(entry["as_of"]) if entry.get("as_of") else None
    limit = spec.stale_after_days
    return FactRow(
        spec=spec,
        words=value_words(value, spec),
        source=counts.source if counts else entry.get("source", ""),
        as_of=day,
        verified_by=counts.verified_by if counts else None,
        is_stale=bool(day and limit and as_of - day > timedelta(days=limit)),
        statement=counts,
        others=stated[1:],
    )


def questions(session: Session, record: Enterprise, *, as_of: date) -> tuple[list[Question], str]:
    """The missing facts worth asking for, most first; and what is wrong where none can be told."""
    try:
        encoded = encode(to_enterprise(record), as_of=as_of, registry=facts_known())
    except PolicyMatchError as error:
        return [], str(error)
    published = load_published(session, as_of=as_of)
    return published.questions(encoded)[:QUESTIONS], ""


def match_groups(session: Session, record: Enterprise) -> list[MatchGroup]:
    """The current matches in groups: 符合, 需自查, 待核实, 差一项."""
    total = _totals(session, record.id)
    kinds = (
        ("eligible", "符合", Match.verdict == "eligible"),
        ("self_check", "符合条件，需自查", Match.self_check),
        ("unknown", "待核实", (Match.verdict == "unknown") & ~Match.self_check),
        ("near_miss", "差一项", Match.near_miss),
    )
    chosen = {
        name: _matches(session, record.id, condition) if total.get(name) else []
        for name, _, condition in kinds
    }
    texts = cited(session, [match for rows in chosen.values() for match in rows])
    return [
        MatchGroup(name, title, total.get(name, 0), [_row(m, texts) for m in chosen[name]])
        for name, title, _ in kinds
    ]


def _totals(session: Session, enterprise_id: int) -> dict[str, int]:
    found = session.execute(
        select(Match.verdict, Match.self_check, Match.near_miss, func.count())
        .where(Match.enterprise_id == enterprise_id, Match.superseded_at.is_(None))
        .group_by(Match.verdict, Match.self_check, Match.near_miss)
    )
    totals: dict[str, int] = {}
    for verdict, self_check, near, count in found:
        name = "self_check" if self_check else "near_miss" if near else verdict
        totals[name] = totals.get(name, 0) + count
    return totals


def _matches(session: Session, enterprise_id: int, condition: Any) -> list[Match]:
    return list(
        session.scalars(
            select(Match)
            .join(Match.measure)
            .join(Measure.policy)
            .where(Match.enterprise_id == enterprise_id, Match.superseded_at.is_(None), condition)
            .order_by(Match.score.desc(), Match.id)
            .limit(SHOWN)
            .options(
                contains_eager(Match.measure).contains_eager(Measure.policy),
                joinedload(Match.rule),
            )
        )
    )


def _row(match: Match, texts: Cited) -> MatchRow:
    lines = lines_of(match, texts.clauses(match))
    return MatchRow(match, lines, missing_words(match), texts.text(match))


def digests(session: Session, enterprise_id: int) -> list[Digest]:
    """The last digests, with what was in them."""
    return list(
        session.scalars(
            select(Digest)
            .where(Digest.enterprise_id == enterprise_id)
            .order_by(Digest.id.desc())
            .limit(DIGESTS)
            .options(joinedload(Digest.items))
        ).unique()
    )


def officers(session: Session, enterprise_id: int, *, as_of: date) -> list[Assignment]:
    """Who looks after the enterprise now (企业专员)."""
    return list(
        session.scalars(
            select(Assignment)
            .where(
                Assignment.enterprise_id == enterprise_id,
                or_(Assignment.ends_on.is_(None), Assignment.ends_on >= as_of),
            )
            .options(joinedload(Assignment.officer))
        )
    )

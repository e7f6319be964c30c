"""
What the page of a policy shows (政策页面): text, measures, who fits, who nearly, who needs what.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, case, cast, func, select
from sqlalchemy.orm import Session, contains_eager

from admin.facts import facts_known
from admin.lowcode.listing import PAGE_SIZE, Page
from admin.matching.cited import Cited, earlier
from admin.matching.words import Clauses, Line, lines_of, missing_words
from admin.records.enterprise import EnterpriseContact
from admin.records.match import Match
from admin.records.policy import Measure, Policy

KINDS = (
    ("eligible", "符合"),
    ("self_check", "符合条件，需自查"),
    ("near_miss", "差一项"),
    ("unknown", "待核实"),
    ("ineligible", "不再符合"),
)
SAMPLE = 5000  # rows that the table of missing facts looks at

kind_of_match = case(
    (Match.self_check, "self_check"), (Match.near_miss, "near_miss"), else_=Match.verdict
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which matches of a policy are shown (筛选)."""

    kind: str = "eligible"
    measure: int | None = None
    fact: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """One enterprise for one measure, in words (一家企业)."""

    match: Match
    lines: Sequence[Line]
    missing: str
    text: str | None  # the earlier text that it quotes; None where that is the newest


def chosen(args: Mapping[str, str], default: str = "eligible") -> Chosen:
    """What the address asks for; what makes no sense is left out."""
    kind, measure, page = args.get("kind", ""), args.get("measure", ""), args.get("page", "")
    return Chosen(
        kind=kind if kind in dict(KINDS) else default,
        measure=int(measure) if measure.isdigit() and len(measure) < 10 else None,
        fact=args.get("fact", "") if args.get("fact", "") in facts_known() else "",
        page=int(page) if page.isdigit() and len(page) < 7 else 0,
    )


def counts(session: Session, policy_id: int) -> dict[int, dict[str, int]]:
    """By measure, how many enterprises of each kind, in scope."""
    found = session.execute(
        select(Match.measure_id, kind_of_match, func.count())
        .join(Measure, Measure.id == Match.measure_id)
        .where(Measure.policy_id == policy_id, Match.superseded_at.is_(None))
        .group_by(Match.measure_id, kind_of_match)
    )
    table: dict[int, dict[str, int]] = {}
    for measure_id, kind, count in found:
        table.setdefault(measure_id, {})[kind] = count
    return table


def first_kind(table: Mapping[int, Mapping[str, int]]) -> str:
    """The best kind that has anybody."""
    return next((k for k, _ in KINDS if any(row.get(k) for row in table.values())), "eligible")


def chart(table: Mapping[int, Mapping[str, int]], measure: int | None) -> list[list[Any]]:
    """Value, label and count of each bar; of one measure or of all."""
    rows = [table.get(measure, {})] if measure is not None else list(table.values())
    return [[kind, label, sum(row.get(kind, 0) for row in rows)] for kind, label in KINDS]


def _statement(policy_id: int, want: Chosen) -> Select[Match]:
    found = (
        select(Match)
        .join(Match.measure)
        .join(Match.enterprise)
        .where(
            Measure.policy_id == policy_id,
            Match.superseded_at.is_(None),
            kind_of_match == want.kind,
        )
        .options(contains_eager(Match.measure), contains_eager(Match.enterprise))
    )
    if want.measure is not None:
        found = found.where(Match.measure_id == want.measure)
    if want.fact:
        found = found.where(cast(Match.missing, String).contains(json.dumps(want.fact)))
    return found


def reached(session: Session, policy: Policy, want: Chosen) -> Page:
    """One page of the enterprises of a kind, with reasons in words."""
    found = _statement(policy.id, want)
    total = session.scalar(select(func.count()).select_from(found.with_only_columns(Match.id)
        .options().subquery())) or 0  # fmt: skip
    rows = session.scalars(
        found.order_by(Match.measure_id, Match.id).offset(want.page * PAGE_SIZE).limit(PAGE_SIZE)
    ).all()
    texts = _texts(session, policy, rows)
    return Page(
        [Reached(m, lines_of(m, texts.clauses(m)), missing_words(m), texts.text(m)) for m in rows],
        total,
        want.page,
    )


def _texts(session: Session, policy: Policy, matches: Iterable[Match]) -> Cited:
    """The texts that matches of one policy quote."""
    newest = Clauses((policy.document or {}).get("blocks") or ())
    return Cited({policy.id: newest}, earlier(session, {match.rule_id for match in matches}))


def needed_facts(session: Session, policy_id: int) -> list[tuple[str, str, int]]:
    """The facts that are missing for 待核实 matches: name, label, for how many; most first."""
    rows = session.scalars(
        select(Match.missing)
        .join(Measure, Measure.id == Match.measure_id)
        .where(
            Measure.policy_id == policy_id,
            Match.superseded_at.is_(None),
            Match.verdict == "unknown",
        )
        .limit(SAMPLE)
    )
    tally = Counter(fact for missing in rows for fact in missing)
    known = facts_known()
    return [(f, known[f].label, n) for f, n in tally.most_common(10) if f in known]


CALL_SHEET = (
    ("企业名称", 32),
    ("统一社会信用代码", 22),
    ("扶持措施", 32),
    ("结论", 16),
    ("理由", 60),
    ("缺少的事实", 24),
    ("联系人", 12),
    ("电话", 18),
    ("住所", 36),
    ("联系结果", 24),
)


def call_sheet(
    session: Session, policy: Policy, want: Chosen, *, personal: bool
) -> Iterator[Sequence[str]]:
    """The rows of the sheet to call by (电话表), header first; numbers masked unless allowed."""
    from admin.lowcode.values import mask

    yield [title for title, _ in CALL_SHEET]
    rule_ids = session.scalars(
        _statement(policy.id, want).with_only_columns(Match.rule_id).distinct()
    )
    newest = Clauses((policy.document or {}).get("blocks") or ())
    texts = Cited({policy.id: newest}, earlier(session, rule_ids))
    contacts = _contacts(session, policy.id, want)
    found = _statement(policy.id, want).order_by(Match.measure_id, Match.id)
    for match in session.scalars(found.execution_options(yield_per=500)):
        enterprise, contact = match.enterprise, contacts.get(match.enterprise_id)
        phone = (contact.mobile or contact.landline or "") if contact else ""
        yield [
            enterprise.name,
            enterprise.credit_code,
            match.measure.title,
            match.verdict_words,
            "；".join(_cited(line) for line in lines_of(match, texts.clauses(match))),
            missing_words(match),
            contact.name if contact else "",
            phone if personal else mask(phone),
            enterprise.address or "",
            "",
        ]


def _cited(line: Line) -> str:
    return f"{line.text}（{line.clause}）" if line.clause else line.text


CONTACT_CHUNK = 500


def _contacts(session: Session, policy_id: int, want: Chosen) -> dict[int, EnterpriseContact]:
    """One contact an enterprise: who receives the digest, else the first."""
    ids = sorted({match.enterprise_id for match in session.scalars(_statement(policy_id, want))})
    contacts: dict[int, EnterpriseContact] = {}
    for start in range(0, len(ids), CONTACT_CHUNK):
        rows = session.scalars(
            select(EnterpriseContact)
            .where(EnterpriseContact.enterprise_id.in_(ids[start : start + CONTACT_CHUNK]))
            .order_by(EnterpriseContact.receives_digest, EnterpriseContact.id.desc())
        )
        contacts.update({row.enterprise_id: row for row in rows})
    return contacts

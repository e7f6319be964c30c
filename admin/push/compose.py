"""
Compose (编写): what was selected becomes a digest with its items and deliveries.

What an enterprise reads is written by `policy_match.digest`; here rows become what that needs.
Links are marks until a delivery is sent, and nothing of a document can pass for one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from admin.facts import facts_known
from admin.matching import Published
from admin.push.links import Purpose, mark, without_marks
from admin.push.select import Selection
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import Enterprise
from admin.records.match import Match
from admin.records.officer import Assignment, Officer
from admin.records.organisation import Organisation
from admin.records.person import Person
from admin.records.policy import Policy
from policy_match.digest import Caller, Item, Sending, compose_item, to_html, to_text
from policy_match.digest import Digest as Reading
from policy_match.domain.verdict import Decision, Reason, Verdict

NO_SENDER = "政策找企业服务"


@dataclass(frozen=True, slots=True)
class Desk:
    """What all digests of a push share (发送方)."""

    sender: str
    base_url: str
    telephone: str = ""


@dataclass(slots=True)
class Material:
    """The rows behind a batch of selections, fetched at once (素材)."""

    enterprises: dict[int, Enterprise] = field(default_factory=dict)
    matches: dict[int, Match] = field(default_factory=dict)
    callers: dict[int, Caller] = field(default_factory=dict)
    sources: dict[str, str | None] = field(default_factory=dict)


def load_desk(session: Session, base_url: str) -> Desk:
    """The sending unit: the office for the business environment of the area."""
    office = session.scalars(
        select(Organisation).where(Organisation.kind == "office").order_by(Organisation.id)
    ).first()
    if office is None:
        return Desk(NO_SENDER, base_url)
    return Desk(office.name, base_url, office.landline or "")


def load_material(
    session: Session, selections: Sequence[Selection], desk: Desk, as_of: date
) -> Material:
    """Enterprises, matches and officers of a batch."""
    ids = [one.enterprise_id for one in selections]
    match_ids = [match for one in selections for match in one.match_ids]
    enterprises = session.scalars(
        select(Enterprise)
        .where(Enterprise.id.in_(ids))
        .options(joinedload(Enterprise.organisation))
    )
    matches = session.scalars(select(Match).where(Match.id.in_(match_ids)))
    made = Material(
        enterprises={one.id: one for one in enterprises},
        matches={one.id: one for one in matches},
    )
    made.callers = _callers(session, made.enterprises.values(), desk, as_of)
    return made


def _callers(
    session: Session, enterprises: Iterable[Enterprise], desk: Desk, as_of: date
) -> dict[int, Caller]:
    """Whom each enterprise may call: its officer, else its unit, else the sending office."""
    found: dict[int, Caller] = {}
    for one in enterprises:
        unit = one.organisation
        found[one.id] = (
            Caller("", unit.name, unit.landline)
            if unit is not None and unit.landline
            else Caller("", desk.sender, desk.telephone)
        )
    rows = session.execute(
        select(Assignment.enterprise_id, Officer)
        .join(Officer, Officer.id == Assignment.officer_id)
        .options(joinedload(Officer.person).joinedload(Person.organisation))
        .where(
            Assignment.enterprise_id.in_(found),
            Officer.is_active,
            Officer.is_public,
            or_(Assignment.starts_on.is_(None), Assignment.starts_on <= as_of),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= as_of),
        )
        .order_by(Assignment.id)
    )
    for enterprise_id, officer in rows:
        fallback = officer.person.organisation.landline or desk.telephone
        found[enterprise_id] = Caller(
            officer.person.name, officer.organisation_name, officer.telephone or fallback
        )
    return found


def source_urls(session: Session, keys: Iterable[str]) -> dict[str, str | None]:
    """The official page of each policy, by its key."""
    rows = session.execute(
        select(Policy.key, Policy.source_url).where(Policy.key.in_(sorted(set(keys))))
    )
    return {key: url for key, url in rows}  # noqa: C416 - rows are no pairs for the type checker


def items_of(
    selection: Selection, material: Material, published: Published, *, as_of: date
) -> list[tuple[Match, Item]]:
    """The matches of a selection with what the enterprise reads of each."""
    found: list[tuple[Match, Item]] = []
    for match_id in selection.match_ids:
        match = material.matches[match_id]
        place = published.places.get(match.measure_id)
        if place is None:
            continue  # its policy is no longer in force on the day
        rule = published.rules[place]
        item = compose_item(
            rule.policy, rule.measure, decision_of(match), as_of=as_of, registry=facts_known()
        )
        item = replace(item, url=material.sources.get(rule.policy.id) or item.url)
        found.append((match, replace(_clean(item), link=mark(Purpose.ITEM, len(found) + 1))))
    return found


def decision_of(match: Match) -> Decision:
    """The decision that a stored match keeps."""
    return Decision(
        verdict=Verdict(match.verdict),
        reasons=tuple(Reason.from_json(one) for one in match.reasons),
        missing=tuple(match.missing),
        attest=tuple(match.attest),
    )


def write_digest(
    selection: Selection,
    material: Material,
    items: Sequence[tuple[Match, Item]],
    questions: Sequence[Mapping[str, Any]],
    *,
    desk: Desk,
    number: str,
    as_of: date,
    due: Mapping[str, datetime],
    themes: Collection[str] = (),
) -> tuple[Digest, list[Delivery]]:
    """
    A digest and its deliveries, not yet in any session (编写推送).

    Args:
        selection: for whom, and to which addresses.
        material: the rows of its batch.
        items: what it says.
        questions: what it asks.
        desk: who sends.
        number: printed on it.
        as_of: its day.
        due: when each channel may deliver first.
        themes: of its items; who wants none of these gets no delivery.
    """
    enterprise = material.enterprises[selection.enterprise_id]
    sending = Sending(
        number=number,
        sender=desk.sender,
        verify_url=f"{desk.base_url}/verify/{number}",
        settings_url=mark(Purpose.SETTINGS),
        questions_url=mark(Purpose.QUESTIONS) if questions else None,
        caller=material.callers.get(selection.enterprise_id),
    )
    reading = Reading(
        enterprise=without_marks(enterprise.name),
        day=as_of,
        items=tuple(item for _, item in items),
        questions=tuple(str(one["question"]) for one in questions),
        sending=sending,
    )
    digest = Digest(
        number=number,
        enterprise_id=enterprise.id,
        period=selection.period.key,
        day=as_of,
        subject=reading.subject,
        html=to_html(reading),
        text=to_text(reading),
        questions=[dict(one) for one in questions],
        sender=desk.sender,
        caller=sending.caller.words if sending.caller else "",
        items=[_item_row(match, item, n) for n, (match, item) in enumerate(items, 1)],
    )
    deliveries = [
        Delivery(
            digest=digest,
            enterprise_id=enterprise.id,
            contact_id=one.contact_id,
            channel=one.channel,
            address=one.address,
            next_attempt_at=due[one.channel],
        )
        for one in selection.recipients
        if not items or one.wants(themes)
    ]
    return digest, deliveries


def _item_row(match: Match, item: Item, position: int) -> DigestItem:
    return DigestItem(
        enterprise_id=match.enterprise_id,
        measure_id=match.measure_id,
        match_id=match.id,
        rule_id=match.rule_id,
        position=position,
        content={**asdict(item), "link": None},
    )


def item_from(content: Mapping[str, Any]) -> Item:
    """The item that was sent, from what the digest keeps."""
    return Item(**{**content, "why": tuple(content["why"]), "to_check": tuple(content["to_check"])})


def _clean(item: Item) -> Item:
    texts = {
        name: without_marks(value) for name, value in asdict(item).items() if isinstance(value, str)
    }
    lists = {name: tuple(map(without_marks, getattr(item, name))) for name in ("why", "to_check")}
    return replace(item, **texts, **lists)  # type: ignore[arg-type]  # names and kinds are the item's own

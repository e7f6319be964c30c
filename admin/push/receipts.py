"""
What comes back (回执与反馈): opened, useful, applied, a call wanted, not me, less often, answers.

Each is recorded once for what it is about: pressing twice counts once, changing one's mind moves
the count. Opening alone changes nothing but the fact that it was opened: mail scanners open links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from admin.calendar import add_working_days
from admin.clock import business_date
from admin.facts import facts_known, parse_fact, state_fact, to_enterprise
from admin.principal import Principal
from admin.push.links import Link
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem, Feedback, OfficerTask
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.officer import Assignment
from admin.records.policy import Measure
from admin.records.preference import FREQUENCIES, Preference
from indexer.structure.topics import THEMES
from policy_match.domain.enterprise import CodeKnowledge
from policy_match.domain.facts import FactType
from policy_match.errors import FactError, InputError

PORTAL = Principal("企业（推送链接）", is_system=True)
SOURCE = "企业自报"
MAX_REASON = 300
_SUFFIX = {FactType.MONEY: "万元", FactType.RATIO: "%"}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came by which link (来访): the recipient, its digest, and the item it is about."""

    delivery: Delivery
    digest: Digest
    enterprise: Enterprise
    item: DigestItem | None


def visit(session: Session, link: Link) -> Visit | None:
    """What a link leads to; None where it is gone."""
    delivery = session.get(Delivery, link.delivery_id)
    if delivery is None:
        return None
    digest = session.get_one(Digest, delivery.digest_id)
    item = session.get(DigestItem, link.item_id) if link.item_id else None
    if link.item_id and (item is None or item.digest_id != digest.id):
        return None
    return Visit(delivery, digest, session.get_one(Enterprise, digest.enterprise_id), item)


def opened(session: Session, who: Visit, now: datetime) -> bool:
    """The item was opened, for the first time or again; the caller commits."""
    item = _item(who)
    first = _changed(
        session.execute(_set_item(item, opened_at=now).where(DigestItem.opened_at.is_(None)))
    )
    if first:
        _count(session, item, opened_count=1)
        _feedback(session, who, "opened", now)
    return first


def rated(session: Session, who: Visit, *, useful: bool, now: datetime, reason: str = "") -> None:
    """有用 or 没用, with a reason; changing one's mind moves the count. The caller commits."""
    item = _item(who)
    before = session.scalars(select(DigestItem.useful).where(DigestItem.id == item.id)).one()
    if before is not useful:
        session.execute(_set_item(item, useful=useful))
        up, down = ("useful", "useless") if useful else ("useless", "useful")
        changes = {f"{up}_count": 1}
        if before is not None:
            changes[f"{down}_count"] = -1
        _count(session, item, **changes)
    if before is not useful or reason.strip():
        _feedback(session, who, "useful" if useful else "useless", now, reason)


def applied(session: Session, who: Visit, now: datetime) -> None:
    """已申报; counted once. The caller commits."""
    item = _item(who)
    if _changed(
        session.execute(_set_item(item, applied_at=now).where(DigestItem.applied_at.is_(None)))
    ):
        _count(session, item, applied_count=1)
        _feedback(session, who, "applied", now)


def wants_contact(session: Session, who: Visit, now: datetime, note: str = "") -> OfficerTask:
    """请专员联系我: a task for the officer, due in one working day. The caller commits."""
    about = _item(who).content["title"]
    return _task(session, who, "contact_me", "contact", f"联系企业：{about}", now, note)


def not_me(session: Session, who: Visit, now: datetime) -> None:
    """不是我: nothing more goes to this contact; the officer finds out who it is."""
    if who.delivery.contact_id is not None:
        contact = session.get_one(EnterpriseContact, who.delivery.contact_id)
        contact.receives_digest = False
    _task(session, who, "not_me", "check_contact", "核实企业联系人：收件人称不是本人", now)


def forwarded(session: Session, who: Visit, *, name: str, address: str, now: datetime) -> None:
    """
    转同事: the officer checks the colleague and enters the contact; nothing is sent before.

    Raises:
        InputError: name or address is missing or too long.
    """
    name, address = " ".join(name.split()), " ".join(address.split())
    if not name or not address or len(name) > 40 or len(address) > 100:
        raise InputError(
            "请填写同事的姓名和电话或邮箱", advice="姓名不超过 40 字，联系方式不超过 100 字"
        )
    title = f"核实并登记新的推送联系人：{name}"
    _task(session, who, "forwarded", "check_contact", title, now, f"{name} {address}")


def set_frequency(session: Session, who: Visit, frequency: str, now: datetime) -> None:
    """
    Change how often (改频率), for this recipient alone where it is a known contact.

    Raises:
        InputError: there is no such frequency.
    """
    if frequency not in dict(FREQUENCIES):
        raise InputError("没有这个推送频率", advice="请从列表中选择")
    wish = preference_of(session, who)
    if wish.frequency == frequency and wish.unsubscribed_at is None:
        return
    wish.frequency = frequency
    wish.unsubscribed_at = None
    _feedback(session, who, "frequency", now, dict(FREQUENCIES)[frequency])


def set_themes(session: Session, who: Visit, themes: Iterable[str], now: datetime) -> None:
    """
    Only these themes from now on, for this recipient (只收这些主题); all where none is chosen.

    Raises:
        InputError: there is no such theme.
    """
    chosen = set(themes)
    if chosen - set(THEMES):
        raise InputError("没有这个主题", advice="请从列表中选择")
    wish = preference_of(session, who)
    words = "、".join(one for one in THEMES if one in chosen and len(chosen) < len(THEMES))
    if wish.themes != words:
        wish.themes = words
        _feedback(session, who, "themes", now, words or "全部主题")


def unsubscribed(session: Session, who: Visit, now: datetime) -> None:
    """退订, at once; waiting deliveries are cancelled when their turn comes. The caller commits."""
    wish = preference_of(session, who)
    if wish.unsubscribed_at is None:
        wish.unsubscribed_at = now
        _feedback(session, who, "unsubscribed", now)


def preference_of(session: Session, who: Visit) -> Preference:
    """The recipient's own preference; a new one where there is none."""
    contact = who.delivery.contact_id
    mine = Preference.contact_id == contact if contact else Preference.contact_id.is_(None)
    found = session.scalars(
        select(Preference).where(Preference.enterprise_id == who.enterprise.id, mine)
    ).first()
    if found is None:
        found = Preference(
            enterprise_id=who.enterprise.id,
            contact_id=contact,
            frequency="weekly",
            themes="",
            quiet_from=20,
            quiet_until=8,
        )
        session.add(found)
    return found


def answered(
    session: Session, who: Visit, fact: str, given: str | list[str], now: datetime
) -> None:
    """
    An answer to a question of the digest becomes a fact with source 企业自报; the caller commits.

    Raises:
        InputError: the digest asked no such question.
        FactError: the answer can't be read; says how to write it.
    """
    asked = next((one for one in who.digest.questions if one["fact"] == fact), None)
    if asked is None:
        raise InputError("这份推送没有问这个问题", advice="请从邮件里的链接进入")
    value = _answer(who.enterprise, asked, given)
    state_fact(
        session,
        who.enterprise,
        fact,
        value,
        source=SOURCE,
        now=now,
        stated_by=PORTAL.name,
    )
    _feedback(session, who, "answered", now, facts_known()[fact].label)


def _answer(enterprise: Enterprise, asked: dict[str, Any], given: str | list[str]) -> Any:
    spec = facts_known()[asked["fact"]]
    if asked["options"]:
        offered = [one["code"] for one in asked["options"]]
        chosen = [code for code in given if code in offered]
        return _with_known(enterprise, asked["fact"], chosen, offered)
    text = given if isinstance(given, str) else "".join(given)
    text = text.strip()
    if not text:
        raise FactError(f"“{spec.label}”没有填", advice="不清楚可以先不答")
    suffix = _SUFFIX.get(spec.type, "")
    plain = text.replace(",", "").replace(".", "", 1).isdigit()
    return parse_fact(spec.name, text + suffix if plain else text)


def _with_known(
    enterprise: Enterprise, fact: str, chosen: list[str], offered: list[str]
) -> dict[str, Any]:
    """The answer beside what was known already: only what was asked for becomes another."""
    known = to_enterprise(enterprise).facts.get(fact)
    has: list[Any] = []
    lacks: list[Any] = []
    if known is not None and isinstance(known.value, CodeKnowledge):
        has = [one.to_json() for one in known.value.has if one.code not in offered]
        lacks = [one.to_json() for one in known.value.lacks if one.code not in offered]
    missing = [code for code in offered if code not in chosen]
    return {"has": [*has, *chosen], "lacks": [*lacks, *missing]}


def _task(
    session: Session,
    who: Visit,
    feedback: str,
    kind: str,
    title: str,
    now: datetime,
    note: str = "",
) -> OfficerTask:
    """The officer's task; the same wish that still waits is the same task."""
    waiting = session.scalars(
        select(OfficerTask).where(
            OfficerTask.enterprise_id == who.enterprise.id,
            OfficerTask.title == title[:300],
            OfficerTask.done_on.is_(None),
        )
    ).first()
    if waiting is not None:
        return waiting
    row = _feedback(session, who, feedback, now, note)
    session.flush()
    task = OfficerTask(
        enterprise_id=who.enterprise.id,
        officer_id=officer_of(session, who.enterprise.id, now),
        kind=kind,
        title=title[:300],
        due_on=add_working_days(session, business_date(now), 1),
        feedback_id=row.id,
    )
    session.add(task)
    return task


def officer_of(session: Session, enterprise_id: int, now: datetime) -> int | None:
    """The officer who looks after an enterprise now."""
    day = business_date(now)
    return session.scalars(
        select(Assignment.officer_id)
        .where(
            Assignment.enterprise_id == enterprise_id,
            (Assignment.starts_on.is_(None)) | (Assignment.starts_on <= day),
            (Assignment.ends_on.is_(None)) | (Assignment.ends_on >= day),
        )
        .order_by(Assignment.id.desc())
    ).first()


def _feedback(session: Session, who: Visit, kind: str, now: datetime, reason: str = "") -> Feedback:
    row = Feedback(
        enterprise_id=who.enterprise.id,
        digest_id=who.digest.id,
        item_id=who.item.id if who.item else None,
        contact_id=who.delivery.contact_id,
        kind=kind,
        reason=reason.strip()[:MAX_REASON] or None,
        at=now,
    )
    session.add(row)
    return row


def _item(who: Visit) -> DigestItem:
    if who.item is None:
        raise InputError("这个链接不针对某一项政策", advice="请从邮件里的链接进入")
    return who.item


def _set_item(item: DigestItem, **values: Any) -> Any:
    return (
        update(DigestItem)
        .where(DigestItem.id == item.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _count(session: Session, item: DigestItem, **by: int) -> None:
    """Move the measure's counters; they are shown on the policy's page."""
    session.execute(
        update(Measure)
        .where(Measure.id == item.measure_id)
        .values({name: getattr(Measure, name) + step for name, step in by.items()})
        .execution_options(synchronize_session=False)
    )


def _changed(done: Any) -> bool:
    return bool(done.rowcount)

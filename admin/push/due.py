"""
A delivery whose turn has come (到期投递): what decides whether it goes out, and its letter.

Read anew for each send, in one statement: what was withdrawn, closed or unsubscribed a moment ago
does not go out. What was composed never changes; only the links are the recipient's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from admin.push.channels.base import Letter
from admin.push.hours import Quiet
from admin.push.links import Link, LinkSigner, Purpose, fill
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import EnterpriseContact
from admin.records.policy import Measure, Policy
from admin.records.preference import Preference

NEVER = "never"


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery, as it stands (一条待投递); `hindrance` says why it must not go out any more."""

    delivery_id: int
    digest_id: int
    enterprise_id: int
    channel: str
    address: str
    number: str
    day: date
    subject: str
    text: str
    html: str
    hindrance: str
    quiet: Quiet
    items: Mapping[int, int]  # ids of its items by their place


# a measure of the digest may not be told any more
_IS_GONE = (
    exists()
    .where(DigestItem.digest_id == Delivery.digest_id, DigestItem.measure_id == Measure.id)
    .where(Measure.policy_id == Policy.id)
    .where(
        or_(
            Measure.review != "published",
            Measure.is_open.is_(False),
            Measure.closes_on < bindparam("day"),
            Policy.state != "published",
            Policy.publicity != "open",
            Policy.expires_on < bindparam("day"),
        )
    )
    .correlate(Delivery)
    .label("is_gone")
)
# the wish of the delivery's contact, and of the whole enterprise
_WISHES = and_(
    Preference.enterprise_id == Delivery.enterprise_id,
    or_(Preference.contact_id.is_(None), Preference.contact_id == Delivery.contact_id),
)
_DUE = (
    select(
        Delivery.id,
        Delivery.digest_id,
        Delivery.enterprise_id,
        Delivery.channel,
        Delivery.address,
        Digest.number,
        Digest.day,
        Digest.subject,
        Digest.text,
        Digest.html,
        EnterpriseContact.bounced_at,
        EnterpriseContact.receives_digest,
        Preference.frequency,
        Preference.unsubscribed_at,
        Preference.quiet_from,
        Preference.quiet_until,
        _IS_GONE,
    )
    .join(Digest, Digest.id == Delivery.digest_id)
    .outerjoin(EnterpriseContact, EnterpriseContact.id == Delivery.contact_id)
    .outerjoin(Preference, _WISHES)
    .where(Delivery.id == bindparam("delivery"))
    .order_by(Preference.contact_id.is_(None))  # the contact's own wish first
)


def load_due(session: Session, delivery_id: int, items: Mapping[int, int], day: date) -> Due | None:
    """A delivery with all that decides about it as of a day; None where it is gone."""
    rows = session.execute(_DUE, {"delivery": delivery_id, "day": day}).all()
    if not rows:
        return None
    first = rows[0]
    return Due(*first[:10], hindrance=_hindrance(rows), quiet=_quiet(first), items=items)


def items_by_place(session: Session, digest_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """The ids of the items of some digests, by their place; they never change."""
    rows = session.execute(
        select(DigestItem.digest_id, DigestItem.position, DigestItem.id).where(
            DigestItem.digest_id.in_(list(digest_ids))
        )
    )
    found: dict[int, dict[int, int]] = {}
    for digest_id, position, item_id in rows:
        found.setdefault(digest_id, {})[position] = item_id
    return found


def _hindrance(rows: Sequence[Any]) -> str:
    """Why it must not go out any more, or an empty text."""
    first = rows[0]
    if first.channel == "mail" and first.bounced_at is not None:
        return "该地址此前退信"
    if first.receives_digest is False:
        return "联系人不再接收推送"
    if any(row.unsubscribed_at is not None or row.frequency == NEVER for row in rows):
        return "企业已退订"
    return "其中有措施已撤回、截止或额度用完" if first.is_gone else ""


def _quiet(row: Any) -> Quiet:
    return Quiet() if row.quiet_from is None else Quiet(row.quiet_from, row.quiet_until)


def letter_of(one: Due, signer: LinkSigner) -> Letter:
    """The letter of a delivery: what was composed, with the recipient's own links."""

    def url_of(purpose: Purpose, position: int) -> str:
        return signer.url(Link(purpose, one.delivery_id, one.items.get(position, 0)), day=one.day)

    one_click = url_of(Purpose.ONE_CLICK, 0)
    return Letter(
        id=str(one.delivery_id),
        number=one.number,
        address=one.address,
        subject=one.subject,
        text=fill(one.text, url_of),
        html=fill(one.html, lambda purpose, n: escape(url_of(purpose, n), quote=True)),
        headers={
            "List-Unsubscribe": f"<{one_click}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )

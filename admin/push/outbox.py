"""
The outbox's transitions (投递状态): each one conditional UPDATE, so that two can't both win.

pending → sending → sent | retry | dead | uncertain; retry → sending; a claim whose holder fell
silent becomes uncertain; uncertain and dead go back to pending, or are closed, only by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from admin.audit import note
from admin.push.channels.base import Outcome, Result
from admin.records.delivery import Delivery
from admin.records.digest import Digest
from admin.records.enterprise import EnterpriseContact
from policy_match.errors import InputError

LEASE_SECONDS = 600.0
MAX_ATTEMPTS = 8
FIRST_DELAY_SECONDS = 60.0
LONGEST_DELAY_SECONDS = 6 * 3600.0
DOWN_DELAY_SECONDS = 300.0
MAX_REASON = 500
WAITING = ("pending", "retry")
REPEATABLE = ("uncertain", "dead")
INTERRUPTED = "投递过程中断，不知道是否已送达。请向企业核实，再决定是否重发"


_rows: Any = Delivery.__table__  # the hot statements: made once, with no detour over the ORM
_digests: Any = Digest.__table__
_of_digest = _rows.c.digest_id == _digests.c.id
_CLAIM = (
    update(_rows)
    .where(
        _rows.c.id == bindparam("delivery"),
        _rows.c.state.in_(WAITING),
        _rows.c.next_attempt_at <= bindparam("at"),
    )
    .values(
        state="sending",
        token=bindparam("by"),
        claimed_at=bindparam("at"),
        attempts=_rows.c.attempts + 1,
    )
    .returning(_rows.c.digest_id, _rows.c.contact_id, _rows.c.attempts)
)
_RECORD = (
    update(_rows)
    .where(
        _rows.c.id == bindparam("delivery"),
        _rows.c.token == bindparam("by"),
        _rows.c.state.in_(("sending", "uncertain")),
    )
    .values(
        state=bindparam("to_state"),
        reason=bindparam("why"),
        sent_at=bindparam("sent"),
        message_id=bindparam("message"),
        attempts=bindparam("tried"),
        next_attempt_at=bindparam("next_at"),
    )
)


def _any_in(*states: str) -> ColumnElement[bool]:
    return exists().where(_of_digest, _rows.c.state.in_(states))


_SETTLE = (
    update(_digests)
    .where(_digests.c.id == bindparam("settled"), _digests.c.state != "cancelled")
    .values(
        state=case(
            (_any_in(*WAITING, "sending"), "composed"),
            (_any_in("sent"), "sent"),
            (_any_in("uncertain"), "uncertain"),
            (_any_in("dead", "closed"), "failed"),
            else_="cancelled",
        ),
        period=case(
            (exists().where(_of_digest, _rows.c.state != "cancelled"), _digests.c.period),
            else_=func.substr(_digests.c.period, 1, 20) + "#" + cast(_digests.c.id, String),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours to send (认领); under its token the outcome is recorded."""

    delivery_id: int
    token: str
    digest_id: int
    contact_id: int | None
    attempts: int


def is_due(now: datetime) -> ColumnElement[bool]:
    """Deliveries whose time has come."""
    return and_(Delivery.state.in_(WAITING), Delivery.next_attempt_at <= now)


def expire_claims(session: Session, now: datetime) -> int:
    """Claims whose holder fell silent become uncertain, never pending; gives how many."""
    stale = now - timedelta(seconds=LEASE_SECONDS)
    found = session.execute(
        select(Delivery.id, Delivery.digest_id).where(
            Delivery.state == "sending", Delivery.claimed_at < stale
        )
    ).all()
    count = 0
    for delivery_id, digest_id in found:
        where = (
            Delivery.id == delivery_id,
            Delivery.state == "sending",
            Delivery.claimed_at < stale,
        )
        if _update(session, where, state="uncertain", reason=INTERRUPTED):
            count += 1
            settle_digest(session, digest_id)
    return count


def claim(session: Session, delivery_id: int, token: str, now: datetime) -> Claim | None:
    """Claim a due delivery; None when another has it, or it is not due any more."""
    row = session.execute(_CLAIM, {"delivery": delivery_id, "by": token, "at": now}).one_or_none()
    return None if row is None else Claim(delivery_id, token, *row)


def record(
    session: Session,
    claim: Claim,
    result: Result,
    *,
    message_id: str,
    now: datetime,
    jitter: float,
) -> str | None:
    """
    Record what came of a send, under the claim's token; gives the new state.

    A finisher that is so late that the claim has become uncertain still records. None says that
    the delivery is in other hands by now, and nothing was written.
    """
    values = _values(claim, result, message_id, now, jitter)
    held = {"delivery": claim.delivery_id, "by": claim.token}
    if not session.execute(_RECORD, held | values).rowcount:  # type: ignore[attr-defined]  # a cursor result has it
        return None
    if result.bounced and claim.contact_id is not None:
        _mark_bounced(session, claim.contact_id, result.reason, now)
    if values["to_state"] != "retry":
        settle_digest(session, claim.digest_id)
    return str(values["to_state"])


def _values(
    claim: Claim, result: Result, message_id: str, now: datetime, jitter: float
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "to_state": result.outcome.value,
        "why": result.reason[:MAX_REASON] or None,
        "sent": None,
        "message": None,
        "tried": claim.attempts,
        "next_at": now,
    }
    if result.outcome is Outcome.SENT:
        return values | {"sent": now, "message": message_id}
    if result.outcome is not Outcome.RETRY:
        return values
    if result.is_down:
        later = now + timedelta(seconds=DOWN_DELAY_SECONDS * jitter)
        return values | {"tried": claim.attempts - 1, "next_at": later}
    if claim.attempts >= MAX_ATTEMPTS:
        why = f"已尝试 {claim.attempts} 次，不再投递。最后一次：{result.reason}"
        return values | {"to_state": "dead", "why": why[:MAX_REASON]}
    delay = min(FIRST_DELAY_SECONDS * 4 ** (claim.attempts - 1), LONGEST_DELAY_SECONDS) * jitter
    return values | {"next_at": now + timedelta(seconds=delay)}


def postpone(session: Session, delivery_id: int, until: datetime) -> None:
    """Leave a waiting delivery for later: quiet hours, a day off."""
    _update(
        session, (Delivery.id == delivery_id, Delivery.state.in_(WAITING)), next_attempt_at=until
    )


def cancel(session: Session, delivery_id: int, reason: str) -> None:
    """A waiting delivery is not to go out any more."""
    where = (Delivery.id == delivery_id, Delivery.state.in_(WAITING))
    if _update(session, where, state="cancelled", reason=reason):
        settle_digest(session, _digest_of(session, delivery_id))


def resend(session: Session, delivery: Delivery, *, now: datetime) -> bool:
    """
    A person has a delivery made once more (重发): only what is uncertain or dead.

    It goes to the address that the contact has now. Recorded in the audit trail; False when it is
    in no such state any more. The caller commits.

    Raises:
        InputError: the contact's address has bounced and was not corrected since.
    """
    before, address = delivery.state, _address_now(session, delivery)
    where = (Delivery.id == delivery.id, Delivery.state.in_(REPEATABLE))
    values = {"state": "pending", "token": None, "attempts": 0, "reason": None, "address": address}
    if not _update(session, where, next_attempt_at=now, **values):
        return False
    note(session, "重发", delivery, state=(before, "pending"))
    settle_digest(session, delivery.digest_id)
    session.refresh(delivery)
    return True


def give_up(session: Session, delivery: Delivery, *, by: str) -> bool:
    """
    A person has seen what is uncertain or dead, and it is not to go out again (不再投递).

    Recorded in the audit trail; False when it is in no such state any more. The caller commits.
    """
    before = delivery.state
    where = (Delivery.id == delivery.id, Delivery.state.in_(REPEATABLE))
    reason = f"{by}：不再投递。{delivery.reason or ''}"[:MAX_REASON]
    if not _update(session, where, state="closed", token=None, reason=reason):
        return False
    note(session, "不再投递", delivery, state=(before, "closed"))
    settle_digest(session, delivery.digest_id)
    session.refresh(delivery)
    return True


def _address_now(session: Session, delivery: Delivery) -> str:
    """Where a delivery goes when it is repeated: the contact's address may have been corrected."""
    if delivery.channel != "mail" or delivery.contact_id is None:
        return delivery.address
    contact = session.get_one(EnterpriseContact, delivery.contact_id)
    if contact.bounced_at is not None:
        raise InputError(
            f"联系人“{contact.name}”的邮箱曾退信，没有重发",
            advice="请先在企业页的“联系人”里改正邮箱，再重发",
        )
    return (contact.email or "").strip() or delivery.address


def settle_digest(session: Session, digest_id: int) -> None:
    """
    A digest's state follows from its deliveries.

    One that reached nobody and never will is cancelled: its items may come again, and its period
    is free for another digest.
    """
    session.execute(_SETTLE, {"settled": digest_id})


def _mark_bounced(session: Session, contact_id: int, reason: str, now: datetime) -> None:
    session.execute(
        update(EnterpriseContact)
        .where(EnterpriseContact.id == contact_id)
        .values(bounced_at=now, bounce_reason=reason[:300])
        .execution_options(synchronize_session=False)
    )


def _digest_of(session: Session, delivery_id: int) -> int:
    return int(session.scalars(select(Delivery.digest_id).where(Delivery.id == delivery_id)).one())


def _update(session: Session, where: tuple[Any, ...], **values: Any) -> bool:
    done = session.execute(
        update(Delivery).where(*where).values(**values).execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # a cursor result has it

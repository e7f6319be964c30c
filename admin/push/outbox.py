"""
The outbox's transitions (投递状态): each one conditional UPDATE, so that two can't both win.

pending → sending → sent | retry | dead | uncertain; retry → sending; a claim whose holder fell
silent becomes uncertain; uncertain and dead go back to pending only by a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from admin.audit import note
from admin.push.channels.base import Outcome, Result
from admin.records.delivery import Delivery
from admin.records.digest import Digest
from admin.records.enterprise import EnterpriseContact

LEASE_SECONDS = 600.0
MAX_ATTEMPTS = 8
FIRST_DELAY_SECONDS = 60.0
LONGEST_DELAY_SECONDS = 6 * 3600.0
DOWN_DELAY_SECONDS = 300.0
WAITING = ("pending", "retry")
REPEATABLE = ("uncertain", "dead")
INTERRUPTED = "投递过程中断，不知道是否已送达。请向企业核实，再决定是否重发"


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


def claim(session: Session, delivery_id: int, token: str, now: datetime) -> bool:
    """Claim a due delivery; False when another has it, or it is not due any more."""
    return _update(
        session,
        (Delivery.id == delivery_id, is_due(now)),
        state="sending",
        token=token,
        claimed_at=now,
        attempts=Delivery.attempts + 1,
    )


def record(
    session: Session,
    delivery_id: int,
    token: str,
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
    attempts = session.scalar(select(Delivery.attempts).where(Delivery.id == delivery_id)) or 1
    values = _values(result, attempts, message_id, now, jitter)
    held = (
        Delivery.id == delivery_id,
        Delivery.token == token,
        Delivery.state.in_(("sending", "uncertain")),
    )
    if not _update(session, held, **values):
        return None
    if result.bounced:
        _mark_bounced(session, delivery_id, result.reason, now)
    state = str(values["state"])
    if state != "retry":
        settle_digest(session, _digest_of(session, delivery_id))
    return state


def _values(
    result: Result, attempts: int, message_id: str, now: datetime, jitter: float
) -> dict[str, Any]:
    values: dict[str, Any] = {"state": result.outcome.value, "reason": result.reason or None}
    if result.outcome is Outcome.SENT:
        return values | {"sent_at": now, "message_id": message_id}
    if result.outcome is not Outcome.RETRY:
        return values
    if result.is_down:
        later = now + timedelta(seconds=DOWN_DELAY_SECONDS * jitter)
        return values | {"attempts": attempts - 1, "next_attempt_at": later}
    if attempts >= MAX_ATTEMPTS:
        return values | {
            "state": "dead",
            "reason": f"已尝试 {attempts} 次，不再投递。最后一次：{result.reason}"[:500],
        }
    delay = min(FIRST_DELAY_SECONDS * 4 ** (attempts - 1), LONGEST_DELAY_SECONDS) * jitter
    return values | {"next_attempt_at": now + timedelta(seconds=delay)}


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

    Recorded in the audit trail; False when it is in no such state any more. The caller commits.
    """
    before = delivery.state
    where = (Delivery.id == delivery.id, Delivery.state.in_(REPEATABLE))
    if not _update(
        session, where, state="pending", token=None, attempts=0, next_attempt_at=now, reason=None
    ):
        return False
    note(session, "重发", delivery, state=(before, "pending"))
    settle_digest(session, delivery.digest_id)
    session.refresh(delivery)
    return True


def settle_digest(session: Session, digest_id: int) -> None:
    """
    A digest's state follows from its deliveries.

    One that reached nobody and never will is cancelled: its items may come again, and its period
    is free for another digest.
    """
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.digest_id == digest_id)
        .group_by(Delivery.state)
    )
    state = _digest_state({name for name, _ in rows})
    values: dict[str, Any] = {"state": state}
    if state == "cancelled":
        values["period"] = func.substr(Digest.period, 1, 20) + f"#{digest_id}"
    session.execute(
        update(Digest)
        .where(Digest.id == digest_id, Digest.state != "cancelled")
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _digest_state(states: set[str]) -> str:
    if states & {"pending", "retry", "sending"}:
        return "composed"
    for name, state in (("sent", "sent"), ("uncertain", "uncertain"), ("dead", "failed")):
        if name in states:
            return state
    return "cancelled"


def _mark_bounced(session: Session, delivery_id: int, reason: str, now: datetime) -> None:
    contact = session.scalar(select(Delivery.contact_id).where(Delivery.id == delivery_id))
    if contact is not None:
        session.execute(
            update(EnterpriseContact)
            .where(EnterpriseContact.id == contact)
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

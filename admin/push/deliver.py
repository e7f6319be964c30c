"""
Deliver (投递): drain the outbox, one recipient at a time.

Each step is one transaction: record what came of the last send and claim the next one. So at any
kill at most one delivery of a process is in flight; its claim goes stale and becomes uncertain.
A channel that is down rests until the next drain.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from admin.clock import business_date, utc_now
from admin.push import outbox
from admin.push.channels.base import Channel, Letter, Outcome, Result
from admin.push.hours import Quiet, WorkingDays, next_open, working_days
from admin.push.links import Link, LinkSigner, Purpose, fill
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import EnterpriseContact
from admin.records.policy import Measure, Policy
from admin.records.preference import Preference

log = logging.getLogger(__name__)

BATCH = 200
RECORD_TRIES = 4  # each waits as long as the database's own timeout
Clock = Callable[[], datetime]


@dataclass(slots=True)
class DrainReport:
    """What a drain did (投递情况): counts by state, and each delivery's outcome."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)
    down: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        words = {
            "sent": "已投递",
            "retry": "稍后重试",
            "dead": "失败",
            "uncertain": "结果不明",
            "cancelled": "取消",
            "postponed": "等到可投递时间",
        }
        return "，".join(f"{words.get(k, k)} {n}" for k, n in self.counts.items()) or "没有要投递的"


@dataclass(frozen=True, slots=True)
class _Claimed:
    delivery_id: int
    digest_id: int
    enterprise_id: int
    channel: str
    token: str
    letter: Letter


@dataclass(slots=True)
class _Drain:
    """One drain: what it needs and what it has done."""

    sessions: sessionmaker[Session]
    channels: Mapping[str, Channel]
    signer: LinkSigner
    clock: Clock
    jitter: Callable[[], float]
    report: DrainReport = field(default_factory=DrainReport)
    days: dict[date, bool] = field(default_factory=dict)  # working days already looked up

    def is_up(self, channel: str) -> bool:
        return channel in self.channels and channel not in self.report.down


def drain(
    sessions: sessionmaker[Session],
    channels: Mapping[str, Channel],
    signer: LinkSigner,
    *,
    clock: Clock = utc_now,
    limit: int | None = None,
    jitter: Callable[[], float] = lambda: 0.5 + secrets.randbelow(1000) / 1000,
    after_send: Callable[[DrainReport], None] = lambda _report: None,
) -> DrainReport:
    """
    Deliver what is due (投递到期的推送).

    Args:
        sessions: sessions outside the web.
        channels: by name; deliveries of other channels stay as they are.
        signer: makes each recipient's links.
        clock: the moment, asked for at every step.
        limit: at most so many sends.
        jitter: a factor around 1 for each delay, so that retries do not come back together.
        after_send: called between sends, with nothing in flight but a claim: renews a lease.
    """
    run = _Drain(sessions, channels, signer, clock, jitter)
    with sessions() as session:
        expired = outbox.expire_claims(session, clock())
        session.commit()
        if expired:
            run.report.counts["uncertain"] += expired
            log.warning("claims expired", extra={"count": expired})
        try:
            _loop(run, session, limit, after_send)
        finally:
            for channel in channels.values():
                channel.close()
    return run.report


def _loop(
    run: _Drain,
    session: Session,
    limit: int | None,
    after_send: Callable[[DrainReport], None],
) -> None:
    due = _due_ids(run, session)
    claimed = _claim_next(run, session, due)
    session.commit()
    sends = 0
    while claimed is not None:
        result = run.channels[claimed.channel].send(claimed.letter)
        sends += 1
        if result.is_down:
            run.report.down[claimed.channel] = result.reason
        wants_more = limit is None or sends < limit
        claimed = _record_and_claim(run, session, claimed, result, due if wants_more else None)
        after_send(run.report)


def _due_ids(run: _Drain, session: Session) -> Iterator[int]:
    """Due deliveries, oldest first, fetched in batches; each comes once a drain."""
    seen: set[int] = set()
    while True:
        up = [name for name in run.channels if run.is_up(name)]
        found = session.scalars(
            select(Delivery.id)
            .where(outbox.is_due(run.clock()), Delivery.channel.in_(up))
            .where(Delivery.id.not_in(seen) if len(seen) < BATCH else Delivery.id > 0)
            .order_by(Delivery.next_attempt_at, Delivery.id)
            .limit(BATCH)
        )
        fresh = [one for one in found if one not in seen]
        if not fresh:
            return
        seen.update(fresh)
        yield from fresh


def _claim_next(run: _Drain, session: Session, due: Iterator[int]) -> _Claimed | None:
    """Claim the next one that may go out now; those that may not are postponed or cancelled."""
    look_up = working_days(session)

    def is_working(day: date) -> bool:
        return run.days[day] if day in run.days else run.days.setdefault(day, look_up(day))

    for delivery_id in due:
        now = run.clock()
        row = _load(session, delivery_id)
        if row is None or not run.is_up(row.Delivery.channel):
            continue
        hindrance = _hindrance(session, row, business_date(now))
        if hindrance:
            outbox.cancel(session, delivery_id, hindrance)
            _count(run, row, "cancelled", hindrance)
            continue
        until = _open_from(run, row, now, is_working, session)
        if until > now:
            outbox.postpone(session, delivery_id, until)
            _count(run, row, "postponed", "")
            continue
        token = secrets.token_hex(16)
        if outbox.claim(session, delivery_id, token, now):
            return _claimed(run, session, row, token)
    return None


def _record_and_claim(
    run: _Drain, session: Session, claimed: _Claimed, result: Result, due: Iterator[int] | None
) -> _Claimed | None:
    """Record and claim in one transaction; where that fails, the record by itself."""
    try:
        state = _record(run, session, claimed, result)
        following = _claim_next(run, session, due) if due is not None else None
        session.commit()
    except OperationalError:
        session.rollback()
        state, following = _record_alone(run, session, claimed, result), None
    _note_outcome(run, claimed, state, result)
    return following


def _record_alone(run: _Drain, session: Session, claimed: _Claimed, result: Result) -> str | None:
    for left in reversed(range(RECORD_TRIES)):
        try:
            state = _record(run, session, claimed, result)
            session.commit()
        except OperationalError:
            session.rollback()
            if not left:
                raise
        else:
            return state
    return None


def _record(run: _Drain, session: Session, claimed: _Claimed, result: Result) -> str | None:
    return outbox.record(
        session,
        claimed.delivery_id,
        claimed.token,
        result,
        message_id=claimed.letter.id,
        now=run.clock(),
        jitter=run.jitter(),
    )


def _load(session: Session, delivery_id: int) -> Any:
    return session.execute(
        select(Delivery, Digest, EnterpriseContact.bounced_at, EnterpriseContact.receives_digest)
        .join(Digest, Digest.id == Delivery.digest_id)
        .outerjoin(EnterpriseContact, EnterpriseContact.id == Delivery.contact_id)
        .where(Delivery.id == delivery_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _hindrance(session: Session, row: Any, day: date) -> str:
    """Why it must not go out any more, or an empty text."""
    if row.Delivery.channel == "mail" and row.bounced_at is not None:
        return "该地址此前退信"
    if row.receives_digest is False:
        return "联系人不再接收推送"
    if any(one.unsubscribed_at or one.frequency == "never" for one in _preferences(session, row)):
        return "企业已退订"
    gone = session.scalar(
        select(
            exists()
            .where(DigestItem.digest_id == row.Digest.id, DigestItem.measure_id == Measure.id)
            .where(Measure.policy_id == Policy.id)
            .where(
                or_(
                    Measure.review != "published",
                    Measure.is_open.is_(False),
                    Measure.closes_on < day,
                    Policy.state != "published",
                    Policy.publicity != "open",
                )
            )
        )
    )
    return "其中有措施已撤回、截止或额度用完" if gone else ""


def _preferences(session: Session, row: Any) -> list[Preference]:
    return list(
        session.scalars(
            select(Preference)
            .where(
                Preference.enterprise_id == row.Delivery.enterprise_id,
                or_(
                    Preference.contact_id.is_(None),
                    Preference.contact_id == row.Delivery.contact_id,
                ),
            )
            .order_by(Preference.contact_id.is_(None))  # the contact's own first
        )
    )


def _open_from(
    run: _Drain, row: Any, now: datetime, is_working: WorkingDays, session: Session
) -> datetime:
    if not run.channels[row.Delivery.channel].disturbs:
        return now
    wishes = _preferences(session, row)
    quiet = Quiet(wishes[0].quiet_from, wishes[0].quiet_until) if wishes else Quiet()
    return next_open(now, quiet, is_working)


def _claimed(run: _Drain, session: Session, row: Any, token: str) -> _Claimed:
    delivery = row.Delivery
    return _Claimed(
        delivery_id=delivery.id,
        digest_id=delivery.digest_id,
        enterprise_id=delivery.enterprise_id,
        channel=delivery.channel,
        token=token,
        letter=letter_of(session, delivery, row.Digest, run.signer),
    )


def letter_of(session: Session, delivery: Delivery, digest: Digest, signer: LinkSigner) -> Letter:
    """The letter of a delivery: what was composed, with the recipient's own links."""
    rows = session.execute(
        select(DigestItem.position, DigestItem.id).where(DigestItem.digest_id == digest.id)
    )
    items = {row.position: row.id for row in rows}

    def url_of(purpose: Purpose, position: int) -> str:
        return signer.url(Link(purpose, delivery.id, items.get(position, 0)), day=digest.day)

    one_click = url_of(Purpose.ONE_CLICK, 0)
    return Letter(
        id=str(delivery.id),
        number=digest.number,
        address=delivery.address,
        subject=digest.subject,
        text=fill(digest.text, url_of),
        html=fill(digest.html, lambda purpose, n: escape(url_of(purpose, n), quote=True)),
        headers={
            "List-Unsubscribe": f"<{one_click}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _count(run: _Drain, row: Any, state: str, reason: str) -> None:
    run.report.counts[state] += 1
    run.report.rows.append(
        {
            "digest_id": row.Digest.id,
            "enterprise_id": row.Digest.enterprise_id,
            "channel": row.Delivery.channel,
            "status": state,
            "reason": reason,
        }
    )


def _note_outcome(run: _Drain, claimed: _Claimed, state: str | None, result: Result) -> None:
    shown = state or "late"
    run.report.counts[shown] += 1
    run.report.rows.append(
        {
            "digest_id": claimed.digest_id,
            "enterprise_id": claimed.enterprise_id,
            "channel": claimed.channel,
            "status": shown,
            "reason": result.reason,
        }
    )
    if result.outcome is not Outcome.SENT or state is None:
        log.warning(
            "delivery not sent",
            extra={"delivery": claimed.delivery_id, "channel": claimed.channel, "state": shown},
        )

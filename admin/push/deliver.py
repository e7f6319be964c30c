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
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from admin.clock import business_date, utc_now
from admin.push import outbox
from admin.push.channels.base import Channel, Letter, Outcome, Result
from admin.push.due import Due, items_by_place, letter_of, load_due
from admin.push.hours import next_open, working_days
from admin.push.links import LinkSigner
from admin.records.delivery import Delivery

log = logging.getLogger(__name__)

BATCH = 200
RECORD_TRIES = 4  # each waits as long as the database's own timeout
Clock = Callable[[], datetime]
_Turn: TypeAlias = tuple[int, Mapping[int, int]]  # a delivery, and the ids of its digest's items


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
    due: Due
    claim: outbox.Claim
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

    def disturbs(self, channel: str) -> bool:
        return self.channels[channel].disturbs


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
    due = _due(run, session)
    claimed = _claim_next(run, session, due)
    session.commit()
    sends = 0
    while claimed is not None:
        result = run.channels[claimed.due.channel].send(claimed.letter)
        sends += 1
        if result.is_down:
            run.report.down[claimed.due.channel] = result.reason
        wants_more = limit is None or sends < limit
        claimed = _record_and_claim(run, session, claimed, result, due if wants_more else None)
        after_send(run.report)


def _due(run: _Drain, session: Session) -> Iterator[_Turn]:
    """Due deliveries, oldest first, fetched in batches; each comes once a drain."""
    seen: set[int] = set()
    while True:
        up = [name for name in run.channels if run.is_up(name)]
        found = session.execute(
            select(Delivery.id, Delivery.digest_id)
            .where(outbox.is_due(run.clock()), Delivery.channel.in_(up))
            .where(Delivery.id.not_in(seen) if len(seen) < BATCH else Delivery.id > 0)
            .order_by(Delivery.next_attempt_at, Delivery.id)
            .limit(BATCH)
        ).all()
        fresh = [row for row in found if row.id not in seen]
        if not fresh:
            return
        seen.update(row.id for row in fresh)
        items = items_by_place(session, {row.digest_id for row in fresh})
        yield from ((row.id, items.get(row.digest_id, {})) for row in fresh)


def _claim_next(run: _Drain, session: Session, due: Iterator[_Turn]) -> _Claimed | None:
    """Claim the next one that may go out now; those that may not are postponed or cancelled."""
    look_up = working_days(session)

    def is_working(day: date) -> bool:
        return run.days[day] if day in run.days else run.days.setdefault(day, look_up(day))

    for delivery_id, items in due:
        now = run.clock()
        one = load_due(session, delivery_id, items, business_date(now))
        if one is None or not run.is_up(one.channel):
            continue
        if one.hindrance:
            outbox.cancel(session, delivery_id, one.hindrance)
            _count(run, one, "cancelled", one.hindrance)
            continue
        until = next_open(now, one.quiet, is_working) if run.disturbs(one.channel) else now
        if until > now:
            outbox.postpone(session, delivery_id, until)
            _count(run, one, "postponed", "")
            continue
        claim = outbox.claim(session, delivery_id, secrets.token_hex(16), now)
        if claim is not None:
            return _Claimed(one, claim, letter_of(one, run.signer))
    return None


def _record_and_claim(
    run: _Drain, session: Session, claimed: _Claimed, result: Result, due: Iterator[_Turn] | None
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
        claimed.claim,
        result,
        message_id=claimed.letter.id,
        now=run.clock(),
        jitter=run.jitter(),
    )


def _count(run: _Drain, one: Due, state: str, reason: str) -> None:
    run.report.counts[state] += 1
    run.report.rows.append(
        {
            "digest_id": one.digest_id,
            "enterprise_id": one.enterprise_id,
            "channel": one.channel,
            "status": state,
            "reason": reason,
        }
    )


def _note_outcome(run: _Drain, claimed: _Claimed, state: str | None, result: Result) -> None:
    shown = state or "late"
    _count(run, claimed.due, shown, result.reason)
    if result.outcome is not Outcome.SENT or state is None:
        log.warning(
            "delivery not sent",
            extra={
                "delivery": claimed.due.delivery_id,
                "channel": claimed.due.channel,
                "state": shown,
            },
        )

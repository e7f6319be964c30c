"""The push as jobs (推送任务): composed on schedule, delivered whenever something is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from admin.clock import business_date
from admin.jobs import SHORT, JobRun, enqueue, handler
from admin.push import outbox
from admin.push.channels import open_channels
from admin.push.deliver import DrainReport, drain
from admin.push.links import LinkSigner
from admin.push.prepare import PrepareReport, prepare
from admin.records.delivery import Delivery
from admin.records.job import Job
from admin.secret import secret_key
from policy_match.settings import Settings

KEY = "outbox"
LEASE_SECONDS = 900.0  # longer than any send takes
RENEW_SECONDS = 60.0


def signer_of(settings: Settings) -> LinkSigner:
    """The installation's signer."""
    return LinkSigner(secret_key(settings), settings.admin.base_url)


@handler("push", slot=SHORT, lease_seconds=LEASE_SECONDS)
def push(run: JobRun) -> dict[str, Any]:
    """Compose what is new; an interrupted run goes on where it stopped."""

    def keep(session: Session, last_id: int, report: PrepareReport) -> None:
        run.progress(session, done=report.digests, cursor=last_id, message=str(report))

    report = prepare(
        run.sessions,
        open_channels(run.settings),
        base_url=run.settings.admin.base_url,
        as_of=business_date(run.started_at),
        now=run.clock(),
        after=int(run.cursor or 0),
        before_commit=keep,
    )
    with run.session() as session:
        ask_for_delivery(session, run.clock())
        session.commit()
    return {"message": str(report), "digests": report.digests, "items": report.items}


@handler("deliver", slot=SHORT, lease_seconds=LEASE_SECONDS)
def deliver(run: JobRun) -> dict[str, Any]:
    """Drain the outbox; the lease is renewed between sends."""
    renewed = run.clock()

    def renew(report: DrainReport) -> None:
        nonlocal renewed
        if (run.clock() - renewed).total_seconds() < RENEW_SECONDS:
            return
        renewed = run.clock()
        with run.session() as session:
            run.progress(session, done=report.counts["sent"], message=str(report))
            session.commit()

    report = drain(
        run.sessions,
        open_channels(run.settings),
        signer_of(run.settings),
        clock=run.clock,
        after_send=renew,
    )
    return {"message": str(report), **report.counts}


def ask_for_delivery(session: Session, now: datetime) -> Job | None:
    """Ask for a drain where something is due or a claim went stale; the caller commits."""
    stale = now - timedelta(seconds=outbox.LEASE_SECONDS)
    waiting = session.scalars(
        select(Delivery.id)
        .where(
            or_(
                outbox.is_due(now),
                and_(Delivery.state == "sending", Delivery.claimed_at < stale),
            )
        )
        .limit(1)
    ).first()
    return None if waiting is None else enqueue(session, "deliver", KEY, now=now)

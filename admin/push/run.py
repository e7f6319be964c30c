"""`policy-match push` (推送命令): compose what is new, deliver what is due, say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from admin.calendar import calendar_warning
from admin.clock import business_date, utc_now
from admin.principal import SYSTEM, acting_as
from admin.push.channels import Channel, open_channels
from admin.push.deliver import DrainReport, drain
from admin.push.jobs import signer_of
from admin.push.prepare import PrepareReport, prepare
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import Enterprise
from policy_match.settings import Settings

CHUNK = 500


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did (推送报告); `rows` are in the form of spec/cli.md."""

    composed: PrepareReport
    delivered: DrainReport | None
    rows: list[dict[str, Any]]
    warning: str | None = None

    def lines(self) -> Iterator[str]:
        """The report for people."""
        yield str(self.composed)
        if self.delivered is not None:
            yield f"投递：{self.delivered}"
            for channel, reason in self.delivered.down.items():
                yield f"渠道 {channel} 暂时不可用：{reason}"
        if self.warning:
            yield self.warning


def run_push(
    settings: Settings, *, dry_run: bool = False, clock: Callable[[], datetime] = utc_now
) -> PushReport:
    """
    Compose and deliver (选取、编写、投递).

    Args:
        settings: where, over which channels.
        dry_run: say what would be composed; write and send nothing.
        clock: the moment.

    Raises:
        SettingsError: the database is not there or not up to date, or a channel can't be used.
    """
    from admin.setup import check_database, open_sessions, require_made

    require_made(settings)
    check_database(settings)
    sessions = open_sessions(settings)
    channels = open_channels(settings)
    try:
        with acting_as(SYSTEM):
            return _run(settings, sessions, channels, dry_run=dry_run, clock=clock)
    finally:
        sessions.kw["bind"].dispose()


def _run(
    settings: Settings,
    sessions: sessionmaker[Session],
    channels: dict[str, Channel],
    *,
    dry_run: bool,
    clock: Callable[[], datetime],
) -> PushReport:
    now = clock()
    day = business_date(now)
    composed = prepare(
        sessions,
        channels,
        base_url=settings.admin.base_url,
        as_of=day,
        now=now,
        dry_run=dry_run,
    )
    delivered = None
    if not dry_run:
        delivered = drain(sessions, channels, signer_of(settings), clock=clock)
    with sessions() as session:
        rows = (
            _credit_codes(session, composed.rows)
            if dry_run
            else list(_outcomes(session, composed, delivered))
        )
        return PushReport(composed, delivered, rows, calendar_warning(session, day))


def _credit_codes(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = session.execute(select(Enterprise.id, Enterprise.credit_code))
    codes = {one.id: one.credit_code for one in found}
    return [{**row, "enterprise_id": codes[row["enterprise_id"]]} for row in rows]


def _outcomes(
    session: Session, composed: PrepareReport, delivered: DrainReport | None
) -> Iterator[dict[str, Any]]:
    """Every delivery that was composed or tried, as it stands now."""
    numbers = sorted({row["digest_id"] for row in composed.rows})
    tried = sorted({row["digest_id"] for row in delivered.rows} if delivered else ())
    ids = set(tried)
    for some in batched(numbers, CHUNK):
        ids.update(session.scalars(select(Digest.id).where(Digest.number.in_(some))))
    for some_ids in batched(sorted(ids), CHUNK):
        found = session.execute(
            select(
                Digest.id, Digest.number, Enterprise.credit_code, Delivery.channel, Delivery.state
            )
            .join(Digest, Digest.id == Delivery.digest_id)
            .join(Enterprise, Enterprise.id == Digest.enterprise_id)
            .where(Digest.id.in_(some_ids))
            .order_by(Delivery.id)
        )
        titles = _titles(session, some_ids)
        for digest_id, number, code, channel, state in found:
            yield {
                "digest_id": number,
                "enterprise_id": code,
                "channel": channel,
                "status": state,
                "items": titles.get(digest_id, []),
            }


def _titles(session: Session, digest_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(DigestItem.digest_id, DigestItem.content["title"].as_string())
        .where(DigestItem.digest_id.in_(digest_ids))
        .order_by(DigestItem.digest_id, DigestItem.position)
    )
    for digest_id, title in rows:
        found.setdefault(digest_id, []).append(title)
    return found


def batched(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The rows in pieces of a size."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

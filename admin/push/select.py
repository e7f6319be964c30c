"""
Select (选取): what is new for whom.

New is a pair of enterprise and measure that stands 符合 or 符合、需自查 and was in no digest yet;
a measure keeps its id when its policy is read again, so that pushes nothing again. Only published
measures of policies that may be quoted openly, still open, under the rule that is in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.match import Match
from admin.records.policy import Measure, Policy
from admin.records.preference import Preference, read_themes

CAP = 5  # items a digest
BATCH = 200
FREQUENCY_ORDER = ("weekly", "biweekly", "monthly")
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time in which an enterprise gets one digest (推送周期)."""

    key: str
    starts_on: date


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address over one channel (收件人)."""

    channel: str
    address: str
    contact_id: int | None = None
    themes: frozenset[str] = frozenset()  # wanted alone; none: all

    def wants(self, themes: Iterable[str]) -> bool:
        """Whether something of these themes is wanted."""
        return not self.themes or not self.themes.isdisjoint(themes)


@dataclass(frozen=True, slots=True)
class Selection:
    """What an enterprise is to get (选取结果); without matches it may be asked questions."""

    enterprise_id: int
    period: Period
    recipients: tuple[Recipient, ...]
    match_ids: tuple[int, ...]


@dataclass(slots=True)
class Batch:
    """Some enterprises, selected (一批); `last_id` is where the next batch goes on."""

    selections: list[Selection] = field(default_factory=list)
    last_id: int | None = None
    unreachable: int = 0


def period_of(frequency: str, day: date) -> Period:
    """The period of a frequency that a day falls into."""
    if frequency == "monthly":
        return Period(f"{day:%Y-%m}", day.replace(day=1))
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    if frequency == "biweekly":
        monday -= timedelta(days=7 * (monday.toordinal() // 7 % 2))
        return Period(f"{monday:%Y-%m-%d}/14", monday)
    return Period(f"{year}-W{week:02d}", monday)


def select_batch(
    session: Session,
    *,
    as_of: date,
    channels: Iterable[str],
    after: int = 0,
    themes_of: Mapping[int, Collection[str]] | None = None,
    limit: int = BATCH,
    cap: int = CAP,
) -> Batch:
    """
    What the next enterprises are to get (选取一批).

    Args:
        session: the session.
        as_of: the day of the push.
        channels: those in use.
        after: enterprises with greater ids only, in the order of ids.
        themes_of: the themes of each measure, by its id; an enterprise that chose themes gets
            only measures of these.
        limit: so many enterprises are looked at.
        cap: so many items a digest, most valuable first.
    """
    rows = session.execute(
        select(Enterprise.id, Enterprise.credit_code, Enterprise.status)
        .where(Enterprise.id > after)
        .order_by(Enterprise.id)
        .limit(limit)
    ).all()
    if not rows:
        return Batch()
    batch = Batch(last_id=rows[-1].id)
    active = [row for row in rows if row.status == "active"]
    reach = _Reach.load(session, [row.id for row in active], as_of)
    waiting: list[tuple[Any, Period, tuple[Recipient, ...]]] = []
    for row in active:
        frequency = reach.frequency(row.id)
        if frequency == NEVER:
            continue
        period = period_of(frequency, as_of)
        if reach.last_digest.get(row.id, date.min) >= period.starts_on:
            continue
        recipients = tuple(reach.recipients(row.id, row.credit_code, tuple(channels), as_of))
        if not recipients:
            batch.unreachable += 1
            continue
        waiting.append((row.id, period, recipients))
    found = _wanted(
        new_matches(session, [one for one, _, _ in waiting], as_of=as_of),
        {one: recipients for one, _, recipients in waiting},
        themes_of or {},
        cap,
    )
    batch.selections = [
        Selection(one, period, recipients, tuple(found.get(one, ())))
        for one, period, recipients in waiting
    ]
    return batch


def _wanted(
    found: Mapping[int, Sequence[tuple[int, int]]],
    recipients: Mapping[int, Sequence[Recipient]],
    themes_of: Mapping[int, Collection[str]],
    cap: int,
) -> dict[int, list[int]]:
    """The matches that at least one recipient wants, most valuable first, no more than the cap."""
    return {
        enterprise_id: [
            match_id
            for match_id, measure_id in rows
            if any(one.wants(themes_of.get(measure_id, ())) for one in recipients[enterprise_id])
        ][:cap]
        for enterprise_id, rows in found.items()
    }


def new_matches(
    session: Session, enterprise_ids: Sequence[int], *, as_of: date
) -> dict[int, list[tuple[int, int]]]:
    """What is new for each enterprise, most valuable first: ids of match and measure."""
    if not enterprise_ids:
        return {}
    rows = session.execute(
        select(Match.enterprise_id, Match.id, Match.measure_id)
        .join(Measure, Measure.id == Match.measure_id)
        .join(Policy, Policy.id == Measure.policy_id)
        .where(Match.enterprise_id.in_(enterprise_ids))
        .where(is_sure(), may_be_told(as_of), ~_was_told())
        .order_by(Match.enterprise_id, Match.score.desc(), Match.id)
    )
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for enterprise_id, match_id, measure_id in rows:
        found[enterprise_id].append((match_id, measure_id))
    return found


def is_sure() -> ColumnElement[bool]:
    """Current matches that stand 符合 or 符合、需自查, by the rule that is in force."""
    return and_(
        Match.superseded_at.is_(None),
        or_(Match.verdict == "eligible", Match.self_check),
        Match.rule_id == Measure.rule_id,
    )


def may_be_told(as_of: date) -> ColumnElement[bool]:
    """Published measures, open, of published policies in force that may be quoted openly."""
    return and_(
        Measure.review == "published",
        Measure.is_open,
        or_(Measure.closes_on.is_(None), Measure.closes_on >= as_of),
        Policy.state == "published",
        Policy.publicity == "open",
        or_(Policy.expires_on.is_(None), Policy.expires_on >= as_of),
    )


def _was_told() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            DigestItem.enterprise_id == Match.enterprise_id,
            DigestItem.measure_id == Match.measure_id,
        )
        .where(Digest.id == DigestItem.digest_id, Digest.state != "cancelled")
    )


@dataclass(slots=True)
class _Reach:
    """How each of some enterprises can be reached, and what it wishes."""

    contacts: dict[int, list[Any]]
    wishes: dict[int, dict[int | None, Any]]
    last_digest: dict[int, date]
    last_delivery: dict[int, date]

    @classmethod
    def load(cls, session: Session, ids: Sequence[int], as_of: date) -> _Reach:
        contacts: dict[int, list[Any]] = defaultdict(list)
        for row in session.execute(_contact_rows(ids)):
            contacts[row.enterprise_id].append(row)
        wishes: dict[int, dict[int | None, Any]] = defaultdict(dict)
        for row in session.execute(_preference_rows(ids)):
            wishes[row.enterprise_id][row.contact_id] = row
        return cls(contacts, wishes, *_last_days(session, ids, as_of))

    def frequency(self, enterprise_id: int) -> str:
        """The enterprise's own wish, else the most frequent one of its contacts."""
        wishes = self.wishes.get(enterprise_id, {})
        if None in wishes:
            return _wish(wishes[None])
        own = [
            _wish(wishes[one.id]) if one.id in wishes else "weekly"
            for one in self.contacts.get(enterprise_id, ())
        ]
        found = [one for one in FREQUENCY_ORDER if one in own]
        return found[0] if found else (NEVER if own else "weekly")

    def recipients(
        self, enterprise_id: int, credit_code: str, channels: Sequence[str], as_of: date
    ) -> Iterable[Recipient]:
        willing = [
            one
            for one in self.contacts.get(enterprise_id, ())
            if self._wants(enterprise_id, one.id, as_of)
        ]
        for channel in channels:
            if channel == "file":
                first = willing[0].id if willing else None
                if willing or not self.contacts.get(enterprise_id):
                    themes = self._themes(enterprise_id, first)
                    yield Recipient(channel, credit_code, first, themes)
            elif channel == "mail":
                for one in willing:
                    if one.email and one.bounced_at is None:
                        themes = self._themes(enterprise_id, one.id)
                        yield Recipient(channel, one.email.strip(), one.id, themes)

    def _themes(self, enterprise_id: int, contact_id: int | None) -> frozenset[str]:
        """The themes that a contact chose, else those of its enterprise."""
        wishes = self.wishes.get(enterprise_id, {})
        own = wishes.get(contact_id) or wishes.get(None)
        return read_themes(own.themes) if own is not None else frozenset()

    def _wants(self, enterprise_id: int, contact_id: int, as_of: date) -> bool:
        wish = self.wishes.get(enterprise_id, {}).get(contact_id)
        if wish is None:
            return True
        if _wish(wish) == NEVER:
            return False
        last = self.last_delivery.get(contact_id, date.min)
        return last < period_of(wish.frequency, as_of).starts_on


def _wish(row: Any) -> str:
    return NEVER if row.unsubscribed_at is not None else str(row.frequency)


def _contact_rows(ids: Sequence[int]) -> Any:
    return (
        select(
            EnterpriseContact.id,
            EnterpriseContact.enterprise_id,
            EnterpriseContact.email,
            EnterpriseContact.bounced_at,
        )
        .where(EnterpriseContact.enterprise_id.in_(ids), EnterpriseContact.receives_digest)
        .order_by(EnterpriseContact.id)
    )


def _preference_rows(ids: Sequence[int]) -> Any:
    return select(
        Preference.enterprise_id,
        Preference.contact_id,
        Preference.frequency,
        Preference.themes,
        Preference.unsubscribed_at,
    ).where(Preference.enterprise_id.in_(ids))


def _last_days(
    session: Session, ids: Sequence[int], as_of: date
) -> tuple[dict[int, date], dict[int, date]]:
    """The day of the last digest of each enterprise, and of the last one to each contact."""
    recent = and_(
        Digest.enterprise_id.in_(ids),
        Digest.state != "cancelled",
        Digest.day >= as_of - timedelta(days=62),
    )
    by_enterprise = session.execute(
        select(Digest.enterprise_id, func.max(Digest.day))
        .where(recent)
        .group_by(Digest.enterprise_id)
    )
    by_contact = session.execute(
        select(Delivery.contact_id, func.max(Digest.day))
        .join(Digest, Digest.id == Delivery.digest_id)
        .where(recent, Delivery.contact_id.is_not(None), Delivery.state != "cancelled")
        .group_by(Delivery.contact_id)
    )
    return _days(by_enterprise), _days(by_contact)


def _days(rows: Iterable[Any]) -> dict[int, date]:
    return {int(key): day for key, day in rows}

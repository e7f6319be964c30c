"""
From selection to outbox (编排): digests and their deliveries, some to a transaction.

A digest, its items and its deliveries are written together or not at all. A run that was
interrupted is run again: what stands already is not selected a second time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from admin.matching import Published, load_published
from admin.push.channels.base import Channel
from admin.push.compose import (
    Desk,
    Material,
    items_of,
    load_desk,
    load_material,
    source_urls,
    write_digest,
)
from admin.push.hours import Quiet, next_open, working_days
from admin.push.questions import Asker, asked_lately
from admin.push.select import Batch, Selection, select_batch
from admin.records.delivery import Delivery
from admin.records.digest import Digest

BATCH = 100


def new_number(day: date) -> str:
    """A digest's number: its day, and what nobody can guess."""
    return f"TS{day:%Y%m%d}-{secrets.token_hex(4).upper()}"


@dataclass(slots=True)
class PrepareReport:
    """What was composed (编排情况)."""

    digests: int = 0
    items: int = 0
    question_mails: int = 0
    nothing_new: int = 0
    unreachable: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"编写推送 {self.digests} 份（{self.items} 项），提问 {self.question_mails} 份，"
            f"没有新内容 {self.nothing_new} 家，没有联系方式 {self.unreachable} 家"
        )


@dataclass(slots=True)
class _Push:
    """One run: what all batches share."""

    session: Session
    published: Published
    desk: Desk
    as_of: date
    channels: Mapping[str, Channel]
    due: Mapping[str, datetime]
    number: Callable[[date], str]
    asker_of: Callable[[Published], Asker]
    report: PrepareReport


@dataclass(frozen=True, slots=True)
class _Made:
    """A digest with its deliveries, for whom (一份编好的推送)."""

    selection: Selection
    digest: Digest
    deliveries: Sequence[Delivery]


def prepare(
    sessions: sessionmaker[Session],
    channels: Mapping[str, Channel],
    *,
    base_url: str,
    as_of: date,
    now: datetime,
    after: int = 0,
    dry_run: bool = False,
    number: Callable[[date], str] = new_number,
    before_commit: Callable[[Session, int, PrepareReport], None] = lambda *_: None,
) -> PrepareReport:
    """
    Compose what is new into the outbox (选取并编写).

    Args:
        sessions: sessions outside the web.
        channels: those in use.
        base_url: where links begin.
        as_of: the day of the push.
        now: the moment; deliveries become due at once or when quiet hours end.
        after: only enterprises with greater ids: where an interrupted run goes on.
        dry_run: say what would be composed and write nothing.
        number: makes a digest's number.
        before_commit: called in each batch's transaction with the last id: keeps a cursor.
    """
    report = PrepareReport()
    asker_of = lru_cache(maxsize=1)(Asker.of)
    while True:
        with sessions() as session:
            open_from = next_open(now, Quiet(), working_days(session))
            push = _Push(
                session=session,
                published=load_published(session, as_of=as_of),
                desk=load_desk(session, base_url),
                as_of=as_of,
                channels=channels,
                due={n: open_from if one.disturbs else now for n, one in channels.items()},
                number=number,
                asker_of=asker_of,
                report=report,
            )
            batch = _prepare_batch(push, after)
            if batch.last_id is None:
                return report
            after = batch.last_id
            if dry_run:
                session.rollback()
                continue
            before_commit(session, after, report)
            session.commit()


def _prepare_batch(push: _Push, after: int) -> Batch:
    batch = select_batch(
        push.session,
        as_of=push.as_of,
        channels=push.channels,
        after=after,
        themes_of=push.published.themes,
        limit=BATCH,
    )
    push.report.unreachable += batch.unreachable
    if not batch.selections:
        return batch
    material = load_material(push.session, batch.selections, push.desk, push.as_of)
    places = (push.published.places.get(one.measure_id) for one in material.matches.values())
    material.sources = source_urls(
        push.session,
        (push.published.rules[place].policy.id for place in places if place is not None),
    )
    silent = [one.enterprise_id for one in batch.selections if not one.match_ids]
    asked = asked_lately(push.session, silent, push.as_of) if silent else {}
    made = [
        one
        for selection in batch.selections
        if (one := _compose_one(push, selection, material, asked.get(selection.enterprise_id)))
    ]
    for one in _written(push.session, made):
        _count(push.report, one)
    return batch


def _compose_one(
    push: _Push, selection: Selection, material: Material, asked: set[str] | None
) -> _Made | None:
    """One enterprise's digest, in no session yet; None where there is nothing to say or ask."""
    items = items_of(selection, material, push.published, as_of=push.as_of)
    questions: list[dict[str, Any]] = []
    if not items:
        asker = push.asker_of(push.published)
        enterprise = material.enterprises[selection.enterprise_id]
        questions = [asker.to_json(one) for one in asker.questions(enterprise, skip=asked or ())]
        if not questions:
            push.report.nothing_new += 1
            return None
    digest, deliveries = write_digest(
        selection,
        material,
        items,
        questions,
        desk=push.desk,
        number=push.number(push.as_of),
        as_of=push.as_of,
        due=push.due,
        themes={theme for match, _ in items for theme in push.published.themes[match.measure_id]},
    )
    return _Made(selection, digest, deliveries)


def _written(session: Session, made: Sequence[_Made]) -> Sequence[_Made]:
    """Those that were written: all at once, or where that fails each by itself."""
    if not made or _write(session, made):
        return made
    return [one for one in made if _write(session, [one])]


def _write(session: Session, made: Sequence[_Made]) -> bool:
    """False where another run was faster: an enterprise has its digest of the period."""
    try:
        with session.begin_nested():
            session.add_all([row for one in made for row in (one.digest, *one.deliveries)])
    except IntegrityError:
        return False
    return True


def _count(report: PrepareReport, made: _Made) -> None:
    titles = [item.content["title"] for item in made.digest.items]
    report.digests += 1
    report.items += len(titles)
    report.question_mails += not titles
    report.rows += [
        {
            "digest_id": made.digest.number,
            "enterprise_id": made.selection.enterprise_id,
            "channel": one.channel,
            "status": "would_send",
            "items": titles,
            "questions": [one["fact"] for one in made.digest.questions],
        }
        for one in made.deliveries
    ]

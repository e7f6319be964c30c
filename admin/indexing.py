"""
The job `index` (更新索引): the admin's own index, made anew from the published policies.

The database is the truth and the index derived: a new generation is built beside the old one and
swapped in, so that readers see old or new, never half. The web only marks rows dirty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload, undefer

from admin.clock import business_date
from admin.db import reading_only
from admin.jobs import LONG, JobRun, handler
from admin.policies import to_policy
from admin.records.policy import Measure, Policy
from indexer.amend import changing_documents, noted
from indexer.amend.changes import ChangingDocument
from indexer.lineage import derive_events
from policy_match.domain import policy as library
from policy_match.search.registry import open_configured

BATCH = 100


@handler("index", slot=LONG, lease_seconds=900)
def rebuild_index(run: JobRun) -> Mapping[str, Any]:
    """Build the index from what is published now, and clear the marks of what it holds."""
    started = run.clock()
    with reading_only(), run.session() as session:
        ids = published_ids(session)
    outlines = derive_events(_outlines(run, ids))
    changes = changing_documents(outlines)
    events = {one.id: one.events for one in outlines}
    with closing(open_configured(run.settings.admin.index, write=True)) as index:
        index.rebuild(_policies(run, ids, events, changes, as_of=business_date(started)))
        count = index.count()
    with run.session() as session:
        mark_indexed(session, ids, started)
        run.progress(session, done=len(ids), message=f"索引中有 {count} 份政策")
        session.commit()
    return {"policies": count}


def published_ids(session: Session) -> list[int]:
    """The ids of the published policies, in order."""
    found = select(Policy.id).where(Policy.state == "published").order_by(Policy.id)
    return list(session.scalars(found))


def published_batch(session: Session, ids: Sequence[int]) -> list[library.Policy]:
    """The published policies of some ids, each with its published measures only."""
    rows = session.scalars(
        select(Policy)
        .where(Policy.id.in_(ids), Policy.state == "published")
        .options(
            undefer(Policy.document),
            selectinload(Policy.measures).selectinload(Measure.rule),
        )
        .order_by(Policy.id)
    )
    return [to_policy(row) for row in rows]


def _batches(run: JobRun, ids: Sequence[int]) -> Iterator[list[library.Policy]]:
    """A transaction a batch, so that none is held while the index is written."""
    for start in range(0, len(ids), BATCH):
        with reading_only(), run.session() as session:
            batch = published_batch(session, ids[start : start + BATCH])
        yield batch


def _outlines(run: JobRun, ids: Sequence[int]) -> Iterator[library.Policy]:
    """What tells who amends or repeals whom: policies, with the texts of those that amend."""
    for batch in _batches(run, ids):
        for policy in batch:
            amends = any(one.relation is library.Relation.AMENDS for one in policy.references)
            blocks = policy.blocks if amends else ()
            yield policy.model_copy(update={"blocks": blocks, "measures": ()})


def _policies(
    run: JobRun,
    ids: Sequence[int],
    events: Mapping[str, tuple[library.Event, ...]],
    changes: Mapping[str, Sequence[ChangingDocument]],
    *,
    as_of: date,
) -> Iterator[library.Policy]:
    done = 0
    for batch in _batches(run, ids):
        for policy in batch:
            dated = policy.model_copy(update={"events": events.get(policy.id, policy.events)})
            if policy.id in changes:
                dated = noted(dated, changes[policy.id], as_of=as_of)
            yield dated.model_copy(update={"status": dated.status_on(as_of)})
        done += len(batch)
        with run.session() as session:
            run.progress(session, done=done, total=len(ids), message="正在建立索引")
            session.commit()


def mark_indexed(session: Session, ids: Sequence[int], started: datetime) -> None:
    """Clear the marks set before the run began; what was marked later waits for the next."""
    for start in range(0, len(ids), BATCH):
        session.execute(
            update(Policy)
            .where(Policy.id.in_(ids[start : start + BATCH]))
            .values(indexed_at=started, changed_at=Policy.changed_at)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Policy)
        .where(Policy.index_dirty_at <= started)
        .values(index_dirty_at=None, changed_at=Policy.changed_at)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Policy)
        .where(Policy.state != "published", Policy.indexed_at.is_not(None))
        .values(indexed_at=None, changed_at=Policy.changed_at)
        .execution_options(synchronize_session=False)
    )

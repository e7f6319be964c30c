"""
The jobs of matching (匹配任务): each resumes from its cursor, batch by batch.

A batch is one transaction: its matches and the cursor behind them are committed together, under
the token of the claim. Whatever worker does a shard, its results are there once.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from admin.clock import business_date
from admin.jobs import LONG, SHORT, GiveUp, JobRun, enqueue, handler
from admin.matching.ahead import Ahead
from admin.matching.published import Published, load_published
from admin.matching.store import Tally, as_of_of, store_matches, subjects, supersede_measure
from admin.records.enterprise import Enterprise
from admin.records.policy import Measure, Policy
from admin.roster.job import ready_roster, updated_roster

BATCH = 200
SHARD = 2000  # enterprises a job
LEASE_SECONDS = 120.0


@handler("match", slot=LONG, lease_seconds=LEASE_SECONDS)
def match_all(run: JobRun) -> dict[str, Any]:
    """All enterprises × all rules (全部匹配), by shards that any number of workers takes."""
    as_of = _day(run)
    updated_roster(run, as_of)
    with run.session() as session:
        bounds = shard_bounds(session, int(run.payload.get("shard", SHARD)))
        for lowest, highest in bounds:
            enqueue(
                session,
                "match_shard",
                f"{as_of.isoformat()}:{lowest}-{highest}",
                payload={"lowest": lowest, "highest": highest, "as_of": as_of.isoformat()},
                requested_by=run.requested_by,
                now=run.clock(),
            )
        run.progress(session, done=len(bounds), total=len(bounds))
        session.commit()
    return {"shards": len(bounds), "as_of": as_of.isoformat()}


def shard_bounds(session: Session, size: int) -> list[tuple[int, int]]:
    """The register cut into ranges of ids with so many enterprises each."""
    number = func.row_number().over(order_by=Enterprise.id) - 1
    rows = select(Enterprise.id.label("id"), (number // size).label("shard")).subquery()
    found = session.execute(select(func.min(rows.c.id), func.max(rows.c.id)).group_by(rows.c.shard))
    return sorted((int(low), int(high)) for low, high in found)


@handler("match_shard", slot=LONG, lease_seconds=LEASE_SECONDS)
def match_shard(run: JobRun) -> dict[str, Any]:
    """A range of the register, or a list of enterprises whose facts changed, × all rules."""
    payload = run.payload
    if "ids" in payload:  # their rows in the roster are out of date
        return _match(run, subjects().where(Enterprise.id.in_(payload["ids"])), None)
    lowest, highest = int(payload["lowest"]), int(payload["highest"])
    ahead = Ahead(ready_roster(run, _day(run)), highest)
    return _match(run, subjects().where(Enterprise.id.between(lowest, highest)), ahead)


@handler("match_enterprise", slot=SHORT, lease_seconds=LEASE_SECONDS)
def match_enterprise(run: JobRun) -> dict[str, Any]:
    """One enterprise × all rules (一家企业的匹配): after a changed fact."""
    return _match(run, subjects().where(Enterprise.id == int(run.key)), None)


@handler("match_policy", slot=LONG, lease_seconds=LEASE_SECONDS)
def match_policy(run: JobRun) -> dict[str, Any]:
    """One policy × all enterprises (一个政策的匹配): after it is published, changed, withdrawn."""
    policy_id = int(run.key)
    with run.session() as session:
        policy = session.get(Policy, policy_id)
        if policy is None:
            raise GiveUp("政策已删除")
        published = load_published(session, as_of=_day(run), policy_id=policy_id)
        gone = _measures_out_of_force(session, policy_id, published)
        ended = supersede_measure(session, gone, why=_why_out(policy), now=run.clock())
        session.commit()
    if not published.rules:
        return {"superseded": ended}
    ahead = Ahead(ready_roster(run, _day(run)))
    result = _match(run, subjects(), ahead, policy_id=policy_id)
    return result | {"superseded": result["superseded"] + ended}


def _measures_out_of_force(session: Session, policy_id: int, published: Published) -> list[int]:
    ids = session.scalars(select(Measure.id).where(Measure.policy_id == policy_id))
    return [one for one in ids if one not in published.places]


def _why_out(policy: Policy) -> str:
    if policy.state == "withdrawn":
        return "政策已撤回"
    return "政策已失效或措施已撤回" if policy.state == "published" else "政策重新审核"


def _day(run: JobRun) -> date:
    return as_of_of(run.payload.get("as_of"), business_date(run.started_at))


def _match(
    run: JobRun, chosen: Select[Any], ahead: Ahead | None, *, policy_id: int | None = None
) -> dict[str, Any]:
    """
    Batch after batch from the cursor on; each committed with its cursor.

    The rules are asked for with each batch: one that is published meanwhile counts at once.
    """
    tally = _tally(run.cursor)
    after = (run.cursor or {}).get("after", 0)
    with run.session() as session:
        total = session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery()))
    while True:
        with run.session() as session:
            batch = session.execute(chosen.where(Enterprise.id > after).limit(BATCH)).all()
            if not batch:
                break
            run.progress(session)  # holds the job's row: nobody takes the batch away midway
            published = load_published(session, as_of=_day(run), policy_id=policy_id)
            within = published.places if policy_id is not None else None
            known = ahead.outcomes(published, batch) if ahead is not None else {}
            tally.add(
                store_matches(
                    session, batch, published, now=run.clock(), within=within, known=known
                )
            )
            after = batch[-1].id
            run.progress(
                session,
                done=tally.enterprises,
                total=total or 0,
                cursor={"after": after, "tally": tally.to_json()},
            )
            session.commit()
    return tally.to_json()


def _tally(cursor: Any) -> Tally:
    """What was done before the interruption."""
    return Tally(**((cursor or {}).get("tally") or {}))

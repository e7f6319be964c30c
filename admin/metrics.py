"""
Figures for monitoring, in the text form of Prometheus (监控指标).

Ages are seconds; nothing in them tells of an enterprise or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.jobs import workers_seen
from admin.records.delivery import STATES as DELIVERY_STATES
from admin.records.delivery import Delivery
from admin.records.job import JOB_KINDS, JOB_STATES, Job
from admin.records.match import Match
from admin.records.policy import Policy

PREFIX = "policy_match_"


@dataclass(frozen=True, slots=True)
class Metric:
    """One gauge with its samples: labels and value (指标)."""

    name: str
    help: str
    samples: tuple[tuple[dict[str, str], float], ...]


def gather(session: Session, *, now: datetime) -> Iterator[Metric]:
    """All figures, each from one or two light queries; the session acts as the system."""
    deliveries = _by(session, Delivery.state)
    yield Metric(
        "outbox_age_seconds",
        "How long the oldest delivery that is due has waited",
        _age(session, Delivery.next_attempt_at, Delivery.state.in_(("pending", "retry")), now),
    )
    yield Metric(
        "deliveries",
        "Deliveries by state",
        tuple(({"state": s}, deliveries.get(s, 0)) for s, _ in DELIVERY_STATES),
    )
    yield Metric(
        "uncertain_sends",
        "Sends whose outcome a person must find out",
        (({}, deliveries.get("uncertain", 0)),),
    )
    yield Metric(
        "index_lag_seconds",
        "How long the oldest change of a policy has waited for the index",
        _age(session, Policy.index_dirty_at, Policy.index_dirty_at.is_not(None), now),
    )
    yield from _jobs(session, now)
    yield Metric(
        "matches_current",
        "Current matches",
        (({}, session.scalar(_count(Match, Match.superseded_at.is_(None))) or 0),),
    )
    seen = workers_seen(session)
    yield Metric(
        "worker_seen_seconds",
        "How long ago any worker was last seen; -1 for never",
        (({}, (now - max(seen.values())).total_seconds() if seen else -1),),
    )


def _jobs(session: Session, now: datetime) -> Iterator[Metric]:
    rows = session.execute(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state))
    table = {(kind, state): count for kind, state, count in rows}
    yield Metric(
        "jobs",
        "Jobs by kind and state",
        tuple(
            ({"kind": kind, "state": state}, table.get((kind, state), 0))
            for kind, _ in JOB_KINDS
            for state, _ in JOB_STATES
        ),
    )
    yield Metric(
        "job_age_seconds",
        "How long the oldest job that is due has waited",
        _age(session, Job.next_attempt_at, Job.state.in_(("pending", "retry")), now),
    )


def _by(session: Session, column: Any) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).group_by(column))
    return {str(value): count for value, count in rows}


def _count(model: Any, condition: Any) -> Any:
    return select(func.count(model.id)).where(condition)


def _age(
    session: Session, column: Any, condition: Any, now: datetime
) -> tuple[tuple[dict[str, str], float], ...]:
    """Seconds since the oldest moment of the rows; 0 where there is none or it is to come."""
    oldest = session.scalar(select(func.min(column)).where(condition))
    return (({}, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0),)


def render(metrics: Iterable[Metric]) -> str:
    """The text that Prometheus reads."""
    lines: list[str] = []
    for metric in metrics:
        name = PREFIX + metric.name
        lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} gauge"]
        for labels, value in metric.samples:
            inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
            lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(lines) + "\n"

"""
What waits for the one who is signed in (待办), by what its roles may see and do.

Each entry is one count in the person's own scope, and leads to the records it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from admin.db import Record
from admin.records.activity import Activity
from admin.records.appeal import Appeal
from admin.records.delivery import Delivery
from admin.records.digest import OfficerTask
from admin.records.enterprise import Enterprise
from admin.records.job import Job, Upload
from admin.records.match import Match
from admin.records.policy import Policy

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: how many, how bad, and the list to open (待办项)."""

    label: str
    count: int
    type: str
    filters: Mapping[str, str] = field(default_factory=dict)
    tone: str = ""
    page: str = ""  # the endpoint, where it is no list of the type


@dataclass(frozen=True, slots=True)
class _Kind:
    label: str
    model: type[Record]
    type: str
    condition: ColumnElement[bool]
    filters: Mapping[str, str] = field(default_factory=dict)
    tone: str = ""
    act: str = "list"
    page: str = ""


def what_waits(session: Session, may: Callable[[str, str], bool], *, as_of: date) -> list[Waiting]:
    """
    What waits, worst first; nothing that the person may not open.

    Args:
        session: scoped to the person.
        may: whether the person may do an act with a record type.
        as_of: today.
    """
    found = []
    for kind in _kinds(as_of):
        if not may(kind.type, kind.act):
            continue
        count = session.scalar(select(func.count(kind.model.id)).where(kind.condition)) or 0
        if count:
            found.append(Waiting(kind.label, count, kind.type, kind.filters, kind.tone, kind.page))
    return found


def _kinds(day: date) -> Iterator[_Kind]:
    open_appeal = Appeal.state.not_in(("answered", "closed"))
    open_task = OfficerTask.done_on.is_(None)
    yield _Kind("诉求已超期", Appeal, "appeal", open_appeal & (Appeal.due_on < day), tone="bad")
    soon = open_appeal & Appeal.due_on.between(day, day + SOON)
    yield _Kind("诉求三天内到期", Appeal, "appeal", soon, tone="warn")
    yield _Kind(
        "投递结果不明", Delivery, "delivery", Delivery.state == "uncertain",
        {"state": "uncertain"}, "bad",
    )  # fmt: skip
    yield _Kind(
        "投递失败", Delivery, "delivery", Delivery.state == "dead", {"state": "dead"}, "bad"
    )
    yield _Kind("后台任务失败", Job, "job", Job.state == "failed", {"state": "failed"}, "bad")
    overdue = Activity.report_due_on.is_not(None) & (Activity.report_due_on < day)
    overdue &= Activity.state.in_(("planned", "held"))
    yield _Kind("活动报告逾期", Activity, "activity", overdue, tone="bad")
    late = open_task & (OfficerTask.due_on <= day)
    yield _Kind("专员待办到期", OfficerTask, "officer_task", late, tone="warn")
    later = open_task & (OfficerTask.due_on > day)
    yield _Kind("专员待办", OfficerTask, "officer_task", later)
    yield _Kind(
        "政策待审核", Policy, "policy", Policy.state == "review", {"state": "review"}, act="edit"
    )
    yield _Kind(
        "文件未读取", Upload, "policy", Upload.state != "read", {"files": "unread"}, act="edit",
        page="DeskView.list",
    )  # fmt: skip


def verdict_counts(session: Session) -> list[list[Any]]:
    """For a chart: verdict, label and count of the current matches in scope."""
    rows = session.execute(
        select(Match.verdict, func.count())
        .where(Match.superseded_at.is_(None))
        .group_by(Match.verdict)
    )
    found = {str(verdict): count for verdict, count in rows}
    labels = (("eligible", "符合"), ("unknown", "待核实"), ("ineligible", "不符合或差一项"))
    return [[name, label, found.get(name, 0)] for name, label in labels] if found else []


def size_counts(session: Session) -> list[list[Any]]:
    """For a chart: size class, label and count of the enterprises in scope."""
    found = {
        size or "": count
        for size, count in session.execute(
            select(Enterprise.size_class, func.count()).group_by(Enterprise.size_class)
        )
    }
    labels = (("large", "大型"), ("medium", "中型"), ("small", "小型"), ("micro", "微型"))
    rows = [[name, label, found.get(name, 0)] for name, label in (*labels, ("", "尚不能划型"))]
    return [row for row in rows if row[2]] if found else []

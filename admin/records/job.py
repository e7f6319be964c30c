"""
后台任务、定时计划、上传文件、工作日调整: what the system does by itself, as rows.

All work in the background is a job row; rings of the broker only call `admin.jobs.run_due`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.clock import utc_now
from admin.db import Base, Json, Record, UtcDateTime
from admin.lowcode.record_type import (
    CHANGE,
    CRUD,
    NONE,
    READ,
    REGISTRY,
    Chart,
    Field,
    Group,
    RecordType,
    access,
)
from admin.records.organisation import Organisation
from admin.records.policy import Policy

JOB_KINDS = (
    ("read", "读取文件"),
    ("match", "全部匹配"),
    ("match_shard", "匹配一批企业"),
    ("match_policy", "匹配一个政策"),
    ("match_enterprise", "匹配一家企业"),
    ("roster", "更新名册"),
    ("index", "更新索引"),
    ("push", "推送"),
    ("deliver", "投递"),
    ("import", "导入"),
    ("prune", "清理"),
)
JOB_STATES = (
    ("pending", "排队"),
    ("running", "进行中"),
    ("done", "完成"),
    ("retry", "等待重试"),
    ("failed", "失败"),
)


class Job(Record):
    """Something to be done in the background (后台任务)."""

    __tablename__ = "job"
    __unaudited__ = True
    __table_args__ = (
        Index("ix_job_due", "state", "next_attempt_at"),
        Index(
            "uq_job_active",
            "kind",
            "key",
            unique=True,
            sqlite_where=text("state IN ('pending', 'running', 'retry')"),
            postgresql_where=text("state IN ('pending', 'running', 'retry')"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(120))  # one active job of a kind and key
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[int] = mapped_column(Integer, default=0)  # progress: done of total
    total: Mapped[int] = mapped_column(Integer, default=0)
    again: Mapped[bool] = mapped_column(Boolean, default=False)  # asked for while it ran
    cursor: Mapped[Any | None] = mapped_column(Json)  # where an interrupted run resumes
    message: Mapped[str] = mapped_column(String(500), default="")
    result: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requested_by: Mapped[str] = mapped_column(String(60), default="系统")

    def __str__(self) -> str:
        return f"{dict(JOB_KINDS).get(self.kind, self.kind)} {self.key}"


class Lease(Base):
    """Who holds something that only one may do, and until when; workers' signs of life (租约)."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120), default="")
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Schedule(Record):
    """When a kind of work is due; rows that staff edit (定时计划)."""

    __tablename__ = "schedule"

    kind: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    hour: Mapped[int] = mapped_column(Integer, default=9)
    minute: Mapped[int] = mapped_column(Integer, default=0)
    weekdays: Mapped[str] = mapped_column(String(20), default="1,2,3,4,5,6,7")  # 1 is Monday
    working_days_only: Mapped[bool] = mapped_column(Boolean, default=False)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    keep_days: Mapped[int | None] = mapped_column(Integer)  # of what is pruned
    last_run_on: Mapped[date | None] = mapped_column(Date)

    def __str__(self) -> str:
        return self.name


class Upload(Record):
    """A file handed in at the policy desk (上传文件)."""

    __tablename__ = "upload"

    name: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(12), default="pending", index=True)
    error: Mapped[str | None] = mapped_column(Text)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    uploaded_by: Mapped[str] = mapped_column(String(60))
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id", ondelete="SET NULL"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))

    organisation: Mapped[Organisation | None] = relationship()
    policy: Mapped[Policy | None] = relationship()
    job: Mapped[Job | None] = relationship()


class Holiday(Record):
    """A day that staff say is or is not a working day; wins over the tables (工作日调整)."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(Date, unique=True)
    is_working: Mapped[bool] = mapped_column(Boolean, default=False)
    name: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str | None] = mapped_column(String(200))


class IdempotencyKey(Record):
    """A POST that was answered; the same key gets the same answer (幂等键)."""

    __tablename__ = "idempotency_key"
    __unaudited__ = True
    __table_args__ = (Index("uq_idempotency_key", "user_id", "key", unique=True),)

    key: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[int] = mapped_column(Integer)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)


JOB = REGISTRY.add(
    RecordType(
        model=Job,
        name="job",
        label="后台任务",
        menu="系统",
        icon="clock",
        form=(
            Group(
                "任务",
                (
                    Field("kind", "类型", choices=JOB_KINDS, read_only=True),
                    Field("key", "对象", read_only=True),
                    Field("state", "状态", choices=JOB_STATES, read_only=True),
                    Field("done", "已完成", read_only=True),
                    Field("total", "总数", read_only=True),
                    Field("attempts", "次数", read_only=True),
                    Field("message", "说明", read_only=True),
                    Field("requested_by", "发起人", read_only=True),
                    Field("next_attempt_at", "下次运行", read_only=True),
                    Field("finished_at", "完成时间", read_only=True),
                ),
            ),
        ),
        columns=("kind", "key", "state", "done", "total", "message", "finished_at"),
        filters=("kind", "state"),
        chart=Chart("state", "任务状态"),
        access=access(
            office=READ | {"retry"},
            department=NONE,
            township=NONE,
            officer=NONE,
            viewer=NONE,
            admin=READ | {"retry"},
        ),
        empty="没有后台任务。",
        show_template="admin/job.html",
    )
)


def _keep_days(value: Any) -> Any:
    if not 7 <= int(value) <= 3650:
        raise ValueError("请填 7 到 3650 天")
    return value


SCHEDULE = REGISTRY.add(
    RecordType(
        model=Schedule,
        name="schedule",
        label="定时计划",
        menu="系统",
        icon="calendar",
        form=(
            Group(
                "计划",
                (
                    Field("name", "名称"),
                    Field("kind", "类型", choices=JOB_KINDS, read_only=True),
                    Field("hour", "时", "北京时间，0–23"),
                    Field("minute", "分"),
                    Field("weekdays", "星期", "1 为星期一，用逗号分开"),
                    Field("working_days_only", "只在工作日"),
                    Field("enabled", "启用", default=True),
                    Field(
                        "keep_days",
                        "保留天数",
                        "只用于“清理”：完成的任务、已取消的投递留多少天",
                        check=_keep_days,
                    ),
                    Field("last_run_on", "上次运行", read_only=True),
                ),
            ),
        ),
        columns=(
            "name",
            "kind",
            "hour",
            "minute",
            "weekdays",
            "working_days_only",
            "enabled",
            "last_run_on",
        ),
        order=("id", False),
        access=access(
            office=CHANGE, department=NONE, township=NONE, officer=NONE, viewer=NONE, admin=CHANGE
        ),
        empty="没有定时计划。请运行 policy-match admin init。",
    )
)

HOLIDAY = REGISTRY.add(
    RecordType(
        model=Holiday,
        name="holiday",
        label="工作日调整",
        menu="系统",
        icon="calendar",
        form=(
            Group(
                "调整",
                (
                    Field("day", "日期"),
                    Field("is_working", "要上班", "调休上班勾选；放假不勾选"),
                    Field("name", "说明"),
                    Field("source", "依据", "国务院办公厅通知的文号"),
                ),
            ),
        ),
        columns=("day", "is_working", "name", "source"),
        order=("day", True),
        key="day",
        access=access(office=CRUD, department=READ, township=READ, officer=READ, viewer=READ),
        empty="没有调整：按国家公布的节假日安排计算。次年安排公布前，系统按法定假日推算并提示。",
    )
)

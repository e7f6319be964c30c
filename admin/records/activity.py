"""走访与活动: visits, reception days, talks — mode and channel of each (mission 3, 6, 13–16)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ColumnElement, Date, ForeignKey, String, Table, Text, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.clock import local
from admin.db import Base, Record, UtcDateTime
from admin.lowcode.record_type import (
    CRUD,
    EDIT,
    REGISTRY,
    Chart,
    Field,
    Group,
    RecordType,
    access,
)
from admin.principal import Principal
from admin.records.enterprise import Enterprise
from admin.records.officer import Officer
from admin.records.organisation import Organisation
from admin.scope import Scoped
from policy_match.wording import date_words

KINDS = (
    ("visit", "走访"),
    ("reception_day", "企业接待日"),
    ("talk", "政企同心谈"),
    ("salon", "营商会客厅"),
    ("on_site", "现场办公"),
    ("process_walk", "一把手走流程"),
    ("training", "业务培训"),
    ("other", "其他"),
)
CHANNELS = (
    ("visit", "包保走访"),
    ("phone", "短信电话"),
    ("meeting", "座谈交流"),
    ("training", "培训研讨"),
    ("hall", "政务大厅"),
    ("platform", "政务平台"),
    ("media", "新闻媒体"),
    ("wechat", "微博微信"),
)
STATES = (("planned", "计划"), ("held", "已举行"), ("reported", "已报告"), ("cancelled", "取消"))

activity_enterprise = Table(
    "activity_enterprise",
    Base.metadata,
    Column("activity_id", ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprise.id", ondelete="CASCADE"), primary_key=True),
)


class Activity(Record, Scoped):
    """A visit or an event with enterprises (走访与活动)."""

    __tablename__ = "activity"

    kind: Mapped[str] = mapped_column(String(20), default="visit", index=True)
    title: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str | None] = mapped_column(String(200))
    channel: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="planned")
    findings: Mapped[str | None] = mapped_column(Text)
    report_due_on: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship()
    officer: Mapped[Officer | None] = relationship()
    enterprises: Mapped[list[Enterprise]] = relationship(secondary=activity_enterprise)

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Activities of one's own units, and those one holds as officer."""
        officer = Officer.__table__.alias("scoped_officer")
        from sqlalchemy import select

        mine = select(officer.c.id).where(officer.c.person_id == principal.person_id)
        return or_(cls.organisation_id.in_(principal.organisations), cls.officer_id.in_(mine))

    def __str__(self) -> str:
        if self.starts_at is None:
            return self.title
        return f"{self.title}（{date_words(local(self.starts_at).date())}）"


ACTIVITY = REGISTRY.add(
    RecordType(
        model=Activity,
        name="activity",
        label="走访与活动",
        menu="服务",
        icon="calendar",
        form=(
            Group(
                "活动",
                (
                    Field("kind", "类型", choices=KINDS),
                    Field("title", "主题"),
                    Field("organisation", "主办单位"),
                    Field("officer", "企业专员"),
                    Field("starts_at", "开始时间"),
                    Field("ends_at", "结束时间"),
                    Field("place", "地点"),
                    Field("channel", "途径", choices=CHANNELS),
                    Field("enterprises", "参加企业"),
                ),
            ),
            Group(
                "结果",
                (
                    Field("state", "状态", choices=STATES),
                    Field("findings", "情况与问题"),
                    Field("report_due_on", "报告期限", "活动后 2 个工作日内报区营商环境办"),
                ),
            ),
        ),
        columns=("title", "kind", "organisation", "starts_at", "state", "report_due_on"),
        search=("title", "place"),
        filters=("kind", "state", "organisation"),
        order=("starts_at", True),
        api=True,
        chart=Chart("kind", "活动类型"),
        access=access(department=CRUD, township=CRUD, officer=EDIT),
        empty="还没有走访或活动。点“新增”登记一次走访。",
    )
)

"""企业诉求: intake, topic, urgency, the unit responsible, clock, answer (mission 8–12)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Date, ForeignKey, String, Text, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.clock import today
from admin.db import Record
from admin.lowcode.record_type import (
    CHANGE,
    EDIT,
    REGISTRY,
    Chart,
    Field,
    Group,
    RecordType,
    access,
)
from admin.principal import Principal
from admin.records.enterprise import Enterprise, _own, _visible
from admin.records.organisation import Organisation
from admin.scope import Scoped

TOPICS = (
    ("land_energy", "用地用能"),
    ("approval", "行政审批"),
    ("finance_tax", "财税政策"),
    ("talent", "人才引培"),
    ("investment", "投资融资"),
    ("other", "其他"),
)
SOURCES = (
    ("officer", "企业专员"),
    ("activity", "走访与活动"),
    ("digest", "政策推送"),
    ("portal", "企业页面"),
    ("hotline", "12345热线"),
    ("platform", "云南省网上营商环境投诉平台"),
    ("other", "其他"),
)
STATES = (
    ("received", "已收到"),
    ("assigned", "已交办"),
    ("working", "办理中"),
    ("answered", "已答复"),
    ("closed", "已办结"),
)
URGENCIES = (("urgent", "急迫"), ("normal", "一般"))


class Appeal(Record, Scoped):
    """An enterprise asks, complains or suggests (企业诉求)."""

    __tablename__ = "appeal"

    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    source: Mapped[str] = mapped_column(String(20), default="officer")
    topic: Mapped[str] = mapped_column(String(20), default="other", index=True)
    urgency: Mapped[str] = mapped_column(String(20), default="normal")
    state: Mapped[str] = mapped_column(String(20), default="received", index=True)
    received_on: Mapped[date] = mapped_column(Date, default=today)
    due_on: Mapped[date | None] = mapped_column(Date, index=True)
    goal: Mapped[str | None] = mapped_column(String(300))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_on: Mapped[date | None] = mapped_column(Date)

    enterprise: Mapped[Enterprise | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Appeals that one's units are responsible for, and those of the enterprises one sees."""
        return or_(
            cls.organisation_id.in_(principal.organisations),
            _visible(cls.enterprise_id, None, principal),  # type: ignore[arg-type]  # nullable: NULL is in nothing
        )

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """Those that one's units are responsible for, and those of one's own enterprises."""
        return or_(
            cls.organisation_id.in_(principal.organisations),
            _own(cls.enterprise_id, None, principal),  # type: ignore[arg-type]  # nullable: NULL is in nothing
        )

    def __str__(self) -> str:
        return self.title


def _number(appeal: Appeal) -> None:
    """Give a new appeal its number: the day, then a count that nobody can guess from outside."""
    if not appeal.number:
        from secrets import token_hex

        appeal.number = f"SQ{(appeal.received_on or today()):%Y%m%d}-{token_hex(3).upper()}"


APPEAL = REGISTRY.add(
    RecordType(
        model=Appeal,
        name="appeal",
        label="企业诉求",
        menu="服务",
        icon="message",
        form=(
            Group(
                "诉求",
                (
                    Field("number", "编号", read_only=True),
                    Field("title", "标题"),
                    Field("text", "内容"),
                    Field("enterprise", "企业"),
                    Field("source", "来源", choices=SOURCES),
                    Field("topic", "主题", choices=TOPICS),
                    Field("urgency", "急迫程度", choices=URGENCIES),
                    Field("received_on", "收到日期", default=today),
                ),
            ),
            Group(
                "办理",
                (
                    Field("organisation", "责任单位"),
                    Field("goal", "工作目标"),
                    Field("due_on", "完成时限"),
                    Field("state", "状态", choices=STATES),
                    Field("answer", "答复"),
                    Field("answered_on", "答复日期"),
                ),
            ),
        ),
        columns=("number", "title", "enterprise", "topic", "organisation", "state", "due_on"),
        search=("number", "title", "text"),
        filters=("state", "topic", "urgency", "organisation", "source"),
        key="number",
        api=True,
        chart=Chart("topic", "诉求主题"),
        access=access(department=EDIT, township=EDIT, officer=EDIT),
        empty="还没有诉求。企业专员走访时收集的问题在这里登记。",
        before_save=_number,
    )
)

__all__ = ["APPEAL", "CHANGE", "Appeal"]

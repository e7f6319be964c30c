"""政策推送: a digest, its items, and what the enterprise did with each (mission 2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.db import Json, Record, UtcDateTime
from admin.lowcode.record_type import (
    EDIT,
    READ,
    REGISTRY,
    Chart,
    Field,
    Group,
    RecordType,
    Related,
    access,
)
from admin.principal import Principal
from admin.records.enterprise import Enterprise, OfEnterprise, _visible
from admin.records.match import Match
from admin.records.officer import Officer
from admin.records.policy import Measure
from admin.scope import Scoped

STATES = (
    ("composed", "待发送"),
    ("sent", "已发送"),
    ("uncertain", "结果不明"),
    ("failed", "未送达"),
    ("cancelled", "已取消"),
)
FEEDBACK = (
    ("opened", "打开"),
    ("useful", "有用"),
    ("useless", "没用"),
    ("applied", "已申报"),
    ("contact_me", "请专员联系"),
    ("not_me", "不是本人"),
    ("forwarded", "转同事"),
    ("unsubscribed", "退订"),
    ("frequency", "改频率"),
    ("themes", "改主题"),
    ("answered", "回答问题"),
)


class Digest(Record, OfEnterprise):
    """One digest for one enterprise (政策推送); its content is kept as it was sent."""

    __tablename__ = "digest"
    __unaudited__ = True
    __table_args__ = (
        UniqueConstraint("enterprise_id", "period", name="uq_digest_period"),
        Index("ix_digest_made", "created_at"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)  # printed on it; can be verified
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    period: Mapped[str] = mapped_column(String(40))  # e.g. 2026-W48: one digest a period
    day: Mapped[date] = mapped_column(Date)
    subject: Mapped[str] = mapped_column(String(300))
    html: Mapped[str] = mapped_column(Text, deferred=True)
    text: Mapped[str] = mapped_column(Text, deferred=True)
    questions: Mapped[list[Any]] = mapped_column(Json, default=list)
    sender: Mapped[str] = mapped_column(String(200), default="")
    caller: Mapped[str] = mapped_column(String(300), default="")  # whom it said to call
    state: Mapped[str] = mapped_column(String(20), default="composed", index=True)

    enterprise: Mapped[Enterprise] = relationship()
    items: Mapped[list[DigestItem]] = relationship(
        back_populates="digest", order_by="DigestItem.position", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.number


class DigestItem(Record, Scoped):
    """One measure in a digest (推送条目)."""

    __tablename__ = "digest_item"
    __unaudited__ = True
    __table_args__ = (
        UniqueConstraint("digest_id", "measure_id", name="uq_digest_item"),
        Index("ix_digest_item_pair", "enterprise_id", "measure_id"),
    )

    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id", ondelete="CASCADE"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("rule.id"))
    position: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # as it was sent
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    useful: Mapped[bool | None]
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    digest: Mapped[Digest] = relationship(back_populates="items")
    measure: Mapped[Measure] = relationship()
    match: Mapped[Match] = relationship()

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As the enterprise."""
        return _visible(cls.enterprise_id, None, principal)


class Feedback(Record, OfEnterprise):
    """One thing an enterprise did with an item or a digest (回执与反馈)."""

    __tablename__ = "feedback"
    __unaudited__ = True

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(
        ForeignKey("digest_item.id", ondelete="CASCADE"), index=True
    )
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("enterprise_contact.id", ondelete="SET NULL")
    )
    kind: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    enterprise: Mapped[Enterprise] = relationship()
    digest: Mapped[Digest] = relationship()


class OfficerTask(Record, OfEnterprise):
    """Something an officer must do for an enterprise by a day (专员待办)."""

    __tablename__ = "officer_task"

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="contact")
    title: Mapped[str] = mapped_column(String(300))
    due_on: Mapped[date] = mapped_column(Date, index=True)
    done_on: Mapped[date | None] = mapped_column(Date)
    result: Mapped[str | None] = mapped_column(Text)
    feedback_id: Mapped[int | None] = mapped_column(ForeignKey("feedback.id", ondelete="SET NULL"))

    enterprise: Mapped[Enterprise] = relationship()
    officer: Mapped[Officer | None] = relationship()

    def __str__(self) -> str:
        return self.title


DIGEST = REGISTRY.add(
    RecordType(
        model=Digest,
        name="digest",
        label="政策推送",
        menu="推送",
        icon="send",
        form=(
            Group(
                "推送",
                (
                    Field("number", "推送编号", read_only=True),
                    Field("enterprise", "企业", read_only=True),
                    Field("day", "日期", read_only=True),
                    Field("subject", "标题", read_only=True),
                    Field("state", "状态", choices=STATES, read_only=True),
                ),
            ),
        ),
        columns=("number", "enterprise", "day", "subject", "state"),
        search=("number", "subject"),
        filters=("state",),
        api=True,
        chart=Chart("state", "推送状态"),
        related=(Related("feedback", "digest", "反馈"),),
        access=access(office=READ, admin=READ),
        empty="还没有推送。发布政策后，系统在工作日自动推送；也可运行 policy-match push。",
        show_template="admin/digest.html",
    )
)

FEEDBACK_TYPE = REGISTRY.add(
    RecordType(
        model=Feedback,
        name="feedback",
        label="企业反馈",
        menu="推送",
        icon="thumbs-up",
        form=(
            Group(
                "反馈",
                (
                    Field("enterprise", "企业", read_only=True),
                    Field("digest", "推送", read_only=True),
                    Field("kind", "反馈", choices=FEEDBACK, read_only=True),
                    Field("reason", "说明", read_only=True),
                    Field("at", "时间", read_only=True),
                ),
            ),
        ),
        columns=("enterprise", "digest", "kind", "reason", "at"),
        filters=("kind",),
        chart=Chart("kind", "反馈"),
        access=access(office=READ, admin=READ),
        empty="还没有反馈。企业打开推送链接后，这里会出现记录。",
    )
)

TASK = REGISTRY.add(
    RecordType(
        model=OfficerTask,
        name="officer_task",
        label="专员待办",
        menu="服务",
        icon="check",
        form=(
            Group(
                "待办",
                (
                    Field("title", "事项"),
                    Field("enterprise", "企业"),
                    Field("officer", "企业专员"),
                    Field("due_on", "期限"),
                    Field("done_on", "完成日期"),
                    Field("result", "结果"),
                ),
            ),
        ),
        columns=("title", "enterprise", "officer", "due_on", "done_on"),
        search=("title",),
        filters=("officer",),
        order=("due_on", False),
        access=access(department=EDIT, township=EDIT, officer=EDIT),
        empty="没有待办。企业点“请专员联系我”后，会在这里出现，一个工作日内办理。",
    )
)


def enterprise_of_item(item_id: int) -> Any:
    """The enterprise of an item, as a statement."""
    return select(DigestItem.enterprise_id).where(DigestItem.id == item_id)

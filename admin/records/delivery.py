"""
投递: the outbox. One row is one digest to one contact over one channel.

pending → sending → sent | retry | dead | uncertain. A row is claimed (conditional UPDATE with a
token, committed) before it is sent; a claim that went stale becomes uncertain, never pending, and
only a person sends it again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.clock import utc_now
from admin.db import Record, UtcDateTime
from admin.lowcode.record_type import READ, REGISTRY, Chart, Field, Group, RecordType, access
from admin.principal import Principal
from admin.records.digest import Digest
from admin.records.enterprise import EnterpriseContact, _visible
from admin.scope import Scoped

STATES = (
    ("pending", "待投递"),
    ("sending", "投递中"),
    ("sent", "已投递"),
    ("retry", "等待重试"),
    ("dead", "投递失败"),
    ("uncertain", "结果不明"),
    ("cancelled", "已取消"),
    ("closed", "不再投递"),
)
CHANNELS = (("file", "文件"), ("mail", "邮件"), ("sms", "短信"), ("wecom", "企业微信"))


class Delivery(Record, Scoped):
    """One digest to one contact over one channel (投递)."""

    __tablename__ = "delivery"
    __unaudited__ = True  # its states are its own history
    __table_args__ = (
        UniqueConstraint("digest_id", "contact_id", "channel", name="uq_delivery"),
        Index("ix_delivery_due", "state", "next_attempt_at"),
    )

    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id", ondelete="CASCADE"))
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("enterprise_contact.id", ondelete="SET NULL")
    )
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    token: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(500))

    digest: Mapped[Digest] = relationship()
    contact: Mapped[EnterpriseContact | None] = relationship()

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As the enterprise."""
        return _visible(cls.enterprise_id, None, principal)


DELIVERY = REGISTRY.add(
    RecordType(
        model=Delivery,
        name="delivery",
        label="投递",
        menu="推送",
        icon="mail",
        form=(
            Group(
                "投递",
                (
                    Field("digest", "推送", read_only=True),
                    Field("contact", "联系人", read_only=True),
                    Field("channel", "渠道", choices=CHANNELS, read_only=True),
                    Field("address", "地址", read_only=True, personal=True),
                    Field("state", "状态", choices=STATES, read_only=True),
                    Field("attempts", "次数", read_only=True),
                    Field("next_attempt_at", "下次投递", read_only=True),
                    Field("sent_at", "投递时间", read_only=True),
                    Field("reason", "原因", read_only=True, mentions=True),
                ),
            ),
        ),
        columns=("digest", "contact", "channel", "address", "state", "attempts", "reason"),
        filters=("state", "channel"),
        api=True,
        chart=Chart("state", "投递状态"),
        access=access(office=READ | {"resend"}, admin=READ | {"resend"}),
        empty="还没有投递。",
        show_template="admin/delivery.html",
    )
)

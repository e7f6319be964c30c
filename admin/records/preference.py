"""推送偏好: what an enterprise wants to receive, how often, how, and when not."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.db import Record, UtcDateTime
from admin.lowcode.record_type import EDIT, REGISTRY, Field, Group, RecordType, access
from admin.records.enterprise import Enterprise, EnterpriseContact, OfEnterprise
from indexer.structure.topics import THEMES

_SEPARATORS = re.compile(r"[、，,;；\s]+")
FREQUENCIES = (("weekly", "每周"), ("biweekly", "每两周"), ("monthly", "每月"), ("never", "不接收"))


class Preference(Record, OfEnterprise):
    """What one contact of an enterprise, or all of them, want to receive (推送偏好)."""

    __tablename__ = "preference"

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("enterprise_contact.id", ondelete="CASCADE"), unique=True
    )
    frequency: Mapped[str] = mapped_column(String(20), default="weekly")
    channel: Mapped[str | None] = mapped_column(String(20))
    quiet_from: Mapped[int] = mapped_column(Integer, default=20)  # hour of the day, Beijing
    quiet_until: Mapped[int] = mapped_column(Integer, default=8)
    themes: Mapped[str] = mapped_column(String(200), default="")  # none chosen: all
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    enterprise: Mapped[Enterprise] = relationship()
    contact: Mapped[EnterpriseContact | None] = relationship()

    @property
    def chosen_themes(self) -> frozenset[str]:
        """The themes that were chosen; none where everything is wanted."""
        return read_themes(self.themes)


def read_themes(text: str | None) -> frozenset[str]:
    """The themes of a text."""
    return frozenset(part for part in _SEPARATORS.split(text or "") if part)


def _themes(value: Any) -> str:
    chosen = read_themes(str(value))
    wrong = sorted(chosen - set(THEMES))
    if wrong:
        raise ValueError(f"没有主题“{'、'.join(wrong)}”；可以填：{'、'.join(THEMES)}")
    return "、".join(one for one in THEMES if one in chosen)


def _hour(value: Any) -> Any:
    if value is not None and not 0 <= int(value) <= 23:
        raise ValueError("请填 0 到 23 的整点")
    return value


PREFERENCE = REGISTRY.add(
    RecordType(
        model=Preference,
        name="preference",
        label="推送偏好",
        menu="推送",
        icon="settings",
        form=(
            Group(
                "偏好",
                (
                    Field("enterprise", "企业"),
                    Field("contact", "联系人", "留空表示全部联系人"),
                    Field("frequency", "频率", choices=FREQUENCIES, default="weekly"),
                    Field(
                        "quiet_from", "免打扰开始（时）", "20 表示晚上八点", default=20, check=_hour
                    ),
                    Field("quiet_until", "免打扰结束（时）", default=8, check=_hour),
                    Field(
                        "themes",
                        "只收这些主题",
                        f"不填表示全部；可填：{'、'.join(THEMES)}",
                        check=_themes,
                    ),
                    Field("unsubscribed_at", "退订时间", read_only=True),
                ),
            ),
        ),
        columns=(
            "enterprise",
            "contact",
            "frequency",
            "themes",
            "quiet_from",
            "quiet_until",
            "unsubscribed_at",
        ),
        filters=("frequency",),
        access=access(department=EDIT, township=EDIT, officer=EDIT),
        empty="还没有偏好设置：所有企业按每周一次推送。",
    )
)

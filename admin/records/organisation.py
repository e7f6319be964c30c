"""机构: 区级部门、乡镇（街道）、观察站、商会、银行 — a tree with dated renames (mission 30)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.db import Record
from admin.lowcode.record_type import REGISTRY, Chart, Field, Group, RecordType, Related, access

KINDS = (
    ("leading_group", "领导小组"),
    ("office", "营商环境办"),
    ("department", "部门"),
    ("township", "乡镇（街道）"),
    ("station", "营商环境观察站"),
    ("chamber", "商会"),
    ("bank", "银行"),
    ("other", "其他"),
)


class Organisation(Record):
    """A unit (机构); rows that belong to a unit are open to it and to the units above it."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    short_name: Mapped[str | None] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20), default="department")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    region: Mapped[str | None] = mapped_column(String(12))
    landline: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(200))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    parent: Mapped[Organisation | None] = relationship(
        remote_side="Organisation.id", foreign_keys=[parent_id]
    )
    successor: Mapped[Organisation | None] = relationship(
        remote_side="Organisation.id", foreign_keys=[successor_id]
    )

    def __str__(self) -> str:
        return self.short_name or self.name


ORGANISATION = REGISTRY.add(
    RecordType(
        model=Organisation,
        name="organisation",
        label="机构",
        menu="单位与人员",
        icon="building",
        form=(
            Group(
                "基本信息",
                (
                    Field("name", "全称"),
                    Field("short_name", "简称"),
                    Field("kind", "类别", choices=KINDS),
                    Field("parent", "上级单位", "下级单位的数据对上级可见"),
                    Field("region", "所在地区", code_set="region"),
                    Field("landline", "办公电话", "推送内容中供企业核实，请填固定电话"),
                    Field("address", "地址"),
                ),
            ),
            Group(
                "沿革",
                (
                    Field("valid_from", "设立日期"),
                    Field("valid_until", "撤销日期", "更名或合并时填写最后一天"),
                    Field("successor", "后继单位"),
                ),
            ),
        ),
        columns=("name", "kind", "parent", "region", "landline"),
        search=("name", "short_name"),
        filters=("kind", "parent"),
        order=("id", False),
        key="name",
        related=(
            Related("person", "organisation", "人员"),
            Related("enterprise", "organisation", "属地企业"),
        ),
        chart=Chart("kind", "机构类别"),
        access=access(),
        empty="还没有机构。先新增区营商环境办，再新增各部门和乡镇（街道）。",
    )
)

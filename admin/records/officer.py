"""企业专员（项目管家）and the enterprises assigned to them (mission 18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.clock import today
from admin.db import Record
from admin.lowcode.record_type import (
    CRUD,
    EDIT,
    REGISTRY,
    Field,
    Group,
    Kind,
    RecordType,
    Related,
    access,
)
from admin.principal import Principal
from admin.records.enterprise import Enterprise, OfEnterprise
from admin.records.person import Person
from admin.scope import Scoped

KINDS = (("officer", "企业专员"), ("steward", "项目管家"))


class Officer(Record, Scoped):
    """An enterprise officer (企业专员) or project steward (项目管家)."""

    __tablename__ = "officer"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="officer")
    landline: Mapped[str | None] = mapped_column(String(40))
    duties: Mapped[str | None] = mapped_column(String(300))
    is_public: Mapped[bool] = mapped_column(Boolean, default=True)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    person: Mapped[Person] = relationship(lazy="joined")

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Officers of one's own units, and oneself."""
        return or_(cls.changeable_by(principal), cls.person_id == principal.person_id)

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """Officers of one's own units."""
        people = Person.__table__.alias("scoped_person")
        own = select(people.c.id).where(people.c.organisation_id.in_(principal.organisations))
        return cls.person_id.in_(own)

    @property
    def organisation_name(self) -> str:
        """The unit."""
        return str(self.person.organisation) if self.person else ""

    @property
    def telephone(self) -> str:
        """The landline that enterprises may call to check (固定电话)."""
        own = self.person.landline if self.person else None
        return self.landline or own or ""

    def __str__(self) -> str:
        return str(self.person) if self.person else f"第 {self.id} 号专员"


class Assignment(Record, OfEnterprise):
    """An officer looks after an enterprise for a time (挂钩联系)."""

    __tablename__ = "assignment"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    starts_on: Mapped[date | None] = mapped_column(Date, default=today)
    ends_on: Mapped[date | None] = mapped_column(Date)

    officer: Mapped[Officer] = relationship()
    enterprise: Mapped[Enterprise] = relationship()

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """Those of enterprises of one's units: an assignment gives rights, so it can't be taken."""
        enterprise = Enterprise.__table__.alias("assigned_enterprise")
        own = select(enterprise.c.id).where(
            enterprise.c.organisation_id.in_(principal.organisations)
        )
        return cls.enterprise_id.in_(own)


def assigned_ids(principal: Principal) -> Any:
    """The enterprises that the person looks after now, as a subquery."""
    assignment, officer = Assignment.__table__, Officer.__table__
    day = today()
    return (
        select(assignment.c.enterprise_id)
        .join(officer, officer.c.id == assignment.c.officer_id)
        .where(
            officer.c.person_id == principal.person_id,
            officer.c.is_active,
            or_(assignment.c.starts_on.is_(None), assignment.c.starts_on <= day),
            or_(assignment.c.ends_on.is_(None), assignment.c.ends_on >= day),
        )
    )


OFFICER = REGISTRY.add(
    RecordType(
        model=Officer,
        name="officer",
        label="企业专员",
        menu="单位与人员",
        icon="handshake",
        form=(
            Group(
                "专员",
                (
                    Field("person", "人员"),
                    Field("kind", "类别", choices=KINDS),
                    Field("landline", "服务电话", "向社会公布，请填固定电话"),
                    Field("duties", "服务内容"),
                    Field("is_public", "向社会公布", default=True),
                    Field("is_active", "在岗", default=True),
                    Field("organisation_name", "单位", kind=Kind.COMPUTED),
                ),
            ),
        ),
        columns=("person", "organisation_name", "kind", "landline", "is_active"),
        search=("duties",),
        filters=("kind", "is_active"),
        related=(
            Related("assignment", "officer", "联系的企业"),
            Related("activity", "officer", "走访与活动"),
        ),
        api=True,
        access=access(department=EDIT, township=EDIT),
        empty="还没有企业专员。先在“人员”里登记，再在这里指定。",
    )
)

ASSIGNMENT = REGISTRY.add(
    RecordType(
        model=Assignment,
        name="assignment",
        label="挂钩联系",
        menu="单位与人员",
        icon="link",
        form=(
            Group(
                "挂钩联系",
                (
                    Field("officer", "企业专员"),
                    Field("enterprise", "企业"),
                    Field("starts_on", "开始日期", default=today),
                    Field("ends_on", "结束日期", "留空表示一直"),
                ),
            ),
        ),
        columns=("officer", "enterprise", "starts_on", "ends_on"),
        filters=("officer",),
        access=access(department=CRUD, township=CRUD),
        empty="还没有分配。每家企业应有一名专员，推送内容里会写明他的姓名和固定电话。",
    )
)

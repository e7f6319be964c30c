"""人员: staff of a unit, with the account they sign in with."""

from __future__ import annotations

from sqlalchemy import Boolean, ColumnElement, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.db import Record
from admin.lowcode.record_type import EDIT, REGISTRY, Field, Group, RecordType, Related, access
from admin.principal import Principal
from admin.records.organisation import Organisation
from admin.scope import Scoped


class Person(Record, Scoped):
    """A member of staff (人员)."""

    __tablename__ = "person"

    name: Mapped[str] = mapped_column(String(60))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    position: Mapped[str | None] = mapped_column(String(60))
    landline: Mapped[str | None] = mapped_column(String(40))
    mobile: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(200))
    is_leader: Mapped[bool] = mapped_column(Boolean, default=False)
    is_liaison: Mapped[bool] = mapped_column(Boolean, default=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), unique=True)

    organisation: Mapped[Organisation] = relationship()

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """People of one's own unit and those below it, and oneself."""
        return cls.organisation_id.in_(principal.organisations) | (cls.id == principal.person_id)

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """People of one's own units only: the unit a person stands in decides what he may see."""
        return cls.organisation_id.in_(principal.organisations)

    def __str__(self) -> str:
        return self.name


PERSON = REGISTRY.add(
    RecordType(
        model=Person,
        name="person",
        label="人员",
        menu="单位与人员",
        icon="user",
        form=(
            Group(
                "基本信息",
                (
                    Field("name", "姓名"),
                    Field("organisation", "单位"),
                    Field("position", "职务"),
                    Field("is_leader", "区级领导"),
                    Field("is_liaison", "联络员"),
                ),
            ),
            Group(
                "联系方式",
                (
                    Field("landline", "办公电话"),
                    Field("mobile", "手机", personal=True),
                    Field("email", "邮箱", personal=True),
                ),
            ),
        ),
        columns=("name", "organisation", "position", "landline", "mobile"),
        search=("name", "position"),
        filters=("organisation",),
        order=("name", False),
        related=(Related("officer", "person", "企业专员"),),
        access=access(department=EDIT, township=EDIT),
        empty="还没有人员。点“新增”登记，或下载模板批量导入。",
    )
)

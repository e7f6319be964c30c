"""
企业: identity, facts with origin and date, contacts, qualifications with validity.

Facts are an append-only table; `Enterprise.facts` is the current snapshot in the exchange form
(spec/cli.md), made from it by `admin.facts`, with the size class computed and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, ColumnElement, Date, ForeignKey, Index, String, Text, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from admin.db import Json, Record, UtcDateTime
from admin.lowcode.record_type import (
    CRUD,
    EDIT,
    REGISTRY,
    Chart,
    Extra,
    Field,
    Group,
    Kind,
    RecordType,
    Related,
    access,
)
from admin.principal import Principal
from admin.records.organisation import Organisation
from admin.scope import Scoped
from policy_match.domain.credit_code import check_credit_code

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import SQLColumnExpression

SIZES = (("large", "大型"), ("medium", "中型"), ("small", "小型"), ("micro", "微型"))
STATUSES = (("active", "存续"), ("suspended", "停业"), ("revoked", "吊销"), ("closed", "注销"))


class Enterprise(Record, Scoped):
    """An enterprise (企业)."""

    __tablename__ = "enterprise"
    __table_args__ = (
        Index("ix_enterprise_changed", "changed_at"),  # what the roster has to take in
    )
    __audit_hidden__ = frozenset({"facts", "size_why", "facts_hash"})

    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str | None] = mapped_column(String(60))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    region: Mapped[str | None] = mapped_column(String(12), index=True)
    industry: Mapped[str | None] = mapped_column(String(8), index=True)
    address: Mapped[str | None] = mapped_column(String(300))
    business_scope: Mapped[str | None] = mapped_column(Text)
    founded_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(20), default="active")
    size_class: Mapped[str | None] = mapped_column(String(10), index=True)
    size_why: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    attested: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    facts_hash: Mapped[str | None] = mapped_column(String(64))
    facts_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    note: Mapped[str | None] = mapped_column(Text)

    organisation: Mapped[Organisation | None] = relationship()
    contacts: Mapped[list[EnterpriseContact]] = relationship(
        back_populates="enterprise", cascade="all, delete-orphan"
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Enterprises of one's units, those assigned, and those that one's policies reach."""
        return _visible(cls.id, cls.organisation_id, principal)

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """Those of one's units and those assigned; not those that a policy merely reaches."""
        return _own(cls.id, cls.organisation_id, principal)

    @property
    def size_words(self) -> str:
        """The size class with why it is so, or why it is unknown (划型依据)."""
        return self.size_why or "缺少行业、从业人员、营业收入等数据，尚不能划型"

    def __str__(self) -> str:
        return self.short_name or self.name


def _visible(
    id_column: SQLColumnExpression[int],
    unit: SQLColumnExpression[int | None] | None,
    principal: Principal,
) -> ColumnElement[bool]:
    own = _own(id_column, unit, principal)
    return own if principal.is_only_officer else or_(own, id_column.in_(_reached_ids(principal)))


def _own(
    id_column: SQLColumnExpression[int],
    unit: SQLColumnExpression[int | None] | None,
    principal: Principal,
) -> ColumnElement[bool]:
    from admin.records.officer import assigned_ids

    assigned = id_column.in_(assigned_ids(principal))
    if principal.is_only_officer:
        return assigned
    enterprise = Enterprise.__table__.alias("scoped_enterprise")
    of_units = (
        unit.in_(principal.organisations)
        if unit is not None
        else id_column.in_(
            select(enterprise.c.id).where(enterprise.c.organisation_id.in_(principal.organisations))
        )
    )
    return or_(of_units, assigned)


def _reached_ids(principal: Principal) -> Any:
    """Enterprises that a published policy of one's own unit fits or may fit."""
    from admin.records.match import Match
    from admin.records.policy import Measure, Policy

    # under names of their own, so that a statement over the same tables is not taken for them
    match = Match.__table__.alias("r_match")
    measure, policy = Measure.__table__.alias("r_measure"), Policy.__table__.alias("r_policy")
    return (
        select(match.c.enterprise_id)
        .select_from(
            match.join(measure, measure.c.id == match.c.measure_id).join(
                policy, policy.c.id == measure.c.policy_id
            )
        )
        .where(
            policy.c.organisation_id.in_(principal.organisations),
            match.c.superseded_at.is_(None),
            match.c.verdict != "ineligible",
        )
    )


class OfEnterprise(Scoped):
    """Rows of an enterprise: seen by those who see the enterprise (企业的从属数据)."""

    enterprise_id: Mapped[int]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As the enterprise."""
        return _visible(cls.enterprise_id, None, principal)

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """As the enterprise."""
        return _own(cls.enterprise_id, None, principal)


class EnterpriseContact(Record, OfEnterprise):
    """A person to reach at an enterprise (企业联系人)."""

    __tablename__ = "enterprise_contact"

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str | None] = mapped_column(String(60))
    mobile: Mapped[str | None] = mapped_column(String(40))
    landline: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(200), index=True)
    receives_digest: Mapped[bool] = mapped_column(Boolean, default=True)
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounce_reason: Mapped[str | None] = mapped_column(String(300))

    enterprise: Mapped[Enterprise] = relationship(back_populates="contacts")

    @validates("email")
    def _another_address(self, _key: str, email: str | None) -> str | None:
        """What bounced was the old address: another one may be written to again."""
        if self.email is not None and email != self.email:
            self.bounced_at = self.bounce_reason = None
        return email

    @property
    def mail_state(self) -> str:
        """Whether mail reaches the person, as staff read it (邮箱状态)."""
        if self.bounced_at is None:
            return "" if self.email else "没有邮箱"
        return f"退信，请改正邮箱：{self.bounce_reason or '原因不详'}"

    def __str__(self) -> str:
        return self.name


class Qualification(Record, OfEnterprise):
    """A qualification with its level and validity (资质认定)."""

    __tablename__ = "qualification"

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    code: Mapped[str] = mapped_column(String(60))
    level: Mapped[str | None] = mapped_column(String(20))
    certificate: Mapped[str | None] = mapped_column(String(100))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date, index=True)
    source: Mapped[str | None] = mapped_column(String(200))
    lacked: Mapped[bool] = mapped_column(Boolean, default=False)

    enterprise: Mapped[Enterprise] = relationship()


class FactValue(Record, OfEnterprise):
    """One statement of one fact; the newest that stands counts (事实记录)."""

    __tablename__ = "fact_value"
    __table_args__ = (Index("ix_fact_value_current", "enterprise_id", "fact", "superseded_at"),)

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprise.id", ondelete="CASCADE"), index=True
    )
    fact: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(Json)
    source: Mapped[str] = mapped_column(String(200))
    as_of: Mapped[date | None] = mapped_column(Date)
    verified_by: Mapped[str | None] = mapped_column(String(60))
    stated_by: Mapped[str] = mapped_column(String(60), default="")
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    enterprise: Mapped[Enterprise] = relationship()


def _read_facts(record: Any) -> Any:
    from admin.facts.exchange import read_facts

    return read_facts(record)


def _write_facts(session: Any, record: Any, facts: Any, now: datetime) -> None:
    from admin.facts.exchange import write_facts

    write_facts(session, record, facts, now)


def _facts_state(record: Any) -> str:
    from admin.facts.exchange import facts_state

    return facts_state(record)


def _fact_columns() -> Mapping[str, str]:
    from admin.facts.exchange import fact_columns

    return fact_columns()


def _write_cells(session: Any, record: Any, cells: Mapping[str, Any], now: datetime) -> bool:
    from admin.facts.exchange import write_cells

    return write_cells(session, record, cells, now)


# admin.facts rests on these tables, so that its functions are looked up when they are called
FACTS = Extra(
    name="facts",
    label="企业事实",
    read=_read_facts,
    write=_write_facts,
    state=_facts_state,
    columns=_fact_columns,
    cells=_write_cells,
    schema={
        "type": "object",
        "title": "企业事实",
        "description": "{事实名: 值} 或 {事实名: {value, source, as_of}}；金额以元为单位，"
        "比例为小数；null 撤销。事实名见 docs/reference/facts.md",
        "additionalProperties": True,
    },
)


def _good_code(text: str) -> str:
    return check_credit_code(text.strip())


ENTERPRISE = REGISTRY.add(
    RecordType(
        model=Enterprise,
        name="enterprise",
        label="企业",
        menu="企业",
        icon="factory",
        form=(
            Group(
                "登记信息",
                (
                    Field("credit_code", "统一社会信用代码", "18 位", check=_good_code),
                    Field("name", "企业名称"),
                    Field("short_name", "简称"),
                    Field("founded_on", "成立日期"),
                    Field("status", "登记状态", choices=STATUSES),
                    Field("address", "住所"),
                    Field("business_scope", "经营范围"),
                ),
            ),
            Group(
                "归属",
                (
                    Field("organisation", "属地单位", "负责联系这家企业的乡镇（街道）或部门"),
                    Field("region", "所在地区", code_set="region"),
                    Field(
                        "industry", "行业", "国民经济行业分类 GB/T 4754-2017", code_set="industry"
                    ),
                    Field(
                        "size_class",
                        "规模",
                        "由行业、从业人员、营业收入、资产总额计算",
                        choices=SIZES,
                        read_only=True,
                    ),
                    Field("size_words", "划型依据", kind=Kind.COMPUTED),
                    Field("note", "备注"),
                ),
            ),
        ),
        columns=("name", "credit_code", "organisation", "industry", "size_class", "region"),
        search=("name", "credit_code", "short_name"),
        filters=("organisation", "size_class", "industry", "region", "status"),
        order=("id", True),
        large=True,
        key="credit_code",
        related=(
            Related("enterprise_contact", "enterprise", "联系人"),
            Related("qualification", "enterprise", "资质认定"),
            Related("assignment", "enterprise", "企业专员"),
            Related("appeal", "enterprise", "诉求"),
        ),
        api=True,
        chart=Chart("size_class", "企业规模"),
        access=access(department=EDIT, township=CRUD, officer=EDIT),
        empty="还没有企业。点“导入”，用模板批量登记；也可以点“新增”逐家填写。",
        show_template="admin/enterprise.html",
        extras=(FACTS,),
    )
)

CONTACT = REGISTRY.add(
    RecordType(
        model=EnterpriseContact,
        name="enterprise_contact",
        label="企业联系人",
        menu="企业",
        icon="id-card",
        form=(
            Group(
                "联系人",
                (
                    Field("enterprise", "企业"),
                    Field("name", "姓名"),
                    Field("role", "职务"),
                    Field("mobile", "手机", personal=True),
                    Field("landline", "固定电话", personal=True),
                    Field("email", "邮箱", personal=True),
                    Field("receives_digest", "接收政策推送", default=True),
                    Field("mail_state", "邮箱状态", mentions=True),
                ),
            ),
        ),
        columns=("enterprise", "name", "role", "mobile", "email", "mail_state", "receives_digest"),
        large=True,
        search=("name",),
        filters=("receives_digest",),
        access=access(department=EDIT, township=CRUD, officer=EDIT),
        empty="还没有联系人。没有联系人的企业收不到政策推送。",
    )
)

QUALIFICATION = REGISTRY.add(
    RecordType(
        model=Qualification,
        name="qualification",
        label="资质认定",
        menu="企业",
        icon="award",
        form=(
            Group(
                "资质",
                (
                    Field("enterprise", "企业"),
                    Field("code", "资质", code_set="qualification"),
                    Field(
                        "level",
                        "级别",
                        choices=(
                            ("national", "国家级"),
                            ("province", "省级"),
                            ("city", "市级"),
                            ("district", "区级"),
                        ),
                    ),
                    Field("certificate", "证书编号"),
                    Field("valid_from", "有效期起"),
                    Field("valid_until", "有效期止", "最后一个有效日；留空表示长期"),
                    Field("source", "来源"),
                    Field("lacked", "确认没有", "核实过企业没有这项资质时勾选"),
                ),
            ),
        ),
        columns=("enterprise", "code", "level", "valid_until", "source"),
        large=True,
        search=("code", "certificate"),
        filters=("code",),
        access=access(department=EDIT, township=CRUD, officer=EDIT),
        empty="还没有资质。资质是政策匹配最常用的事实，建议从名录批量导入。",
    )
)

"""
政策、条款、规则: what was read from a file, what staff made of it, what is published.

A policy's document is kept whole in the exchange form. A measure has an id of its own that
survives a new reading. A published rule is a row that never changes: correcting it makes the next
one (`number`), and every match says which rule it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from admin.db import Base, Json, Record, UtcDateTime, Yuan
from admin.lowcode.record_type import (
    CHANGE,
    EDIT,
    READ,
    REGISTRY,
    Chart,
    Field,
    Group,
    Kind,
    RecordType,
    Related,
    Settled,
    access,
)
from admin.principal import Principal
from admin.records.organisation import Organisation
from admin.scope import Scoped
from indexer.lineage import names_cited, names_of
from policy_match.domain import policy as library

LEVELS = (("central", "中央"), ("province", "省级"), ("city", "市级"), ("district", "区县级"))
STATES = (("review", "待审核"), ("published", "已发布"), ("withdrawn", "已撤回"))
REVIEWS = (
    ("machine", "机器识别"),
    ("reviewed", "已审核"),
    ("published", "已发布"),
    ("withdrawn", "已撤回"),
)
PUBLICITY = (
    ("open", "主动公开"),
    ("on_request", "依申请公开"),
    ("closed", "不予公开"),
    ("unknown", "未注明"),
)
MODES = (
    ("auto", "免申即享"),
    ("instant", "即申即享、快申快享"),
    ("self", "自行判别、申报享受"),
    ("apply", "申报"),
)
RULE_STATES = (("draft", "草稿"), ("published", "已发布"), ("retired", "已停用"))


class Policy(Record, Scoped):
    """A policy document under review or published (政策)."""

    __tablename__ = "policy"
    __audit_hidden__ = frozenset({"document", "search_text"})

    key: Mapped[str] = mapped_column(String(80), unique=True)  # Policy.id of the exchange form
    title: Mapped[str] = mapped_column(String(500))
    doc_no: Mapped[str | None] = mapped_column(String(100), index=True)
    issuers: Mapped[str] = mapped_column(String(500), default="")
    level: Mapped[str | None] = mapped_column(String(20), index=True)
    region: Mapped[str | None] = mapped_column(String(12))
    issued_on: Mapped[date | None] = mapped_column(Date, index=True)
    effective_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    publicity: Mapped[str] = mapped_column(String(20), default="unknown")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="review", index=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(60))
    source_url: Mapped[str | None] = mapped_column(String(500))
    contact_phone: Mapped[str | None] = mapped_column(String(60))
    file_name: Mapped[str | None] = mapped_column(String(300))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    text_hash: Mapped[str | None] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, deferred=True)
    indexed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    index_dirty_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    organisation: Mapped[Organisation | None] = relationship()
    measures: Mapped[list[Measure]] = relationship(
        back_populates="policy", order_by="Measure.position", cascade="all, delete-orphan"
    )
    texts: Mapped[list[PolicyText]] = relationship(
        order_by="PolicyText.id", cascade="all, delete-orphan"
    )

    names: Mapped[list[PolicyName]] = relationship(cascade="all, delete-orphan")

    @validates("document")
    def _follow_names(self, _name: str, document: dict[str, Any]) -> dict[str, Any]:
        """Keep the names beside the document, so that who cites whom is an indexed query."""
        self.names = list(_names_in(document))
        return document

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Published policies, and those of one's own units in any state."""
        return or_(cls.state == "published", cls.organisation_id.in_(principal.organisations))

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """Those of one's own units: a published policy of another is only to be read."""
        return cls.organisation_id.in_(principal.organisations)

    def __str__(self) -> str:
        return self.title


class PolicyName(Base):
    """A number or title that a policy bears, or that it cites (政策名称与引用)."""

    __tablename__ = "policy_name"
    __table_args__ = (Index("ix_policy_name_name", "name", "cited"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(500))  # in the form to compare by
    cited: Mapped[bool] = mapped_column(Boolean)  # else it is the policy's own


def _names_in(document: dict[str, Any] | None) -> Iterator[PolicyName]:
    try:
        read = library.Policy.model_validate(document or {})
    except ValidationError:  # a part of a document, as of one that is still being read
        return
    for cited, names in ((False, names_of(read)), (True, names_cited(read))):
        yield from (PolicyName(name=name[:500], cited=cited) for name in sorted(names))


class OfPolicy(Scoped):
    """Rows of a policy: seen by those who see the policy (政策的从属数据)."""

    policy_id: Mapped[int]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As the policy."""
        return cls.policy_id.in_(_policy_ids(principal))

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """As the policy."""
        policy = Policy.__table__.alias("own_policy")
        own = policy.c.organisation_id.in_(principal.organisations)
        return cls.policy_id.in_(select(policy.c.id).where(own))


def _policy_ids(principal: Principal) -> Any:
    policy = Policy.__table__.alias("scoped_policy")
    return select(policy.c.id).where(
        or_(policy.c.state == "published", policy.c.organisation_id.in_(principal.organisations))
    )


class PolicyText(Base, OfPolicy):
    """An earlier text of a policy that a published rule quotes (规则所引的原文)."""

    __tablename__ = "policy_text"
    __table_args__ = (UniqueConstraint("policy_id", "text_hash", name="uq_policy_text"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id", ondelete="CASCADE"))
    text_hash: Mapped[str] = mapped_column(String(64))
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)  # by a newer reading


class Measure(Record, OfPolicy):
    """Something that is applied for by itself (扶持措施); its id survives a new reading."""

    __tablename__ = "measure"
    __table_args__ = (Index("ix_measure_policy", "policy_id", "position"),)
    __audit_hidden__ = frozenset({"details", "pending"})

    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(120), index=True)  # Measure.id of the last reading
    position: Mapped[int] = mapped_column(Integer, default=0)
    title: Mapped[str] = mapped_column(String(500))
    quote: Mapped[str | None] = mapped_column(Text)
    at_start: Mapped[int | None] = mapped_column(Integer)
    at_end: Mapped[int | None] = mapped_column(Integer)
    max_amount: Mapped[float | None] = mapped_column(Yuan)
    rate: Mapped[float | None]
    opens_on: Mapped[date | None] = mapped_column(Date)
    closes_on: Mapped[date | None] = mapped_column(Date, index=True)
    rolling: Mapped[bool] = mapped_column(default=False)
    how_to_apply: Mapped[str | None] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(String(300))
    mode: Mapped[str] = mapped_column(String(20), default="apply")
    is_open: Mapped[bool] = mapped_column(default=True)
    review: Mapped[str] = mapped_column(String(20), default="machine", index=True)
    reviewed_by: Mapped[str | None] = mapped_column(String(60))
    reviewed_on: Mapped[date | None] = mapped_column(Date)
    doubtful: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # benefit, materials, …
    pending: Mapped[dict[str, Any] | None] = mapped_column(Json)  # see admin.policies.content
    rule_id: Mapped[int | None] = mapped_column(Integer, index=True)  # no key: rules refer back
    opened_count: Mapped[int] = mapped_column(Integer, default=0)
    useful_count: Mapped[int] = mapped_column(Integer, default=0)
    useless_count: Mapped[int] = mapped_column(Integer, default=0)
    applied_count: Mapped[int] = mapped_column(Integer, default=0)

    policy: Mapped[Policy] = relationship(back_populates="measures")
    rule: Mapped[Rule | None] = relationship(
        primaryjoin="foreign(Measure.rule_id) == Rule.id", post_update=True
    )
    rules: Mapped[list[Rule]] = relationship(
        foreign_keys="Rule.measure_id",
        back_populates="measure",
        order_by="Rule.number",
        cascade="all, delete-orphan",
    )

    def __str__(self) -> str:
        return self.title


class Rule(Record, Scoped):
    """A rule of a measure; once published it never changes (规则)."""

    __tablename__ = "rule"
    __table_args__ = (UniqueConstraint("measure_id", "number", name="uq_rule_number"),)

    measure_id: Mapped[int] = mapped_column(
        ForeignKey("measure.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    criteria: Mapped[dict[str, Any]] = mapped_column(Json)
    scope: Mapped[dict[str, Any] | None] = mapped_column(Json)
    schema_version: Mapped[int] = mapped_column(Integer, default=1)
    text_hash: Mapped[str | None] = mapped_column(String(64))
    codes_version: Mapped[str | None] = mapped_column(String(60))
    author: Mapped[str] = mapped_column(String(60), default="系统")
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(String(60))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(60))

    measure: Mapped[Measure] = relationship(foreign_keys=[measure_id], back_populates="rules")

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As the policy of its measure."""
        measure = Measure.__table__.alias("scoped_measure")
        return cls.measure_id.in_(
            select(measure.c.id).where(measure.c.policy_id.in_(_policy_ids(principal)))
        )

    def __str__(self) -> str:
        return f"第 {self.number} 版"


class RuleIsFixed(RuntimeError):
    """Somebody tried to change a published rule."""


@event.listens_for(Rule, "before_update")
def _keep_published(_mapper: object, _connection: object, rule: Rule) -> None:
    """A published rule may be retired, nothing else."""
    state = inspect(rule)
    before = state.attrs.state.history
    was = before.deleted[0] if before.deleted else rule.state
    if was == "draft":
        return
    changed = {
        one.key for one in state.mapper.column_attrs if state.attrs[one.key].history.has_changes()
    }
    if changed - {"state", "version", "changed_at"} or rule.state == "draft":
        raise RuleIsFixed("已发布的规则不能修改；请另存为新的一版")


TOLD = {
    "title": "名称",
    "max_amount": "最高金额",
    "rate": "比例",
    "mode": "兑现方式",
    "how_to_apply": "申报方式",
    "opens_on": "开始日期",
    "closes_on": "截止日期",
    "rolling": "常年受理",
}


def _keep_told(measure: Measure) -> None:
    """What enterprises were told of a published measure changes through the desk's review only."""
    if measure.review != "published" or measure.rule_id is None:
        return
    state = inspect(measure)
    changed = [label for name, label in TOLD.items() if _is_changed(state.attrs[name].history)]
    if changed:
        raise Settled(
            f"《{measure.title}》已发布，{'、'.join(changed)}属于已发布的内容，不能在这里直接修改；"
            "请在政策审核台打开这项措施，修改、审核后重新发布"
        )


def _is_changed(history: Any) -> bool:
    """Whether a value differs from the stored one; one that was not loaded counts as another."""
    return bool(history.added) and list(history.deleted) != list(history.added)


POLICY = REGISTRY.add(
    RecordType(
        model=Policy,
        name="policy",
        label="政策",
        menu="政策",
        icon="file",
        form=(
            Group(
                "文件",
                (
                    Field("title", "标题"),
                    Field("doc_no", "发文字号"),
                    Field("issuers", "发文机关", "多个机关用“、”分开"),
                    Field("level", "层级", choices=LEVELS),
                    Field("region", "适用地区", code_set="region"),
                    Field(
                        "publicity",
                        "公开属性",
                        "只有“主动公开”的政策会推送给企业",
                        choices=PUBLICITY,
                    ),
                    Field("source_url", "官方原文网址", "推送内容里的链接"),
                    Field("contact_phone", "咨询电话"),
                ),
            ),
            Group(
                "时效",
                (
                    Field("issued_on", "成文日期"),
                    Field("effective_on", "施行日期"),
                    Field("expires_on", "失效日期"),
                ),
            ),
            Group(
                "管理",
                (
                    Field("organisation", "负责单位"),
                    Field("state", "状态", choices=STATES, read_only=True),
                    Field("published_at", "发布时间", read_only=True),
                    Field("published_by", "发布人", read_only=True),
                    Field("file_name", "文件名", read_only=True),
                    Field("key", "编号", read_only=True),
                ),
            ),
        ),
        columns=("title", "doc_no", "level", "organisation", "issued_on", "state"),
        search=("title", "doc_no", "issuers"),
        filters=("state", "level", "publicity", "organisation"),
        key="key",
        related=(Related("measure", "policy", "扶持措施"),),
        api=True,
        chart=Chart("level", "政策层级"),
        access=access(office=CHANGE, department=CHANGE, admin=CHANGE),
        empty="还没有政策。到“政策审核台”上传文件，系统会自动读取。",
        show_template="admin/policy.html",
        actions=(("审核台", lambda policy: f"/desk/policy/{policy.id}"),),
    )
)

MEASURE = REGISTRY.add(
    RecordType(
        model=Measure,
        name="measure",
        label="扶持措施",
        menu="政策",
        icon="list",
        form=(
            Group(
                "措施",
                (
                    Field("policy", "政策", read_only=True),
                    Field("title", "名称"),
                    Field("quote", "原文", read_only=True),
                    Field("max_amount", "最高金额", "万元"),
                    Field("rate", "比例", kind=Kind.NUMBER),
                    Field("mode", "兑现方式", choices=MODES),
                    Field("how_to_apply", "申报方式"),
                    Field("contact", "咨询方式"),
                ),
            ),
            Group(
                "申报期",
                (
                    Field("opens_on", "开始日期"),
                    Field("closes_on", "截止日期"),
                    Field("rolling", "常年受理"),
                    Field("is_open", "尚有额度", default=True),
                ),
            ),
            Group(
                "审核",
                (
                    Field("review", "审核状态", choices=REVIEWS, read_only=True),
                    Field("reviewed_by", "审核人", read_only=True),
                    Field("reviewed_on", "审核日期", read_only=True),
                    Field("doubtful", "有存疑条件", read_only=True),
                ),
            ),
            Group(
                "反馈",
                (
                    Field("opened_count", "打开", read_only=True),
                    Field("useful_count", "有用", read_only=True),
                    Field("useless_count", "没用", read_only=True),
                    Field("applied_count", "已申报", read_only=True),
                ),
            ),
        ),
        columns=("title", "policy", "max_amount", "closes_on", "review", "useful_count"),
        search=("title", "quote"),
        filters=("review", "mode", "doubtful"),
        before_save=_keep_told,
        api=True,
        chart=Chart("review", "审核状态"),
        related=(Related("rule", "measure", "规则"),),
        actions=(("核对规则", lambda measure: f"/desk/measure/{measure.id}"),),
        access=access(office=CHANGE, department=CHANGE, admin=CHANGE),
        empty="还没有扶持措施。政策文件读取后，措施会自动出现在这里。",
    )
)

RULE = REGISTRY.add(
    RecordType(
        model=Rule,
        name="rule",
        label="规则",
        menu="政策",
        icon="tree",
        form=(
            Group(
                "规则",
                (
                    Field("measure", "扶持措施", read_only=True),
                    Field("number", "版次", read_only=True),
                    Field("state", "状态", choices=RULE_STATES, read_only=True),
                    Field("author", "编写人", read_only=True),
                    Field("reviewed_by", "审核人", read_only=True),
                    Field("published_by", "发布人", read_only=True),
                    Field("published_at", "发布时间", read_only=True),
                ),
            ),
        ),
        columns=("measure", "number", "state", "author", "published_at"),
        filters=("state",),
        access=access(office=READ, department=READ, admin=READ),
        empty="还没有规则。",
    )
)

__all__ = ["EDIT", "MEASURE", "POLICY", "RULE", "Measure", "Policy", "Rule"]

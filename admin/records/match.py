"""匹配结果: one enterprise × one measure, with verdict, reasons, the rule and the facts used."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    Index,
    String,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.db import Json, Record, UtcDateTime
from admin.lowcode.record_type import READ, REGISTRY, Chart, Field, Group, RecordType, access
from admin.principal import Principal
from admin.records.enterprise import Enterprise, OfEnterprise, _visible
from admin.records.policy import Measure, Policy, Rule

VERDICTS = (("eligible", "符合"), ("unknown", "待核实"), ("ineligible", "不符合"))


class Match(Record, OfEnterprise):
    """
    A verdict that was stored (匹配结果).

    At most one of a pair is current (`superseded_at` is null); the others say when and why they
    were replaced.
    """

    __tablename__ = "match"
    __unaudited__ = True  # made by the system in thousands; its own history is the trail
    __table_args__ = (
        Index(
            "uq_match_current",
            "enterprise_id",
            "measure_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_match_verdict", "superseded_at", "verdict"),
        Index("ix_match_measure", "measure_id", "superseded_at", "verdict"),
        Index("ix_match_enterprise", "enterprise_id", "superseded_at", "score"),
    )

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id", ondelete="CASCADE"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("rule.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(12))
    self_check: Mapped[bool] = mapped_column(Boolean, default=False)
    near_miss: Mapped[bool] = mapped_column(Boolean, default=False)
    score: Mapped[float] = mapped_column(Float, default=0.0)
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)
    missing: Mapped[list[str]] = mapped_column(Json, default=list)
    attest: Mapped[list[str]] = mapped_column(Json, default=list)
    facts_used: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    as_of: Mapped[date] = mapped_column(Date)
    fingerprint: Mapped[str] = mapped_column(String(64))  # of verdict, reasons, rule
    facts_hash: Mapped[str | None] = mapped_column(String(64))  # of the facts it was last held to
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    superseded_why: Mapped[str | None] = mapped_column(String(200))

    enterprise: Mapped[Enterprise] = relationship()
    measure: Mapped[Measure] = relationship()
    rule: Mapped[Rule] = relationship()

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Matches of the enterprises one sees, and those of one's own policies."""
        measure, policy = Measure.__table__.alias("m_scope"), Policy.__table__.alias("p_scope")
        own = (
            select(measure.c.id)
            .select_from(measure.join(policy, policy.c.id == measure.c.policy_id))
            .where(policy.c.organisation_id.in_(principal.organisations))
        )
        return or_(
            _visible(cls.enterprise_id, None, principal),
            cls.measure_id.in_(own),
        )

    @property
    def verdict_words(self) -> str:
        """The verdict as people read it: 符合条件，需自查 where only attest items are open."""
        from policy_match.wording import NEAR_MISS, SELF_CHECK

        if self.self_check:
            return SELF_CHECK
        words = dict(VERDICTS)[self.verdict]
        return f"{words}（{NEAR_MISS}）" if self.near_miss else words

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.measure}：{self.verdict_words}"


MATCH = REGISTRY.add(
    RecordType(
        model=Match,
        name="match",
        label="匹配结果",
        menu="企业",
        icon="target",
        form=(
            Group(
                "匹配",
                (
                    Field("enterprise", "企业", read_only=True),
                    Field("measure", "扶持措施", read_only=True),
                    Field("verdict", "结论", choices=VERDICTS, read_only=True),
                    Field("self_check", "需自查", read_only=True),
                    Field("near_miss", "差一项", read_only=True),
                    Field("score", "排序值", read_only=True),
                    Field("rule", "依据的规则", read_only=True),
                    Field("as_of", "判定日期", read_only=True),
                    Field("superseded_at", "被替代时间", read_only=True),
                    Field("superseded_why", "被替代原因", read_only=True),
                ),
            ),
        ),
        columns=("enterprise", "measure", "verdict", "self_check", "near_miss", "as_of"),
        filters=("verdict", "self_check", "near_miss"),
        order=("id", True),
        large=True,
        api=True,
        chart=Chart("verdict", "匹配结论"),
        access=access(office=READ, admin=READ),
        empty="还没有匹配结果。政策发布后，系统自动匹配全部企业。",
    )
)

"""
Classes enterprises by size from dated standards (企业划型).

The class is the lowest that any of a row's figures gives, so each known figure bounds it from
above and an absent one leaves every class below open. Standards are data: size_standards.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from pydantic import BaseModel, ConfigDict

from policy_match.domain._tables import json_table
from policy_match.domain.codes import code_table, fold
from policy_match.domain.document_number import parse_document_number
from policy_match.errors import StandardNotFound

LADDER = ("large", "medium", "small", "micro")
FIGURES = ("employees", "revenue", "total_assets")
_FIGURE_LABELS = {"employees": "从业人员", "revenue": "营业收入", "total_assets": "资产总额"}
_IN_BASE_UNIT = {"人": 1, "万元": 10_000}


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """What an enterprise is measured by: persons, yuan a year, yuan (划型指标)."""

    employees: float | None = None
    revenue: float | None = None
    total_assets: float | None = None

    def of(self, fact: str) -> float | None:
        """The figure of that fact name; None when it is not known."""
        value: float | None = getattr(self, fact)
        return value


@dataclass(frozen=True, slots=True)
class SizeResult:
    """
    The classes still possible, and why (划型结果).

    `possible` is a subset of large, medium, small, micro; empty when the standard can't say.
    `missing` names the facts whose value could still narrow it.
    """

    possible: frozenset[str]
    missing: tuple[str, ...]
    why: str
    standard: str
    groups: tuple[str, ...]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Threshold(_Data):
    """Lower limits of one figure, inclusive, in the unit of the standard (指标下限)."""

    fact: str
    unit: str
    large: int
    medium: int
    small: int

    @property
    def limits(self) -> tuple[int, int, int]:
        """The lower limits of large, medium and small in the fact's own unit."""
        scale = _IN_BASE_UNIT[self.unit]
        return self.large * scale, self.medium * scale, self.small * scale

    def rank(self, value: float) -> int:
        """The place on the ladder that this figure alone gives: 0 large … 3 micro."""
        return next((n for n, limit in enumerate(self.limits) if value >= limit), 3)

    def words(self, value: float | None) -> str:
        """The figure and what it gives, in Chinese."""
        label = _FIGURE_LABELS[self.fact]
        if value is None:
            return f"{label}未知"
        shown = f"{value / _IN_BASE_UNIT[self.unit]:.10g}{self.unit}"
        return f"{label}{shown}属{size_label(LADDER[self.rank(value)])}"


class Row(_Data):
    """One row of a standard: the industries and their limits (标准的一行)."""

    name: str
    codes: tuple[str, ...]
    metrics: tuple[Threshold, ...]
    verified: bool  # compared with a public transcription of the text
    note: str = ""

    def bound(self, figures: SizeFigures) -> int:
        """The highest place still possible."""
        known = (figures.of(one.fact) for one in self.metrics)
        ranks = (
            one.rank(value)
            for one, value in zip(self.metrics, known, strict=True)
            if value is not None
        )
        return max(ranks, default=0)

    def absent(self, figures: SizeFigures) -> tuple[str, ...]:
        """The figures that could still lower the class; none once it is micro."""
        if self.bound(figures) == len(LADDER) - 1:
            return ()
        return tuple(one.fact for one in self.metrics if figures.of(one.fact) is None)

    def possible(self, figures: SizeFigures) -> frozenset[str]:
        """The classes that the known figures leave open."""
        bound = self.bound(figures)
        return frozenset(LADDER[bound:] if self.absent(figures) else LADDER[bound : bound + 1])


class Gap(_Data):
    """Industries that a standard leaves out (标准不适用的行业)."""

    codes: tuple[str, ...]
    name: str


class SizeStandard(_Data):
    """A dated standard (划型标准)."""

    number: str
    title: str
    valid_from: date
    valid_until: date | None
    classification: str
    source: str
    remark: str
    rows: tuple[Row, ...]
    not_covered: tuple[Gap, ...]

    def in_force(self, day: date) -> bool:
        """Whether it is in force that day; the last day counts."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class _Coverage:
    """The rows an industry code falls under, and the parts of it that fall under none."""

    rows: tuple[Row, ...] = ()
    gaps: tuple[str, ...] = ()


@cache
def size_label(size_class: str) -> str:
    """The Chinese label of a size class: 大型, 中型, 小型, 微型."""
    return code_table("size_class").label_of(size_class) or size_class


@cache
def size_standards() -> tuple[SizeStandard, ...]:
    """The packaged standards, oldest first."""
    found = map(SizeStandard.model_validate, json_table("size_standards.json")["standards"])
    return tuple(sorted(found, key=lambda one: one.valid_from))


@lru_cache(maxsize=256)
def size_standard(*, as_of: date, number: str | None = None) -> SizeStandard:
    """
    The standard of that number, or the newest, in force on a day (当日有效的标准).

    Raises:
        StandardNotFound: there is none; the message lists what is packaged.
    """
    wanted = str(parse_document_number(number) or fold(number)) if number else None
    for standard in reversed(size_standards()):
        if standard.in_force(as_of) and wanted in (None, standard.number):
            return standard
    packaged = "、".join(f"{one.number}（{one.valid_from}起）" for one in size_standards())
    what = f"划型标准“{number}”" if number else "企业划型标准"
    raise StandardNotFound(f"{as_of} 没有有效的{what}", advice=f"可用的标准：{packaged}")


@lru_cache(maxsize=4096)
def _coverage(number: str, industry: str) -> _Coverage | None:
    """Where an industry falls in a standard; None when no part of the code is known."""
    table = code_table("industry")
    known = table.nearest_known(industry)
    if known is None:
        return None
    standard = next(one for one in size_standards() if one.number == number)
    row_of = {code: row for row in standard.rows for code in row.codes}
    rows: dict[str, Row] = {}
    gaps: dict[str, None] = {}
    below = table.descendants(known)
    leaves = [one for one in below if len(one) == 4] or [known]
    for leaf in leaves:
        row = next((row_of[one] for one in (leaf, *table.ancestors(leaf)) if one in row_of), None)
        if row is None:
            gaps[_gap_name(standard, leaf)] = None
        else:
            rows[row.name] = row
    return _Coverage(tuple(rows.values()), tuple(gaps))


def _gap_name(standard: SizeStandard, code: str) -> str:
    chain = (code, *code_table("industry").ancestors(code))
    named = (gap.name for gap in standard.not_covered if not set(gap.codes).isdisjoint(chain))
    return next(named, code_table("industry").label_of(code) or code)


def classify_size(
    industry: str | None, figures: SizeFigures, *, as_of: date, standard: str | None = None
) -> SizeResult:
    """
    Class an enterprise by size, over the classes still possible (企业划型).

    Args:
        industry: GB/T 4754 code of the main business, fine or coarse; None when unknown.
        figures: employees (人), revenue (元 a year), total assets (元); each may be unknown.
        as_of: picks the version of the standard in force that day.
        standard: 文号 of another standard in force that day.

    Returns:
        The classes still possible, the facts that could narrow them, and why, in Chinese. A code
        that spans several rows takes the classes of all of them; no industry, or one that the
        standard leaves out in whole or in part, gives no class.

    Raises:
        StandardNotFound: no version of the standard is in force that day.

    Source: 国统字〔2017〕213号, 工信部联企业〔2011〕300号.

    >>> result = classify_size("2720", SizeFigures(employees=50), as_of=date(2024, 1, 1))
    >>> sorted(result.possible), result.missing
    (['micro', 'small'], ('revenue',))
    """
    rule = size_standard(as_of=as_of, number=standard)
    if not industry:
        return _no_class(rule, ("industry",), "国民经济行业未知，无法划型")
    found = _coverage(rule.number, industry)
    if found is None:
        return _no_class(rule, ("industry",), f"行业代码“{industry}”不在国民经济行业分类中")
    if found.gaps:
        return _not_covered(rule, industry, found)
    possible = frozenset().union(*(row.possible(figures) for row in found.rows))
    return SizeResult(
        possible=possible,
        missing=_missing(found.rows, figures, possible),
        why=_why(rule, found.rows, figures, possible),
        standard=rule.number,
        groups=tuple(row.name for row in found.rows),
    )


def _no_class(rule: SizeStandard, missing: tuple[str, ...], why: str) -> SizeResult:
    return SizeResult(frozenset(), missing, why, rule.number, ())


def _not_covered(rule: SizeStandard, industry: str, found: _Coverage) -> SizeResult:
    label = code_table("industry").label_of(industry) or "未列入分类的代码"
    gaps = "、".join(found.gaps)
    if not found.rows:
        return _no_class(rule, (), f"{rule.number}不适用于{gaps}（{industry} {label}）")
    why = f"{industry}（{label}）含{rule.number}不适用的{gaps}，需要更细的行业代码"
    groups = tuple(row.name for row in found.rows)
    return SizeResult(frozenset(), ("industry",), why, rule.number, groups)


def _missing(
    rows: tuple[Row, ...], figures: SizeFigures, possible: frozenset[str]
) -> tuple[str, ...]:
    if len(possible) == 1:
        return ()
    absent = {fact for row in rows for fact in row.absent(figures)}
    alike = len({row.metrics for row in rows}) == 1
    finer = () if alike else ("industry",)
    return (*finer, *(fact for fact in FIGURES if fact in absent))


def _why(
    rule: SizeStandard, rows: tuple[Row, ...], figures: SizeFigures, possible: frozenset[str]
) -> str:
    shown = "；".join(
        f"{row.name}：{'，'.join(one.words(figures.of(one.fact)) for one in row.metrics)}"
        for row in rows
    )
    classes = "或".join(size_label(one) for one in LADDER if one in possible)
    return f"按{rule.number}，{shown}；就低划为{classes}"

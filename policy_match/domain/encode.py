"""
The one encoding of facts that every engine shares (事实编码).

A set fact becomes the codes it has with their ancestors (`true`), the codes it has as written
(whose descendants are known only coarsely), the codes it lacks, and whether it is complete. A
number or a date becomes one float64. The size class becomes the classes still possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from typing import TypeAlias

from policy_match.domain.codes import CodeTable, code_table
from policy_match.domain.enterprise import CodeEntry, CodeKnowledge, Enterprise, FactValue
from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
from policy_match.domain.size_class import SizeFigures, SizeResult, classify_size
from policy_match.domain.verdict import Truth
from policy_match.errors import StandardNotFound

SIZE_CLASSES = ("large", "medium", "small", "micro")


@dataclass(frozen=True, slots=True)
class EncodedCodes:
    """A set fact as of a day (集合事实编码)."""

    true: frozenset[str]  # what it has, and the ancestors
    has: frozenset[str]  # what it has as written: descendants are coarsely known
    lacks: frozenset[str]  # reaches down to descendants
    complete: bool

    def truth(self, wanted: tuple[str, ...], table: CodeTable) -> Truth:
        """Whether some code it has is one of `wanted` or below one (spec/facts.md)."""
        if not self.true.isdisjoint(wanted):
            return Truth.TRUE
        not_lacked = [code for code in wanted if not self.is_lacked(code, table)]
        if any(not self.has.isdisjoint(table.ancestors(code)) for code in not_lacked):
            return Truth.UNKNOWN
        return Truth.FALSE if self.complete or not not_lacked else Truth.UNKNOWN

    def is_lacked(self, code: str, table: CodeTable) -> bool:
        """Whether the code is lacked, itself or by an ancestor."""
        return bool(self.lacks) and (
            code in self.lacks or not self.lacks.isdisjoint(table.ancestors(code))
        )


@dataclass(frozen=True, slots=True)
class EncodedOneOf:
    """A fact with exactly one value, of which some are still possible (可能的取值)."""

    possible: frozenset[str]
    size: SizeResult

    def truth(self, wanted: tuple[str, ...]) -> Truth:
        """True when every possible value is wanted, false when none is."""
        if self.possible.isdisjoint(wanted):
            return Truth.FALSE
        return Truth.TRUE if self.possible.issubset(wanted) else Truth.UNKNOWN


Encoded: TypeAlias = bool | float | EncodedCodes | EncodedOneOf


@dataclass(frozen=True, slots=True)
class EncodedEnterprise:
    """
    An enterprise's facts as of a day, ready to be asked (企业编码).

    `facts` has only what is known. `size` is the computed size class with its reasons, also when
    a stated one wins; `conflict` then says in Chinese how they differ.
    """

    enterprise: Enterprise
    as_of: date
    facts: dict[str, Encoded]
    size: SizeResult
    conflict: str = ""
    attested: dict[str, bool] = field(default_factory=dict)


def encode(
    enterprise: Enterprise,
    *,
    as_of: date,
    registry: FactRegistry | None = None,
    standard: str | None = None,
) -> EncodedEnterprise:
    """
    Encode an enterprise's facts as of a day (编码).

    Args:
        enterprise: the enterprise.
        as_of: decides validity dates, derived years and the version of the size standard.
        registry: the facts that exist; the packaged ones by default.
        standard: 文号 of the size standard to use instead of the newest in force.
    """
    known = registry or default_registry()
    facts: dict[str, Encoded] = {}
    for name, value in enterprise.facts.items():
        encoded = _encode_value(value, known[name], as_of)
        if encoded is not None:
            facts[name] = encoded
    _derive_years(enterprise, facts, as_of)
    size = _size_of(enterprise, facts, as_of, standard)
    conflict = _settle_size(facts, size)
    return EncodedEnterprise(enterprise, as_of, facts, size, conflict, enterprise.attested)


def _encode_value(stated: FactValue, spec: FactSpec, as_of: date) -> Encoded | None:
    value = stated.value
    if isinstance(value, CodeKnowledge):
        return encode_codes(value, code_table(spec.code_set), as_of=as_of)
    if isinstance(value, date):
        if spec.name == "established_on" and value > as_of:
            return None  # not yet known on that day
        return float(value.toordinal())
    if spec.type is FactType.BOOL:
        return bool(value)
    return float(value)


def encode_codes(value: CodeKnowledge, table: CodeTable, *, as_of: date) -> EncodedCodes:
    """
    Encode a set fact as of a day.

    An entry outside its dates counts as not written: a complete list stays complete without it,
    and an open one knows nothing of it.
    """
    has = frozenset(_valid(value.has, as_of))
    true = has.union(*(table.ancestors(code) for code in has))
    return EncodedCodes(true, has, frozenset(_valid(value.lacks, as_of)), value.complete)


def _valid(entries: tuple[CodeEntry, ...], as_of: date) -> list[str]:
    return [entry.code for entry in entries if entry.valid_on(as_of)]


def _derive_years(enterprise: Enterprise, facts: dict[str, Encoded], as_of: date) -> None:
    """A stated figure is used only where established_on is absent."""
    founded = enterprise.facts.get("established_on")
    if founded is None:
        return
    facts.pop("established_years", None)
    if isinstance(founded.value, date) and founded.value <= as_of:
        facts["established_years"] = years_between(founded.value, as_of)


def years_between(start: date, end: date) -> float:
    """
    Whole anniversaries passed, plus the share of the year since the last one (年限).

    A day that a month lacks falls on the month's last day.

    >>> years_between(date(2020, 2, 29), date(2023, 2, 28))
    3.0
    """
    years = end.year - start.year
    if _anniversary(start, end.year) > end:
        years -= 1
    last = _anniversary(start, start.year + years)
    following = _anniversary(start, start.year + years + 1)
    return years + (end - last).days / (following - last).days


def _anniversary(start: date, year: int) -> date:
    if year > MAXYEAR:
        return date.max
    try:
        return start.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1) - timedelta(days=1)


def _size_of(
    enterprise: Enterprise, facts: dict[str, Encoded], as_of: date, standard: str | None
) -> SizeResult:
    figures = SizeFigures(
        employees=_figure(facts, "employees"),
        revenue=_figure(facts, "revenue"),
        total_assets=_figure(facts, "total_assets"),
    )
    try:
        return classify_size(
            _main_industry(enterprise, as_of), figures, as_of=as_of, standard=standard
        )
    except StandardNotFound as error:
        return SizeResult(frozenset(), (), str(error), "", ())


def _figure(facts: dict[str, Encoded], name: str) -> float | None:
    value = facts.get(name)
    return value if isinstance(value, float) else None


def _main_industry(enterprise: Enterprise, as_of: date) -> str | None:
    stated = enterprise.facts.get("industry")
    if stated is None or not isinstance(stated.value, CodeKnowledge):
        return None
    codes = _valid(stated.value.has, as_of)
    return codes[0] if codes else None


def _settle_size(facts: dict[str, Encoded], size: SizeResult) -> str:
    """
    Let a stated size class win over the computed one; return how they differ.

    A list of classes that it lacks takes these away from the possible ones. When nothing remains,
    the statement and the figures contradict each other, and only the statement counts.
    """
    stated = facts.get("size_class")
    if not isinstance(stated, EncodedCodes):
        if size.possible:
            facts["size_class"] = EncodedOneOf(size.possible, size)
        return ""
    if stated.has or stated.complete:
        return _difference(stated.has, size)
    remaining = size.possible - stated.lacks
    if remaining:
        facts["size_class"] = EncodedOneOf(remaining, size)
        return ""
    return _difference(frozenset(SIZE_CLASSES) - stated.lacks, size) if size.possible else ""


def _difference(stated: frozenset[str], size: SizeResult) -> str:
    if not size.possible or not stated.isdisjoint(size.possible):
        return ""
    table = code_table("size_class")

    def words(codes: frozenset[str]) -> str:
        return "、".join(table.label_of(code) or code for code in SIZE_CLASSES if code in codes)

    return f"填报的企业划型为{words(stated) or '无'}，按{size.standard}测算为{words(size.possible)}"

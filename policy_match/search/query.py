"""
What may be asked of an index: a small tree, and the form most callers fill in (检索条件).

Nodes are data. An engine compiles them; it knows the fields of `document.py` and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from policy_match.domain.codes import code_table
from policy_match.domain.policy import PolicyLevel, PolicyStatus
from policy_match.errors import QueryError

LONGEST_QUERY = 1000  # characters; what lies beyond adds cost and no sense


@dataclass(frozen=True, slots=True)
class Text:
    """Words to look for, best matches first; any of them is enough (全文)."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Characters that must stand together in title or text (短语)."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A field that holds exactly this value (精确值)."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """A date field within bounds, both included; a missing date is never within (日期范围)."""

    field: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of them; none at all is everything (且)."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them; none at all is nothing (或)."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else (非)."""

    node: Node


Node: TypeAlias = Text | Phrase | Term | Range | And | Or | Not

LIVE = (PolicyStatus.IN_FORCE, PolicyStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class PolicyQuery:
    """
    A search as people make it (检索请求).

    Args:
        text: what to look for; `"引号内"` must stand together; empty lists the newest first.
        level: 层级.
        region: 行政区划代码; its subtree is searched.
        theme: one of the policy's themes, exactly.
        kind: 文种, exactly.
        status: 效力状态 as of `as_of`; several mean any of them.
        as_of: the day of `status`; alone it finds what was out that day and not ended: in force
            or unknown, and not issued later.
        issued_from: issued on that day or later.
        issued_to: issued on that day or before.
    """

    text: str = ""
    level: PolicyLevel | None = None
    region: str | None = None
    theme: str | None = None
    kind: str | None = None
    status: PolicyStatus | tuple[PolicyStatus, ...] = ()
    as_of: date | None = None
    issued_from: date | None = None
    issued_to: date | None = None

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_QUERY:
            raise QueryError(
                f"检索词有 {len(self.text)} 字", advice=f"请缩短到 {LONGEST_QUERY} 字以内"
            )
        if self._statuses and self.as_of is None:
            raise QueryError("按效力状态检索时缺少日期", advice="请给出 as_of（--as-of 日期）")
        if self.issued_from and self.issued_to and self.issued_from > self.issued_to:
            raise QueryError(
                f"发布日期的起点 {self.issued_from} 晚于终点 {self.issued_to}",
                advice="请对调或更正这两个日期",
            )

    @property
    def _statuses(self) -> tuple[PolicyStatus, ...]:
        return (self.status,) if isinstance(self.status, PolicyStatus) else self.status

    def filters(self) -> And:
        """
        Everything but the text, as a tree.

        Raises:
            CodeError: there is no such region.
        """
        nodes: list[Node] = []
        if self.level is not None:
            nodes.append(Term("level", self.level.value))
        if self.region is not None:
            nodes.append(Term("region", code_table("region").require(self.region)))
        nodes += [Term(n, v) for n, v in (("theme", self.theme), ("kind", self.kind)) if v]
        if self.as_of is not None:
            nodes.append(_of_statuses(self._statuses, self.as_of))
        if self.issued_from or self.issued_to:
            nodes.append(Range("issued_on", self.issued_from, self.issued_to))
        return And(tuple(nodes))

    def tree(self) -> And:
        """The whole request as a tree."""
        text = (Text(self.text),) if self.text.strip() else ()
        return And((*text, *self.filters().nodes))

    def with_text(self, text: str) -> PolicyQuery:
        """The same request for another text."""
        return replace(self, text=text)


def _of_statuses(statuses: tuple[PolicyStatus, ...], day: date) -> Node:
    found = Or(tuple(status_on(status, day) for status in statuses or LIVE))
    if statuses or day == date.max:
        return found
    return And((found, Not(Range("issued_on", first=day + timedelta(days=1)))))


def status_on(status: PolicyStatus, day: date) -> Node:
    """
    The tree that finds what `Policy.status_on(day)` says is of that status (效力状态的检索式).

    The fields hold what decides it: `repealed_on` the first repeal (a repeal without a date lies
    before every day), `expires_on` the first expiry, `starts_on` the last start.
    """
    draft = Term("draft", "true")
    repealed = Range("repealed_on", last=day)
    expired = Range("expires_on", last=_day_before(day))
    started = Range("starts_on", last=day)
    ended = Or((draft, repealed, expired))
    trees: dict[PolicyStatus, Node] = {
        PolicyStatus.DRAFT: draft,
        PolicyStatus.REPEALED: And((repealed, Not(draft))),
        PolicyStatus.EXPIRED: And((expired, Not(Or((draft, repealed))))),
        PolicyStatus.IN_FORCE: And((started, Not(ended))),
        PolicyStatus.UNKNOWN: Not(Or((ended, started))),
    }
    return trees[status]


def _day_before(day: date) -> date:
    return day - timedelta(days=1) if day > date.min else date.min

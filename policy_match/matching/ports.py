"""
Enterprises in bulk, behind one port (企业名册).

The roster (bitsets in memory) and Elasticsearch implement it; `policy_match.testing.register`
holds the tests that both keep and that an outside backend can run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from policy_match.domain.criterion import Criterion
from policy_match.domain.enterprise import Enterprise


@dataclass(frozen=True, slots=True)
class Tally:
    """
    How many a rule finds (计数).

    `true` are those for whom it is true, `possible` those for whom it is true or unknown, `total`
    all in the register.
    """

    true: int
    possible: int
    total: int

    @property
    def unknown(self) -> int:
        """待核实: possible, but not true."""
        return self.possible - self.true

    @property
    def false(self) -> int:
        """不符合."""
        return self.total - self.possible


@dataclass(frozen=True, slots=True)
class Found:
    """
    Whom a rule finds, by id (名单).

    `possible` holds those of `true` too. Both stand in the register's order.
    """

    true: tuple[str, ...]
    possible: tuple[str, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """待核实: possible, but not true."""
        sure = frozenset(self.true)
        return tuple(one for one in self.possible if one not in sure)


@runtime_checkable
class Register(Protocol):
    """
    Many enterprises as of a day, asked by rules (企业名册).

    A rule is scope and criteria together (`scope.whole_rule`). The answers equal `decide` on every
    enterprise, one by one. The register's order is the order in which the ids were first put in;
    an enterprise that is put in again keeps its place, one that was removed comes last.

    A rule beyond the limits of the language (1,000 leaves, 16 levels), or one that asks about a
    fact that is not registered, is refused with a `RuleError`, in bounded time.
    """

    @property
    def as_of(self) -> date:
        """The day that validity, ages and the size standard are taken as of."""
        ...

    def __len__(self) -> int:
        """How many enterprises there are."""
        ...

    def put(self, enterprises: Iterable[Enterprise]) -> int:
        """Add enterprises, one of a known id in place of it whole; how many there were."""
        ...

    def remove(self, ids: Iterable[str]) -> int:
        """Remove enterprises; how many were there. An unknown id is no error."""
        ...

    def count(self, rule: Criterion) -> Tally:
        """How many one rule finds."""
        ...

    def count_many(self, rules: Sequence[Criterion]) -> list[Tally]:
        """How many each rule finds, in the rules' order."""
        ...

    def find(self, rule: Criterion, *, limit: int | None = None) -> Found:
        """Whom one rule finds; at most `limit` ids in each of the two lists."""
        ...

    def find_many(self, rules: Iterable[Criterion], *, limit: int | None = None) -> Iterator[Found]:
        """Whom each rule finds, in the rules' order, one at a time."""
        ...

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

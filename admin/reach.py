"""
Whom a rule would reach (覆盖面): a roster of all enterprises, kept in step with the database.

The counts are of the whole register, whoever asks; no row is shown. One roster a process: it is
filled when first asked, and afterwards takes in what has changed since.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.facts import to_enterprise
from admin.facts.state import facts_known
from admin.principal import SYSTEM, acting_as
from admin.records.enterprise import Enterprise
from policy_match.domain.criterion import (
    ALWAYS,
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
    leaves_of,
)
from policy_match.domain.enterprise import Enterprise as Matched
from policy_match.matching.roster import Roster

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Reached:
    """How many enterprises a rule finds, by answer (覆盖面)."""

    eligible: int
    self_check: int
    unknown: int
    ineligible: int

    @property
    def total(self) -> int:
        """All in the register."""
        return self.eligible + self.self_check + self.unknown + self.ineligible

    def share(self, count: int) -> float:
        """A count as a share of all, in percent."""
        return 100 * count / self.total if self.total else 0.0


class ReachCounter:
    """Counts whom rules reach (覆盖面测算); safe among the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._roster: Roster | None = None
        self._state: tuple[int, datetime | None] = (0, None)

    def count(self, session: Session, rules: list[Criterion], *, as_of: date) -> list[Reached]:
        """How many enterprises each rule (scope and criteria together) finds on a day."""
        with self._lock:
            roster = self._current(session, as_of)
            return [_count(roster, rule) for rule in rules]

    def _current(self, session: Session, as_of: date) -> Roster:
        with acting_as(SYSTEM):
            state = _state_of(session)
            roster = self._roster
            if roster is None or roster.as_of != as_of or state[0] != self._state[0]:
                roster = Roster(as_of=as_of, registry=facts_known())
                roster.put(_enterprises(session, as_of, None))
            elif state != self._state:
                roster.put(_enterprises(session, as_of, self._state[1]))
        self._roster, self._state = roster, state
        return roster


def _state_of(session: Session) -> tuple[int, datetime | None]:
    count, newest = session.execute(
        select(func.count(Enterprise.id), func.max(Enterprise.facts_changed_at)).where(
            Enterprise.status == "active"
        )
    ).one()
    return int(count), newest


def _enterprises(session: Session, as_of: date, since: datetime | None) -> Iterator[Matched]:
    found = select(Enterprise).where(Enterprise.status == "active").order_by(Enterprise.id)
    if since is not None:
        found = found.where(Enterprise.facts_changed_at >= since)
    for record in session.scalars(found.execution_options(yield_per=_CHUNK)):
        yield to_enterprise(record, read_on=as_of)


def _count(roster: Roster, rule: Criterion) -> Reached:
    tally = roster.count(rule)
    checked = 0
    if any(isinstance(leaf, AttestLeaf) for leaf in leaves_of(rule)):
        possible = frozenset(roster.find(rule).unknown)
        checked = len(possible.intersection(roster.find(attested(rule)).true))
    return Reached(tally.true, checked, tally.unknown - checked, tally.false)


def attested(rule: Criterion) -> Criterion:
    """The rule with every item to attest taken as attested."""
    if isinstance(rule, AttestLeaf):
        return ALWAYS
    if isinstance(rule, FactLeaf):
        return rule
    if isinstance(rule, Not):
        return Not.model_validate({"not": attested(rule.child)})
    if isinstance(rule, All):
        return All(all=tuple(map(attested, rule.all)))
    if isinstance(rule, AnyOf):
        return AnyOf(any=tuple(map(attested, rule.any)))
    return AtLeast(at_least=rule.at_least, of=tuple(map(attested, rule.of)))

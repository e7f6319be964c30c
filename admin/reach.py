"""
Whom a rule would reach (覆盖面): counted over the roster, kept in step with the database.

The counts are of the whole register, whoever asks, and of one's own units beside it; no row is
shown. What a count costs is a few bitmaps: the roster is opened, not read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlalchemy.orm import Session

from admin.roster import RosterKeeper
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
from policy_match.matching.roster import Roster, bits
from policy_match.matching.roster.bits import TRUE, Words


@dataclass(frozen=True, slots=True)
class Reached:
    """How many enterprises a rule finds, by answer (覆盖面); `own` are those of one's units."""

    eligible: int
    self_check: int
    unknown: int
    ineligible: int
    own: Reached | None = None

    @property
    def total(self) -> int:
        """All in the register."""
        return self.eligible + self.self_check + self.unknown + self.ineligible

    def share(self, count: int) -> float:
        """A count as a share of all, in percent."""
        return 100 * count / self.total if self.total else 0.0


def count_reach(
    keeper: RosterKeeper,
    session: Session,
    rules: Sequence[Criterion],
    *,
    as_of: date,
    units: Collection[int] | None = None,
) -> list[Reached] | None:
    """
    How many enterprises each rule (scope and criteria together) finds on a day (覆盖面测算).

    Args:
        keeper: has the roster.
        session: what changed in the database since is taken in.
        rules: the rules.
        as_of: the day.
        units: also count those of these units by themselves.

    Returns:
        None while the roster has to be prepared first.
    """
    with keeper.locked():
        kept = keeper.current(session, as_of)
        if kept is None:
            return None
        everybody, own = kept.where(), None if units is None else kept.where(units=units)
        return [_count(kept.roster, rule, everybody, own) for rule in rules]


def _count(roster: Roster, rule: Criterion, everybody: Words, own: Words | None) -> Reached:
    true, possible = roster.planes(rule)
    checked = np.zeros_like(true)
    if any(isinstance(leaf, AttestLeaf) for leaf in leaves_of(rule)):
        checked = possible & ~true & roster.planes(attested(rule))[TRUE]
    counted = [
        _within(true, checked, possible, scope) for scope in (everybody, own) if scope is not None
    ]
    return replace(counted[0], own=counted[1] if own is not None else None)


def _within(true: Words, checked: Words, possible: Words, scope: Words) -> Reached:
    total, fits, to_check, maybe = (
        bits.count(scope & words) for words in (scope, true, checked, possible)
    )
    return Reached(fits, to_check, maybe - fits - to_check, total - maybe)


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

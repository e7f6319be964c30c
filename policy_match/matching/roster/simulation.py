"""
What a draft rule would reach: counts, groups, money; and what two drafts differ in (政策模拟).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.codes import code_table
from policy_match.domain.criterion import Criterion
from policy_match.domain.encode import SIZE_CLASSES, EncodedCodes, EncodedOneOf
from policy_match.domain.enterprise import CodeKnowledge
from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Rows, Words
from policy_match.matching.roster.columns import Classes, SetColumn
from policy_match.matching.roster.derive import SizeColumn, SizeKnowledge
from policy_match.matching.roster.roster import Roster

UNKNOWN = ""  # the group of those that state nothing
_NAMES = ("ineligible", "unknown", "eligible")


@dataclass(frozen=True, slots=True)
class Group:
    """Enterprises alike in one respect (分组); `code` is empty where nothing is known."""

    code: str
    eligible: int
    unknown: int
    ineligible: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """
    What a draft reaches (测算结果).

    `budget_min` is the cap times those eligible, `budget_max` times those who may turn out so;
    both None without a cap. Groups are by the main industry's section, by size class (several
    letters where several remain possible) and by street, as far as each is known; largest first.
    """

    eligible: int
    unknown: int
    ineligible: int
    budget_min: float | None
    budget_max: float | None
    by_industry: tuple[Group, ...]
    by_size: tuple[Group, ...]
    by_street: tuple[Group, ...]


def simulate_draft(
    rule: Criterion, roster: Roster, *, max_amount: float | None = None
) -> Simulation:
    """
    What a draft rule would reach (测算一条草案).

    Args:
        rule: the draft, scope included.
        roster: the enterprises.
        max_amount: what each would get at most, in yuan.
    """
    planes = roster.planes(rule)
    true, possible = bits.counts(planes).tolist()
    cap = max_amount
    rows = _Rows.of(planes[TRUE], roster), _Rows.of(planes[POSSIBLE], roster)
    return Simulation(
        eligible=true,
        unknown=possible - true,
        ineligible=len(roster) - possible,
        budget_min=None if cap is None else cap * true,
        budget_max=None if cap is None else cap * possible,
        by_industry=_grouped(roster, rows, "industry", _section),
        by_size=_grouped(roster, rows, "size_class", _size),
        by_street=_grouped(roster, rows, "region", _street),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a bitset, or those of the living that lack in it, whichever are fewer."""

    rows: Rows
    lacking: bool
    count: int

    @classmethod
    def of(cls, plane: Words, roster: Roster) -> _Rows:
        count = bits.count(plane)
        lacking = 2 * count > len(roster)
        return cls(bits.rows_of(roster.alive & ~plane if lacking else plane), lacking, count)

    def by_class(self, classes: Classes, total: NDArray[np.intp]) -> NDArray[np.intp]:
        found = np.bincount(classes[self.rows], minlength=len(total))
        return total - found if self.lacking else found


def _grouped(
    roster: Roster, rows: tuple[_Rows, _Rows], fact: str, name: Callable[..., str]
) -> tuple[Group, ...]:
    column = roster.columns.asked(fact)
    if column is None:
        true, possible = (one.count for one in rows)
        return (Group(UNKNOWN, true, possible - true, len(roster) - possible),)
    assert isinstance(column, SetColumn | SizeColumn)
    codes, place = _groups_of(column, name)
    classes = column.classes
    everybody = classes if len(roster) == roster.rows else classes[bits.rows_of(roster.alive)]
    total = np.bincount(everybody, minlength=len(place))
    by_class = [*(one.by_class(classes, total) for one in rows), total]
    counted = [_summed(one, place, len(codes)) for one in by_class]
    groups = [
        Group(code, true, possible - true, every - possible)
        for code, true, possible, every in zip(codes, *counted, strict=True)
        if every
    ]
    return tuple(sorted(groups, key=lambda one: (-one.eligible, -one.unknown, one.code)))


def _groups_of(
    column: SetColumn | SizeColumn, name: Callable[..., str]
) -> tuple[list[str], NDArray[np.intp]]:
    """The groups that a column's classes fall into, and which one each class is in."""
    values = column.values if isinstance(column, SizeColumn) else column.table.values
    names = [name(value) for value in values]
    codes = sorted(set(names))
    places = {code: n for n, code in enumerate(codes)}
    return codes, np.array([places[one] for one in names], np.intp)


def _summed(by_class: NDArray[np.intp], place: NDArray[np.intp], count: int) -> list[int]:
    """Rows by group, from the rows by class."""
    summed = np.zeros(count, np.int64)
    np.add.at(summed, place, by_class)
    found: list[int] = summed.tolist()
    return found


def _section(value: CodeKnowledge | None) -> str:
    return UNKNOWN if value is None or not value.has else _section_of(value.has[0].code)


@lru_cache(maxsize=65536)
def _section_of(code: str) -> str:
    return (code, *code_table("industry").ancestors(code))[-1]


def _street(value: CodeKnowledge | None) -> str:
    if value is None or not value.has:
        return UNKNOWN
    return value.has[0].code[:9]


def _size(value: SizeKnowledge) -> str:
    encoded = value.encoded
    if isinstance(encoded, EncodedOneOf):
        return ";".join(one for one in SIZE_CLASSES if one in encoded.possible)
    if isinstance(encoded, EncodedCodes):
        return ";".join(one for one in SIZE_CLASSES if one in encoded.has)
    return UNKNOWN


@dataclass(frozen=True, slots=True)
class Difference:
    """
    How a second draft differs from a first (两稿之差).

    `moved[before][after]` counts the enterprises by verdict (`eligible`, `unknown`, `ineligible`);
    `gained` and `lost` are who becomes and who ceases to be eligible, in the register's order.
    """

    moved: dict[str, dict[str, int]]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def compare_drafts(first: Criterion, second: Criterion, roster: Roster) -> Difference:
    """What changes for whom when the second draft takes the first one's place (比较两稿)."""
    old, new = roster.planes(first), roster.planes(second)
    moved = {
        before: {
            after: bits.count(was & now)
            for after, now in zip(_NAMES, _by_verdict(new, roster), strict=True)
        }
        for before, was in zip(_NAMES, _by_verdict(old, roster), strict=True)
    }
    gained = bits.rows_of(new[TRUE] & ~old[TRUE])
    lost = bits.rows_of(old[TRUE] & ~new[TRUE])
    return Difference(moved, tuple(roster.ids.of(gained)), tuple(roster.ids.of(lost)))


def _by_verdict(planes: Words, roster: Roster) -> tuple[Words, Words, Words]:
    true, possible = planes
    return roster.alive & ~possible, possible & ~true, true

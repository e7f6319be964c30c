"""
What a draft rule would reach: counts, groups, money; and what two drafts differ in (政策模拟).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.codes import code_table
from policy_match.domain.criterion import Criterion
from policy_match.domain.encode import SIZE_CLASSES, EncodedCodes, EncodedOneOf
from policy_match.domain.enterprise import CodeKnowledge
from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Words
from policy_match.matching.roster.columns import SetColumn
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
    return Simulation(
        eligible=true,
        unknown=possible - true,
        ineligible=len(roster) - possible,
        budget_min=None if cap is None else cap * true,
        budget_max=None if cap is None else cap * possible,
        by_industry=_grouped(roster, planes, "industry", _section),
        by_size=_grouped(roster, planes, "size_class", _size),
        by_street=_grouped(roster, planes, "region", _street),
    )


def _grouped(
    roster: Roster, planes: Words, fact: str, name: Callable[..., str]
) -> tuple[Group, ...]:
    column = roster.columns.asked(fact)
    if column is None:
        true, possible = bits.counts(planes).tolist()
        return (Group(UNKNOWN, true, possible - true, len(roster) - possible),)
    assert isinstance(column, SetColumn | SizeColumn)
    values = column.values if isinstance(column, SizeColumn) else column.table.values
    names = [name(value) for value in values]
    codes = sorted(set(names))
    places = {code: n for n, code in enumerate(codes)}
    place = np.array([places[one] for one in names], np.min_scalar_type(len(codes)))
    counted = _counted(place[column.classes], planes, roster, len(codes))
    groups = [
        Group(code, int(row[2]), int(row[1]), int(row[0]))
        for code, row in zip(codes, counted, strict=True)
        if row.any()
    ]
    return tuple(sorted(groups, key=lambda one: (-one.eligible, -one.unknown, one.code)))


def _counted(
    groups: NDArray[np.unsignedinteger[Any]],
    planes: Words,
    roster: Roster,
    count: int,
) -> NDArray[np.int64]:
    """Counts by group and truth, of the living: shape (groups, 3)."""
    rows = roster.rows
    truths = bits.unpack(planes[TRUE], rows) + bits.unpack(planes[POSSIBLE], rows)
    keys = groups.astype(np.uint32) * 3 + truths
    if len(roster) < rows:
        keys = keys[bits.unpack(roster.alive, rows) > 0]
    return np.bincount(keys, minlength=3 * count).reshape(count, 3)


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

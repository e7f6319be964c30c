"""
A made-up register of any size, as columns and as plain arrays for the yardsticks (合成企业名册).

Thirty facts, about 35 % missing, with coarse and partial codes; and rules of about six leaves drawn
from a pool of distinct ones. Always the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.codes import code_table
from policy_match.domain.criterion import Criterion, parse_criterion
from policy_match.domain.enterprise import CodeEntry, CodeKnowledge
from policy_match.domain.facts import default_registry
from policy_match.matching.roster import Roster
from policy_match.matching.roster.columns import CodeTableOfValues, NumberColumn, SetColumn
from policy_match.matching.roster.derive import Day
from policy_match.matching.roster.facts import FactColumns
from policy_match.matching.roster.ids import IdColumn

AS_OF = date(2026, 11, 24)
MISSING = 0.35
MONEY = (
    "registered_capital",
    "revenue",
    "total_assets",
    "net_assets",
    "tax_paid",
    "export_value",
    "rd_expense",
)
COUNTS = ("employees", "patents", "invention_patents")
RATIOS = ("rd_ratio", "rd_staff_ratio", "college_staff_ratio")
BOOLS = (
    "legal_person",
    "listed",
    "above_scale",
    "small_low_profit",
    "no_dishonesty",
    "no_major_violation",
    "no_safety_accident",
    "tax_compliant",
    "not_duplicate_funding",
)
TREES = ("region", "industry")
FLAT = {
    "entity_type": ("enterprise", "institution", "individual_business", "cooperative"),
    "ownership": ("state", "private", "foreign"),
    "zone": tuple(f"第{n}产业园区" for n in range(40)),
    "theme": tuple(f"第{n}产业领域" for n in range(60)),
}
QUALIFICATIONS = ("high_tech", "tech_sme", "specialized_sme", "little_giant", "champion", "gazelle")
Values = NDArray[Any]


@dataclass
class World:
    """
    A register (名册): the roster, and each fact as a plain array with a mask of the missing.

    Trees stand in the arrays by their place in `order_of`, qualifications as bits of those it has,
    those it lacks, and whether the list is complete.
    """

    roster: Roster
    arrays: dict[str, Values] = field(default_factory=dict)
    missing: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


@cache
def order_of(code_set: str) -> dict[str, int]:
    """The codes of a tree in an order in which each stands before all that are below it."""
    table = code_table(code_set)
    paths = sorted((*reversed(table.ancestors(code)), code) for code in table)
    return {path[-1]: n for n, path in enumerate(paths)}


@cache
def last_below(code_set: str, code: str) -> int:
    """The place of the last code below a code; its own where there is none."""
    order = order_of(code_set)
    return max([order[code], *(order[one] for one in code_table(code_set).descendants(code))])


def make_world(rows: int, *, seed: int = 6, arrays: bool = True) -> World:
    """A register of that many enterprises (合成名册)."""
    maker = _Maker(rows, seed, arrays)
    for name in MONEY:
        maker.numbers(name, np.round(maker.chance.lognormal(15, 2, rows), -3))
    for name in COUNTS:
        maker.numbers(name, np.floor(maker.chance.lognormal(3, 1.5, rows)))
    for name in RATIOS:
        maker.numbers(name, np.round(maker.chance.beta(1, 12, rows), 3))
    for name in BOOLS:
        maker.numbers(name, (maker.chance.random(rows) < 0.7).astype(np.float64))
    maker.numbers("established_on", AS_OF.toordinal() - maker.chance.integers(1, 12_000, rows))
    for name in TREES:
        maker.tree(name)
    for name, names in FLAT.items():
        maker.flat(name, names)
    maker.qualifications()
    return maker.done()


class _Maker:
    def __init__(self, rows: int, seed: int, arrays: bool) -> None:
        self.rows = rows
        self.chance = np.random.default_rng(seed)
        self._columns = FactColumns(Day(AS_OF, default_registry()), rows=rows)
        self._arrays: dict[str, Values] | None = {} if arrays else None
        self._missing: dict[str, NDArray[np.bool_]] = {}

    def _absent(self) -> NDArray[np.bool_]:
        return self.chance.random(self.rows) < MISSING

    def _keep(self, name: str, values: Values, absent: NDArray[np.bool_]) -> None:
        if self._arrays is not None:
            self._arrays[name], self._missing[name] = values, absent

    def numbers(self, name: str, values: Values) -> None:
        absent = self._absent()
        self._columns.stated[name] = NumberColumn.of(np.where(absent, np.nan, values))
        self._keep(name, values, absent)

    def _sets(
        self, name: str, values: Sequence[CodeKnowledge], picked: Values
    ) -> NDArray[np.bool_]:
        absent = self._absent()
        table = CodeTableOfValues()
        of_value = np.array([table.class_of(value) for value in values])
        classes = np.where(absent, 0, of_value[picked])
        width = np.min_scalar_type(len(table) - 1)
        self._columns.stated[name] = SetColumn(table, classes.astype(width))
        return absent

    def tree(self, name: str) -> None:
        order = order_of(name)
        codes = [*order]
        picked = self.chance.zipf(1.3, self.rows) * 7919 % len(codes)
        places = np.array([order[code] for code in codes])
        absent = self._sets(name, [_whole(code) for code in codes], picked)
        self._keep(name, places[picked].astype(np.int32), absent)

    def flat(self, name: str, names: tuple[str, ...]) -> None:
        picked = self.chance.integers(0, len(names), self.rows)
        absent = self._sets(name, [_whole(one) for one in names], picked)
        self._keep(name, picked.astype(np.int32), absent)

    def qualifications(self) -> None:
        """All lists of those it has, complete or with one that it lacks."""
        bits = range(1 << len(QUALIFICATIONS))
        kinds = [(has, 0, True) for has in bits] + [
            (has, 1 << n, False)
            for has in bits
            for n in range(len(QUALIFICATIONS))
            if not has >> n & 1
        ]
        values = [
            CodeKnowledge(has=_entries(has), lacks=_entries(lacks), complete=complete)
            for has, lacks, complete in kinds
        ]
        picked = self.chance.integers(0, len(kinds), self.rows)
        absent = self._sets("qualification", values, picked)
        for n, part in enumerate(("has", "lacks", "complete")):
            table = np.array([kind[n] for kind in kinds], np.int32)
            self._keep(f"qualification_{part}", table[picked], absent)

    def done(self) -> World:
        self._columns.derive()
        ids = IdColumn()
        for at in range(0, self.rows, 1 << 20):
            ids.extend([f"91530100{n:010d}" for n in range(at, min(self.rows, at + (1 << 20)))])
        roster = Roster.of_columns(self._columns, ids)
        return World(roster, self._arrays or {}, self._missing)


def _whole(code: str) -> CodeKnowledge:
    return CodeKnowledge(has=(CodeEntry(code=code),))


def _entries(bits: int) -> tuple[CodeEntry, ...]:
    return tuple(CodeEntry(code=code) for n, code in enumerate(QUALIFICATIONS) if bits >> n & 1)


def make_leaves(distinct: int, *, seed: int = 6) -> list[dict[str, Any]]:
    """That many distinct leaves: two thirds on numbers and days, the others on codes."""
    chance = np.random.default_rng(seed)
    found: dict[str, dict[str, Any]] = {}
    while len(found) < distinct:
        leaf = _number_leaf(chance) if chance.random() < 0.66 else _code_leaf(chance)
        found.setdefault(str(leaf), leaf)
    return [*found.values()]


def _number_leaf(chance: np.random.Generator) -> dict[str, Any]:
    kind = chance.random()
    if kind < 0.03:
        return {"fact": _one(chance, BOOLS), "op": "==", "value": bool(chance.random() < 0.7)}
    op = _one(chance, (">=", ">=", ">=", ">", "<=", "<"))
    if kind < 0.1:
        day = date.fromordinal(AS_OF.toordinal() - int(chance.integers(1, 12_000)))
        return {"fact": "established_on", "op": op, "value": day.isoformat()}
    if kind < 0.7:
        value = float(np.round(chance.lognormal(15, 2), -3))
        return {"fact": _one(chance, MONEY), "op": op, "value": value}
    if kind < 0.85:
        return {"fact": _one(chance, COUNTS), "op": op, "value": int(chance.lognormal(3, 1.5))}
    return {"fact": _one(chance, RATIOS), "op": op, "value": round(float(chance.beta(1, 12)), 4)}


def _code_leaf(chance: np.random.Generator) -> dict[str, Any]:
    kind, many = chance.random(), int(chance.integers(1, 4))
    if kind < 0.85:
        fact = _one(chance, TREES)
        pool: tuple[str, ...] = tuple(order_of(fact))
    elif kind < 0.93:
        fact = _one(chance, tuple(FLAT))
        pool = FLAT[fact]
    else:
        fact, pool = "qualification", QUALIFICATIONS
    codes = {_one(chance, pool) for _ in range(many)}
    return {"fact": fact, "op": "in", "value": sorted(codes)}


def _one(chance: np.random.Generator, among: tuple[Any, ...]) -> Any:
    return among[int(chance.integers(len(among)))]


def make_rules(count: int, distinct: int, *, seed: int = 6) -> list[Criterion]:
    """Rules of about six leaves from a pool of distinct ones; all are used where that can be."""
    leaves = make_leaves(distinct, seed=seed)
    chance = np.random.default_rng(seed + 1)
    turns = np.concatenate([chance.permutation(distinct) for _ in range(7 * count // distinct + 1)])
    rules, at = [], 0
    for _ in range(count):
        width = int(chance.integers(4, 9))
        rules.append(parse_criterion(_tree([leaves[n] for n in turns[at : at + width]], chance)))
        at = (at + width) % (len(turns) - 8)
    return rules


def _tree(leaves: list[dict[str, Any]], chance: np.random.Generator) -> dict[str, Any]:
    kind = chance.random()
    head, tail = leaves[:2], leaves[2:]
    if kind < 0.5:
        return {"all": [*head, {"any": tail[:2]}, *tail[2:]]}
    if kind < 0.8:
        return {"all": leaves}
    if kind < 0.9:
        return {"all": [*head, {"at_least": 2, "of": tail}]} if len(tail) > 2 else {"all": leaves}
    return {"all": [*head, {"not": {"any": tail[:1]}}, {"any": tail[1:]}]}

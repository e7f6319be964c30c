"""
All rules × all enterprises, as a stream; and what a change of either changes (全量匹配与变化).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.criterion import Criterion
from policy_match.domain.enterprise import Enterprise
from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import POSSIBLE, TRUE, Rows, Words
from policy_match.matching.roster.blocks import BlockWorker, blocks_of
from policy_match.matching.roster.plan import Plan
from policy_match.matching.roster.roster import Roster

Pairs: TypeAlias = NDArray[np.int64]
_NARROW = 240  # words of a block: bounds the pairs held, and numpy keeps the interpreter


@dataclass(frozen=True, slots=True)
class Matches:
    """
    Pairs of rule and row that are eligible or may turn out so (匹配批).

    All arrays have one entry a pair: the rule's number, the row, and whether the rule is true
    (else it is unknown).
    """

    rules: Pairs
    rows: Rows
    true: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rules)


def match_all(
    rules: Sequence[Criterion], roster: Roster, *, unknown: bool = True
) -> Iterator[Matches]:
    """
    The matches of all rules and all enterprises, block of rows by block of rows (全量匹配).

    Memory is bounded by what a few blocks hold, however many pairs there are: the next blocks are
    computed while the caller works on one.

    Args:
        rules: whole rules, scope included.
        roster: the enterprises.
        unknown: also the pairs that are 待核实.
    """
    plan = roster.plan(rules, words=_NARROW)
    members = _members(plan)
    workers: SimpleQueue[BlockWorker] = SimpleQueue()
    for _ in range(roster.threads):
        workers.put(BlockWorker(plan, roster.alive))

    def evaluate(block: int) -> Matches:
        worker = workers.get()
        try:
            return _matches(worker, block, members, plan, unknown)
        finally:
            workers.put(worker)

    with ThreadPoolExecutor(roster.threads) as pool:
        waiting: deque[Future[Matches]] = deque()
        for block in range(blocks_of(plan, roster.rows)):
            waiting.append(pool.submit(evaluate, block))
            if len(waiting) > roster.threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _members(plan: Plan) -> list[NDArray[np.intp]]:
    """The rules of each distinct root."""
    order = np.argsort(plan.place, kind="stable")
    return np.split(order, np.searchsorted(plan.place[order], np.arange(1, plan.distinct)))


def _matches(
    worker: BlockWorker,
    block: int,
    members: list[NDArray[np.intp]],
    plan: Plan,
    unknown: bool,
) -> Matches:
    rules: list[NDArray[np.intp]] = []
    rows: list[Rows] = []
    true: list[NDArray[np.bool_]] = []
    first_row = block * plan.words * 64
    for found in worker.run(block):
        wanted = found.planes[:, POSSIBLE if unknown else TRUE]
        for n in np.flatnonzero(wanted.any(axis=1)):
            hits = bits.rows_of(np.ascontiguousarray(wanted[n]))
            sure = bits.are_set(found.planes[n, TRUE], hits)
            for rule in members[found.first + n]:
                rules.append(np.full(len(hits), rule))
                rows.append(hits + first_row)
                true.append(sure)
    if not rules:
        return Matches(np.zeros(0, np.int64), np.zeros(0, np.intp), np.zeros(0, np.bool_))
    return Matches(np.concatenate(rules), np.concatenate(rows), np.concatenate(true))


@dataclass(frozen=True, slots=True)
class Change:
    """
    A pair whose verdict changed (变化).

    `before` and `after` are 0 不符合 (or not there), 1 待核实, 2 符合.
    """

    rule: int
    enterprise_id: str
    before: int
    after: int

    @property
    def became_eligible(self) -> bool:
        """Whether it is eligible now and was not."""
        return self.after == 2

    @property
    def ceased_eligible(self) -> bool:
        """Whether it was eligible and is not any more."""
        return self.before == 2


def changes_of_facts(
    rules: Sequence[Criterion],
    roster: Roster,
    put: Iterable[Enterprise] = (),
    remove: Iterable[str] = (),
) -> list[Change]:
    """
    Bring changed facts into a roster, and tell which verdicts that changed (事实变化的影响).

    Only the rows concerned are decided again, before and after.

    Args:
        rules: whole rules, scope included.
        roster: the enterprises; they are as the new facts say afterwards.
        put: enterprises as they are now, old or new.
        remove: ids of those that are gone.

    Returns:
        The changes, by enterprise in the order given, then by rule.
    """
    newer = {one.id: one for one in put}
    gone = [key for key in dict.fromkeys(remove) if key not in newer]
    keys = [*newer, *gone]
    before = _truths(rules, roster, keys)
    roster.put(newer.values())
    roster.remove(gone)
    after = _truths(rules, roster, keys)
    return [
        Change(int(rule), keys[n], int(before[rule, n]), int(after[rule, n]))
        for n, rule in zip(*np.nonzero((before != after).T), strict=True)
    ]


def _truths(rules: Sequence[Criterion], roster: Roster, keys: Sequence[str]) -> NDArray[np.int8]:
    """The truths of all rules for some enterprises, 0 for those not there: (rules, keys)."""
    rows = [roster.ids.row_of(key) for key in keys]
    here = np.array([n for n, row in enumerate(rows) if row is not None], np.intp)
    truths = np.zeros((len(rules), len(keys)), np.int8)
    part = roster.selected(np.array([row for row in rows if row is not None], np.intp))
    for found in match_all(rules, part):
        truths[found.rules, here[found.rows]] = 1 + found.true
    return truths


def changes_of_rule(
    before: Criterion | None, after: Criterion | None, roster: Roster
) -> list[Change]:
    """
    Which verdicts a changed rule changes; None is a rule that is not there (规则变化的影响).

    Returns:
        The changes in the register's order, under rule number 0.
    """
    empty = np.zeros((2, len(roster.alive)), np.uint64)
    old, new = (empty if rule is None else roster.planes(rule) for rule in (before, after))
    differ = (old[TRUE] ^ new[TRUE]) | (old[POSSIBLE] ^ new[POSSIBLE])
    rows = bits.rows_of(differ)
    return [
        Change(0, key, int(was), int(now))
        for key, was, now in zip(
            roster.ids.of(rows), _truths_at(old, rows), _truths_at(new, rows), strict=True
        )
    ]


def _truths_at(planes: Words, rows: Rows) -> NDArray[np.int64]:
    true, possible = (bits.are_set(plane, rows).astype(np.int64) for plane in planes)
    return true + possible

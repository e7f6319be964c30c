"""
The roster: a register of enterprises in memory (企业名册).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.criterion import AttestLeaf, Criterion, FactLeaf, Node
from policy_match.domain.encode import EncodedEnterprise
from policy_match.domain.enterprise import Enterprise, FactValue
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.errors import FactError, NotFound
from policy_match.matching.ports import Found, Tally
from policy_match.matching.roster import bits
from policy_match.matching.roster.bits import Rows, Words
from policy_match.matching.roster.blocks import BlockWorker, blocks_of
from policy_match.matching.roster.derive import Day
from policy_match.matching.roster.facts import FactColumns
from policy_match.matching.roster.ids import IdColumn
from policy_match.matching.roster.leaves import DEFAULT_BUDGET, LeafCache
from policy_match.matching.roster.plan import Plan, make_plan
from policy_match.matching.rule_graph import Inner, RuleGraph

_WIDE = 2048  # words of a block: enough for two threads not to wait for the interpreter
_FEW = 24  # rules: up to here each is answered from the cached leaves
_BATCH = 10_000  # enterprises encoded at a time


class Roster:
    """
    Enterprises as columns, asked by rules over bitsets (企业名册). Implements `Register`.

    One writer or several readers at a time: it holds no locks.

    Args:
        as_of: the day that validity, ages and the size standard are taken as of.
        registry: the facts that exist; the packaged ones by default.
        size_standard: 文号 of the size standard to use instead of the newest in force.
        cache_bytes: what the bitsets of leaves may take.
        threads: workers of a batch.
    """

    def __init__(
        self,
        *,
        as_of: date,
        registry: FactRegistry | None = None,
        size_standard: str | None = None,
        cache_bytes: int = DEFAULT_BUDGET,
        threads: int = 2,
    ) -> None:
        self._setup(
            FactColumns(Day(as_of, registry or default_registry(), size_standard)),
            IdColumn(),
            cache_bytes=cache_bytes,
            threads=threads,
        )

    def _setup(
        self,
        columns: FactColumns,
        ids: IdColumn,
        *,
        alive: Words | None = None,
        cache_bytes: int = DEFAULT_BUDGET,
        threads: int = 2,
    ) -> None:
        self.columns = columns
        self.ids = ids
        everybody = bits.pack(np.ones(len(ids), np.bool_))
        self.alive = everybody if alive is None else alive
        self.leaves = LeafCache(columns, budget=cache_bytes)
        self.threads = threads
        self._living = bits.count(self.alive)

    @classmethod
    def of_columns(
        cls,
        columns: FactColumns,
        ids: IdColumn,
        *,
        alive: Words | None = None,
        cache_bytes: int = DEFAULT_BUDGET,
        threads: int = 2,
    ) -> Roster:
        """A roster of columns that are ready, such as read from a table or from disk."""
        roster = cls.__new__(cls)
        roster._setup(columns, ids, alive=alive, cache_bytes=cache_bytes, threads=threads)
        return roster

    @property
    def as_of(self) -> date:
        """The day that facts are taken as of."""
        return self.columns.day.as_of

    @property
    def registry(self) -> FactRegistry:
        """The facts that exist."""
        return self.columns.day.registry

    @property
    def rows(self) -> int:
        """How many rows there are, those of removed enterprises counted."""
        return len(self.ids)

    def __len__(self) -> int:
        return self._living

    @property
    def nbytes(self) -> int:
        """Bytes of columns, ids and the bitset of the living; the leaves' bitsets not counted."""
        return self.columns.nbytes() + self.ids.nbytes + self.alive.nbytes

    def on(self, as_of: date) -> Roster:
        """The same enterprises as of another day; the stated columns are shared, not copied."""
        day = Day(as_of, self.registry, self.columns.day.standard)
        columns = FactColumns(day, rows=self.rows)
        columns.stated = dict(self.columns.stated)
        columns.derive()
        return Roster.of_columns(columns, self.ids, alive=self.alive, threads=self.threads)

    def selected(self, rows: Rows) -> Roster:
        """Some rows as a roster of their own, in that order; later changes stay apart."""
        return Roster.of_columns(
            self.columns.selected(rows), self.ids.selected(rows), threads=self.threads
        )

    def with_attested(self, texts: Iterable[str]) -> Roster:
        """The same enterprises, every open one of these items taken as attested (视为已自查)."""
        return Roster.of_columns(
            self.columns.with_attested(texts), self.ids, alive=self.alive, threads=self.threads
        )

    def compacted(self) -> Roster:
        """The living rows by themselves; the roster itself where all are alive."""
        return self if len(self) == self.rows else self.selected(bits.rows_of(self.alive))

    def put(self, enterprises: Iterable[Enterprise]) -> int:
        """Add enterprises, one of a known id in place of it whole; how many there were."""
        waiting, total = iter(enterprises), 0
        while batch := list(islice(waiting, _BATCH)):
            total += len(batch)
            self._put({one.id: one for one in batch})
        return total

    def put_fact(self, key: str, fact: str, value: FactValue | None) -> None:
        """
        Change one fact of one enterprise; None takes it away (更新一项事实).

        Raises:
            NotFound: there is no enterprise of that id.
            FactError: there is no such fact.
        """
        one = self.enterprise(key)
        facts = {name: stated for name, stated in one.facts.items() if name != fact}
        if value is not None:
            facts[fact] = value
        self.put([one.model_copy(update={"facts": facts})])

    def _put(self, batch: dict[str, Enterprise]) -> None:
        self._require_known_facts(batch.values())
        known = {key: row for key in batch if (row := self.ids.row_of(key)) is not None}
        fresh = [key for key in batch if key not in known]
        first = self.rows
        self.ids.extend(fresh)
        known.update((key, first + n) for n, key in enumerate(fresh))
        rows = np.array([known[key] for key in batch], np.intp)
        people = list(batch.values())
        self.columns.put(rows, people)
        self.columns.derive_rows(rows, people)
        self._revive(rows)

    def _require_known_facts(self, enterprises: Iterable[Enterprise]) -> None:
        for one in enterprises:
            for name in one.facts:
                if name not in self.registry:
                    raise FactError(
                        f"没有名为“{name}”的事实",
                        where=f"企业“{one.name or one.id}”",
                        advice=self.registry.advice(name),
                    )

    def _revive(self, rows: Rows) -> None:
        self.alive = bits.fitted(self.alive, self.rows)
        bits.write(self.alive, rows, np.ones(len(rows), np.bool_))
        self._living = bits.count(self.alive)
        self.leaves.changed(rows)

    def remove(self, ids: Iterable[str]) -> int:
        """Remove enterprises; how many were there. An unknown id is no error."""
        found = {key: row for key in ids if (row := self.ids.row_of(key)) is not None}
        rows = np.array(list(found.values()), np.intp)
        bits.write(self.alive, rows, np.zeros(len(rows), np.bool_))
        for key in found:
            self.ids.forget(key)
        self._living -= len(found)
        return len(found)

    def planes(self, rule: Node) -> Words:
        """
        The living rows for which a rule is true, and for which it is possible: shape (2, words).

        Leaves come from the cache and stay in it.
        """
        graph = RuleGraph(self.registry)
        root = graph.add(rule)
        return self._evaluate(graph, root) & self.alive

    def leaf(self, leaf: FactLeaf | AttestLeaf) -> Words:
        """A leaf over all rows, those of removed enterprises too: shape (2, words)."""
        graph = RuleGraph(self.registry)
        return self._evaluate(graph, graph.add(leaf))

    def _evaluate(self, graph: RuleGraph, number: int) -> Words:
        node = graph.nodes[number]
        if not isinstance(node, Inner):
            return self.leaves.planes(node)
        if not node.children:
            full = np.full((2, len(self.alive)), np.uint64(0), np.uint64)
            return ~full if node.kind == "all" else full
        if node.kind == "not":
            return ~self._evaluate(graph, node.children[0])[::-1]
        children = (self._evaluate(graph, child) for child in node.children)
        if node.kind == "at_least":
            return bits.at_least(children, node.needed)
        join = np.bitwise_and if node.kind == "all" else np.bitwise_or
        result = next(children).copy()
        for child in children:
            join(result, child, out=result)
        return result

    def count(self, rule: Criterion) -> Tally:
        """How many one rule finds."""
        true, possible = bits.counts(self.planes(rule)).tolist()
        return Tally(true, possible, len(self))

    def count_many(self, rules: Sequence[Criterion]) -> list[Tally]:
        """How many each rule finds, in the rules' order."""
        if len(rules) <= _FEW:
            return [self.count(rule) for rule in rules]
        counted = self.tallies(rules).tolist()
        return [Tally(true, possible, len(self)) for true, possible in counted]

    def tallies(self, rules: Sequence[Criterion]) -> NDArray[np.int64]:
        """Counts of true and possible for many rules at once: shape (rules, 2)."""
        return self.tallies_of(self.plan(rules))

    def tallies_of(self, plan: Plan) -> NDArray[np.int64]:
        """Counts of true and possible for rules that are laid out: shape (rules, 2)."""
        blocks = blocks_of(plan, self.rows)
        threads = max(1, min(self.threads, blocks))
        with ThreadPoolExecutor(threads) as pool:
            parts = pool.map(lambda n: self._tally(plan, range(n, blocks, threads)), range(threads))
            counted: NDArray[np.int64] = sum(parts, np.zeros((plan.distinct, 2), np.int64))
        return counted[plan.place]

    def _tally(self, plan: Plan, blocks: Iterable[int]) -> NDArray[np.int64]:
        counted = np.zeros((plan.distinct, 2), np.int64)
        evaluator = BlockWorker(plan, self.alive)
        for block in blocks:
            for found in evaluator.run(block):
                part = slice(found.first, found.first + len(found.planes))
                counted[part] += np.bitwise_count(found.planes).sum(axis=-1, dtype=np.uint32)
        return counted

    def plan(self, rules: Iterable[Criterion], *, words: int = _WIDE) -> Plan:
        """
        The layout of a batch of rules.

        Args:
            rules: whole rules, scope included.
            words: how wide a block may be, of 64 rows each.

        Raises:
            RuleError: a rule beyond the limits, or about an unknown fact.
        """
        graph = RuleGraph(self.registry)
        return make_plan(graph, graph.add_all(rules), self.columns, words=words)

    def find(self, rule: Criterion, *, limit: int | None = None) -> Found:
        """Whom one rule finds; at most `limit` ids in each of the two lists."""
        true, possible = (bits.rows_of(plane)[:limit] for plane in self.planes(rule))
        return Found(tuple(self.ids.of(true)), tuple(self.ids.of(possible)))

    def find_many(self, rules: Iterable[Criterion], *, limit: int | None = None) -> Iterator[Found]:
        """Whom each rule finds, in the rules' order, one at a time."""
        for rule in rules:
            yield self.find(rule, limit=limit)

    def enterprise(self, key: str) -> Enterprise:
        """
        What is stated of an enterprise; its name and the origins of its facts are not kept.

        Raises:
            NotFound: there is none of that id.
        """
        row = self.ids.row_of(key)
        if row is None:
            raise NotFound(f"名册里没有编号为“{key}”的企业", advice="请核对编号")
        return self.columns.enterprise(row, key)

    def encoded(self, key: str) -> EncodedEnterprise:
        """An enterprise's facts as of the day, for `decide` to give its reasons on."""
        return self.columns.day.encode(self.enterprise(key))

    def close(self) -> None:
        """Let go of the bitsets."""
        self.leaves.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

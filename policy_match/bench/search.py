"""
The embedded index beside SQLite FTS5, and its queries beside their limits (检索基准).

Both engines get the same tokens, made beforehand, so that the engines are compared and not the
segmentation. FTS5 keeps what it needs to replace a policy and to show it, as ours does. Indexing
is timed by the clock, since ours uses every core and SQLite can't; queries by the processor's
time, which says more on a busy machine.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np

from policy_match.bench import Row, benchmark, faster, sooner
from policy_match.domain.policy import Policy
from policy_match.search.document import TEXT_FIELDS, IndexDocument, index_document
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.embedded.generation import Generation
from policy_match.search.embedded.layout import Layout
from policy_match.search.embedded.writer import Writer
from policy_match.search.head import Head
from policy_match.search.plan import plan_text
from policy_match.search.query import PolicyQuery
from policy_match.search.segment import default_segmenter
from policy_match.testing.factories import synthetic_policies

_SIZES = {"small": 2_000, "full": 100_000}
_BATCH = 1_000  # prepared at a time; the engines alone are on the clock
_ROUNDS = {"small": 5, "full": 25}
_FILTERED_MS, _ALL_MS = 5.0, 20.0
_NEWER = date(2019, 1, 1)

_EVERYWHERE = "给企业多少万元资金支持"  # every policy's first sentence has 万元
_ASKED = (
    "花卉企业贷款贴息",
    "小微企业稳岗返还怎么申请",
    "高新技术企业研发补助",
    "外贸企业展位费补助",
    "磷化工技术改造奖补",
    "个体工商户场租补贴",
    "规上工业企业用电补贴",
    "生物医药产业发展实施方案",
)


@benchmark("search")
def search(scale: str) -> Iterable[Row]:
    """Indexing in MB of text a second, then the 99th percentile of queries in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        ours, theirs = _indexing_rates(base, _SIZES[scale])
        yield faster("search.index", ours, theirs, "SQLite FTS5, same tokens", "MB/s", 3.0)
        yield from _query_rows(base, _ROUNDS[scale])


def _query_rows(base: Path, rounds: int) -> Iterable[Row]:
    with EmbeddedIndex(base / "index") as index, _reading(base / "fts5.db") as database:
        cases = (
            ("search.filtered", _filtered(), _FILTERED_MS, rounds),
            ("search.all_hit", [PolicyQuery(_EVERYWHERE)], _ALL_MS, 5 * rounds),
        )
        for name, queries, limit, times in cases:
            ours = _p99(lambda query: index.search(query, limit=10), queries, times)
            theirs = _p99(lambda query: _ask_fts5(database, query), queries, 1)
            yield sooner(name, ours, theirs, "SQLite FTS5, bm25", "ms p99", at_most=limit)


def _indexing_rates(base: Path, count: int) -> tuple[float, float]:
    """MB of text a second, ours and FTS5's, in turns over the same batches."""
    engines: tuple[_Engine, ...] = (OurWriter(base / "index"), _Fts5(base / "fts5.db"))
    size, seconds = 0, [0.0, 0.0]
    batch: list[tuple[Policy, IndexDocument]] = []
    for n, policy in enumerate(synthetic_policies(count), 1):
        batch.append((policy, index_document(policy, default_segmenter())))
        size += len(policy.text.encode())
        if len(batch) == _BATCH or n == count:
            for which, engine in enumerate(engines):
                start = time.perf_counter()
                engine.add(batch)
                seconds[which] += time.perf_counter() - start
            batch = []
    for which, engine in enumerate(engines):
        start = time.perf_counter()
        engine.finish()
        seconds[which] += time.perf_counter() - start
    return size / 1e6 / seconds[0], size / 1e6 / seconds[1]


class _Engine(Protocol):
    def add(self, batch: Sequence[tuple[Policy, IndexDocument]]) -> None: ...

    def finish(self) -> None: ...


class OurWriter:
    """Writes prepared documents into a folder as the index itself does (内嵌引擎写入)."""

    def __init__(self, folder: Path) -> None:
        self._layout = Layout(folder)
        self._layout.make()
        generation = Generation.create(self._layout.next_generation(), default_segmenter())
        self._path = generation.path
        self._writer = Writer(generation, default_segmenter())

    def add(self, batch: Sequence[tuple[Policy, IndexDocument]]) -> None:
        """Add some; `finish` makes them count."""
        for policy, document in batch:
            self._writer.add(document, Head.of(policy))

    def finish(self) -> None:
        """Commit and publish."""
        self._writer.commit()
        self._writer.close()
        self._layout.publish(self._path)


class _Fts5:
    """One table with the tokens, the JSON and what filters need, in one transaction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode = WAL")
        kept = "id UNINDEXED, theme UNINDEXED, issued_on UNINDEXED, payload UNINDEXED"
        columns = ", ".join(TEXT_FIELDS)
        self._db.execute(
            f"CREATE VIRTUAL TABLE policies USING fts5({kept}, {columns}, tokenize='unicode61')"
        )
        marks = ", ".join("?" * (4 + len(TEXT_FIELDS)))
        self._insert = f"INSERT INTO policies VALUES ({marks})"  # noqa: S608 - ours

    def add(self, batch: Sequence[tuple[Policy, IndexDocument]]) -> None:
        self._db.executemany(self._insert, [self._row(*pair) for pair in batch])

    def _row(self, policy: Policy, document: IndexDocument) -> tuple[object, ...]:
        texts = [document.texts[name] for name in TEXT_FIELDS]
        day = document.dates.get("issued_on")
        return policy.id, policy.themes[0], day, document.payload.decode(), *texts

    def finish(self) -> None:
        self._db.commit()
        self._db.close()


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(path)
    try:
        yield database
    finally:
        database.close()


def _ask_fts5(database: sqlite3.Connection, query: PolicyQuery) -> list[tuple[object, ...]]:
    """The same words and bigrams, any of them enough, the same filter, the best two hundred."""
    plan = plan_text(query.text, default_segmenter())
    asked = " OR ".join(f'"{token}"' for token in dict.fromkeys((*plan.words, *plan.bigrams)))
    values: list[object] = [asked]
    narrowed = ""
    if query.theme and query.issued_from:
        narrowed = "AND theme = ? AND issued_on >= ?"
        values += [query.theme, query.issued_from.toordinal()]
    sql = (
        "SELECT id, bm25(policies) AS score FROM policies WHERE policies MATCH ?"  # noqa: S608 - ours
        f" {narrowed} ORDER BY score LIMIT 200"
    )
    return database.execute(sql, values).fetchall()


def _filtered() -> list[PolicyQuery]:
    """The asked texts among the newer policies of a theme: one in twelve, at most ten thousand."""
    return [
        PolicyQuery(text, theme=theme, issued_from=_NEWER)
        for text in _ASKED
        for theme in ("花卉", "物流")
    ]


def _p99(
    ask: Callable[[PolicyQuery], object], queries: Sequence[PolicyQuery], rounds: int
) -> float:
    """The 99th percentile in milliseconds; for us with snippets and the second stage."""
    for query in queries:  # what the system reads from the disk once is not what is measured
        ask(query)
    times = []
    for _ in range(rounds):
        for query in queries:
            start = time.process_time()
            ask(query)
            times.append(time.process_time() - start)
    return float(np.percentile(times, 99)) * 1000

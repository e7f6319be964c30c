"""
Elasticsearch beside what it is measured by (Elasticsearch 基准).

Indexing beside the driver's own `parallel_bulk` of the same bodies, in turns; search beside the
embedded engine over the same policies. The server is that of POLICY_MATCH_INDEX; everything is
done under a prefix of its own and removed afterwards. Times are by the clock, since the work is
the server's.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from policy_match.bench import Row, benchmark, faster
from policy_match.bench.search import OurWriter
from policy_match.domain.criterion import Criterion
from policy_match.domain.enterprise import Enterprise
from policy_match.domain.policy import Policy
from policy_match.matching.ports import Tally
from policy_match.search.document import IndexDocument, index_document
from policy_match.search.ports import PolicyIndex
from policy_match.search.query import PolicyQuery
from policy_match.search.registry import engine_name, open_index
from policy_match.search.segment import default_segmenter
from policy_match.settings import IndexSettings, load_settings
from policy_match.testing.factories import synthetic_policies

_SIZES = {"small": 5_000, "full": 100_000}
_BATCH = 2_500  # in turns: ours, then theirs, so that a busy moment meets both
_ROUNDS = {"small": 2, "full": 10}
_EVERYWHERE = "给企业多少万元资金支持"
_ASKED = (
    "花卉企业贷款贴息",
    "小微企业稳岗返还怎么申请",
    "高新技术企业研发补助",
    "外贸企业展位费补助",
    "磷化工技术改造奖补",
    "规上工业企业用电补贴",
)


@benchmark("elasticsearch")
def elasticsearch(scale: str) -> Iterable[Row]:
    """Indexing in documents a second, then the 99th percentile of queries in milliseconds."""
    settings = server_settings()
    if settings is None:
        sys.stderr.write("跳过 elasticsearch：请用 POLICY_MATCH_INDEX 给出服务器的网址\n")
        return
    with own_prefix(settings) as place, tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "index"
        yield _indexing_row(place, here, _SIZES[scale])
        with open_index(place.location, settings=place) as server, open_index(here) as embedded:
            yield from _query_rows(embedded, server, _ROUNDS[scale])


def server_settings() -> IndexSettings | None:
    """The server that the settings name; None where they name a folder."""
    found = load_settings().index
    return found if engine_name(found.location) == "elasticsearch" else None


@contextmanager
def own_prefix(settings: IndexSettings) -> Iterator[IndexSettings]:
    """The same server under a prefix of its own; what is made there is removed at the end."""
    from policy_match.search.elastic.connection import Connection

    place = replace(settings, prefix=f"{settings.prefix}-bench-{uuid.uuid4().hex[:8]}")
    try:
        yield place
    finally:
        client = Connection(place.location, place).client
        for name in client.indices.get(index=f"{place.prefix}-*", expand_wildcards="all").body:
            client.indices.delete(index=name, ignore_unavailable=True)
        client.options(ignore_status=404).indices.delete_index_template(name=f"{place.prefix}-*")
        client.close()


# indexing


def _indexing_row(place: IndexSettings, folder: Path, count: int) -> Row:
    """Both writers in turns; ours goes into use, and the same policies into a folder."""
    engines = (_Ours(place), _Theirs(place))
    embedded = OurWriter(folder)
    seconds = [0.0, 0.0]
    turns = [0, 1]
    rest = iter(synthetic_policies(count))
    while policies := list(islice(rest, _BATCH)):
        made = [(one, index_document(one, default_segmenter())) for one in policies]
        embedded.add(made)
        for which in turns:
            ready = engines[which].prepared(made)
            seconds[which] += _seconds(partial(engines[which].add, ready))
        turns.reverse()  # so that neither always meets a server still busy with the other's
    for which in turns:
        seconds[which] += _seconds(partial(engines[which].finish, count))
    embedded.finish()
    engines[0].publish()
    name = "helpers.parallel_bulk, same bodies"
    rates = [count / spent for spent in seconds]
    return faster("elasticsearch.index", rates[0], rates[1], name, "policies/s", 0.8)


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class _Engine(ABC):
    """Writes into a generation of its own."""

    def __init__(self, place: IndexSettings) -> None:
        from policy_match.search.elastic.connection import Connection
        from policy_match.search.elastic.fields import POLICIES
        from policy_match.search.elastic.generations import Generations

        self.connection = Connection(place.location, place, patience=300)
        meta = {"dictionary": default_segmenter().fingerprint}
        self._generations = Generations(self.connection, POLICIES)
        self._generation = self._generations.create(meta)
        self.name = self._generation.name

    @abstractmethod
    def prepared(self, made: Sequence[tuple[Policy, IndexDocument]]) -> list[Any]:
        """What `add` takes, made off the clock."""

    @abstractmethod
    def add(self, ready: Sequence[Any]) -> None:
        """Send a batch and wait for it."""

    def finish(self, count: int) -> None:
        """Make all of it searchable, and count it."""
        client = self.connection.client
        client.indices.refresh(index=self.name)
        assert client.count(index=self.name)["count"] == count

    def publish(self) -> None:
        """Bring it into use."""
        self._generations.publish(self._generation, None)


class _Ours(_Engine):
    """The index's own writer, with its checks and retries."""

    def prepared(self, made: Sequence[tuple[Policy, IndexDocument]]) -> list[Any]:
        from policy_match.search.elastic.fields import operation_of

        return [operation_of(*pair) for pair in made]

    def add(self, ready: Sequence[Any]) -> None:
        from policy_match.search.elastic.bulk import write_all

        write_all(self.connection, self.name, ready)


class _Theirs(_Engine):
    """The driver's helper with its defaults, four threads."""

    def prepared(self, made: Sequence[tuple[Policy, IndexDocument]]) -> list[Any]:
        from policy_match.search.elastic.fields import body_of, document_id

        return [
            {"_index": self.name, "_id": document_id(policy.id), **body_of(policy, document)}
            for policy, document in made
        ]

    def add(self, ready: Sequence[Any]) -> None:
        from elasticsearch import helpers

        for ok, item in helpers.parallel_bulk(self.connection.client, ready):
            assert ok, json.dumps(item)


# searching


def _query_rows(embedded: PolicyIndex, server: PolicyIndex, rounds: int) -> Iterable[Row]:
    newer = date(2019, 1, 1)
    filtered = [
        PolicyQuery(text, theme=theme, issued_from=newer)
        for text in _ASKED
        for theme in ("花卉", "物流")
    ]
    cases = (
        ("elasticsearch.filtered", filtered, rounds),
        ("elasticsearch.all_hit", [PolicyQuery(_EVERYWHERE)], 3 * rounds),
    )
    for name, queries, times in cases:
        there, here = (_p99(index, queries, times) for index in (server, embedded))
        yield Row(
            name=name,
            ours=there,
            yardstick=here,
            yardstick_name="embedded, same policies",
            unit="ms p99",
            ratio=here / there,
            bar="只报告",
            ok=True,
        )


def _p99(index: PolicyIndex, queries: Sequence[PolicyQuery], rounds: int) -> float:
    for query in queries:
        index.search(query, limit=10)
    times = []
    for _ in range(rounds):
        for query in queries:
            start = time.perf_counter()
            index.search(query, limit=10)
            times.append(time.perf_counter() - start)
    return float(np.percentile(times, 99)) * 1000


# the yardstick of the roster


@dataclass(frozen=True, slots=True)
class CountTiming:
    """Rules counted by Elasticsearch: what came of it and how long it took (计数耗时)."""

    tallies: list[Tally]
    seconds_a_rule: float
    indexing_seconds: float


def time_counts(
    rules: Sequence[Criterion], enterprises: Iterable[Enterprise], *, as_of: date
) -> CountTiming | None:
    """
    Count rules on the server of the settings, one rule a request; the roster's yardstick.

    Args:
        rules: a sample.
        enterprises: all of them; written once, before the clock for the rules starts.
        as_of: the day.

    Returns:
        None where the settings name no server.
    """
    settings = server_settings()
    if settings is None:
        return None
    from policy_match.search.elastic import ElasticRegister

    with (
        own_prefix(settings) as place,
        ElasticRegister(
            place.location, as_of=as_of, write=True, settings=place, since=as_of
        ) as register,
    ):
        start = time.perf_counter()
        register.rebuild(enterprises)
        written = time.perf_counter()
        register.count_many(rules[:5])
        warm = time.perf_counter()
        tallies = [register.count(rule) for rule in rules]
        spent = time.perf_counter() - warm
        return CountTiming(tallies, spent / len(rules), written - start)

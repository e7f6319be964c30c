"""Enterprises in bulk on a server: the port `matching.ports.Register` (服务器上的企业名册)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar

from policy_match.domain.criterion import Criterion
from policy_match.domain.enterprise import Enterprise
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.errors import IndexIncompatible, ServiceError
from policy_match.matching.ports import Found, Tally
from policy_match.search.elastic.bulk import BulkWriter, Operation, partial, write_all
from policy_match.search.elastic.connection import READ_SECONDS, WRITE_SECONDS, Connection
from policy_match.search.elastic.family import Generation
from policy_match.search.elastic.finder import multi_search
from policy_match.search.elastic.generations import Generations, guarded
from policy_match.search.elastic.paging import Snapshot, value_of
from policy_match.search.elastic.rules import EVERYBODY, Query, RuleCompiler
from policy_match.search.elastic.segments import (
    ENTERPRISES,
    default_since,
    operations_of,
    segment_key,
    segments_of,
)
from policy_match.settings import IndexSettings

_BATCH = 5_000  # enterprises whose places are asked for together
_RULES = 20  # rules a request
_PAGE = 10_000  # ids a page
_Item = TypeVar("_Item")


class ElasticRegister:
    """
    A register of enterprises on an Elasticsearch server (服务器上的企业名册).

    One writer at a time; any number of readers, each as of its own day. It keeps what rules ask
    about, not the enterprises themselves.

    Args:
        url: the server's address.
        as_of: the day that it is asked about.
        write: make the index if need be; may wait minutes for a server that restarts.
        settings: user, API key, CA file and prefix; none and `policy-match` by default.
        registry: the facts that exist; the packaged ones by default.
        standard: 文号 of the size standard to use instead of the newest in force.
        since: the first day that a new index can be asked about; by default the first of the
            newest size standard, or `as_of` if that is earlier.
        shards: of a new index.
        patience: seconds to go on trying; by default 3 for a reader and 300 for a writer.

    Raises:
        NotFound: there is no register to read.
        ServiceUnavailable: the server can't be reached, or is red.
        IndexIncompatible: another kind or version, or `as_of` lies before the index's first day.
    """

    def __init__(
        self,
        url: str,
        *,
        as_of: date,
        write: bool = False,
        settings: IndexSettings | None = None,
        registry: FactRegistry | None = None,
        standard: str | None = None,
        since: date | None = None,
        shards: int = 1,
        patience: float | None = None,
    ) -> None:
        self._as_of = as_of
        self._may_write = write
        self._registry = registry or default_registry()
        self._standard = standard
        self._since = since or min(default_since(), as_of)
        self._shards = shards
        self._guard = threading.RLock()
        self._compiler = RuleCompiler(as_of, self._registry)
        seconds = (WRITE_SECONDS if write else READ_SECONDS) if patience is None else patience
        self._connection = Connection(url, settings, patience=seconds)
        self._generations = Generations(self._connection, ENTERPRISES)
        try:
            self._open()
        except BaseException:
            self._connection.close()
            raise

    def _open(self) -> None:
        found = self._generations.find() if self._may_write else self._generations.require()
        if found is None:
            self._rebuilt([], None)
            return
        if self._may_write:
            self._generations.require_health(found.name)
        self._take(found)

    def _take(self, found: Generation) -> None:
        """Read what an index that is there was made with, and hold ourselves to it."""
        self._since = date.fromisoformat(found.meta["since"])
        if self._as_of < self._since:
            raise IndexIncompatible(
                f"企业索引从 {self._since} 起可查，不能查 {self._as_of}",
                where=self._connection.shown,
                advice="请用更早的 since 重建企业索引",
            )
        if found.meta.get("standard") != self._standard:
            raise IndexIncompatible(
                f"企业索引按划型标准“{found.meta.get('standard') or '当日有效的最新标准'}”建立，"
                f"本程序要用“{self._standard or '当日有效的最新标准'}”",
                where=self._connection.shown,
                advice="请重建企业索引",
            )

    @property
    def as_of(self) -> date:
        """The day that validity, ages and the size standard are taken as of."""
        return self._as_of

    def __len__(self) -> int:
        """How many enterprises there are."""
        answer = self._connection.run(
            lambda client: client.count(index=self._generations.alias, query=self._on_the_day())
        )
        return int(answer["count"])

    def _on_the_day(self, query: Query = EVERYBODY) -> Query:
        day = self._as_of.toordinal()
        within = [{"range": {"from": {"lte": day}}}, {"range": {"until": {"gte": day}}}]
        return {"bool": {"filter": [*within, query]}}

    # asking

    def count(self, rule: Criterion) -> Tally:
        """How many one rule finds."""
        return self.count_many([rule])[0]

    def count_many(self, rules: Sequence[Criterion]) -> list[Tally]:
        """How many each rule finds, in the rules' order."""
        compiled = [self._compiler.compile(rule) for rule in rules]
        tallies: list[Tally] = []
        for start in range(0, len(compiled), _RULES):
            some = compiled[start : start + _RULES]
            asked = [query for one in some for query in (one.true, one.possible)]
            total, *counts = self._counts([EVERYBODY, *asked])
            pairs = zip(counts[::2], counts[1::2], strict=True)
            tallies += [Tally(true, possible, total) for true, possible in pairs]
        return tallies

    def _counts(self, queries: Sequence[Query]) -> list[int]:
        searches: list[dict[str, Any]] = []
        for query in queries:
            body = {"query": self._on_the_day(query), "size": 0, "track_total_hits": True}
            header = {"index": self._generations.alias, "allow_partial_search_results": False}
            searches += [header, body]
        answers = self._connection.run(lambda client: multi_search(client, searches))
        return [answer["hits"]["total"]["value"] for answer in answers]

    def find(self, rule: Criterion, *, limit: int | None = None) -> Found:
        """Whom one rule finds; at most `limit` ids in each of the two lists."""
        compiled = self._compiler.compile(rule)
        with Snapshot(self._connection, self._generations.alias) as snapshot:
            return Found(
                tuple(self._ids(snapshot, compiled.true, limit)),
                tuple(self._ids(snapshot, compiled.possible, limit)),
            )

    def find_many(self, rules: Iterable[Criterion], *, limit: int | None = None) -> Iterator[Found]:
        """Whom each rule finds, in the rules' order, one at a time."""
        return (self.find(rule, limit=limit) for rule in rules)

    def _ids(self, snapshot: Snapshot, query: Query, limit: int | None) -> Iterator[str]:
        """Ids in the register's order."""
        if limit == 0:
            return iter(())
        size = _PAGE if limit is None else min(limit, _PAGE)
        pages = snapshot.pages(
            self._on_the_day(query), sort="position", size=size, docvalue_fields=["id"]
        )
        return islice((str(value_of(hit, "id")) for page in pages for hit in page), limit)

    # writing

    def put(self, enterprises: Iterable[Enterprise]) -> int:
        """
        Add enterprises, one of a known id in place of it whole; how many there were.

        Raises:
            FactError: one states a fact that is not registered; those before it are stored.
            PartialWrite: the server refused some; the others are stored.
        """
        with self._guard:
            self._require_writing()
            generation = self._generations.require()
            count = self._fill(generation.name, enterprises)
            self._refresh()
            return count

    def _fill(self, index: str, enterprises: Iterable[Enterprise]) -> int:
        """
        Write enterprises in batches; the next is prepared while the last is on its way.

        A batch asks for its places only when the one before is written, for it may hold the same
        enterprises.
        """
        count, following = 0, self._next_position(index)
        with BulkWriter(self._connection, index) as writer:
            for batch in _batches(enterprises):
                count += len(batch)
                latest = {one.id: one for one in batch}  # in the order of the first of each
                documents = [(one, self._segments(one)) for one in latest.values()]
                writer.finish()
                places = self._places(index, latest)
                for enterprise, segments in documents:
                    position, before = places.get(enterprise.id, (following, 0))
                    following += enterprise.id not in places
                    for operation in operations_of(enterprise, segments, position):
                        writer.add(operation)
                    for n in range(len(segments), before):
                        writer.add(Operation(segment_key(enterprise.id, n), None))
            failures = writer.finish()
        if failures:
            raise partial(failures, self._connection.shown)
        return count

    def _segments(self, enterprise: Enterprise) -> list[dict[str, Any]]:
        return segments_of(
            enterprise, since=self._since, registry=self._registry, standard=self._standard
        )

    def _next_position(self, index: str) -> int:
        self._connection.run(lambda client: client.indices.refresh(index=index))
        answer = self._connection.run(
            lambda client: client.search(
                index=index, size=0, aggs={"last": {"max": {"field": "position"}}}
            )
        )
        last = answer["aggregations"]["last"]["value"]
        return 0 if last is None else int(last) + 1

    def _places(self, index: str, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Position and number of documents of those that are there already."""
        keys = [segment_key(one, 0) for one in ids]
        answer = self._connection.run(
            lambda client: client.mget(
                index=index, ids=keys, source_includes=["id", "position", "segments"]
            )
        )
        rows = [doc["_source"] for doc in answer["docs"] if doc.get("found")]
        return {row["id"]: (row["position"], row["segments"]) for row in rows}

    def remove(self, ids: Iterable[str]) -> int:
        """Remove enterprises; how many were there. An unknown id is no error."""
        with self._guard:
            self._require_writing()
            index = self._generations.require().name
            count = 0
            for batch in _batches(dict.fromkeys(ids)):
                places = self._places(index, batch)
                count += len(places)
                gone = (
                    segment_key(one, n) for one, (_, many) in places.items() for n in range(many)
                )
                write_all(self._connection, index, (Operation(key, None) for key in gone))
            self._refresh()
            return count

    def rebuild(self, enterprises: Iterable[Enterprise]) -> int:
        """
        Put these enterprises in place of all others; readers see old or new, never half.

        Returns:
            How many there were.

        Raises:
            IndexLocked: another program wrote or rebuilt meanwhile; the old ones stay.
        """
        with self._guard:
            self._require_writing()
            return self._rebuilt(enterprises, self._generations.find())

    def _rebuilt(self, enterprises: Iterable[Enterprise], old: Generation | None) -> int:
        counts: list[int] = []

        def fill(fresh: Generation) -> None:
            seen: set[str] = set()
            counts.append(self._fill(fresh.name, _noted(enterprises, seen)))
            self._require_all(fresh.name, len(seen))

        meta = {"since": self._since.isoformat(), "standard": self._standard}
        guarded(self._generations, old, fill, meta, shards=self._shards)
        return counts[0]

    def _require_all(self, index: str, expected: int) -> None:
        """Hold a new generation to what was written, before anybody reads it."""
        self._connection.run(lambda client: client.indices.refresh(index=index))
        answer = self._connection.run(
            lambda client: client.count(index=index, query=self._on_the_day())
        )
        if answer["count"] != expected:
            raise ServiceError(
                f"新企业索引 {index} 应有 {expected} 家，实有 {answer['count']} 家，没有启用",
                where=self._connection.shown,
                advice="请再运行一次；若仍如此，请查看服务器日志",
            )

    def _refresh(self) -> None:
        self._connection.run(lambda client: client.indices.refresh(index=self._generations.alias))

    def _require_writing(self) -> None:
        if not self._may_write:
            raise ServiceError(
                "企业索引是以只读方式打开的",
                where=self._connection.shown,
                advice="写入前请用 write=True 打开",
            )

    def close(self) -> None:
        """Let go of the connection; a second call does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _noted(enterprises: Iterable[Enterprise], seen: set[str]) -> Iterator[Enterprise]:
    """The enterprises as they come, their ids noted."""
    for one in enterprises:
        seen.add(one.id)
        yield one


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while some := list(islice(rest, _BATCH)):
        yield some

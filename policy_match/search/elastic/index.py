"""The policies' index on a server: the port over generations behind an alias (政策索引)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Self

from policy_match.domain.policy import Policy
from policy_match.errors import IndexIncompatible, ServiceError
from policy_match.search.document import SCHEMA, decode_policy, index_document
from policy_match.search.elastic.bulk import BulkWriter, Operation, partial, write_all
from policy_match.search.elastic.connection import READ_SECONDS, WRITE_SECONDS, Connection
from policy_match.search.elastic.family import Generation
from policy_match.search.elastic.fields import (
    LIMBS,
    POLICIES,
    SOURCE_FIELDS,
    document_id,
    joined_sums,
    operation_of,
)
from policy_match.search.elastic.finder import Finder
from policy_match.search.elastic.generations import Generations, guarded
from policy_match.search.elastic.paging import Snapshot, value_of
from policy_match.search.elastic.spool import spooled
from policy_match.search.learned import LearnedScorer
from policy_match.search.ports import Capability, Hit, SourceRow
from policy_match.search.query import Node, PolicyQuery
from policy_match.search.request import as_request, check_limit
from policy_match.search.rerank import Scorer
from policy_match.search.segment import Segmenter, default_segmenter
from policy_match.settings import IndexSettings

_PAGE = 100  # whole policies at a time
_ROWS = 5_000  # rows without the policy's text


class ElasticIndex:
    """
    A policy index on an Elasticsearch server; any number of readers and writers (服务器索引).

    Args:
        url: the server's address.
        write: make the index if need be; may wait minutes for a server that restarts.
        settings: user, API key, CA file and prefix; none and `policy-match` by default.
        segmenter: another dictionary than the packaged one.
        scorer: another second stage.
        patience: seconds to go on trying while the server is away; by default 3 for a reader
            and 300 for a writer.

    Raises:
        NotFound: there is no index to read.
        ServiceUnavailable: the server can't be reached, or is red.
        IndexIncompatible: another kind or version of server or index, or another dictionary.
    """

    capabilities = frozenset(
        {Capability.ATOMIC_REBUILD, Capability.LIVE_READERS, Capability.ROLLBACK}
    )

    def __init__(
        self,
        url: str,
        *,
        write: bool = False,
        settings: IndexSettings | None = None,
        segmenter: Segmenter | None = None,
        scorer: Scorer | None = None,
        patience: float | None = None,
    ) -> None:
        seconds = (WRITE_SECONDS if write else READ_SECONDS) if patience is None else patience
        self._segmenter = segmenter or default_segmenter()
        self._may_write = write
        self._is_closed = False
        self._guard = threading.RLock()  # held through a whole put, remove or rebuild
        self._connection = Connection(url, settings, patience=seconds)
        self._generations = Generations(self._connection, POLICIES)
        self._finder = Finder(
            self._connection,
            self._generations.alias,
            self._segmenter,
            scorer or LearnedScorer(),
            on_index=self._check_index,
        )
        try:
            self._generation = self._open_for_writing() if write else self._open()
        except BaseException:
            self._connection.close()
            raise

    def _open(self) -> Generation:
        found = self._generations.require()
        if found.meta.get("dictionary") != self._segmenter.fingerprint:
            raise IndexIncompatible(
                "索引是用另一版词典写的，与本程序的分词不一致",
                where=self._connection.shown,
                advice="运行一次 policy-match index（任意文件）即会自动改写，内容不丢",
            )
        return found

    def _open_for_writing(self) -> Generation:
        found = self._generations.find()
        if found is None:
            return self._rebuilt([], None)
        self._generations.require_health(found.name)
        if found.meta.get("dictionary") != self._segmenter.fingerprint:
            return self._rebuilt(self._policies(found.name), found)
        return found

    def _check_index(self, name: str) -> None:
        """Look at an index that came into use since it was looked at last."""
        if name != self._generation.name:
            self._generation = self._open()

    # reading

    def search(self, query: PolicyQuery | Node | str, *, limit: int = 20) -> list[Hit]:
        """Find policies, best first; without text the newest first."""
        self._require_open()
        return self._finder.find(as_request(query), check_limit(limit))

    def count(self, query: PolicyQuery | Node | str = "") -> int:
        """How many policies a search would find in all; of an empty query how many there are."""
        self._require_open()
        return self._finder.count(as_request(query))

    def get(self, policy_id: str) -> Policy | None:
        """The policy of that id, or None."""
        self._require_open()
        key = document_id(policy_id)
        answer = self._connection.run(
            lambda client: client.mget(
                index=self._generations.alias, ids=[key], source_includes=["payload"]
            )
        )
        (doc,) = answer["docs"]
        return decode_policy(doc["_source"]["payload"]) if doc.get("found") else None

    def iter_policies(self) -> Iterator[Policy]:
        """All policies as they are at the call, by id."""
        self._require_open()
        return self._policies(self._generations.alias)

    def _policies(self, index: str) -> Iterator[Policy]:
        snapshot = Snapshot(self._connection, index)
        pages = snapshot.all_pages(sort="id", size=_PAGE, source=["payload"])
        return (decode_policy(hit["_source"]["payload"]) for page in pages for hit in page)

    def sources(self) -> Iterator[SourceRow]:
        """The file and hash every policy was read from, by id."""
        self._require_open()
        names = ["id", *SOURCE_FIELDS]
        snapshot = Snapshot(self._connection, self._generations.alias)
        pages = snapshot.all_pages(sort="id", size=_ROWS, docvalue_fields=names)
        return (
            SourceRow(*(value_of(hit, name) for name in names)) for page in pages for hit in page
        )

    def fingerprint(self) -> str:
        """Changes when, and only when, a policy or the dictionary does."""
        self._require_open()
        answer = self._connection.run(
            lambda client: client.search(
                index=self._generations.alias,
                size=0,
                track_total_hits=True,
                aggs={name: {"sum": {"field": name}} for name in LIMBS},
                allow_partial_search_results=False,
            )
        )
        count = answer["hits"]["total"]["value"]
        sums = [int(answer["aggregations"][name]["value"]) for name in LIMBS]
        parts = (SCHEMA, self._segmenter.fingerprint, count, *joined_sums(sums))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    # writing

    def put(self, policies: Iterable[Policy]) -> int:
        """
        Store policies, one of a known id in place of it; how many there were.

        Nothing is sent before the source has come to its end, so a source that fails changes
        nothing.

        Raises:
            PartialWrite: the server refused some; the others are stored.
        """
        with self._guard, spooled(self._operations(policies)) as spool:
            self._write(spool)
            return spool.count

    def remove(self, ids: Iterable[str]) -> int:
        """Remove policies; how many were there. An unknown id is no error."""
        with self._guard:
            self._require_writing()
            present = [key for some in _batches(dict.fromkeys(ids)) for key in self._present(some)]
            if present:
                self._write([Operation(key, None) for key in present])
            return len(present)

    def _present(self, ids: Iterable[str]) -> list[str]:
        keys = [document_id(one) for one in ids]
        answer = self._connection.run(
            lambda client: client.mget(index=self._generations.alias, ids=keys, source=False)
        )
        return [doc["_id"] for doc in answer["docs"] if doc.get("found")]

    def _write(self, operations: Iterable[Operation]) -> None:
        """
        Write to the generation in use, again where another one came into use meanwhile.

        So a rebuild elsewhere loses nothing that is written here.
        """
        self._require_writing()
        while True:
            generation = self._open()
            try:
                write_all(self._connection, generation.name, operations)
            finally:
                self._connection.run(
                    lambda client: client.indices.refresh(index=self._generations.alias)
                )
            if self._open().name == generation.name:
                self._generation = generation
                return

    def rebuild(self, policies: Iterable[Policy]) -> None:
        """
        Put these policies in place of all others; readers see old or new, never half.

        Raises:
            PartialWrite: the server refused some; the old ones stay.
            IndexLocked: another program wrote or rebuilt meanwhile; the old ones stay.
        """
        self._require_writing()
        with self._guard:
            self._generation = self._rebuilt(policies, self._generations.find())

    def roll_back(self) -> str:
        """
        Take back the last rebuild; the name of the generation in use then.

        Raises:
            NotFound: there is no generation before this one.
        """
        self._require_writing()
        with self._guard:
            self._generation = self._generations.roll_back()
            return self._generation.name

    def _rebuilt(self, policies: Iterable[Policy], old: Generation | None) -> Generation:
        def fill(fresh: Generation) -> None:
            fill_generation(self._connection, fresh.name, self._operations(policies))

        meta = {"dictionary": self._segmenter.fingerprint}
        return guarded(self._generations, old, fill, meta)

    def _operations(self, policies: Iterable[Policy]) -> Iterator[Operation]:
        return (operation_of(one, index_document(one, self._segmenter)) for one in policies)

    def _require_open(self) -> None:
        if self._is_closed:
            raise ServiceError("索引已经关闭", where=self._connection.shown, advice="请重新打开")

    def _require_writing(self) -> None:
        self._require_open()
        if not self._may_write:
            raise ServiceError(
                "索引是以只读方式打开的",
                where=self._connection.shown,
                advice="写入前请用 write=True 打开",
            )

    def close(self) -> None:
        """Let go of the connection; a second call does nothing."""
        with self._guard:
            self._is_closed = True
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


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _ROWS)):
        yield some


def fill_generation(connection: Connection, index: str, operations: Iterable[Operation]) -> None:
    """
    Write a new generation and hold it to what was written.

    Raises:
        PartialWrite: the server refused some.
        ServiceError: it holds another number of documents than were written.
    """
    ids: set[str] = set()
    with BulkWriter(connection, index) as writer:
        for operation in operations:
            ids.add(operation.id)
            writer.add(operation)
        failures = writer.finish()
    if failures:
        raise partial(failures, connection.shown)
    connection.run(lambda client: client.indices.refresh(index=index))
    held = connection.run(lambda client: client.count(index=index))["count"]
    if held != len(ids):
        raise ServiceError(
            f"新索引 {index} 应有 {len(ids)} 个文档，实有 {held} 个，没有启用",
            where=connection.shown,
            advice="请再运行一次；若仍如此，请查看服务器日志",
        )

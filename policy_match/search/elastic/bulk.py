"""
Bulk writing that nothing gets lost in (批量写入).

Documents go out in chunks over a few threads. A chunk that meets a server that is away or busy is
sent again, later each time; what a server refuses for good is reported by id. At most a few
chunks are under way, so a fast source waits for the server. Sending again is harmless, since
every operation names its document.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from policy_match.errors import PartialWrite, ServiceUnavailable
from policy_match.search.elastic.connection import Connection
from policy_match.search.elastic.patience import Patience
from policy_match.search.elastic.trouble import blocked

_CHUNK_DOCUMENTS = 2_000
_CHUNK_BYTES = 4_000_000
_THREADS = 4
_UNDER_WAY = 2 * _THREADS  # chunks sent or waiting to be sent
_TOLD = 3  # failures named in a message
_FILTER = "errors,items.*._id,items.*.status,items.*.error"
_RETRIED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Operation:
    """One line pair of a bulk request: `body` None deletes (一项写入)."""

    id: str
    body: bytes | None

    def lines(self) -> list[bytes]:
        """The request's lines."""
        action = "delete" if self.body is None else "index"
        head = json.dumps({action: {"_id": self.id}}, ensure_ascii=False).encode()
        return [head] if self.body is None else [head, self.body]

    @property
    def size(self) -> int:
        """About how many bytes it sends."""
        return len(self.body or b"") + len(self.id) + 30


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that the server refused for good (写入失败)."""

    id: str
    reason: str


@dataclass(slots=True)
class _Chunk:
    operations: list[Operation] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, operation: Operation) -> None:
        self.operations.append(operation)
        self.ids.add(operation.id)
        self.size += operation.size

    @property
    def is_full(self) -> bool:
        return len(self.operations) >= _CHUNK_DOCUMENTS or self.size >= _CHUNK_BYTES


class BulkWriter:
    """
    Writes operations into one index; the last one of an id wins (批量写入器).

    Args:
        connection: with the patience of a writer.
        index: the concrete index, so that a swapped alias diverts nothing.

    Use as a context manager, and call `finish` for what came of it.
    """

    def __init__(self, connection: Connection, index: str) -> None:
        self._connection = connection
        self._index = index
        self._stopped = threading.Event()
        self._patience = Patience(
            connection.url, connection.patience.seconds, sleep=self._stopped.wait
        )
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="bulk")
        self._chunk = _Chunk()
        self._sent: list[tuple[_Chunk, Future[None]]] = []
        self._failures: list[Failure] = []

    def add(self, operation: Operation) -> None:
        """
        Queue one operation; waits while too much is under way.

        Raises:
            ServiceError: an earlier chunk could not be written.
        """
        self._wait_for_same(operation.id)
        self._chunk.add(operation)
        if self._chunk.is_full:
            self._send()

    def _wait_for_same(self, doc_id: str) -> None:
        """Chunks overtake each other: two operations on one document never fly together."""
        while any(doc_id in chunk.ids for chunk, _ in self._sent):
            self._settle_first()

    def _send(self) -> None:
        while len(self._sent) >= _UNDER_WAY:
            self._settle_first()
        chunk, self._chunk = self._chunk, _Chunk()
        self._sent.append((chunk, self._pool.submit(self._deliver, chunk.operations)))

    def _settle_first(self) -> None:
        _, future = self._sent.pop(0)
        future.result()

    def finish(self) -> list[Failure]:
        """Send the rest and wait; the documents that were refused, by id."""
        if self._chunk.operations:
            self._send()
        while self._sent:
            self._settle_first()
        return sorted(self._failures, key=lambda one: one.id)

    def _deliver(self, operations: Sequence[Operation]) -> None:
        """Send until every operation is done or refused for good."""
        wait = self._patience.waits()
        rest = list(operations)
        while rest:
            retried = self._try(rest)
            if retried and not wait():
                raise ServiceUnavailable(
                    f"Elasticsearch 一直忙，{len(retried)} 个文档没有写入",
                    where=self._connection.shown,
                    advice="请稍后再运行一次；已写入的不会重复",
                )
            rest = retried

    def _try(self, operations: list[Operation]) -> list[Operation]:
        """Send once; the operations to send again."""
        answer = self._patience.run(lambda: self._request(operations))
        if not answer.get("errors"):
            return []
        items = [next(iter(item.values())) for item in answer["items"]]
        again: list[Operation] = []
        for operation, item in zip(operations, items, strict=True):
            if "error" in item and self._comes_again(operation, item):
                again.append(operation)
        return again

    def _request(self, operations: Iterable[Operation]) -> Any:
        lines: list[Any] = [line for operation in operations for line in operation.lines()]
        client = self._connection.client
        return client.bulk(index=self._index, operations=lines, filter_path=_FILTER).body

    def _comes_again(self, operation: Operation, item: dict[str, Any]) -> bool:
        error = item["error"]
        if error.get("type") == "cluster_block_exception":
            raise blocked(str(error.get("reason", "")), self._connection.shown)
        if item["status"] in _RETRIED:
            return True
        reason = error.get("caused_by", error).get("reason") or error.get("reason")
        self._failures.append(Failure(operation.id, f"{error.get('type')}：{reason}"))
        return False

    def close(self) -> None:
        """Stop; what was not sent yet is dropped, and nobody waits for a server that is away."""
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> BulkWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_all(connection: Connection, index: str, operations: Iterable[Operation]) -> None:
    """
    Write operations and wait for them.

    Raises:
        PartialWrite: the server refused some; the others are written.
        ServiceError: it takes no writes at all.
    """
    with BulkWriter(connection, index) as writer:
        for operation in operations:
            writer.add(operation)
        failures = writer.finish()
    if failures:
        raise partial(failures, connection.shown)


def partial(failures: Sequence[Failure], where: str) -> PartialWrite:
    """The error that names what was refused."""
    named = "；".join(f"{one.id}（{one.reason[:120]}）" for one in failures[:_TOLD])
    more = "等" if len(failures) > _TOLD else ""
    return PartialWrite(
        f"{len(failures)} 个文档被 Elasticsearch 拒收：{named}{more}",
        where=where,
        advice="其余已写入；请按原因处理这些文档后再写一次",
    )

"""Bulk requests against a server that is busy, refuses, or loses its memory half-way."""

from __future__ import annotations

import json
import threading
import time

import pytest

from policy_match.errors import PartialWrite, ServiceError, ServiceUnavailable
from policy_match.search.elastic import bulk
from policy_match.search.elastic.bulk import BulkWriter, Operation, write_all
from policy_match.search.elastic.connection import Connection
from tests.unit.search.elastic.stub import INFO, Answer, serving


class Store:
    """A server that keeps what bulk requests say; `trouble` answers instead where it will."""

    def __init__(self, trouble=lambda n, ids: None):
        self.kept: dict[str, object] = {}
        self.requests: list[list[str]] = []
        self.trouble = trouble
        self.guard = threading.Lock()

    def __call__(self, asked):
        if not asked.path.split("?")[0].endswith("/_bulk"):
            return Answer(INFO)
        with self.guard:
            return self._bulk([json.loads(line) for line in asked.body.splitlines()])

    def _bulk(self, lines):
        pairs = []
        while lines:
            ((action, head),) = lines.pop(0).items()
            pairs.append((action, head["_id"], lines.pop(0) if action == "index" else None))
        ids = [doc_id for _, doc_id, _ in pairs]
        self.requests.append(ids)
        made = self.trouble(len(self.requests), ids)
        if isinstance(made, Answer):
            return made
        errors = made or {}
        items = []
        for action, doc_id, body in pairs:
            if doc_id in errors:
                status, kind = errors[doc_id]
                error = {"type": kind, "reason": f"{doc_id} 不行"}
                items.append({action: {"_id": doc_id, "status": status, "error": error}})
                continue
            if action == "index":
                self.kept[doc_id] = body
            else:
                self.kept.pop(doc_id, None)
            items.append({action: {"_id": doc_id, "status": 200}})
        return Answer({"errors": bool(errors), "items": items})


def operation(doc_id: str, value: int = 0) -> Operation:
    return Operation(doc_id, json.dumps({"v": value}).encode())


def run(store: Store, operations, *, patience: float = 5.0) -> Store:
    with serving(store) as stub:
        write_all(Connection(stub.url, patience=patience), "index", operations)
    return store


def test_everything_arrives_in_few_requests(monkeypatch):
    monkeypatch.setattr(bulk, "_CHUNK_DOCUMENTS", 500)
    store = run(Store(), (operation(f"D{n}", n) for n in range(1200)))
    assert store.kept == {f"D{n}": {"v": n} for n in range(1200)}
    assert len(store.requests) == 3


def test_a_large_document_ends_a_chunk(monkeypatch):
    monkeypatch.setattr(bulk, "_CHUNK_BYTES", 100)
    store = run(Store(), [operation(f"D{n}") for n in range(10)])
    assert len(store.requests) > 3


def test_the_last_of_one_id_wins(monkeypatch):
    """Also across chunks, which may overtake each other."""
    monkeypatch.setattr(bulk, "_CHUNK_DOCUMENTS", 3)
    values = [operation(f"D{n % 4}", n) for n in range(40)]
    assert run(Store(), values).kept == {f"D{n % 4}": {"v": n} for n in range(36, 40)}


def test_only_what_was_rejected_is_sent_again():
    busy = (429, "es_rejected_execution_exception")
    store = run(
        Store(lambda n, ids: {"D1": busy} if n == 1 else None), map(operation, ("D0", "D1", "D2"))
    )
    assert store.requests == [["D0", "D1", "D2"], ["D1"]]
    assert set(store.kept) == {"D0", "D1", "D2"}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_whole_request_is_sent_again(status):
    store = run(
        Store(lambda n, ids: Answer({}, status=status) if n < 3 else None), [operation("D0")]
    )
    assert len(store.requests) == 3
    assert set(store.kept) == {"D0"}


def test_what_is_refused_for_good_is_named_and_the_rest_is_stored():
    refused = (400, "document_parsing_exception")
    store = Store(lambda n, ids: {"D7": refused, "D9": refused})
    with pytest.raises(PartialWrite, match=r"2 个文档.*D7.*不行.*D9"):
        run(store, map(operation, (f"D{n}" for n in range(12))))
    assert len(store.kept) == 10


def test_a_full_disk_is_told_at_once():
    reason = "blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark]"
    body = {"items": [{"index": {"_id": "D0", "status": 429, "error": {}}}], "errors": True}
    body["items"][0]["index"]["error"] = {"type": "cluster_block_exception", "reason": reason}
    with pytest.raises(ServiceError, match="磁盘空间不足"):
        run(Store(lambda n, ids: Answer(body)), [operation("D0")])


def test_a_server_that_stays_busy_is_given_up():
    busy = (429, "es_rejected_execution_exception")
    with pytest.raises(ServiceUnavailable, match="1 个文档没有写入"):
        run(Store(lambda n, ids: {"D0": busy}), [operation("D0")], patience=0.3)


def test_a_slow_server_holds_the_source_back(monkeypatch):
    """No more than a few chunks are read from the source ahead of the server."""
    monkeypatch.setattr(bulk, "_CHUNK_DOCUMENTS", 1)
    may_answer = threading.Event()
    read: list[int] = []

    def source():
        for n in range(50):
            read.append(n)
            yield operation(f"D{n}")

    def wait(n, ids):
        may_answer.wait(20)

    with serving(Store(wait)) as stub:
        connection = Connection(stub.url)
        writing = threading.Thread(target=write_all, args=(connection, "index", source()))
        writing.start()
        writing.join(0.5)
        assert writing.is_alive()
        assert len(read) <= bulk._UNDER_WAY + 2
        may_answer.set()
        writing.join(20)
        assert not writing.is_alive()
    assert len(read) == 50


def test_nobody_waits_for_a_server_that_is_away_once_the_source_has_failed():
    """Ctrl-C in the middle of a run, too, ends it at once."""

    away = Store(lambda n, ids: Answer({}, status=503))
    with serving(away) as stub:
        writer = BulkWriter(Connection(stub.url, patience=600), "index")
        writer.add(operation("D0"))
        writer._send()
        begun = time.monotonic()
        writer.close()
        assert time.monotonic() - begun < 10


def test_an_error_of_the_source_stops_the_threads():
    def source():
        yield operation("D0")
        raise RuntimeError("来源")

    with pytest.raises(RuntimeError, match="来源"):
        run(Store(), source())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("bulk")]

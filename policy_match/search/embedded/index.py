"""The embedded index: the port over generations in a folder (内嵌索引)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import tantivy

from policy_match.domain.policy import Policy
from policy_match.errors import IndexIncompatible, ServiceError
from policy_match.search.document import SCHEMA
from policy_match.search.embedded.finder import Finder
from policy_match.search.embedded.generation import Generation, View
from policy_match.search.embedded.layout import Layout
from policy_match.search.embedded.lock import WriteLock
from policy_match.search.embedded.writer import Writer
from policy_match.search.learned import LearnedScorer
from policy_match.search.ports import Capability, Hit, SourceRow
from policy_match.search.query import Node, PolicyQuery
from policy_match.search.request import as_request, check_limit
from policy_match.search.rerank import Scorer
from policy_match.search.segment import Segmenter, default_segmenter

_WORTH_A_REWRITE = 64_000_000  # bytes
_TRIES = 5  # a reader may open a generation just as its writer removes it


class EmbeddedIndex:
    """
    A policy index in a folder of this machine; one writer, any number of readers (内嵌索引).

    Args:
        folder: the index's folder.
        write: make it if need be, and hold the right to write until `close`.
        segmenter: another dictionary than the packaged one.
        scorer: another second stage.

    Raises:
        NotFound: there is no index to read.
        IndexLocked: another one is writing.
        IndexIncompatible: another version wrote it, or the folder holds something else.
        ServiceError: the folder may not be read or written.
    """

    capabilities = frozenset(Capability) - {Capability.ROLLBACK}

    def __init__(
        self,
        folder: str | Path,
        *,
        write: bool = False,
        segmenter: Segmenter | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        self._layout = Layout(Path(folder))
        self._segmenter = segmenter or default_segmenter()
        self._finder = Finder(self._segmenter, scorer or LearnedScorer())
        self._guard = threading.RLock()  # of what is open for reading
        self._writing_guard = threading.RLock()  # held through a whole put, remove or rebuild
        self._generation: Generation | None = None
        self._lock: WriteLock | None = None
        self._writer: Writer | None = None
        self._is_closed = False
        if write:
            self._open_for_writing()
        else:
            self._view()

    def _open_for_writing(self) -> None:
        self._layout.make()
        self._lock = WriteLock(self._layout.folder)
        try:
            self._layout.clear_old()
            if not self._layout.is_index():
                self._publish_new([])
            generation, view = self._snapshot()
            is_other = generation.meta.dictionary != self._segmenter.fingerprint
            if is_other or _is_mostly_dead(view):
                self._publish_new(_policies(view))
        except BaseException:
            self.close()
            raise

    # reading

    def search(self, query: PolicyQuery | Node | str, *, limit: int = 20) -> list[Hit]:
        """Find policies, best first; without text the newest first."""
        request = as_request(query)
        return self._finder.find(self._view(), request, check_limit(limit))

    def count(self, query: PolicyQuery | Node | str = "") -> int:
        """How many policies a search would find in all; of an empty query how many there are."""
        return self._finder.count(self._view(), as_request(query))

    def get(self, policy_id: str) -> Policy | None:
        """The policy of that id, or None."""
        view = self._view()
        address = view.find(policy_id)
        return None if address is None else view.policy(address)

    def iter_policies(self) -> Iterator[Policy]:
        """All policies as they are at the call, by id."""
        return _policies(self._view())

    def sources(self) -> Iterator[SourceRow]:
        """The file, hash and reader every policy was read from, by id."""
        rows = self._view().by_id()
        return (SourceRow(head.id, head.file, head.sha256, head.reader) for head, _ in rows)

    def fingerprint(self) -> str:
        """Changes when, and only when, a policy or the dictionary does."""
        view = self._view()
        addresses = view.addresses(tantivy.Query.all_query())
        sums = [sum(view.column(name, addresses)) for name in ("digest_high", "digest_low")]
        parts = (SCHEMA, self._segmenter.fingerprint, len(addresses), *sums)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def _view(self) -> View:
        """What is there now, if this program cuts words as the index's writer did."""
        with self._guard:
            generation, view = self._snapshot()
            if generation.meta.dictionary != self._segmenter.fingerprint:
                raise IndexIncompatible(
                    "索引是用另一版词典写的，与本程序的分词不一致",
                    where=str(self._layout.folder),
                    advice="运行一次 policy-match index（任意文件）即会自动改写，内容不丢",
                )
            return view

    def _snapshot(self) -> tuple[Generation, View]:
        """The generation that the pointer names, opened when it is another than before."""
        if self._is_closed:
            raise ServiceError("索引已经关闭", where=str(self._layout.folder), advice="请重新打开")
        for _ in range(_TRIES):
            path = self._layout.current()
            try:
                if self._generation is None or self._generation.path != path:
                    self._generation = Generation(path)
                return self._generation, self._generation.view()
            except IndexIncompatible:
                self._generation = None
                if self._layout.current() == path:
                    raise
        raise ServiceError(
            "索引正在反复重建，无法打开", where=str(self._layout.folder), advice="请稍后再试"
        )

    # writing

    def put(self, policies: Iterable[Policy]) -> int:
        """Store policies, one of a known id in place of it; all or none; how many there were."""
        with self._writing_guard:
            return self._writing().put(policies)

    def remove(self, ids: Iterable[str]) -> int:
        """Remove policies; how many were there. An unknown id is no error."""
        with self._writing_guard:
            return self._writing().remove(ids)

    def rebuild(self, policies: Iterable[Policy]) -> None:
        """Put these policies in place of all others; readers see old or new, never half."""
        self._require_writing()
        with self._writing_guard:
            self._publish_new(policies)

    def _publish_new(self, policies: Iterable[Policy]) -> None:
        """Write a new generation beside the old one, then swap; readers go on meanwhile."""
        fresh = Generation.create(self._layout.next_generation(), self._segmenter)
        writer = Writer(fresh, self._segmenter)
        try:
            writer.put(policies)
        finally:
            writer.close()
        self._stop_writer()
        with self._guard:
            self._layout.publish(fresh.path)
            self._generation = fresh
        self._layout.clear_old()

    def _writing(self) -> Writer:
        self._require_writing()
        if self._writer is None:
            with self._guard:
                self._writer = Writer(self._snapshot()[0], self._segmenter)
        return self._writer

    def _require_writing(self) -> None:
        if self._lock is None:
            raise ServiceError(
                "索引是以只读方式打开的",
                where=str(self._layout.folder),
                advice="写入前请用 write=True 打开",
            )

    def _stop_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def close(self) -> None:
        """Let go of files and of the right to write; a second call does nothing."""
        with self._writing_guard, self._guard:
            self._stop_writer()
            self._generation = None
            self._is_closed = True
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _policies(view: View) -> Iterator[Policy]:
    return (view.policy(address) for _, address in view.by_id())


def _is_mostly_dead(view: View) -> bool:
    """Whether replaced and removed policies fill most of a file large enough to care."""
    places = view.places(view.addresses(tantivy.Query.all_query()))
    alive = sum(place.rank_length + place.length for place in places)
    return view.payloads.size > max(_WORTH_A_REWRITE, 3 * alive)

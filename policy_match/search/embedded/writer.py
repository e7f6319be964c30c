"""Writes policies into a generation (写入)."""

from __future__ import annotations

import os
from collections.abc import Iterable

from policy_match.domain.policy import Policy
from policy_match.search.document import IndexDocument, index_document
from policy_match.search.embedded.generation import Generation
from policy_match.search.embedded.payloads import PayloadWriter
from policy_match.search.embedded.schema import to_tantivy
from policy_match.search.head import Head
from policy_match.search.segment import Segmenter

_HEAP_BYTES = 128_000_000
_THREADS = min(4, os.cpu_count() or 1)


class Writer:
    """
    Adds and removes in batches, each committed whole or not at all (写入器).

    The payloads are on the disk before tantivy's commit names their places, so whatever a crash
    leaves, a committed document's policy can be read.
    """

    def __init__(self, generation: Generation, segmenter: Segmenter) -> None:
        self._generation = generation
        self._segmenter = segmenter
        self._payloads = PayloadWriter(generation.payload_path)
        self._engine = generation.engine.writer(heap_size=_HEAP_BYTES, num_threads=_THREADS)

    def put(self, policies: Iterable[Policy]) -> int:
        """Store policies, one of a known id in place of it."""
        count = 0
        try:
            for policy in policies:
                self.add(index_document(policy, self._segmenter), Head.of(policy))
                count += 1
            self.commit()
        except BaseException:
            self._engine.rollback()
            raise
        return count

    def add(self, document: IndexDocument, head: Head) -> None:
        """Add one prepared policy, in place of one of the same id; `commit` makes it count."""
        place = self._payloads.append(document.payload, document.rank_text)
        self._engine.delete_documents_by_term("id", document.id)
        self._engine.add_document(to_tantivy(document, head, place, self._generation.schema))

    def commit(self) -> None:
        """Make what was added count: the payloads first, then their places."""
        self._payloads.sync()
        self._engine.commit()

    def remove(self, ids: Iterable[str]) -> int:
        """Remove policies; how many were there."""
        view = self._generation.view()
        present = [one for one in dict.fromkeys(ids) if view.find(one) is not None]
        for one in present:
            self._engine.delete_documents_by_term("id", one)
        if present:
            self._engine.commit()
        return len(present)

    def close(self) -> None:
        """Wait for merges and stop the engine's threads."""
        self._engine.wait_merging_threads()
        self._payloads.close()

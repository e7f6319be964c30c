"""One generation of the index, open for reading, and what one sees of it (索引的一代)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from policy_match.domain.policy import Policy
from policy_match.errors import IndexIncompatible
from policy_match.search.document import SCHEMA, decode_policy
from policy_match.search.embedded.layout import (
    Meta,
    damaged,
    no_permission,
    read_meta,
    write_meta,
)
from policy_match.search.embedded.payloads import Payloads, Place
from policy_match.search.embedded.schema import build_schema
from policy_match.search.head import Head
from policy_match.search.segment import Segmenter

_ENGINE = "engine"
_PAYLOADS = "policies.bin"


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot: later writes don't change what it gives (快照)."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    payloads: Payloads

    def addresses(self, query: tantivy.Query) -> list[tantivy.DocAddress]:
        """Where all documents of a query lie, in no order."""
        if not self.searcher.num_docs:
            return []
        found = self.searcher.search(query, limit=self.searcher.num_docs, count=False)
        return [address for _, address in found.hits]

    def count(self, query: tantivy.Query) -> int:
        """How many documents a query finds."""
        found: int = self.searcher.search(query, limit=1).count  # type: ignore[attr-defined]  # the stubs lack it
        return found

    def head(self, address: tantivy.DocAddress) -> Head:
        """What a list of results shows of a document."""
        stored = self.searcher.doc(address).get_first("head")
        assert isinstance(stored, str)
        return Head.load(stored)

    def column(self, name: str, addresses: Sequence[tantivy.DocAddress]) -> list[int]:
        """A number of each document, 0 where it is missing."""
        values = self.searcher.fast_field_values(name, list(addresses))
        return [value or 0 for value in values]  # type: ignore[misc]  # integers, all of them

    def places(self, addresses: Sequence[tantivy.DocAddress]) -> list[Place]:
        """Where the documents' policies lie."""
        names = ("offset", "rank_length", "length")
        columns = [self.column(name, addresses) for name in names]
        return list(map(Place, *columns))

    def payload(self, address: tantivy.DocAddress) -> bytes:
        """The policy's JSON."""
        return self.payloads.payload(self.places([address])[0])

    def policy(self, address: tantivy.DocAddress) -> Policy:
        """The whole policy."""
        return decode_policy(self.payload(address))

    def by_id(self) -> Iterator[tuple[Head, tantivy.DocAddress]]:
        """Every document with its head, in the order of the ids."""
        all_of_them = self.addresses(tantivy.Query.all_query())
        heads = [(self.head(address), address) for address in all_of_them]
        yield from sorted(heads, key=lambda pair: pair[0].id)

    def find(self, policy_id: str) -> tantivy.DocAddress | None:
        """Where the policy of that id lies."""
        query = tantivy.Query.term_query(self.schema, "id", policy_id, "basic")
        hits = self.searcher.search(query, limit=1, count=False).hits
        return hits[0][1] if hits else None


class Generation:
    """
    A generation's folder, open (打开的一代).

    Args:
        path: the folder, with meta.json, engine/ and policies.bin.

    Raises:
        IndexIncompatible: another version wrote it, or it is damaged.
        ServiceError: it may not be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.meta = self._read_meta()
        if self.meta.schema != SCHEMA:
            raise IndexIncompatible(
                f"索引版本是 {self.meta.schema}，本程序用的是 {SCHEMA}",
                where=str(path.parent),
                advice="请换一个文件夹，或删除它后运行 policy-match index 重建",
            )
        self.schema = build_schema()
        self.engine = self._open_engine()
        self._commits = path / _ENGINE / "meta.json"  # tantivy swaps it with every commit
        self._stamp: tuple[int, int, int] | None = None
        self._view: View | None = None

    @property
    def payload_path(self) -> Path:
        """The file that holds the policies' JSON."""
        return self.path / _PAYLOADS

    def _read_meta(self) -> Meta:
        try:
            return read_meta(self.path)
        except FileNotFoundError as error:
            raise damaged(self.path) from error
        except PermissionError as error:
            raise no_permission(self.path.parent) from error

    def _open_engine(self) -> tantivy.Index:
        try:
            engine = tantivy.Index.open(str(self.path / _ENGINE))
        except ValueError as error:
            if not os.access(self.path / _ENGINE, os.R_OK | os.W_OK | os.X_OK):
                raise no_permission(self.path.parent) from error
            raise damaged(self.path) from error
        engine.config_reader("manual")
        return engine

    @classmethod
    def create(cls, path: Path, segmenter: Segmenter) -> Generation:
        """Write an empty generation into an empty folder."""
        tantivy.Index(build_schema(), path=str(path / _ENGINE))
        (path / _PAYLOADS).touch()
        write_meta(path, Meta(SCHEMA, segmenter.fingerprint))
        return cls(path)

    def view(self) -> View:
        """What is committed now; the same object while nothing was committed."""
        try:
            stat = self._commits.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if self._view is None or stamp != self._stamp:
                self.engine.reload()
                # mapped after the reload: whatever is committed was in the file before
                payloads = Payloads(self.payload_path)
                self._view = View(self.engine.searcher(), self.schema, payloads)
                self._stamp = stamp
        except (FileNotFoundError, ValueError) as error:
            raise damaged(self.path) from error
        return self._view

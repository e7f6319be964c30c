"""What every search engine promises (检索后端的约定); `testing/contract.py` is its test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from policy_match.domain.policy import Policy
from policy_match.search.query import Node, PolicyQuery


class Capability(StrEnum):
    """What an engine can do beyond the promise of all (后端能力)."""

    ATOMIC_REBUILD = "atomic_rebuild"  # readers see old or new, never half
    LIVE_READERS = "live_readers"  # an open reader sees what a writer put
    EXCLUSIVE_WRITER = "exclusive_writer"  # a second writer is refused
    ROLLBACK = "rollback"  # the last rebuild can be taken back: `roll_back`
    LOCAL_FILES = "local_files"  # lives in a folder of this machine


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A policy found, best first (检索结果).

    `snippet` is plain text of the block that matches best, `block_n` that block's number, and
    `highlights` the spans (start, end) of the snippet that match, in order and apart.
    """

    policy_id: str
    title: str
    score: float
    snippet: str
    doc_no: str | None = None
    issued_on: date | None = None
    block_n: int | None = None
    highlights: tuple[tuple[int, int], ...] = ()

    def marked(self, before: str = "【", after: str = "】") -> str:
        """The snippet with its matches between a pair of marks."""
        out, last = [], 0
        for start, end in self.highlights:
            out += [self.snippet[last:start], before, self.snippet[start:end], after]
            last = end
        return "".join(out) + self.snippet[last:]

    def to_json(self, query: str) -> dict[str, Any]:
        """One line of `policy-match search --json` (spec/cli.md)."""
        return {
            "query": query,
            "policy_id": self.policy_id,
            "title": self.title,
            "score": self.score,
            "snippet": self.snippet,
            "doc_no": self.doc_no,
            "issued_on": self.issued_on.isoformat() if self.issued_on else None,
        }


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Where a policy in the index came from, and what read it (来源登记)."""

    id: str
    file: str | None
    sha256: str | None
    reader: str | None = None


@runtime_checkable
class Reversible(Protocol):
    """An index with `Capability.ROLLBACK` (可退回的索引)."""

    def roll_back(self) -> str:
        """
        Take back the last rebuild; the name of the generation in use then.

        Raises:
            NotFound: there is no generation before this one.
        """
        ...


@runtime_checkable
class PolicyIndex(Protocol):
    """
    Stores policies whole and finds them again (政策检索后端).

    Matching reads through `get` and `iter_policies`, never through `search`.
    """

    capabilities: frozenset[Capability]

    def put(self, policies: Iterable[Policy]) -> int:
        """Store policies, one of a known id in place of it; all or none; how many there were."""
        ...

    def remove(self, ids: Iterable[str]) -> int:
        """Remove policies; how many were there. An unknown id is no error."""
        ...

    def search(self, query: PolicyQuery | Node | str, *, limit: int = 20) -> list[Hit]:
        """Find policies, best first; without text the newest first."""
        ...

    def count(self, query: PolicyQuery | Node | str = "") -> int:
        """How many policies a search would find in all; of an empty query how many there are."""
        ...

    def get(self, policy_id: str) -> Policy | None:
        """The policy of that id, or None."""
        ...

    def iter_policies(self) -> Iterator[Policy]:
        """All policies as they are at the call, by id."""
        ...

    def sources(self) -> Iterator[SourceRow]:
        """The file, hash and reader every policy was read from, by id."""
        ...

    def fingerprint(self) -> str:
        """Changes when, and only when, a policy or the dictionary does."""
        ...

    def rebuild(self, policies: Iterable[Policy]) -> None:
        """Put these policies in place of all others; readers see old or new, never half."""
        ...

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

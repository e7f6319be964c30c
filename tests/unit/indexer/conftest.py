"""An index in memory and a pool in this process, so that runs need no server and no worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from indexer.document import BlockKind, Document, RawBlock
from indexer.extract import extract_measures
from indexer.readers.isolated import Outcome
from indexer.structure import structure
from policy_match.domain.policy import Measure, Policy
from policy_match.errors import PolicyMatchError
from policy_match.search.ports import Hit, SourceRow


class MemoryIndex:
    """The part of PolicyIndex that indexing needs; counts what is put."""

    capabilities = frozenset()

    def __init__(self) -> None:
        self.held: dict[str, Policy] = {}
        self.puts = 0
        self.fail_after: int | None = None

    def put(self, policies: Iterable[Policy]) -> int:
        batch = list(policies)
        if self.fail_after is not None and self.puts >= self.fail_after:
            raise KeyboardInterrupt
        self.held.update({policy.id: policy for policy in batch})
        self.puts += 1
        return len(batch)

    def remove(self, ids: Iterable[str]) -> int:
        return sum(self.held.pop(one, None) is not None for one in ids)

    def search(self, query: object, *, limit: int = 20) -> list[Hit]:
        raise NotImplementedError

    def count(self, query: object = "") -> int:
        return len(self.held)

    def get(self, policy_id: str) -> Policy | None:
        return self.held.get(policy_id)

    def iter_policies(self) -> Iterator[Policy]:
        return iter(sorted(self.held.values(), key=lambda policy: policy.id))

    def sources(self) -> Iterator[SourceRow]:
        for policy in self.iter_policies():
            source = policy.source
            yield SourceRow(policy.id, source.file, source.sha256, source.reader)

    def fingerprint(self) -> str:
        return str(self.puts)

    def rebuild(self, policies: Iterable[Policy]) -> None:
        self.held = {policy.id: policy for policy in policies}

    def close(self) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


class InProcess:
    """A pool that runs here and remembers what it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def map(self, fn: Callable[[Path], Any], paths: Iterable[Path]) -> Iterator[Outcome[Any]]:
        for path in paths:
            self.read.append(path.name)
            try:
                yield Outcome(path, value=fn(path))
            except PolicyMatchError as error:
                yield Outcome(path, error=error)


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


@pytest.fixture
def pool() -> InProcess:
    return InProcess()


def notice(
    number: str = "晋政发〔2024〕901号",
    *,
    issuer: str = "昆明市晋宁区人民政府",
    about: str = "支持企业发展的通知",
    body: str = "对符合条件的企业给予奖励。",
    day: str = "2024年3月13日",
    closing: str = "本通知自印发之日起施行。",
) -> str:
    """A notice as files hold it."""
    lines = [
        f"{issuer}关于{about}",
        number,
        "各有关单位：",
        f"一、支持内容。{body}",
        closing,
        issuer,
        day,
    ]
    return "\n".join(lines)


@pytest.fixture
def measures_of() -> Callable[..., tuple[Measure, ...]]:
    """The measures of a text given as lines."""

    def made(*lines: str) -> tuple[Measure, ...]:
        blocks = tuple(RawBlock(BlockKind.PARAGRAPH, line) for line in lines)
        document = Document(name="文件.txt", format="txt", blocks=blocks)
        return extract_measures(structure(document), document)

    return made

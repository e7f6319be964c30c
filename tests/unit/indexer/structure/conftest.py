"""Documents out of lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from indexer.document import BlockKind, Document, RawBlock
from indexer.structure import structure
from policy_match.domain.policy import Policy

Read = Callable[..., Policy]


@pytest.fixture
def read() -> Read:
    """Structure a text given as lines, with an optional meta table."""

    def made(*lines: str, name: str = "文件.txt", **meta: str) -> Policy:
        blocks = tuple(RawBlock(BlockKind.PARAGRAPH, line) for line in lines)
        return structure(Document(name=name, format="txt", blocks=blocks, meta=meta))

    return made

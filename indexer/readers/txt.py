"""Plain text and Markdown (纯文本): a line is a block."""

from __future__ import annotations

from pathlib import Path

from indexer.document import BlockKind, Document, Layout, RawBlock
from indexer.readers.encoding import decode
from indexer.safety import Limits

_PLAIN = Layout()


def read(path: Path, _limits: Limits) -> Document:
    """Read a text file; blank lines only separate (读取文本)."""
    text = decode(path.read_bytes(), where=path.name)
    return Document(name=path.name, format="txt", blocks=tuple(blocks_of(text)))


def blocks_of(text: str) -> list[RawBlock]:
    """One paragraph a line, stripped of outer blanks (按行成块)."""
    lines = (line.strip().strip("\ufeff\u200b") for line in text.splitlines())
    return [RawBlock(kind=BlockKind.PARAGRAPH, text=line, layout=_PLAIN) for line in lines if line]

"""
What every reader gives: one Document of blocks with offsets (统一文档模型).

The text of a document is its blocks' text joined by one line feed, exactly as read, before any
normalising. Every offset counts code points in that text, so a quote can always be found again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is on the page (版面元素)."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"  # the file itself says so (Word style, <h1>…)
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"  # cells joined by " | "
    FOOTNOTE = "footnote"
    TEXT_BOX = "text_box"
    HEADER = "header"  # page furniture that is kept because it may carry 文号 or 密级
    FOOTER = "footer"


@dataclass(frozen=True, slots=True)
class Layout:
    """Hints a reader has about how a block looks (版式线索); all optional."""

    centered: bool = False
    bold: bool = False
    font_size: float | None = None  # points
    style: str | None = None
    page: int | None = None  # from 1


@dataclass(frozen=True, slots=True)
class RawBlock:
    """
    One paragraph, heading, list item or table row (文档块).

    `text` holds the automatic number too (`number` repeats it alone), since people read it as
    text. `level` is the heading or list level from 1. A table row has `table` (the table's
    ordinal in the document, from 0), `row` (from 0) and `cells`; a merged cell's text is repeated
    in each cell that it spans, while `text` says it once a row. A cell of several paragraphs has
    line feeds in it, and so has its row's text.
    """

    kind: BlockKind
    text: str
    level: int | None = None
    number: str | None = None
    table: int | None = None
    row: int | None = None
    cells: tuple[str, ...] | None = None
    layout: Layout = field(default_factory=Layout)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a page links to as an attachment (附件链接)."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Document:
    """
    A file as read: blocks in reading order (文档).

    `meta` holds what the file says of itself outside the running text, under its own labels:
    rows of a government page's meta table (索引号, 发文机构, 成文日期, 发文字号 …), <meta> tags,
    Word core properties. `warnings` are Chinese sentences for the per-file report, such as
    a scanned page that holds no text.
    """

    name: str
    format: str  # docx, html, pdf, txt, xlsx
    blocks: tuple[RawBlock, ...]
    meta: dict[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()
    url: str | None = None

    @property
    def text(self) -> str:
        """The document's text: blocks joined by one line feed."""
        return "\n".join(block.text for block in self.blocks)

    def spans(self) -> list[tuple[int, int]]:
        """Start and end of each block in `text`, in code points."""
        return spans_of(block.text for block in self.blocks)


def spans_of(texts: Iterable[str]) -> list[tuple[int, int]]:
    """
    Start and end of each text when all are joined by one line feed.

    >>> spans_of(["一、总则", "第一条"])
    [(0, 4), (5, 8)]
    """
    spans, start = [], 0
    for text in texts:
        spans.append((start, start + len(text)))
        start += len(text) + 1
    return spans

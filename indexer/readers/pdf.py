"""
PDF with a text layer (版式文件): paragraphs, ruled tables, page furniture left out.

A page that is only an image is reported and never guessed at.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium

from indexer.document import BlockKind, Document, Layout, RawBlock
from indexer.readers.pdf_flow import Margins, Paragraph, join, paragraphs_of
from indexer.readers.pdf_page import Char, Line, lines_of, read_page
from indexer.readers.pdf_tables import Table, tables_of
from indexer.readers.tables import Cell, expand, grouped, row_block
from indexer.safety import Limits
from policy_match.errors import DocumentError, UnsafeFile

_PAGE_NUMBER = re.compile(
    r"^[-—–－·\s]*(?:第?\s*\d{1,4}\s*页?\s*(?:[/／,，共]\s*共?\s*\d{1,4}\s*页?)?|[IVXivx]{1,6})[-—–－·\s]*$"
)
_SCANNED = "是扫描图像，没有文字层，未读取"
_GARBLED = "的字体没有字符对照表，部分文字无法还原"
_BROKEN = "已损坏，未读取"
_EDGE_LINES = 2
_EDGE = 0.12  # of the page's height, from top and bottom
_FEW_CHARS = 5
_SAME_COLUMNS = 4.0  # points


@dataclass(slots=True)
class _Leaf:
    """A page, taken apart."""

    number: int
    width: float
    height: float
    lines: list[Line]
    tables: list[Table]


def read(path: Path, limits: Limits) -> Document:
    """Read a PDF (读取 PDF)."""
    pdf = _open(path, limits)
    try:
        leaves, warnings = _leaves(pdf)
        pages, meta = len(pdf), dict(pdf.get_metadata_dict(skip_empty=True))
    finally:
        pdf.close()
    _drop_furniture(leaves)
    blocks = _Assembly().run(leaves)
    if not blocks:
        raise DocumentError(
            f"全部 {pages} 页都没有文字层（扫描图像）",
            where=path.name,
            advice="请用文字识别（OCR）软件转换，或提供 docx、html 原文",
        )
    return Document(
        name=path.name, format="pdf", blocks=tuple(blocks), meta=meta, warnings=tuple(warnings)
    )


def _leaves(pdf: pdfium.PdfDocument) -> tuple[list[_Leaf], list[str]]:
    """All pages that can be read, and what to say of the others."""
    leaves: list[_Leaf] = []
    troubles: dict[str, list[int]] = {_SCANNED: [], _GARBLED: [], _BROKEN: []}
    for index in range(len(pdf)):
        try:
            page = read_page(pdf, index)
        except pdfium.PdfiumError:
            troubles[_BROKEN].append(index + 1)
            continue
        if len(page.chars) < _FEW_CHARS and page.has_image:
            troubles[_SCANNED].append(page.number)
        elif _is_garbled(page.chars):
            troubles[_GARBLED].append(page.number)
        tables, rest = tables_of(page)
        leaves.append(_Leaf(page.number, page.width, page.height, lines_of(rest), tables))
    warnings = [f"第 {span} 页{what}" for what, p in troubles.items() for span in _spans(p)]
    return leaves, warnings


def _open(path: Path, limits: Limits) -> pdfium.PdfDocument:
    try:
        pdf = pdfium.PdfDocument(path)
        pages = len(pdf)
    except pdfium.PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            raise DocumentError(
                "PDF 已用密码加密，无法读取", where=path.name, advice="请去掉打开密码后另存再读"
            ) from error
        raise DocumentError(
            "PDF 已损坏或不完整", where=path.name, advice="请重新下载，或用阅读器打开后另存"
        ) from error
    if pages > limits.max_pages:
        pdf.close()
        raise UnsafeFile(
            f"PDF 有 {pages} 页，上限 {limits.max_pages} 页", where=path.name, advice="请拆分后再读"
        )
    return pdf


def _is_garbled(chars: list[Char]) -> bool:
    bad = sum(c.text == "\ufffd" or "\ue000" <= c.text <= "\uf8ff" for c in chars)
    return bad > 0.1 * len(chars) > 0


def _spans(numbers: list[int]) -> list[str]:
    """Page numbers as runs: 3, 5–7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs]


def _drop_furniture(leaves: list[_Leaf]) -> None:
    """Take out page numbers, and lines that many pages repeat at their edge."""
    seen: Counter[str] = Counter()
    for leaf in leaves:
        seen.update({_bare(line.text) for line in _edges(leaf)})
    often = max(3, len(leaves) * 0.3)
    repeated = {text for text, count in seen.items() if count >= often}
    for leaf in leaves:
        doomed = {
            id(line)
            for line in _edges(leaf)
            if _bare(line.text) in repeated or _PAGE_NUMBER.match(line.text)
        }
        leaf.lines = [line for line in leaf.lines if id(line) not in doomed]


def _edges(leaf: _Leaf) -> list[Line]:
    top, bottom = leaf.height * (1 - _EDGE), leaf.height * _EDGE
    head = [line for line in leaf.lines[:_EDGE_LINES] if line.y0 > top]
    foot = [line for line in leaf.lines[-_EDGE_LINES:] if line.y1 < bottom]
    return head + [line for line in foot if line not in head]


def _bare(text: str) -> str:
    return re.sub(r"[\d\s]+", "#", text)


class _Assembly:
    """Puts pages together: paragraphs and tables go on over page breaks (跨页拼接)."""

    def __init__(self) -> None:
        self.blocks: list[RawBlock] = []
        self._open = False  # the last paragraph may go on
        self._table: Table | None = None  # the table that ended the page before, if one did
        self._last_row: list[Cell] = []
        self._ordinal = -1
        self._margins: dict[int, Margins] = {}

    def run(self, leaves: list[_Leaf]) -> list[RawBlock]:
        """Blocks of all pages in order."""
        self._margins = _margins(leaves)
        for leaf in leaves:
            self._page(leaf)
        return self.blocks

    def _page(self, leaf: _Leaf) -> None:
        first = True
        for item in _in_order(leaf):
            if isinstance(item, Table):
                self._add_table(item, leaf.number, first=first)
            else:
                self._add_paragraphs(item, leaf, first=first)
            first = False

    def _add_paragraphs(self, lines: list[Line], leaf: _Leaf, *, first: bool) -> None:
        margins = self._margins[round(leaf.width)]
        paragraphs = paragraphs_of(lines, margins=margins, width=leaf.width)
        if first and self._open and self._goes_on(paragraphs[0], lines[0], margins.left):
            last = self.blocks[-1]
            self.blocks[-1] = replace(last, text=join([last.text, paragraphs[0].text]))
            self._open = paragraphs[0].open
            paragraphs = paragraphs[1:]
        for paragraph in paragraphs:
            layout = Layout(
                centered=paragraph.centered,
                bold=paragraph.bold,
                font_size=round(paragraph.size, 1),
                page=leaf.number,
            )
            kind = BlockKind.PARAGRAPH
            self.blocks.append(RawBlock(kind=kind, text=paragraph.text, layout=layout))
            self._open = paragraph.open and not paragraph.centered
        self._table = None

    def _goes_on(self, paragraph: Paragraph, line: Line, left: float) -> bool:
        same = abs((self.blocks[-1].layout.font_size or 0) - paragraph.size) < 1
        return same and not paragraph.centered and line.x0 - left < 0.9 * line.size

    def _add_table(self, table: Table, page: int, *, first: bool) -> None:
        rows, row = list(table.rows), 0
        if first and self._table and _goes_with(self._table, table):
            row = (self.blocks[-1].row or 0) + 1
            if len(table.columns) <= len(self._table.columns):
                rows = [_fit(cells, table.columns, self._table.columns) for cells in rows]
                table = replace(table, columns=self._table.columns)
            if not rows[0][0][0] and len(expand(rows[0])) == len(expand(self._last_row)):
                self._extend_row(expand(rows.pop(0)))
        else:
            self._ordinal += 1
        layout = Layout(page=page)
        for n, cells in enumerate(rows, start=row):
            self.blocks.append(row_block(cells, table=self._ordinal, row=n, layout=layout))
            self._last_row = cells
        self._table, self._open = table, False

    def _extend_row(self, below: tuple[str, ...]) -> None:
        """A row that the page break has cut: its first cell is empty on the new page."""
        joined, column = [], 0
        for text, span in self._last_row:
            rest = next(filter(None, below[column : column + span]), "")
            joined.append((_join_cut(text, rest), span))
            column += span
        last = self.blocks[-1]
        self._last_row = joined
        self.blocks[-1] = row_block(
            joined, table=self._ordinal, row=last.row or 0, layout=last.layout
        )


def _margins(leaves: list[_Leaf]) -> dict[int, Margins]:
    """Margins by page width, so that a page on its side has its own."""
    lines: dict[int, list[Line]] = {}
    for leaf in leaves:
        lines.setdefault(round(leaf.width), []).extend(leaf.lines)
    return {width: Margins.of_body(group) for width, group in lines.items() if group}


def _join_cut(above: str, below: str) -> str:
    """Two halves of a cell: one sentence goes on, else a new paragraph begins."""
    if not above or not below:
        return above or below
    ends = above[-1] in "。；：！？;:!?"
    return f"{above}\n{below}" if ends else join([above, below])


def _goes_with(above: Table, below: Table) -> bool:
    """Whether two drawings are one table cut by a page: the edges of one are edges of the other."""
    fewer, more = sorted((above.columns, below.columns), key=len)
    ends = abs(fewer[0] - more[0]) <= _SAME_COLUMNS and abs(fewer[-1] - more[-1]) <= _SAME_COLUMNS
    return ends and all(min(abs(x - y) for y in more) <= _SAME_COLUMNS for x in fewer)


def _fit(cells: list[Cell], columns: tuple[float, ...], wanted: tuple[float, ...]) -> list[Cell]:
    """Cells laid over a finer grid."""
    keys = [n for n, (_, span) in enumerate(cells) for _ in range(span)]
    middles = [(a + b) / 2 for a, b in pairwise(wanted)]
    covering = [keys[sum(x > edge for edge in columns[1:-1])] for x in middles]
    return grouped((key, cells[key][0]) for key in covering)


def _in_order(leaf: _Leaf) -> list[Table | list[Line]]:
    """Tables and the runs of lines between them, from top to bottom."""
    out: list[Table | list[Line]] = []
    lines = list(leaf.lines)
    for table in sorted(leaf.tables, key=lambda t: -t.y1):
        above = [line for line in lines if line.y0 >= table.y1 - 2]
        if above:
            out.append(above)
            lines = lines[len(above) :]
        out.append(table)
    return [*out, lines] if lines else out

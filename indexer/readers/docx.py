"""
Word documents (docx): body in order, with tables, numbers, boxes, notes, headers and footers.

Read straight from the XML: the page's automatic numbers, tracked changes, hidden text and fields
have to be resolved together, and nothing of the file is run or fetched.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.document import BlockKind, Document, Layout, RawBlock
from indexer.readers.docx_numbering import Number, Numbering
from indexer.readers.docx_styles import Styles, properties
from indexer.readers.docx_text import Fields, InlineReader, is_removed
from indexer.readers.ooxml import (
    Package,
    attribute,
    child,
    integer,
    name_of,
    relation_id,
    value,
)
from indexer.readers.tables import Cell, expand, has_text, row_block
from indexer.safety import Limits, open_zip
from policy_match.errors import DocumentError

if TYPE_CHECKING:
    from lxml import etree

_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "Choice"}
_PAGE_NUMBER = re.compile(r"^[-—–－·\s第共页/0-9０-９]*$|^Page \d+( of \d+)?$", re.IGNORECASE)
_CENTERED = {"center", "distribute"}


def read(path: Path, limits: Limits) -> Document:
    """Read a .docx (读取 Word 文档)."""
    with open_zip(path, limits=limits) as archive:
        package = Package(archive, path.name)
        main = _main_part(package)
        parts = {kind: name for kind, name in package.relations(main).values() if name in package}
        story = _Story(package, parts)
        blocks, warnings = _blocks(package, main, story), story.warnings
        if any(name.endswith("vbaProject.bin") for name in package.names()):
            warnings.append("文件含宏（vbaProject.bin）；宏不会被运行，只读取了文字")
        meta = _core_properties(package)
    if not blocks:
        raise DocumentError(
            "文档里没有文字", where=path.name, advice="如果是扫描图片，请提供带文字的版本"
        )
    return Document(
        name=path.name,
        format="docx",
        blocks=tuple(blocks),
        meta=meta,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _main_part(package: Package) -> str:
    for kind, name in package.relations("").values():
        if kind == "officeDocument" and name in package:
            return name
    if "word/document.xml" in package:
        return "word/document.xml"
    raise DocumentError(
        "缺少正文部件（word/document.xml）",
        where=package.where,
        advice="文件不完整，请重新下载或用 Word 另存",
    )


def _blocks(package: Package, main: str, story: _Story) -> list[RawBlock]:
    root = package.xml(main)
    body = child(root, "body")
    content = [] if body is None else story.read(body)
    headers, footers = _furniture(package, main, root, story)
    return headers + content + story.notes() + footers


def _furniture(
    package: Package, main: str, root: etree._Element, story: _Story
) -> tuple[list[RawBlock], list[RawBlock]]:
    """Headers and footers, each text once and page numbers left out."""
    relations = package.relations(main)
    seen: set[str] = set()
    found: dict[BlockKind, list[RawBlock]] = {BlockKind.HEADER: [], BlockKind.FOOTER: []}
    kinds = {"headerReference": BlockKind.HEADER, "footerReference": BlockKind.FOOTER}
    for reference in root.iter(*("{*}" + name for name in kinds)):
        kind = kinds[name_of(reference)]
        part = relations.get(relation_id(reference) or "", ("", ""))[1]
        if part in seen or part not in package:
            continue
        seen.add(part)
        for block in story.read(package.xml(part)):
            if block.text not in seen and not _PAGE_NUMBER.match(block.text):
                seen.add(block.text)
                found[kind].append(replace(block, kind=kind, level=None, table=None, row=None))
    return found[BlockKind.HEADER], found[BlockKind.FOOTER]


def _core_properties(package: Package) -> dict[str, str]:
    if "docProps/core.xml" not in package:
        return {}
    wanted = {"title", "subject", "creator", "created", "modified", "keywords"}
    return {
        name_of(e): e.text.strip()
        for e in package.xml("docProps/core.xml")
        if name_of(e) in wanted and e.text and e.text.strip()
    }


class _Story:
    """Reads stories of one document, counting its numbers and tables throughout (文档流)."""

    def __init__(self, package: Package, parts: dict[str, str]) -> None:
        def part(kind: str) -> etree._Element | None:
            return package.xml(parts[kind]) if kind in parts else None

        self._styles = Styles(part("styles"))
        self._numbering = Numbering(part("numbering"), self._styles)
        self._notes = [
            root for kind in ("footnotes", "endnotes") if (root := part(kind)) is not None
        ]
        self._fields = Fields()
        self._tables = 0
        self._pending = ""  # text of a paragraph whose mark is deleted: it runs into the next
        self.warnings: list[str] = []

    def read(self, parent: etree._Element) -> list[RawBlock]:
        """Blocks of a story: body, header, footer, text box, note, or cell that is a frame."""
        blocks: list[RawBlock] = []
        for element in parent:
            name = name_of(element)
            if name == "p":
                blocks += self._paragraph(element)
            elif name == "tbl":
                blocks += self._table(element)
            elif name == "AlternateContent":
                chosen = child(element, "Choice")
                blocks += self.read(chosen) if chosen is not None else []
            elif name == "altChunk":
                self.warnings.append("文档嵌入了另一份文件（altChunk），嵌入部分未读取")
            elif name in _WRAPPERS:
                blocks += self.read(element)
        return blocks

    def notes(self) -> list[RawBlock]:
        """Footnotes, then endnotes, without the separator lines."""
        notes = [note for root in self._notes for note in root]
        real = [n for n in notes if attribute(n, "type") in {None, "normal"}]
        return [
            replace(block, kind=BlockKind.FOOTNOTE, level=None)
            for note in real
            for block in self.read(note)
        ]

    def _paragraph(self, element: etree._Element) -> list[RawBlock]:
        ppr = child(element, "pPr")
        style_id = value(ppr, "pStyle")
        style = properties(ppr, None).over(self._styles.paragraph(style_id))
        inline = InlineReader(self._styles, self._fields).read(element)
        text = self._pending + inline.text
        boxes = [
            replace(b, kind=BlockKind.TEXT_BOX) for box in inline.boxes for b in self.read(box)
        ]
        self._pending = text if inline.merges_with_next else ""
        if self._pending or not text.strip():
            return boxes
        number = None
        num_id, ilvl = style.numbering or (None, None)
        if num_id:
            number = self._numbering.next(num_id, ilvl, style_id)
        layout = Layout(
            centered=style.justify in _CENTERED,
            bold=inline.bold,
            font_size=inline.size,
            style=style.name,
        )
        return self._lines(text, number, style.outline or None, style.name, layout) + boxes

    @staticmethod
    def _lines(
        text: str, number: Number | None, outline: int | None, style: str | None, layout: Layout
    ) -> list[RawBlock]:
        """One block a line, since a soft line break looks like a paragraph; the number is first."""
        kind, level = BlockKind.PARAGRAPH, None
        if outline or (style or "").lower() in {"title", "标题"}:
            kind, level = BlockKind.HEADING, outline
        elif number:
            kind, level = BlockKind.LIST_ITEM, number.level + 1
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        label = number.text if number else ""
        if label:
            lines[0] = label + _gap(label, lines[0], number) + lines[0]
        return [
            RawBlock(
                kind=kind,
                text=line,
                level=level,
                number=label or None if n == 0 else None,
                layout=layout,
            )
            for n, line in enumerate(lines)
        ]

    def _table(self, table: etree._Element) -> list[RawBlock]:
        rows = _table_rows(table)
        if len(rows) == 1 and len(rows[0]) == 1:  # a frame around text, not a table
            return self.read(rows[0][0][0])
        ordinal = self._tables
        self._tables += 1
        grid: list[list[Cell]] = []
        above: tuple[str, ...] = ()
        for cells in rows:
            line: list[Cell] = []
            for cell, span, continues in cells:
                text = "\n".join(block.text for block in self.read(cell))
                column = sum(width for _, width in line)
                if continues and column < len(above):
                    text = above[column]
                line.append((text, span))
            grid.append(line)
            above = expand(line)
        return [
            row_block(cells, table=ordinal, row=n)
            for n, cells in enumerate(line for line in grid if has_text(line))
        ]


def _table_rows(table: etree._Element) -> list[list[tuple[etree._Element, int, bool]]]:
    """Rows of (cell, columns spanned, whether it continues the cell above)."""
    rows = []
    for row in _inside(table, "tr"):
        trpr = child(row, "trPr")
        if is_removed(trpr):
            continue
        cells: list[tuple[etree._Element, int, bool]] = []
        for cell in _inside(row, "tc"):
            tcpr = child(cell, "tcPr")
            if is_removed(tcpr):
                continue
            merge = child(tcpr, "vMerge")
            continues = merge is not None and attribute(merge) in {None, "continue"}
            cells.append((cell, min(integer(value(tcpr, "gridSpan")) or 1, 63), continues))
        if cells:
            rows.append(cells)
    return rows


def _inside(parent: etree._Element, name: str) -> list[etree._Element]:
    """Children of one name, through content controls and accepted insertions."""
    found = []
    for element in parent:
        if name_of(element) == name:
            found.append(element)
        elif name_of(element) in _WRAPPERS:
            found += _inside(element, name)
    return found


def _gap(label: str, line: str, number: Number | None) -> str:
    """
    What stands between a number and its text.

    None after Chinese punctuation, as the same text typed by hand would have it; "1." before a
    digit needs a space, or it would read as 1.2024.
    """
    if number is not None and number.suffix == "nothing":
        return ""
    if not label[-1].isalnum() or (label[-1] > "\u2460" and label[-1] < "\u2500"):
        return " " if label[-1] in ".)" and line[0].isascii() else ""
    return " "

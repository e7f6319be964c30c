"""Writes a sample document as Word (公文版式的 docx)."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from .source import SAMPLE_LINE, Block, Source, cells
from .word_parts import Footnotes, Numbering, field_run, text_box, tracked

MARKS = re.compile(r"(\[\^[^\]]+\]|\{-[^}]*-\}|\{\+[^}]*\+\})")
FONTS = {"title": "方正小标宋简体", "para": "仿宋_GB2312", "1": "黑体", "2": "楷体_GB2312"}
STAMP = (2026, 1, 1, 0, 0, 0)


def write_docx(source: Source) -> bytes:
    """The document as docx; the same bytes each time."""
    return _repack(_Writer(source).build())


def _repack(raw: bytes) -> bytes:
    """Give every part of the package one fixed date, since zip notes the time of writing."""
    out = BytesIO()
    with ZipFile(BytesIO(raw)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = ZipInfo(name, date_time=STAMP)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, old.read(name))
    return out.getvalue()


class _Writer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.document: Any = Document()
        auto = source.options.get("auto_numbering")
        self.numbering = Numbering(self.document) if auto else None
        self.footnotes = Footnotes(self.document)
        self.changes = 0

    def build(self) -> bytes:
        self._page()
        self._head()
        for block in self.source.blocks:
            self._block(block)
        self._tail()
        buffer = BytesIO()
        self.document.save(buffer)
        return buffer.getvalue()

    # the page and what repeats on it

    def _page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
        section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = FONTS["para"], Pt(16)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), FONTS["para"])
        style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        style.paragraph_format.line_spacing = Pt(28)
        style.paragraph_format.space_after = Pt(0)
        properties = self.document.core_properties
        properties.title, properties.author = self.source.title, "policy-match sample"
        if self.source.options.get("header"):
            paragraph = section.header.paragraphs[0]
            self._write(paragraph, self.source.options["header"], "1", 14, centre=True)
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(footer, "— ", "para", 14)
        field_run(footer, "PAGE")
        self._run(footer, " —", "para", 14)

    def _head(self) -> None:
        head, source = self.source.head, self.source
        if head.get("letterhead"):
            run = self._write(self._new(), head["letterhead"], "title", 36, centre=True)
            run.font.color.rgb = RGBColor(0xC0, 0, 0)
            self._new().paragraph_format.line_spacing = Pt(12)
        if source.doc_no:
            paragraph = self._new()
            self._write(paragraph, source.doc_no, "para", 16, centre=True)
            if head.get("letterhead"):
                _rule_below(paragraph)
        self._new()
        if source.options.get("text_box"):
            self._box(source.options["text_box"])
        self._title(source.title_lines)
        self._new()
        if head.get("to"):
            self._write(self._new(), f"{head['to']}：", "para", 16)

    def _box(self, text: str) -> None:
        paragraph = self._new()
        # an exact line height would hide all but the foot of the box
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        text_box(paragraph, text)

    def _title(self, lines: list[str]) -> None:
        if not self.source.options.get("title_breaks"):
            for line in lines:
                self._write(self._new(), line, "title", 22, centre=True)
            return
        paragraph = self._new()
        for n, line in enumerate(lines):
            if n:
                paragraph.add_run().add_break()
            self._write(paragraph, line, "title", 22, centre=True)

    def _tail(self) -> None:
        self._new()
        self._write(self._new(), SAMPLE_LINE, "para", 12)
        self.footnotes.attach()

    # one block

    def _block(self, block: Block) -> None:
        if block.kind == "table":
            self._table(block)
        elif block.kind in ("annex", "inner"):
            self._new_part(block)
        elif block.kind in ("sign", "date"):
            self._sign(block)
        elif block.kind == "cc":
            _rule_below(self._new())
            paragraph = self._new()
            self._write(paragraph, block.text, "para", 14)
            _rule_below(paragraph)
        else:
            self._text(block)

    def _text(self, block: Block) -> None:
        paragraph = self._new()
        centred = block.kind in ("chap", "sec", "center")
        heading = block.kind in ("chap", "sec", "1")
        font = "1" if heading else "2" if block.kind == "2" else "para"
        text = block.full_text
        if self.numbering and block.kind in self.numbering.levels:
            self.numbering.apply(paragraph, block.kind)
            text = block.text
        short = block.kind == "2" and len(block.text) > 30
        self._write(
            paragraph, text, "para" if short else font, 16, centre=centred, indent=not centred
        )

    def _new_part(self, block: Block) -> None:
        if self.numbering:
            self.numbering.restart()
        first = self._new()
        first.paragraph_format.page_break_before = True
        title = first
        if block.kind == "annex":
            self._write(first, block.number, "1", 16)
            title = self._new()
        self._write(title, block.text, "title", 22, centre=True)
        self._new()

    def _sign(self, block: Block) -> None:
        if block.kind == "sign":
            self._new()
        paragraph = self._new()
        self._write(paragraph, block.text, "para", 16)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(64)

    def _table(self, block: Block) -> None:
        rows, columns = len(block.rows), len(block.rows[0])
        table = self.document.add_table(rows=rows, cols=columns, style="Table Grid")
        for cell in cells(block.rows):
            corner = table.cell(cell.row, cell.column)
            if cell.rows > 1 or cell.columns > 1:
                end = (cell.row + cell.rows - 1, cell.column + cell.columns - 1)
                corner = corner.merge(table.cell(*end))
            paragraph = corner.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(20)
            self._write(paragraph, cell.text, "para", 12)

    # runs

    def _new(self) -> Any:
        return self.document.add_paragraph()

    def _write(
        self,
        paragraph: Any,
        text: str,
        font: str,
        size: float,
        *,
        centre: bool = False,
        indent: bool = False,
    ) -> Any:
        if centre:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(32)
        run = None
        for part in MARKS.split(text):
            if part.startswith("[^"):
                self.footnotes.add(paragraph, part[2:-1])
            elif part.startswith(("{-", "{+")):
                self.changes += 1
                run = self._run(paragraph, part[2:-2], font, size)
                tracked(run, "del" if part[1] == "-" else "ins", self.changes)
            elif part:
                run = self._run(paragraph, part, font, size)
        return run

    def _run(self, paragraph: Any, text: str, font: str, size: float) -> Any:
        run = paragraph.add_run(text)
        run.font.size, run.font.name = Pt(size), FONTS[font]
        run._element.rPr.rFonts.set(qn("w:eastAsia"), FONTS[font])
        return run


def _rule_below(paragraph: Any) -> None:
    """Draw a line under a paragraph."""
    borders = OxmlElement("w:pBdr")
    borders.append(
        parse_xml(
            '<w:bottom xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
            ' w:val="single" w:sz="8" w:space="1" w:color="C00000"/>'
        )
    )
    paragraph._p.get_or_add_pPr().append(borders)

"""Writes a sample document as PDF with a text layer (PDF)."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from .source import SAMPLE_LINE, Block, Source, cells

FONT = "STSong-Light"
RED = colors.HexColor("#c00000")


def _style(name: str, size: float = 15, lead: float = 27, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=FONT, fontSize=size, leading=lead, wordWrap="CJK", **more)


STYLES = {
    "letterhead": _style("letterhead", 30, 46, alignment=TA_CENTER, textColor=RED),
    "centre": _style("centre", alignment=TA_CENTER),
    "title": _style("title", 20, 32, alignment=TA_CENTER),
    "right": _style("right", alignment=TA_RIGHT, rightIndent=45),
    "plain": _style("plain"),
    "para": _style("para", firstLineIndent=30),
    "cell": _style("cell", 11, 16),
    "small": _style("small", 12, 20),
}


def write_pdf(source: Source) -> bytes:
    """The document as PDF; the same bytes each time."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = BytesIO()
    template = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=source.title,
        author="policy-match sample",
        leftMargin=28 * mm,
        rightMargin=26 * mm,
        topMargin=30 * mm,
        bottomMargin=30 * mm,
        invariant=1,
        pageCompression=0,  # else the bytes depend on the zlib at hand
    )
    template.build(_story(source), onFirstPage=_page_number, onLaterPages=_page_number)
    return buffer.getvalue()


def _page_number(canvas: Canvas, template: Any) -> None:
    canvas.setFont(FONT, 12)
    canvas.drawCentredString(A4[0] / 2, 18 * mm, f"— {template.page} —")


def _story(source: Source) -> list[Flowable]:
    head = source.head
    story: list[Flowable] = []
    if head.get("letterhead"):
        story += [_p(head["letterhead"], "letterhead"), Spacer(1, 8 * mm)]
    if source.doc_no:
        story += [_p(source.doc_no, "centre")]
    if head.get("letterhead"):
        story += [HRFlowable(width="100%", color=RED, thickness=1.5), Spacer(1, 8 * mm)]
    story += [_p(line, "title") for line in source.title_lines]
    story.append(Spacer(1, 8 * mm))
    if head.get("to"):
        story.append(_p(f"{head['to']}：", "plain"))
    for block in source.blocks:
        story += _flowables(block)
    return [*story, Spacer(1, 6 * mm), _p(SAMPLE_LINE, "small")]


def _flowables(block: Block) -> list[Flowable]:
    if block.kind == "table":
        return [Spacer(1, 3 * mm), _table(block), Spacer(1, 3 * mm)]
    if block.kind == "annex":
        return [PageBreak(), _p(block.number, "plain"), _p(block.text, "title")]
    if block.kind == "inner":
        return [PageBreak(), _p(block.text, "title"), Spacer(1, 5 * mm)]
    if block.kind in ("chap", "sec", "center"):
        return [_p(block.full_text, "centre")]
    if block.kind == "sign":
        return [Spacer(1, 8 * mm), _p(block.text, "right")]
    if block.kind == "date":
        return [_p(block.text, "right")]
    if block.kind == "cc":
        return [Spacer(1, 4 * mm), HRFlowable(width="100%", thickness=0.6), _p(block.text, "small")]
    return [_p(block.full_text, "para")]


def _p(text: str, style: str) -> Paragraph:
    return Paragraph(escape(text), STYLES[style])


def _table(block: Block) -> Table:
    data: list[list[Any]] = [["" for _ in row] for row in block.rows]
    commands: list[tuple[Any, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.6, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("FONT", (0, 0), (-1, -1), FONT, 11),
    ]
    for cell in cells(block.rows):
        data[cell.row][cell.column] = _p(cell.text, "cell")
        if cell.rows > 1 or cell.columns > 1:
            end = (cell.column + cell.columns - 1, cell.row + cell.rows - 1)
            commands.append(("SPAN", (cell.column, cell.row), end))
    width = (A4[0] - 54 * mm) / len(block.rows[0])
    return Table(data, colWidths=[width] * len(block.rows[0]), style=TableStyle(commands))

"""The one-page sheet (推送单): a digest on paper, for officers who bring it along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from policy_match.digest import TRUST, Item, item_rows
from policy_match.wording import date_words

_FONT = "SimSun"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not in XML
_LABEL_WIDTH, _TEXT_WIDTH = Cm(2), Cm(15)
_FEW = 2  # items that fit on a page at the usual size; more of them are set smaller
_SIZES = {True: (10.0, 1.8, 2.0), False: (9.0, 1.4, 0.0)}  # letters, margins in cm, gaps


def build_sheet(
    *,
    number: str,
    enterprise: str,
    day: Any,
    sender: str,
    caller: str,
    verify_url: str,
    items: Sequence[Item],
    questions: Sequence[str],
) -> BytesIO:
    """A digest as a Word file; its texts come from what was sent."""
    document = Document()
    _page(document, is_roomy=len(items) + bool(questions) <= _FEW)
    _line(document, f"{enterprise}：可以享受的政策", size=16, bold=True)
    _line(document, f"{sender}　{date_words(day)}　推送编号 {number}")
    for n, item in enumerate(items, 1):
        _line(document, f"{n}. {item.title}【{item.verdict}】", size=11, bold=True)
        rows = [*item_rows(item), ("出处", item.source)]
        table = document.add_table(rows=0, cols=2)
        table.autofit = False
        for column, width in zip(table.columns, (_LABEL_WIDTH, _TEXT_WIDTH), strict=True):
            column.width = width
        for label, text in rows:
            cells = table.add_row().cells
            for cell, width, words in zip(
                cells, (_LABEL_WIDTH, _TEXT_WIDTH), (label, text), strict=True
            ):
                cell.width = width
                _write(cell.paragraphs[0], words)
    if questions:
        _line(document, "请补充：", size=12, bold=True)
        for n, question in enumerate(questions, 1):
            _line(document, f"{n}. {question}")
    if caller:
        _line(document, caller)
    _line(document, f"核验真伪：{verify_url}")
    _line(document, TRUST)
    buffer = BytesIO()
    document.save(buffer)
    buffer.seek(0)
    return buffer


def _page(document: Any, *, is_roomy: bool) -> None:
    letters, margin, gap = _SIZES[is_roomy]
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(margin))
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(letters)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(gap), 1.0


def _line(document: Any, text: str, *, size: int | None = None, bold: bool = False) -> None:
    _write(document.add_paragraph(), text, size=size, bold=bold)


def _write(paragraph: Any, text: str, *, size: int | None = None, bold: bool = False) -> None:
    run = paragraph.add_run(_UNWRITABLE.sub("", text))
    run.bold = bold
    if size is not None:
        run.font.size = Pt(size)

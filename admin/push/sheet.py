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
    _page(document)
    _line(document, f"{enterprise}：可以享受的政策", size=16, bold=True)
    _line(document, f"{sender}　{date_words(day)}　推送编号 {number}")
    for n, item in enumerate(items, 1):
        _line(document, f"{n}. {item.title}【{item.verdict}】", size=12, bold=True)
        rows = [*item_rows(item), ("出处", item.source)]
        table = document.add_table(rows=0, cols=2)
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


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(1.8))
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(10)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)


def _line(document: Any, text: str, *, size: int = 10, bold: bool = False) -> None:
    _write(document.add_paragraph(), text, size=size, bold=bold)


def _write(paragraph: Any, text: str, *, size: int = 10, bold: bool = False) -> None:
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(_UNWRITABLE.sub("", text))
    run.font.size, run.bold = Pt(size), bold

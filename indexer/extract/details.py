"""Materials, contact, way of applying, mode of a measure (材料、联系方式、申报方式、兑现方式)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.extract.parts import Line
from indexer.extract.view import View
from policy_match.domain.policy import MeasureMode

_PHONE = re.compile(
    r"(?<![\d.])(?:0\d{2,3}-?\d{7,8}|400-?\d{3}-?\d{4}|1[3-9]\d{9}|[2-8]\d{6,7}|12345|"
    r"12366)(?![\d.])"
)
_MATERIAL = re.compile(
    r"表|书|证|材料|复印件|报告|执照|清单|合同|协议|发票|凭证|说明|方案|承诺|文件|名单|资料|"
    r"审计|简介|证明"
)
_MODES = (
    (MeasureMode.AUTO, re.compile(r"免申即享|免申报|无需申报|直接兑现|自动享受")),
    (MeasureMode.INSTANT, re.compile(r"即申即享|快申快享|即申即兑|即报即享")),
    (
        MeasureMode.SELF,
        re.compile(
            r"自行判别|申报享受|自行申报享受|自主申报享受|纳税申报时[^。]{0,12}享受|"
            r"相关资料留存备查"
        ),
    ),
)


def materials_of(lines: Sequence[Line], view: View) -> tuple[str, ...]:
    """The numbered lines of a list of materials, else those that name papers."""
    rows = [line for line in lines if line.kind == "table_row"]
    if rows:
        return tuple(dict.fromkeys(name for row in rows if (name := _row_name(row, view))))[:60]
    numbered = [line for line in lines[1:] if line.rank is not None]
    chosen = [line for line in numbered or lines if _names_paper(line, view)]
    found = (view.quote(line.start, line.end)[0].strip(" ；;。") for line in chosen)
    return tuple(dict.fromkeys(text[:300] for text in found if text))[:60]


def _row_name(row: Line, view: View) -> str | None:
    """The cell of a row that names a paper; the heading row names none."""
    cells = [cell.strip() for cell in view.quote(row.start, row.end)[0].split("|")]
    named = [cell for cell in cells[:3] if len(cell) > 1 and _MATERIAL.search(cell)]
    return None if not named or named[0] in ("材料名称", "资料名称", "申报材料") else named[0]


def _names_paper(line: Line, view: View) -> bool:
    text = view.text[line.start : line.end]
    return 2 <= len(text) <= 300 and bool(_MATERIAL.search(text))


def contact_of(lines: Sequence[Line], everywhere: Sequence[Line], view: View) -> str | None:
    """The lines of a contact part that give a telephone number, else short ones that say 电话."""
    named = [line for line in lines if _PHONE.search(view.text, line.start, line.end)]
    found = [
        view.quote(line.start, line.end)[0].strip()
        for line in named or [line for line in everywhere if _is_contact(line, view)][:5]
    ]
    return "；".join(found)[:500] or None


def _is_contact(line: Line, view: View) -> bool:
    text = view.text[line.start : line.end]
    return len(text) < 200 and bool(re.search(r"电话|联系人|咨询", text) and _PHONE.search(text))


def how_of(lines: Sequence[Line], view: View) -> str | None:
    """The text of a procedure part, cut where it gets long."""
    text = "\n".join(view.quote(line.start, line.end)[0].strip() for line in lines)
    return text[:1500].strip() or None


def mode_of(text: str) -> MeasureMode:
    """How a measure reaches an enterprise; applying is what is not said otherwise."""
    return next((mode for mode, form in _MODES if form.search(text)), MeasureMode.APPLY)

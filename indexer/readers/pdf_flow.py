"""From lines to paragraphs (段落还原): which line ends are only wraps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.readers.pdf_page import Line

_MARK = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇\d]+[章节条款编]|[一二三四五六七八九十]{1,3}、|"
    r"[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、](?!\d)|[①-⑳]|附件|附表)"
)
_END = "。；：！？;:!?"
_LEADER = re.compile(r"(?:[.．·•‥…]\s?){4,}\s*[\dIVXivx]*$")
_LATIN = re.compile(r"[A-Za-z0-9,.]$")
_TOLERANCE = 1.8  # character sizes that a full line may fall short of the margin
_BOLD_TITLE = 30  # characters: a bold line up to this length before a plain one is a title
_INDENT = 0.9  # character sizes that make an indent


@dataclass(frozen=True, slots=True)
class Margins:
    """Where a column of text begins and ends (版心)."""

    left: float
    right: float

    @classmethod
    def around(cls, lines: Sequence[Line]) -> Margins:
        """The extent of the lines."""
        return cls(min(line.x0 for line in lines), max(line.x1 for line in lines))

    @classmethod
    def of_body(cls, lines: Sequence[Line]) -> Margins:
        """The margins that nearly all lines keep to; a stray line beyond them does not count."""
        lefts = sorted(line.x0 for line in lines)
        rights = sorted(line.x1 for line in lines)
        return cls(lefts[len(lefts) // 20], rights[-1 - len(rights) // 20])


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph put together from lines (段落)."""

    text: str
    size: float
    bold: bool
    centered: bool
    last: Line
    open: bool  # its last line is full and unfinished, so it may go on over the page


def paragraphs_of(
    lines: Sequence[Line], *, margins: Margins | None = None, width: float | None = None
) -> list[Paragraph]:
    """
    Join wrapped lines (合并折行).

    Args:
        lines: from top to bottom, of one column or cell.
        margins: of the column; without them the lines' own extent.
        width: of the page; without it nothing counts as centred.
    """
    if not lines:
        return []
    frame = margins or Margins.around(lines)
    pitch = _pitch(lines)
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line, frame, pitch, width):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_paragraph(group, frame, width) for group in groups]


def _continues(
    group: list[Line], line: Line, frame: Margins, pitch: float, width: float | None
) -> bool:
    last = group[-1]
    size = max(last.size, line.size)
    if abs(last.size - line.size) > 0.15 * size:
        return False
    if last.bold != line.bold and len(last.text) < _BOLD_TITLE:
        return False
    if last.y0 - line.y0 > 1.7 * pitch or _LEADER.search(last.text):
        return False
    if frame.right - last.x1 > _TOLERANCE * size:  # the line before ends early
        return False
    if is_centered(line, frame, width) or is_centered(last, frame, width):
        return False
    indented = line.x0 - frame.left > _INDENT * size
    if indented and line.x0 - last.x0 > -_INDENT * size:
        hangs = len(group) > 1 and line.x0 - last.x0 < _INDENT * size
        return hangs and not _starts(last, line)
    return not _starts(last, line)


def _starts(last: Line, line: Line) -> bool:
    """Whether a line begins a numbered item after a finished one."""
    return last.text[-1] in _END and bool(_MARK.match(line.text))


def _pitch(lines: Sequence[Line]) -> float:
    steps = sorted(step for a, b in pairwise(lines) if (step := a.y0 - b.y0) > 0.5 * a.size)
    return steps[len(steps) // 3] if steps else 1e9


def is_centered(line: Line, frame: Margins, width: float | None) -> bool:
    """Whether a line stands in the middle with room on both sides (居中)."""
    if width is None:
        return False
    middle = abs((line.x0 + line.x1) / 2 - width / 2) < 1.5 * line.size
    room = 2.5 * line.size
    return middle and line.x0 - frame.left > room and frame.right - line.x1 > room


def _paragraph(group: list[Line], frame: Margins, width: float | None) -> Paragraph:
    last = group[-1]
    full = frame.right - last.x1 <= _TOLERANCE * last.size
    return Paragraph(
        text=join([line.text for line in group]),
        size=group[0].size,
        bold=all(line.bold for line in group),
        centered=len(group) == 1 and is_centered(last, frame, width),
        last=last,
        open=full and last.text[-1] not in _END and not _LEADER.search(last.text),
    )


def join(texts: Sequence[str]) -> str:
    """
    Join wrapped lines; only Latin words need a blank between (连接折行).

    >>> join(["支持企业", "发展"]), join(["Policy", "match"])
    ('支持企业发展', 'Policy match')
    """
    out = ""
    for text in texts:
        latin = _LATIN.search(out) and text[:1].isascii() and text[:1].isalpha()
        out += (" " if latin and not out[-1].isdigit() else "") + text
    return out

"""
What stands on one page of a PDF, with its place (页面元素): lines of text and ruling lines.

Coordinates are PDF points with the origin at the lower left.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from indexer.readers.glyphs import restore

_MAX_SEGMENTS = 20_000
_THIN = 3.0  # points: a filled bar up to this width is a ruling line
_STRAIGHT = 1.0  # points by which a ruling line may slant
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’]")
_WIDE_GAP = 0.6  # of the character size: a gap of this width is a blank that was meant
_WIDE_GAP_AT_SIGN = 1.6  # full-width signs carry a blank half of their own
_PUNCTUATION = re.compile(r"[，。；：、．（）《》〈〉〔〕【】［］“”‘’！？.·…]")
_SAME_LINE = 0.5  # share of the height by which neighbours on one line overlap

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Char:
    """One character and its box (字符)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool = False
    spaced: bool = False  # the library sees a blank behind it that the file does not hold

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of the box."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text (文本行)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight horizontal or vertical stroke (框线): `at` across, from `start` to `end`."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read (页)."""

    number: int
    width: float
    height: float
    chars: list[Char]
    across: list[Rule]  # horizontal
    down: list[Rule]  # vertical
    has_image: bool


def read_page(document: pdfium.PdfDocument, index: int) -> Page:
    """Read one page, from 0, and let go of it (读取一页)."""
    page = document[index]
    try:
        across, down, has_image = _strokes(page)
        textpage = page.get_textpage()
        try:
            chars = list(_chars(textpage.raw))
        finally:
            textpage.close()
        width, height = page.get_size()
        return Page(index + 1, width, height, chars, across, down, has_image)
    finally:
        page.close()


def _chars(textpage: object) -> Iterator[Char]:
    """Characters with boxes; blanks that the library makes up are only noted."""
    last: Char | None = None
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    high = 0
    for n in range(raw.FPDFText_CountChars(textpage)):
        code = raw.FPDFText_GetUnicode(textpage, n)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        high = 0
        if raw.FPDFText_IsGenerated(textpage, n) == 1:
            last = replace(last, spaced=True) if last and code == 0x20 else last
            continue
        if code < 0x20 or 0xD800 <= code < 0xE000:
            continue
        if last:
            yield last
        raw.FPDFText_GetCharBox(textpage, n, left, right, bottom, top)
        size = raw.FPDFText_GetFontSize(textpage, n)
        box = (left.value, bottom.value, right.value, top.value)
        if box[3] - box[1] < size * 0.4 or box[2] <= box[0]:  # punctuation, blanks, dashes
            loose = raw.FS_RECTF()
            if raw.FPDFText_GetLooseCharBox(textpage, n, loose):
                box = (box[0], loose.bottom, max(box[2], box[0]), loose.top)
        bold = raw.FPDFText_GetFontWeight(textpage, n) >= 600
        last = Char(restore(chr(code)), *box, size=size or 10.0, bold=bold)
    if last:
        yield last


def _strokes(page: pdfium.PdfPage) -> tuple[list[Rule], list[Rule], bool]:
    across: list[Rule] = []
    down: list[Rule] = []
    has_image, budget = False, _MAX_SEGMENTS
    for item in page.get_objects(max_depth=3):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            has_image = True
        elif item.type == raw.FPDF_PAGEOBJ_PATH and budget > 0:
            stroked = _is_stroked(item.raw)
            for figure in _figures(item.raw):
                budget -= len(figure)
                if not stroked and not _is_thin(figure):
                    continue  # shading behind text has edges, but they are no lines
                for (x0, y0), (x1, y1) in pairwise(figure):
                    if abs(y0 - y1) <= _STRAIGHT < abs(x0 - x1):
                        across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
                    elif abs(x0 - x1) <= _STRAIGHT < abs(y0 - y1):
                        down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return across, down, has_image


def _is_stroked(path: object) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    return bool(stroke.value)


def _is_thin(figure: list[Point]) -> bool:
    """Whether a filled figure is a line in all but name, as Word draws its borders."""
    xs, ys = [x for x, _ in figure], [y for _, y in figure]
    return min(max(xs) - min(xs), max(ys) - min(ys)) <= _THIN


def _figures(path: object) -> Iterator[list[Point]]:
    """Corners of each figure of a path, in page coordinates; a closed one ends where it began."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    figure: list[Point] = []
    for n in range(min(raw.FPDFPath_CountSegments(path), _MAX_SEGMENTS)):
        segment = raw.FPDFPath_GetPathSegment(path, n)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO and figure:
            yield figure
            figure = []
        figure.append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            figure.append(figure[0])
    if figure:
        yield figure


def lines_of(chars: Iterable[Char]) -> list[Line]:
    """
    Put characters together to lines, from top to bottom (成行).

    Runs are first cut where the file's own order leaves the line, then runs on one height are
    joined from left to right.
    """
    runs: list[list[Char]] = []
    for char in chars:
        if runs and _on_line(runs[-1][-1], char):
            runs[-1].append(char)
        elif not char.text.isspace():
            runs.append([char])
    rows: list[list[Char]] = []
    for run in sorted(runs, key=lambda r: -_height(r)):
        if rows and abs(_height(rows[-1]) - _height(run)) < 0.5 * _size(run):
            rows[-1] += run
        else:
            rows.append(list(run))
    return [line for row in rows if (line := _line(sorted(row, key=lambda c: c.x0))).text]


def _on_line(last: Char, char: Char) -> bool:
    if char.text.isspace():
        return abs(char.y0 - last.y0) < last.size
    overlap = min(last.y1, char.y1) - max(last.y0, char.y0)
    lowest = min(last.y1 - last.y0, char.y1 - char.y0)
    return overlap > _SAME_LINE * max(lowest, 0.1) and char.x0 > last.x0 - last.size


def _height(run: list[Char]) -> float:
    return median(c.middle[1] for c in run)


def _size(run: list[Char]) -> float:
    return median(c.size for c in run)


def _line(row: list[Char]) -> Line:
    parts: list[str] = []
    for before, char in zip([None, *row], row, strict=False):
        if before is not None and _blank_between(before, char):
            parts.append(" ")
        parts.append(char.text)
    solid = [c for c in row if not c.text.isspace()]
    return Line(
        text=re.sub(r"[ \t\xa0]+", " ", "".join(parts)).strip(),
        x0=solid[0].x0,
        y0=min(c.y0 for c in solid),
        x1=max(c.x1 for c in solid),
        y1=max(c.y1 for c in solid),
        size=_size(solid),
        bold=sum(c.bold for c in solid) > len(solid) / 2,
    )


def _blank_between(before: Char, char: Char) -> bool:
    """Whether a gap is a blank: Chinese and Latin are set apart without one being meant."""
    if before.text.isspace() or char.text.isspace():
        return False
    gap = (char.x0 - before.x1) / char.size
    if _PUNCTUATION.match(before.text) or _PUNCTUATION.match(char.text):
        return gap > _WIDE_GAP_AT_SIGN
    if _CJK.match(before.text) or _CJK.match(char.text):
        return gap > _WIDE_GAP
    return before.spaced or gap > _WIDE_GAP

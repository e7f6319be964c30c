"""
A normalised view of the text with a way back to it (规范化视图).

Patterns are written once, for half-width signs and without blanks; every place that they find is
led back to code points of the raw text, so a quote is always exact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SAME_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SAME_WIDTH |= {ord("﹪"): ord("%"), ord("～"): ord("~"), ord("–"): ord("—"), ord("－"): ord("-")}
_SAME_WIDTH |= {ord(a): ord(b) for a, b in zip("〇﹣", "零-", strict=True)}
_QUOTES = {ord('"'): ord("“"), ord("「"): ord("“"), ord("」"): ord("”"), ord("＂"): ord("“")}
_TABLE = _SAME_WIDTH | _QUOTES
_BLANK = re.compile(r"[^\S\n]+|[\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class View:
    """
    The text in half width and without blanks (视图).

    `text[i]` stands for `raw[starts[i]]`; line feeds stay, so a line is still a block.
    """

    raw: str
    text: str
    starts: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the view lies in the raw text; an empty stretch is empty there."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.raw)
            return at, at
        return self.starts[start], self.starts[end - 1] + 1

    def quote(self, start: int, end: int) -> tuple[str, tuple[int, int]]:
        """The raw text of a stretch and where it lies."""
        at = self.span(start, end)
        return self.raw[at[0] : at[1]], at


def view_of(raw: str) -> View:
    """
    The view of a text (生成视图).

    >>> view_of("年收入 ２ 亿元（含）").text
    '年收入2亿元(含)'
    """
    text = raw.translate(_TABLE)
    if not _BLANK.search(text):
        return View(raw, text, range(len(text)))
    pieces: list[str] = []
    starts: list[int] = []
    last = 0
    for blank in _BLANK.finditer(text):
        pieces.append(text[last : blank.start()])
        starts.extend(range(last, blank.start()))
        last = blank.end()
    pieces.append(text[last:])
    starts.extend(range(last, len(text)))
    return View(raw, "".join(pieces), starts)

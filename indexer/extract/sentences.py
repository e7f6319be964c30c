"""Sentences and clauses of the view (分句)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^。;\n!?]+[。;!?]?”?")
_TITLES = re.compile(r"《[^《》]{1,80}》")
_OPEN, _CLOSE = "(《“[", ")》”]"


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence in a stretch, without the stop (句)."""
    for found in _SENTENCE.finditer(text, start, end):
        left, right = found.start(), found.end()
        while right > left and text[right - 1] in "。;!? ":
            right -= 1
        if right > left:
            yield left, right


def clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each clause between commas, brackets kept whole (分句)."""
    depth, left = 0, start
    for at in range(start, end):
        sign = text[at]
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth = max(0, depth - 1)
        elif sign in ",:" and depth == 0 and not _thousands(text, at):
            if at > left:
                yield left, at
            left = at + 1
    if end > left:
        yield left, end


def _thousands(text: str, at: int) -> bool:
    return text[at] == "," and text[at - 1 : at].isdigit() and text[at + 1 : at + 4].isdigit()


def without_titles(text: str) -> str:
    """Names of documents blanked out, so that offsets stay (去书名)."""
    return _TITLES.sub(lambda hit: "□" * len(hit[0]), text) if "《" in text else text

"""Sentences and clauses of the view (分句)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^。;\n!?]+[。;!?]?”?")
_ENDLESS = 1500  # no sentence of a document is longer
_TITLES = re.compile(r"《[^《》]{1,80}》")
_PROPER = re.compile(
    r"(?:全国)?中小企业股份转让系统(?:有限责任公司)?|中小企业板|"
    r"中小企业(?:公共)?服务(?:中心|平台|局)|中小企业(?:发展)?(?:专项)?(?:资金|基金)|"
    r"中小企业促进法"
)
_OPEN, _CLOSE = "(《“[", ")》”]"


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence in a stretch, without the stop; endless ones are cut (句)."""
    for found in _SENTENCE.finditer(text, start, end):
        left, right = found.start(), found.end()
        while right - left > _ENDLESS:
            yield left, left + _ENDLESS
            left += _ENDLESS
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
        elif sign == "," and depth == 0 and not _goes_on(text, at):
            if at > left:
                yield left, at
            left = at + 1
    if end > left:
        yield left, end


_BOUND = re.compile(
    r"\d{1,4}(?:年|个月|人|名|万元|亿元|元)(?:\(含\))?(?:以内|以下|之内|\(含\)以下)"
)


def _goes_on(text: str, at: int) -> bool:
    """A comma inside 1,000 or between the bounds of 1年以上,3年以内 parts nothing."""
    if text[at - 1 : at].isdigit() and text[at + 1 : at + 4].isdigit():
        return True
    return text[at - 2 : at] in ("以上", "含)") and bool(_BOUND.match(text, at + 1))


def without_titles(text: str) -> str:
    """Names of documents blanked out, so that offsets stay (去书名)."""
    text = _TITLES.sub(_blank, text) if "《" in text else text
    return _PROPER.sub(_blank, text) if "股份转让" in text or "中小企业" in text else text


def _blank(title: re.Match[str]) -> str:
    return title[0] if "产业分类" in title[0] else "□" * len(title[0])

"""Where a text without an issuer belongs: 我市, and the place it names most (正文中的属地)."""

from __future__ import annotations

import re
from collections import Counter

from indexer.structure.regions import named_region

_LENGTH = 20_000
_MOST_PLACES = 200
_OURS = re.compile(r"(?:我|本)(?P<kind>省|自治区|市|区|县|州)(?![级场域])")
_ENDS = {"省": "0000", "自治区": "0000", "市": "00", "州": "00", "区": "", "县": ""}


def region_by_text(text: str) -> str | None:
    """
    The region that a text calls ours (由“我市”“本区”和地名定属地).

    The kind comes from words such as 我市; the place is the one of that kind that is named most.
    None without such words, since a text of the centre names many places.

    >>> region_by_text("为支持我市企业，在东莞市注册的企业可以申报。")
    '441900'
    """
    text = text[:_LENGTH]
    kinds = Counter(hit["kind"] for hit in _OURS.finditer(text))
    for kind, _ in kinds.most_common():
        places = Counter(_places(text, kind))
        if places:
            return places.most_common(1)[0][0]
    return None


def _places(text: str, kind: str) -> list[str]:
    """Regions of a kind that the text names, each time it does."""
    found: list[str] = []
    for hit in list(re.finditer(kind, text))[:_MOST_PLACES]:
        code = _ending_at(text, hit.end())
        if code is not None and _of_kind(code, kind):
            found.append(code)
    return found


def _ending_at(text: str, end: int) -> str | None:
    for size in range(3, 10):
        if size > end:
            break
        code = named_region(text[end - size : end])
        if code is not None:
            return code
    return None


def _of_kind(code: str, kind: str) -> bool:
    if kind == "市" and code.endswith("0000"):
        return code in ("110000", "120000", "310000", "500000")
    if _ENDS[kind] == "0000":
        return code.endswith("0000")
    return code.endswith(_ENDS[kind]) if _ENDS[kind] else not code.endswith("00")

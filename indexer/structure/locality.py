"""Where a text without an issuer belongs: 我市, and the place it names most (正文中的属地)."""

from __future__ import annotations

import re
from collections import Counter

from indexer.structure.regions import named_region

_LENGTH = 20_000
_MOST_PLACES = 200
_OURS = re.compile(r"(?:我|本)(?P<kind>省|自治区|市|区|县|州)(?![级场域])")
_ANY_PLACE = re.compile(
    r"(?:我|本|全)(?:省|自治区|市|区|县|州)(?![级场域（(])|[省市区]委[、，]?[省市区]政府"
)
_NATIONWIDE = re.compile(
    r"各省、自治区|各省（区、市）|各省（自治区|省级(?:[\u4e00-\u9fff]{0,10})(?:主管部门|科技部门|财政部门)"
    r"|在(?:中华人民共和国|中国|我国)(?:大陆)?境内"
)
_COUNTRY = re.compile(r"我国|全国")
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


def is_national(text: str) -> bool:
    """
    Whether a text speaks for the whole country (是否全国性文件).

    It calls no province, city or county its own, and speaks of all provinces, of registration
    anywhere in China, or repeatedly of our country.
    """
    text = text[:_LENGTH]
    if _ANY_PLACE.search(text):
        return False
    return bool(_NATIONWIDE.search(text)) or len(_COUNTRY.findall(text)) >= 2


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

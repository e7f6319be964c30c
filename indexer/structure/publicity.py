"""Whether a document may be quoted openly (公开属性)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from policy_match.domain.policy import Publicity

_META = ("公开属性", "公开方式", "公开类别", "公开类型")
_LINE = re.compile(
    r"[（(【\[]?\s*(?:此件|本件|此文|此文件|本文件|公开方式|公开属性|信息公开选项|公开类别)?\s*[:：]?\s*"
    r"(?P<what>主动公开|依申请公开|不予公开|不公开|公开发布|删减后公开|社会公开|公开)\s*[）)】\]]?\s*[。]?$"
)
_INLINE = re.compile(
    r"(?:公开属性|公开方式|公开类别)\s*[:：]\s*(?P<what>主动公开|依申请公开|不予公开)"
)
_INLINE_LENGTH = 3_000
_LINE_LENGTH = 30
_STATES = {
    "主动公开": Publicity.OPEN,
    "公开发布": Publicity.OPEN,
    "社会公开": Publicity.OPEN,
    "删减后公开": Publicity.OPEN,
    "公开": Publicity.OPEN,
    "依申请公开": Publicity.ON_REQUEST,
    "不予公开": Publicity.CLOSED,
    "不公开": Publicity.CLOSED,
}


def is_publicity_line(text: str) -> bool:
    """Whether a line only says how public the document is: （此件公开发布）."""
    return len(text) <= _LINE_LENGTH and "公开" in text and bool(_LINE.match(text.strip()))


def publicity_of(texts: Sequence[str], meta: Mapping[str, str]) -> Publicity:
    """How public a document is by its own words, its meta table first (公开属性)."""
    for name in _META:
        for word, state in _STATES.items():
            if word in meta.get(name, ""):
                return state
    for text in reversed(texts):
        found = _LINE.match(text.strip()) if len(text) <= _LINE_LENGTH and "公开" in text else None
        if found is not None:
            return _STATES[found["what"]]
    for text in texts[:3]:
        inline = _INLINE.search(text[:_INLINE_LENGTH])
        if inline is not None:
            return _STATES[inline["what"]]
    return Publicity.UNKNOWN

"""Small ways of looking at a line (文字处理)."""

from __future__ import annotations

import re
import unicodedata

_HAN = r"\u4e00-\u9fff〇○"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[ \t\u00a0\u2002-\u200a\u3000]+(?=[{_HAN}])")
_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ％\u3000]+")
_BLANKS = re.compile(r"\s+")
_MARKDOWN = re.compile(r"^#{1,6}\s+")


def fold(text: str) -> str:
    """Full width to half width, blanks as one, markdown signs off (全角转半角)."""
    plain = unicodedata.normalize("NFKC", text)
    return _BLANKS.sub(" ", _MARKDOWN.sub("", plain)).strip()


def squeeze(text: str) -> str:
    """
    Without any blank, full width as half width: for comparing (去空白).

    >>> squeeze("云 南 省（试行）")
    '云南省(试行)'
    """
    return _BLANKS.sub("", _MARKDOWN.sub("", unicodedata.normalize("NFKC", text)))


def halve(text: str) -> str:
    """
    Full-width letters and digits as half width; punctuation stays Chinese (数字字母转半角).

    >>> halve("２０２４年（试行）！")
    '2024年（试行）！'
    """
    narrow = _WIDE.sub(lambda hit: unicodedata.normalize("NFKC", hit[0]), text)
    return _BLANKS.sub(" ", _MARKDOWN.sub("", narrow)).strip()


def close_up(text: str) -> str:
    """
    Without the blanks that only spread characters: 总 理 → 总理 (去字间空格).

    Blanks between longer words stay, since they part joint issuers.

    >>> close_up("关 于 印 发"), close_up("财政部 税务总局")
    ('关于印发', '财政部 税务总局')
    """
    words = text.split()
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return "".join(words)
    return " ".join(words)


def dense(text: str) -> str:
    """Without blanks between Chinese characters (去汉字间空格)."""
    return _BETWEEN_HAN.sub("", text)

"""
Characters that a PDF's font table gives in place of the ones meant (字形还原).

Fonts embedded by some programs map everyday characters to their radical twins, so that 一 comes
out as U+2F00 and 长 as U+2ED3: the page looks right and no search finds it. The reader puts the
plain character back. This is a repair of the file's character table, not a normalising of text.
"""

from __future__ import annotations

import unicodedata

# CJK Radicals Supplement has no decompositions in Unicode; these are the simplified forms in use.
_RADICALS = {
    "⺁": "厂", "⺇": "几", "⺌": "小", "⺎": "兀", "⺏": "尣", "⺐": "尢", "⺒": "巳", "⺓": "幺",
    "⺗": "心", "⺙": "攵", "⺛": "旡", "⺝": "月", "⺞": "歺", "⺟": "母", "⺠": "民", "⺢": "水",
    "⺦": "丬", "⺧": "牛", "⺩": "王", "⺪": "疋", "⺫": "目", "⺬": "示", "⺮": "竹", "⺰": "纟",
    "⺱": "罓", "⺲": "罒", "⺳": "网", "⺶": "羊", "⺷": "羊", "⺸": "羊", "⺻": "聿", "⺼": "肉",
    "⻁": "虎", "⻃": "覀", "⻄": "西", "⻅": "见", "⻆": "角", "⻇": "角", "⻈": "讠", "⻉": "贝",
    "⻊": "足", "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶", "⻏": "阝", "⻐": "钅", "⻑": "长",
    "⻒": "镸", "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阝", "⻗": "雨", "⻘": "青", "⻙": "韦",
    "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻟": "饣", "⻠": "饣", "⻡": "首", "⻢": "马",
    "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻪": "黾",
    "⻬": "齐", "⻮": "齿", "⻰": "龙", "⻲": "龟", "⻳": "龟",
}  # fmt: skip
_KANGXI = {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in range(0x2F00, 0x2FD6)}
_COMPATIBLE = {
    chr(c): plain
    for c in range(0xF900, 0xFAFF)
    if (plain := unicodedata.normalize("NFC", chr(c))) != chr(c)
}
_TABLE = str.maketrans(
    _RADICALS | _KANGXI | _COMPATIBLE | {"\u00ad": "", "\ufeff": "", "\u200b": "", "\x00": ""}
)


def restore(text: str) -> str:
    """
    Put plain characters in the place of radicals and compatibility ideographs (还原字符).

    >>> restore("⼀、⽀持⻓期")
    '一、支持长期'
    """
    return text.translate(_TABLE)

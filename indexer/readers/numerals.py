"""
Automatic numbers as Word writes them (自动编号的数字形式).

Source: ECMA-376 Part 1, 17.18.59 ST_NumberFormat.
"""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_ZERO_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "十", "百", "千")
_LEGAL_UNITS = ("", "拾", "佰", "仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def format_number(style: str, value: int) -> str:
    """
    A list number in one of Word's number formats (编号数字).

    A format that is not known, or a value beyond its range, is written in decimal, as Word does.

    >>> [format_number("chineseCounting", n) for n in (1, 10, 21)]
    ['一', '十', '二十一']
    >>> format_number("decimalEnclosedCircle", 3), format_number("upperRoman", 4)
    ('③', 'IV')
    """
    maker = _FORMATS.get(style)
    return (maker(value) if maker and value >= 0 else None) or str(value)


def counting(value: int, digits: str = _ZERO_DIGITS, units: tuple[str, ...] = _UNITS) -> str:
    """
    A number below 100 million in Chinese counting form (中文计数).

    >>> counting(105), counting(20010)
    ('一百零五', '二万零一十')
    """
    if value >= 10_000:
        high, low = divmod(value, 10_000)
        rest = "" if not low else (digits[0] if low < 1000 else "") + counting(low, digits, units)
        return counting(high, digits, units) + "万" + rest
    out, gap = "", False
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit:
            out += (digits[0] if gap and out else "") + digits[digit] + units[place]
        gap = not digit
    return out or digits[0]


def _short(value: int, digits: str = _ZERO_DIGITS) -> str:
    """Ten to nineteen drop the leading one: 十二."""
    text = counting(value, digits)
    return text[1:] if 10 <= value < 20 else text


def _digitwise(value: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(value))


def _cycle(letters: str) -> Callable[[int], str]:
    return lambda value: letters[(value - 1) % len(letters)] if value else "0"


def _letters(first: str) -> Callable[[int], str]:
    """A to Z, then AA to ZZ: the letter is repeated, not carried."""
    return lambda value: (
        chr(ord(first) + (value - 1) % 26) * ((value - 1) // 26 + 1) if value else "0"
    )


def _roman(value: int) -> str:
    out = ""
    for size, sign in _ROMAN:
        out += sign * (value // size)
        value %= size
    return out


def _range(*spans: tuple[int, int, int]) -> Callable[[int], str | None]:
    """Characters by code point: spans of (first value, last value, first code point)."""

    def make(value: int) -> str | None:
        for first, last, code in spans:
            if first <= value <= last:
                return chr(code + value - first)
        return None

    return make


def _sexagenary(value: int) -> str:
    return _STEMS[(value - 1) % 10] + _BRANCHES[(value - 1) % 12] if value else "0"


def _full_width(value: int) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in str(value))


_CIRCLED = _range((0, 0, 0x24EA), (1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1))

_FORMATS: dict[str, Callable[[int], str | None]] = {
    "decimalZero": lambda value: f"{value:02d}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "numberInDash": lambda value: f"- {value} -",
    "upperRoman": _roman,
    "lowerRoman": lambda value: _roman(value).lower(),
    "upperLetter": _letters("A"),
    "lowerLetter": _letters("a"),
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": _range((1, 20, 0x2474)),
    "decimalEnclosedFullstop": _range((1, 20, 0x2488)),
    "ideographEnclosedCircle": _range((1, 10, 0x3280)),
    "chineseCounting": lambda value: _short(value) if value < 100 else _digitwise(value),
    "chineseCountingThousand": _short,
    "chineseLegalSimplified": lambda value: counting(value, _LEGAL, _LEGAL_UNITS),
    "ideographLegalTraditional": lambda value: counting(value, _LEGAL, _LEGAL_UNITS),
    "taiwaneseCounting": lambda value: _short(value) if value < 100 else _digitwise(value),
    "taiwaneseCountingThousand": _short,
    "taiwaneseDigital": _digitwise,
    "japaneseCounting": lambda value: _short(value, _DIGITS),
    "japaneseDigitalTenThousand": _digitwise,
    "ideographDigital": _digitwise,
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "ideographZodiacTraditional": _sexagenary,
    "none": lambda _: "",
    "bullet": lambda _: "",
}


def is_bullet(style: str) -> bool:
    """Whether a format draws a sign instead of a number (项目符号)."""
    return style in {"bullet", "none"}

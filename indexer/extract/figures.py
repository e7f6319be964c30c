"""
Numbers with unit and comparison in every written form (数量与比较).

`figures("不低于2亿元(含)以上")` finds what a condition compares with. Works on the half-width view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from policy_match.domain.criterion import Op

_CN = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")
}
_CN["两"] = 2
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MULTIPLES = {"万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "万亿": 10**12, "": 1}


class Unit(StrEnum):
    """What a figure counts (计量)."""

    MONEY = "money"
    FOREIGN = "foreign"
    RATIO = "ratio"
    PERSONS = "persons"
    YEARS = "years"
    MONTHS = "months"
    PIECES = "pieces"
    OTHER = "other"
    NONE = "none"


_UNITS = {
    Unit.FOREIGN: r"美元|欧元|日元|英镑|港元|港币|美金",
    Unit.MONEY: r"元",
    Unit.RATIO: r"%|‰|个百分点",
    Unit.PERSONS: r"人|名",
    Unit.YEARS: r"周年|个?(?:会计)?年度|年",
    Unit.MONTHS: r"个月",
    Unit.PIECES: r"件|项|个|种|篇|部|套|台|次",
    Unit.OTHER: (
        r"平方米|平米|亩|公里|千瓦时|千瓦|吨|家|户|天|日|小时|倍|级|分|㎡|场|所|辆|处|座|位|米"
    ),
}
_UNIT = "|".join(f"(?P<{unit}>{form})" for unit, form in _UNITS.items())
_DIGITS = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?"
_WORDS = r"[零一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]{1,8}"
_NUMBER = rf"(?:{_DIGITS}|{_WORDS})"
_MULTIPLE = r"(?:万亿|千万|百万|[万亿])"

_AT_LEAST = (
    r"达到(?:或者?|及|和)(?:超过|高于|优于)|不(?:得|应|能|可)?(?:低|少|小)于|不(?:低|少)于|至少为?|最低为?|起码|达到?(?:了)?|满|已满|"
    r"年满|大于等于|≥|>="
)
_MORE = r"超过|高于|多于|大于|突破|超|>"
_AT_MOST = (
    r"(?:一般|原则上)?(?:最高|最多|最长|最大)?(?:支持)?(?:额度|金额)?"
    r"(?:不(?:得|应|能)?(?:超过?|高于|多于|大于|突破)|未超过|限额为?|上限为?|封顶)|小于等于|≤|<="
    r"|最高为?|最多为?|最长为?"
)
_LESS = r"(?<!不)(?<!不得)(?:低于|少于|小于)|不足|未满|不满|未达到?|<"
_BEFORE = rf"(?P<at_most>{_AT_MOST})|(?P<at_least>{_AT_LEAST})|(?P<more>{_MORE})|(?P<less>{_LESS})"
_INCLUSIVE = r"\((?P<{0}>不?含)[^()]{{0,8}}\)"
_AFTER = (
    r"(?P<up>(?:及|或|\(含\)|含)?(?:其)?以上|及?以后|起)|"
    r"(?P<down>(?:及|或|\(含\)|含)?(?:其)?(?:以下|以内|之内)|(?<=[年月])内(?![部外容地])|封顶|为限)"
)
_FIGURE = re.compile(
    rf"(?:(?:{_BEFORE})(?:等值|折合)?(?:人民币)?)?(?:(?:人民币|约)(?=[\d一二三四五六七八九十百]))?"
    rf"(?P<percent>百分之)?(?P<low>{_NUMBER})(?P<low_multiple>{_MULTIPLE})?(?:(?:元|年|人|"
    rf"%)(?=[-—~至到]))?"
    rf"(?:{_INCLUSIVE.format('low_mark')})?"
    rf"(?:[-—~至到]{{1,2}}(?P<high>{_NUMBER})(?P<high_multiple>{_MULTIPLE})?)?"
    rf"余?(?:{_INCLUSIVE.format('mark')})?(?P<unit>{_UNIT})?(?:人民币|整)?"
    rf"(?:{_INCLUSIVE.format('mark2')})?(?:{_AFTER})?(?:{_INCLUSIVE.format('mark3')})?"
)
_START = re.compile(r"\d|[一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]")
_NOT_WORDS = re.compile(  # words that only look like numbers
    r"一(?:般|定|致|些|批|种|体|起|切|次性|律|旦|方|直|步|流|线|带|面|类|样|同|季|期|经)|"
    r"三农|千方|百强|百年|百货|十佳|十大|千人|万人|二维|四上|四新|双百|两化|两业|两新|三区|"
    r"五险|七天"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A number as compared (数量).

    `low` and `high` are in base units: yuan, fraction, persons, years, pieces; they are equal
    unless a range is written. `op` is None where nothing says how to compare; `vague` marks a
    number without a unit.
    """

    unit: Unit
    low: Decimal
    high: Decimal
    op: Op | None
    start: int
    end: int

    @property
    def is_range(self) -> bool:
        """Whether two different bounds are written."""
        return self.low != self.high

    @property
    def upside_down(self) -> bool:
        """Whether the lower bound is above the upper one."""
        return self.low > self.high


def number_of(text: str) -> Decimal:
    """
    A number in digits or Chinese numerals (读数).

    >>> number_of("三百二十"), number_of("1,500.5"), number_of("叁百"), number_of("十二")
    (Decimal('320'), Decimal('1500.5'), Decimal('300'), Decimal('12'))
    """
    if text[0] in "0123456789":
        return Decimal(text.replace(",", ""))
    if not any(c in _PLACES for c in text):
        return Decimal("".join(str(_CN[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in _PLACES:
            total, digit = total + (digit or 1) * _PLACES[c], 0
        else:
            digit = _CN[c]
    return Decimal(total + digit)


def figures(text: str) -> Iterator[Figure]:
    """
    All numbers of a text, left to right, with unit and comparison (取数量).

    >>> [(f.op, f.low, f.unit.value) for f in figures("年收入2亿元(含)以下且不少于三年")]
    [('<=', Decimal('200000000'), 'money'), ('>=', Decimal('3'), 'years')]
    """
    if not _START.search(text):
        return
    for found in _FIGURE.finditer(text):
        if _NOT_WORDS.match(text, found.start("low")):
            continue
        figure = _figure(found)
        if figure is not None:
            yield figure


def _figure(found: re.Match[str]) -> Figure | None:
    unit = next((unit for unit in _UNITS if found[unit.value]), Unit.NONE)
    multiple = found["high_multiple"] or found["low_multiple"] or ""
    if unit is Unit.NONE and "元" in found[0]:
        unit = Unit.MONEY
    if unit is Unit.NONE and multiple:
        unit = Unit.MONEY  # 5000万: money where nothing else is said
    scale = Decimal(_MULTIPLES[multiple])
    low = number_of(found["low"])
    high = number_of(found["high"]) if found["high"] else low
    low_scale = Decimal(_MULTIPLES[found["low_multiple"]]) if found["low_multiple"] else scale
    low, high = low * low_scale, high * (scale if found["high"] else low_scale)
    if found["percent"]:
        unit, low, high = Unit.RATIO, low / 100, high / 100
    elif unit is Unit.RATIO:
        divisor = 1000 if found["unit"] == "‰" else 100
        low, high = low / divisor, high / divisor
    elif unit is Unit.MONTHS:
        low, high = low / 12, high / 12
    return Figure(unit, low, high, _op(found), found.start(), found.end())


def _op(found: re.Match[str]) -> Op | None:
    marks = [found[m] for m in ("mark", "mark2", "mark3", "low_mark") if found[m]]
    exclusive, inclusive = "不含" in marks, "含" in marks
    if found["up"]:
        return ">" if exclusive else ">="
    if found["down"]:
        return "<" if exclusive else "<="
    if found["at_least"]:
        return ">="
    if found["at_most"]:
        return "<="
    if found["more"]:
        return ">=" if inclusive else ">"
    if found["less"]:
        return "<=" if inclusive else "<"
    return None

"""Dates in running text, with Chinese digits and full width, and spans of time (日期与期限)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from indexer.headings import chinese_number

_ZEROS = "〇○零ＯOoО０0Ｏ◯"
_CN_DIGIT = f"[{_ZEROS}一二三四五六七八九]"
_CN_SMALL = "[一二三四五六七八九十廿卅元]{1,3}"
_TO_ASCII = str.maketrans("０１２３４５６７８９", "0123456789")
_TO_ZERO = str.maketrans(dict.fromkeys(_ZEROS, "〇"))
_B = r"[ \t\u00a0\u2002-\u200a\u3000]{0,4}"

DATE = (
    rf"(?:(?:19|20|１９|２０)\d{{2}}{_B}年{_B}\d{{1,2}}{_B}月{_B}\d{{1,2}}{_B}日"
    rf"|[一二]{_B}{_CN_DIGIT}{_B}{_CN_DIGIT}{_B}{_CN_DIGIT}{_B}年{_B}{_CN_SMALL}{_B}月{_B}{_CN_SMALL}{_B}日"
    r"|(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))"
)
_DATE = re.compile(DATE)
_ARABIC = re.compile(r"(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})")
_CHINESE = re.compile(r"(.{4})年(.+?)月(.+?)日")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text with its place (文中日期)."""

    on: date
    start: int
    end: int


def read_date(text: str) -> date | None:
    """
    The date that a piece of text is or begins with (解析日期).

    >>> read_date("二○○五年十一月十八日"), read_date("2024年2月30日")
    (datetime.date(2005, 11, 18), None)
    """
    compact = re.sub(r"\s+", "", text.translate(_TO_ASCII))
    arabic = _ARABIC.match(compact)
    if arabic is not None:
        return _date(*map(int, arabic.groups()))
    chinese = _CHINESE.match(compact.translate(_TO_ZERO))
    if chinese is None:
        return None
    year, month, day = (_small(part) for part in chinese.groups())
    return _date(year, month, day)


def _small(text: str) -> int:
    text = text.replace("元", "一").replace("廿", "二十").replace("卅", "三十")
    try:
        return chinese_number(text)
    except KeyError:
        return 0


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_dates(text: str, start: int = 0, end: int | None = None) -> Iterator[FoundDate]:
    """All possible dates of a text, left to right; an impossible one is passed over (查找日期)."""
    for hit in _DATE.finditer(text, start, len(text) if end is None else end):
        on = read_date(hit[0])
        if on is not None:
            yield FoundDate(on, hit.start(), hit.end())


def add_months(day: date, months: int) -> date:
    """
    The same day some months on; a day that the month lacks is its last (顺延月份).

    >>> add_months(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def last_day(start: date, months: int) -> date:
    """The last valid day of a term that begins on a day (期限届满日)."""
    return add_months(start, months) - timedelta(days=1)


def read_count(text: str) -> int | None:
    """
    A count in either digits (数量).

    >>> read_count("三"), read_count("30"), read_count("两")
    (3, 30, 2)
    """
    text = text.strip().translate(_TO_ASCII)
    if text.isdecimal():
        return int(text)
    try:
        return chinese_number(text) or None
    except (KeyError, ValueError):
        return None

"""The application window: when it opens and closes, or all the year round (申报期)."""

from __future__ import annotations

import re
from datetime import date, timedelta

from policy_match.domain.policy import ApplicationWindow

_DATE = r"(?:(?P<{0}y>20\d\d)[年./-])?(?P<{0}m>\d{{1,2}})[月./-](?P<{0}d>\d{{1,2}})日?"
_RANGE = re.compile(
    rf"(?:自|从|于|为|:|,)?{_DATE.format('a')}(?:\d{{1,2}}[:时]\d{{0,2}}分?)?(?:起|"
    rf"开始)?(?:至|到|[-—~]{{1,2}}|,?截止(?:至|到|时间为?|日期为?)?)"
    rf"(?:次年)?{_DATE.format('b')}"
)
_CLOSE = re.compile(
    rf"(?:(?:截止|截至|截止至|截止到|截止时间|截止日期|最迟|须于|应于|请于|于|在|"
    rf"前)[^,。;\d]{{0,14}}){_DATE.format('a')}(?:\([^)]{{0,8}}\))?(?:\d{{1,2}}[:时点]\d{{0,2}}分?)?(?P<side>前|"
    rf"之前|以前|止|截止)?|"
    rf"(?:至|到){_DATE.format('b')}(?:止|截止)?"
)
_OPEN = re.compile(rf"(?:自|从|^){_DATE.format('a')}(?:起|开始)")
_MONTH_START = re.compile(r"(?:自|从|^)(?P<y>20\d\d)年(?P<m>\d{1,2})月(?:起|开始)")
_YEARLY = re.compile(r"每年(?:度)?的?\d{1,2}月")
_ROLLING = re.compile(
    r"常年(?:受理|申报|申请|开放)?|全年(?:受理|申报|可)|长期(?:有效|受理|申报)|随时(?:申报|受理|"
    r"申请)|不限时间|即时受理|工作日(?:均可|内均?可|都可)(?:受理|申报|办理)"
)
_MONTH_END = re.compile(r"(?P<y>20\d\d)年(?P<m>\d{1,2})月底前?")


def window_of(text: str, raw: str, *, year: int | None) -> ApplicationWindow:
    """
    Read a window from the text that speaks of time (读取申报期).

    Args:
        text: in the view.
        raw: as written, kept in the window.
        year: what a date without a year belongs to: the year of the document.
    """
    yearly = _YEARLY.search(text)  # 每年3月1日至9月30日 holds no date of its own
    opens, closes = (None, None) if yearly else _dates(text, year)
    if opens and closes and opens > closes:
        opens = closes = None  # upside down: left to people
    rolling = bool(_ROLLING.search(text)) and closes is None
    if not text.strip():
        return ApplicationWindow()
    return ApplicationWindow(
        opens_on=opens, closes_on=closes, rolling=rolling, text=raw[:500] or None
    )


_ROUND = re.compile(
    r"第[一二三四五六七八九十\d]{1,3}(?:批次?|轮|期|季度|次)|首[批轮]|[上下]半年|[一二三四]季度"
)
_NO_ROUND = re.compile(r"评审|审核|公示|拨付|验收|兑现|复核|答辩")
_MOST_ROUNDS = 8


def rounds_of(text: str) -> list[tuple[str, int, int]]:
    """
    The rounds of a call, each with its own days: name and stretch (批次).

    >>> [name for name, _, _ in rounds_of("第一批：3月1日至3月31日；第二批：9月1日至9月30日")]
    ['第一批', '第二批']
    """
    names = list(_ROUND.finditer(text))
    if len(names) < 2:
        return []
    ends = [one.start() for one in names[1:]] + [len(text)]
    found = [
        (hit[0], hit.start(), end)
        for hit, end in zip(names, ends, strict=True)
        if _states_days(text[hit.start() : end])
    ]
    apart = len({name for name, _, _ in found}) == len(found)
    return found if apart and 2 <= len(found) <= _MOST_ROUNDS else []


def _states_days(text: str) -> bool:
    return bool(_RANGE.search(text) or _CLOSE.search(text)) and not _NO_ROUND.search(text)


def name_before_days(text: str) -> str:
    """What a line on time speaks of: 研发补助 in 研发补助：3月1日至3月31日."""
    found = _RANGE.search(text) or _CLOSE.search(text)
    return text[: found.start()].strip(" :,(") if found else ""


def _dates(text: str, year: int | None) -> tuple[date | None, date | None]:
    found = _RANGE.search(text)
    if found:
        first = _day(found, "a", year)
        last = _day(found, "b", first.year if first else year)
        if first and last and last < first and not found["by"]:
            last = _shift_year(last)
        if first and last:
            return first, last
    opening = _OPEN.search(text)
    opens = _day(opening, "a", year) if opening else _month_start(_MONTH_START.search(text))
    closing = _CLOSE.search(text)
    if closing:
        key = "a" if closing["am"] else "b"
        return opens, _day(closing, key, year)
    month = _MONTH_END.search(text)
    return opens, _month_end(month) if month else None


def _day(found: re.Match[str], key: str, year: int | None) -> date | None:
    stated = found[f"{key}y"]
    if stated is None and year is None:
        return None
    try:
        return date(int(stated or year or 0), int(found[f"{key}m"]), int(found[f"{key}d"]))
    except ValueError:
        return None  # no such day


def _shift_year(day: date) -> date | None:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return None


def _month_start(found: re.Match[str] | None) -> date | None:
    """从2022年6月起: the first of the month."""
    if found is None or not 1 <= int(found["m"]) <= 12:
        return None
    return date(int(found["y"]), int(found["m"]), 1)


_DUE = re.compile(
    r"(?:申报|申请|报送|提交|受理|填报|报名|推荐)[^。;\n]{0,60}(?:截止|截至|月\d{1,2}日[^。;\n]{0,14}前)|"
    r"(?:截止|截至|月\d{1,2}日[^。;\n]{0,14}前)[^。;\n]{0,40}(?:申报|申请|报送|提交|填报|报名|推荐)"
)


def is_due(sentence: str) -> bool:
    """Whether a sentence outside a part on time sets a day for applying (申报截止)."""
    return bool(_DUE.search(sentence))


def _month_end(found: re.Match[str]) -> date | None:
    month = int(found["m"])
    if not 1 <= month <= 12:
        return None
    first = date(int(found["y"]), month, 1)
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

"""
Working days (工作日): staff's own rows, then the State Council's arrangement, then a reckoning.

What staff entered wins. The official arrangement (放假与调休) is published for one year at a time,
each November; for a year that is not published yet the statutory holidays are reckoned, without
days made up for, and `calendar_warning` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import chinese_calendar
import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.records.job import Holiday

_SATURDAY = 6
_LONGEST_BREAK = 400  # days looked ahead; no break is so long


class Ground(StrEnum):
    """What a day's answer rests on (依据)."""

    STAFF = "工作人员登记"
    OFFICIAL = "国务院办公厅节假日安排"
    RECKONED = "按法定节假日推算"


@dataclass(frozen=True, slots=True)
class Day:
    """Whether a day is a working day, and on what ground (某日是否上班)."""

    day: date
    is_working: bool
    ground: Ground
    name: str = ""


def day_of(session: Session, day: date) -> Day:
    """A day with its ground."""
    row = session.execute(
        select(Holiday.is_working, Holiday.name).where(Holiday.day == day)
    ).one_or_none()
    if row is not None:
        return Day(day, row.is_working, Ground.STAFF, row.name)
    return _published(day)


def is_working_day(session: Session, day: date) -> bool:
    """Whether offices work on a day (是否工作日)."""
    return day_of(session, day).is_working


def next_working_day(session: Session, day: date) -> date:
    """The day itself where offices work on it, else the next one on which they do."""
    for ahead in range(_LONGEST_BREAK):
        if is_working_day(session, day + timedelta(days=ahead)):
            return day + timedelta(days=ahead)
    raise ValueError(f"{day} 之后 {_LONGEST_BREAK} 天都登记为休息日，请检查“工作日调整”")


def add_working_days(session: Session, day: date, count: int) -> date:
    """The working day that is so many working days after a day (加若干工作日)."""
    if count < 0:
        raise ValueError("count of working days must not be negative")
    found = day
    for _ in range(count):
        found = next_working_day(session, found + timedelta(days=1))
    return found


def is_official(year: int) -> bool:
    """Whether the arrangement of a year is published and known here."""
    return _latest_official() >= year


def calendar_warning(session: Session, day: date) -> str | None:
    """What to tell staff when days around a day are only reckoned (年度安排未公布的提示)."""
    for year in (day.year, day.year + 1):
        if is_official(year) or (year > day.year and (day.month, day.day) < (12, 1)):
            continue
        if not _staff_entered(session, year):
            return (
                f"{year}年的节假日安排还没有录入：系统按法定节假日推算工作日，不含调休。"
                "国务院办公厅公布后，请到“工作日调整”登记放假与调休上班的日子。"
            )
    return None


def _staff_entered(session: Session, year: int) -> bool:
    days = Holiday.day.between(date(year, 1, 1), date(year, 12, 31))
    return session.scalars(select(Holiday.id).where(days).limit(1)).first() is not None


def _published(day: date) -> Day:
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # the package's word for a year it does not know
        return _reckoned(day)
    return Day(day, not off, Ground.OFFICIAL, name or "")


def _reckoned(day: date) -> Day:
    name = _statutory(day.year).get(day, "")
    return Day(day, not name and day.isoweekday() < _SATURDAY, Ground.RECKONED, name)


@lru_cache(maxsize=16)
def _statutory(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("CN", years=year))


@lru_cache(maxsize=1)
def _latest_official() -> int:
    from chinese_calendar.constants import holidays as known

    return max(int(day.year) for day in known)

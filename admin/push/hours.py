"""When an enterprise may be disturbed (免打扰): working days, outside its quiet hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from sqlalchemy.orm import Session

from admin.calendar import is_working_day
from admin.clock import SHANGHAI, local

_LONGEST_BREAK = 400


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of the day not to disturb, in Beijing time (免打扰时段); equal hours are none."""

    starts: int = 20
    ends: int = 8

    def holds_at(self, hour: int) -> bool:
        """Whether an hour of the day is quiet."""
        if self.starts <= self.ends:
            return self.starts <= hour < self.ends
        return hour >= self.starts or hour < self.ends


WorkingDays = Callable[[date], bool]


def working_days(session: Session) -> WorkingDays:
    """Whether a day is a working day; each day is looked up once."""
    return cache(lambda day: is_working_day(session, day))


def next_open(moment: datetime, quiet: Quiet, is_working: WorkingDays) -> datetime:
    """The moment itself where the enterprise may be disturbed, else the next such one."""
    here = local(moment)
    if is_working(here.date()) and not quiet.holds_at(here.hour):
        return moment
    for ahead in range(_LONGEST_BREAK):
        day = here.date() + timedelta(days=ahead)
        if not is_working(day):
            continue
        for hour in range(24):
            at = datetime.combine(day, time(hour), SHANGHAI)
            if at > here and not quiet.holds_at(hour):
                return at.astimezone(moment.tzinfo)
    raise ValueError(f"{here:%Y-%m-%d} 之后 {_LONGEST_BREAK} 天没有可以投递的时间")

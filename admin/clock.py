"""
Where the admin reads the clock (时钟): moments in UTC, business dates in Asia/Shanghai.

Everything below takes `now` or `as_of` as an argument; views, tasks and commands call this.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The moment as people here read it (北京时间)."""
    return moment.astimezone(SHANGHAI)


def business_date(moment: datetime) -> date:
    """The day that the moment falls on in China (业务日期)."""
    return local(moment).date()


def today() -> date:
    """Today in China."""
    return business_date(utc_now())

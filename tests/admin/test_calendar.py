"""Working days: staff's rows, then the official arrangement, then a reckoning that says so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from admin.calendar import (
    Ground,
    add_working_days,
    calendar_warning,
    day_of,
    is_working_day,
    next_working_day,
)
from admin.push.hours import Quiet, next_open, working_days
from admin.records.job import Holiday


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),  # 国庆节
        (date(2026, 10, 10), True),  # 调休上班, a Saturday
        (date(2026, 11, 24), True),
        (date(2026, 11, 22), False),
        (date(2027, 10, 1), False),  # reckoned
        (date(2027, 10, 11), True),
    ],
)
def test_working_days(session: Any, day: date, works: bool) -> None:
    """What the State Council arranged counts: 调休 included."""  # mission 13
    assert is_working_day(session, day) is works


def test_what_staff_entered_wins(session: Any) -> None:
    assert day_of(session, date(2026, 11, 24)).ground is Ground.OFFICIAL
    session.add(Holiday(day=date(2026, 11, 24), is_working=False, name="测试停工"))
    session.flush()
    found = day_of(session, date(2026, 11, 24))
    assert (found.is_working, found.ground, found.name) == (False, Ground.STAFF, "测试停工")
    assert next_working_day(session, date(2026, 11, 24)) == date(2026, 11, 25)


def test_adding_working_days_skips_the_break(session: Any) -> None:
    assert add_working_days(session, date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_working_days(session, date(2026, 10, 9), 1) == date(2026, 10, 10)
    assert add_working_days(session, date(2026, 11, 27), 2) == date(2026, 12, 1)
    assert add_working_days(session, date(2026, 11, 24), 0) == date(2026, 11, 24)


def test_a_year_without_arrangement_is_warned_of(session: Any) -> None:
    assert calendar_warning(session, date(2026, 11, 24)) is None
    assert "2027年" in (calendar_warning(session, date(2026, 12, 5)) or "")
    assert "工作日调整" in (calendar_warning(session, date(2027, 3, 1)) or "")
    session.add(Holiday(day=date(2027, 2, 8), is_working=False, name="春节"))
    session.flush()
    assert calendar_warning(session, date(2027, 3, 1)) is None


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ((24, 1, 30), (24, 1, 30)),  # 09:30 in Beijing
        ((24, 13, 0), (25, 0, 0)),  # 21:00: next morning at eight
        ((23, 23, 0), (24, 0, 0)),  # 07:00: at eight
        ((27, 12, 0), (30, 0, 0)),  # Friday, 20:00: Monday
        ((28, 2, 0), (30, 0, 0)),  # Saturday
    ],
)
def test_nobody_is_disturbed_at_night_or_on_a_day_off(
    session: Any, at: tuple[int, int, int], opens: tuple[int, int, int]
) -> None:
    moment = datetime(2026, 11, *at, tzinfo=UTC)
    assert next_open(moment, Quiet(), working_days(session)) == datetime(
        2026, 11, *opens, tzinfo=UTC
    )

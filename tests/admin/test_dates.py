"""Dates and moments: typed as people write them, shown in Chinese, picked from a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from admin.lowcode.record_type import Field, Kind
from admin.lowcode.values import read_text
from admin.records.activity import Activity
from admin.records.enterprise import Enterprise
from tests.admin.desk.test_browser import CHROMIUM, address, page  # noqa: F401 - fixtures
from tests.admin.world import add_enterprise

DAY = Field("day", "日期")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.mark.parametrize(
    "text", ["2026-11-24", "2026年11月24日", "2026/11/24", "2026.11.24", " 2026 年 11 月 24 日 "]
)
def test_a_day_is_read_in_each_spelling(text: str) -> None:
    assert read_text(DAY, Kind.DATE, text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text",
    ["2026-11-24 09:30", "2026年11月24日 9:30", "2026/11/24 09：30", "2026-11-24T09:30",
     "2026年11月24日9时30分", "2026年11月24日 09:30:00"],
)  # fmt: skip
def test_a_moment_is_read_in_each_spelling(text: str) -> None:
    assert read_text(DAY, Kind.MOMENT, text).astimezone(UTC) == datetime(
        2026, 11, 24, 1, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [("昨天", "请写成 2026年11月24日"), ("2026-02-30", "没有这一天"), ("24/11/2026", "2026/11/24")],
)
def test_what_is_no_day_is_refused_with_how_to_write_it(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_text(DAY, Kind.DATE, text)


def test_a_form_shows_a_day_in_chinese_and_takes_it_back(login: Any, session: Any) -> None:
    add_enterprise(session, founded_on=date(2019, 3, 1))
    form = login().get("/enterprise/edit/1").get_data(as_text=True)
    assert 'value="2019年3月1日"' in form
    assert 'type="date"' not in form


@needs_browser
def test_a_day_is_typed_or_picked_with_the_keyboard(page: Any, session: Any) -> None:  # noqa: F811 - the fixture
    add_enterprise(session, founded_on=date(2019, 3, 31))
    page.goto("/enterprise/edit/1")
    field = page.get_by_label("成立日期", exact=True)
    field.fill("2020/2/5")
    field.press("Tab")
    assert field.input_value() == "2020年2月5日"
    field.fill("五月")
    field.press("Tab")
    assert "请写成 2026年11月24日" in page.locator(".date + .error").inner_text()
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("2019-03-31")
    field.press("ArrowDown")
    dialog = page.get_by_role("dialog", name="选择成立日期")
    dialog.wait_for()
    page.keyboard.press("PageUp")  # February has no 31st
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert field.input_value() == "2019年2月27日"
    assert dialog.count() == 0
    assert field.evaluate("one => one === document.activeElement")
    page.click("button:has-text('保存')")
    page.wait_for_url("**/enterprise/show/1")
    session.expire_all()
    assert session.scalars(select(Enterprise.founded_on)).one() == date(2019, 2, 27)


@needs_browser
def test_a_moment_is_picked_on_a_phone(page: Any, session: Any) -> None:  # noqa: F811 - the fixture
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/activity/add")
    field = page.locator("#f-starts_at")
    page.get_by_role("button", name="开始时间：打开日历").click()
    dialog = page.get_by_role("dialog", name="选择开始时间")
    box = dialog.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    dialog.get_by_label("时", exact=True).select_option("14")
    dialog.get_by_label("分", exact=True).select_option("5")
    dialog.get_by_role("button", name="下个月").click()
    dialog.get_by_role("gridcell").get_by_text("15", exact=True).click()
    assert field.input_value().endswith("月15日 14:05")
    field.press("ArrowDown")
    dialog.wait_for()
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert session.scalars(select(Activity)).all() == []

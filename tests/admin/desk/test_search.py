"""Search over the published policies, through the web."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from admin import policies
from admin.clock import utc_now
from admin.jobs import run_due
from admin.principal import SYSTEM, Role
from admin.setup import open_sessions
from policy_match.settings import Settings
from tests.admin.desk.samples import policy_of

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def published(session: Any, settings: Settings) -> Any:
    """The sample policy, published and in the index."""
    record = policies.import_policy(session, policy_of(), now=NOW)
    for measure in record.measures:
        policies.approve(session, measure, SYSTEM, NOW)
    policies.publish(session, record, record.measures, SYSTEM, utc_now())
    sessions = open_sessions(settings)
    run_due(sessions, settings, utc_now(), kinds=["index"])
    sessions.kw["bind"].dispose()
    return record


def test_every_role_finds_what_is_published(login: Any, published: Any) -> None:
    page = login(Role.VIEWER).get("/search/?q=贷款贴息").get_data(as_text=True)
    assert "找到 1 份" in page
    assert published.title in page
    assert "<mark>" in page
    assert f"/policy/show/{published.id}" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("level=central", "没有找到"),
        ("level=district&region=530115&year=2026", "找到 1 份"),
        ("year=2020", "没有找到"),
        ("q=" + "长" * 1200, "请缩短"),
    ],
)
def test_conditions_narrow_the_search(login: Any, published: Any, query: str, words: str) -> None:
    assert published.state == "published"
    assert words in login(Role.OFFICE).get(f"/search/?{query}").get_data(as_text=True)


def test_what_was_withdrawn_is_gone_at_once(login: Any, session: Any, published: Any) -> None:
    """The index lags behind; the database has the last word."""
    policies.withdraw(session, published, SYSTEM, utc_now())
    page = login(Role.OFFICE).get("/search/?q=贷款贴息").get_data(as_text=True)
    assert published.title not in page
    assert "1 份的变动正在等待更新索引" in page


def test_an_index_that_is_not_there_yet_says_what_to_do(login: Any) -> None:
    assert "索引还没有建立" in login(Role.OFFICE).get("/search/").get_data(as_text=True)

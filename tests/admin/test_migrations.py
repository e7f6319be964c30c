"""Migrations up and down with rows in them, on both databases; the audit cannot be changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from admin.app import create_app
from admin.principal import SYSTEM, acting_as
from admin.records.organisation import Organisation
from admin.setup import alembic_config, downgrade, init_database, open_sessions, upgrade
from policy_match.errors import SettingsError
from policy_match.settings import Settings, load_settings
from tests.servers import own_schema


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty database; on PostgreSQL a schema of its own."""
    given = {"POLICY_MATCH_HOME": str(tmp_path)}
    if request.param == "sqlite":
        yield load_settings(given, dotenv=None)
        return
    with own_schema() as (_, url):
        yield load_settings({**given, "POLICY_MATCH_DATABASE_URL": url}, dotenv=None)


def tables(settings: Settings) -> set[str]:
    config = alembic_config(settings)
    engine = config.attributes["engine"]
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_up_check_down_and_up_again_with_rows_in_them(settings: Settings) -> None:
    list(init_database(settings))
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as session:
        session.add(Organisation(name="测试局", kind="department"))
        session.commit()
    sessions.kw["bind"].dispose()
    config = alembic_config(settings)
    command.check(config)
    config.attributes["engine"].dispose()
    downgrade(settings, "base")
    assert tables(settings) <= {"alembic_version"}
    upgrade(settings)
    assert {"enterprise", "audit_entry", "ab_user"} <= tables(settings)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"]
)
def test_the_database_itself_refuses_to_change_the_audit(
    settings: Settings, statement: str
) -> None:
    list(init_database(settings))
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as session:
        session.add(Organisation(name="测试局", kind="department"))
        session.commit()
        with pytest.raises(DatabaseError):
            session.execute(text(statement))
        session.rollback()
        assert session.execute(text("SELECT count(*) FROM audit_entry")).scalar_one() >= 1
    sessions.kw["bind"].dispose()


def test_production_without_a_secret_refuses_to_start(tmp_path: Path) -> None:
    given = {"POLICY_MATCH_HOME": str(tmp_path), "POLICY_MATCH_ENV": "production"}
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        create_app(load_settings(given, dotenv=None))


def test_cookies_and_headers_guard_the_session(tmp_path: Path) -> None:
    given = {
        "POLICY_MATCH_HOME": str(tmp_path),
        "POLICY_MATCH_BASE_URL": "https://zhengce.example.cn",
    }
    app = create_app(load_settings(given, dotenv=None))
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert app.config["SESSION_COOKIE_HTTPONLY"] is True
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"
    answer = app.test_client().get("/healthz")
    assert "nonce-" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline'; img" in answer.headers["Content-Security-Policy"]  # styles only
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

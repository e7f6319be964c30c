"""The admin on a database of its own: migrated once, copied for each test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from admin.app import create_app
from admin.db import make_sessions, read_url
from admin.principal import SYSTEM, Role, acting_as
from admin.records.organisation import Organisation
from admin.setup import add_user, init_database
from policy_match.settings import Settings, load_settings

PASSWORD = "Chen-2026-guan"


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database is migrated and has the roles, two units and a user of each role."""
    home = tmp_path_factory.mktemp("admin-template")
    settings = load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None)
    list(init_database(settings))
    app = create_app(settings, testing=True)
    with app.app_context(), acting_as(SYSTEM):
        session = app.appbuilder.session
        office = Organisation(name="测试区营商环境办", kind="office")
        session.add(office)
        session.flush()
        for name, kind in (
            ("测试区科技局", "department"),
            ("测试区工信局", "department"),
            ("东山街道", "township"),
            ("西山街道", "township"),
        ):
            session.add(Organisation(name=name, kind=kind, parent=office))
        session.commit()
    for role, unit in (
        (Role.ADMIN, "测试区营商环境办"),
        (Role.OFFICE, "测试区营商环境办"),
        (Role.DEPARTMENT, "测试区科技局"),
        (Role.TOWNSHIP, "东山街道"),
        (Role.OFFICER, "东山街道"),
        (Role.VIEWER, "西山街道"),
    ):
        add_user(app, username=role.name.lower(), password=PASSWORD, role=role, organisation=unit)
    return home


@pytest.fixture
def settings(template_home: Path, tmp_path: Path) -> Settings:
    """Settings of a home that is this test's own."""
    home = tmp_path / "home"
    shutil.copytree(template_home, home)
    return load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None)


@pytest.fixture
def app(settings: Settings) -> Iterator[Any]:
    """The application."""
    made = create_app(settings, testing=True)
    yield made
    with made.app_context():
        made.appbuilder.session.remove()
        made.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def session(settings: Settings) -> Iterator[Any]:
    """
    A session of its own that acts as the system.

    It holds no application context (requests made inside one would share its `g`) and no
    transaction (each statement commits), so that it never stands in the web's way.
    """
    url = read_url(settings.admin.database_url.value)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with acting_as(SYSTEM), make_sessions(engine)() as made:
        yield made
    engine.dispose()


@pytest.fixture
def login(app: Any) -> Callable[..., Any]:
    """Sign in as the user of a role: gives a client."""

    def sign_in(role: Role = Role.OFFICE) -> Any:
        client = app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        answer = client.post(
            "/login/",
            data={
                "username": role.name.lower(),
                "password": PASSWORD,
                "csrf_token": csrf_of(page),
            },
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    return sign_in


def csrf_of(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]

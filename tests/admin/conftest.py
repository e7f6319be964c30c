"""
The admin on a database of its own: migrated once a worker, as new for each test.

Whatever touches the database runs twice: on SQLite, from a copied file, and on PostgreSQL where
DATABASE_URL names a server, in a schema of this worker's own whose rows are put back before each
test (which is quicker than a schema of its own, migrated and filled). Modules marked
`one_database` say why they run on SQLite alone: what they prove is not in the database, and they
take long.
"""

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
from tests.admin.template import Template
from tests.servers import own_schema

PASSWORD = "Chen-2026-guan"
DATABASES = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what touches the database on both of them, but for what is marked `one_database`."""
    if "database" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("database", DATABASES[:1] if only else DATABASES, indirect=True)


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose SQLite database is migrated and filled; each test gets a copy."""
    home = tmp_path_factory.mktemp("admin-template")
    fill_template(load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None))
    return home


@pytest.fixture(scope="session")
def template_schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """A PostgreSQL schema of this run's (and worker's) own, filled likewise, with a copy of it."""
    home = tmp_path_factory.mktemp("admin-postgresql")
    with own_schema() as (name, url):
        given = {"POLICY_MATCH_HOME": str(home), "POLICY_MATCH_DATABASE_URL": url}
        fill_template(load_settings(given, dotenv=None))
        template = Template(name, url, home)
        template.keep()
        yield template
        template.close()


def fill_template(settings: Settings) -> None:
    """Migrate, and write the roles, five units and a user of each role."""
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
    with app.app_context():
        app.appbuilder.session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on: sqlite or postgresql."""
    return str(request.param)


@pytest.fixture
def settings(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Settings:
    """Settings of a home and a database that are as the template was."""
    home = tmp_path / "home"
    given = {"POLICY_MATCH_HOME": str(home)}
    if database == "sqlite":
        shutil.copytree(request.getfixturevalue("template_home"), home)
    else:
        template: Template = request.getfixturevalue("template_schema")
        shutil.copytree(template.home, home)
        given["POLICY_MATCH_DATABASE_URL"] = template.restored()
    return load_settings(given, dotenv=None)


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


@pytest.fixture
def call(app: Any) -> Callable[[Role], Callable[..., Any]]:
    """Sign in to the API as the user of a role: gives a function that calls it."""

    def sign_in(role: Role) -> Callable[..., Any]:
        client = app.test_client()
        answer = client.post(
            "/api/v1/security/login",
            json={"username": role.name.lower(), "password": PASSWORD, "provider": "db"},
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        token = answer.json["access_token"]

        def ask(method: str, path: str, **options: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
            return client.open(f"/api/v1/{path}", method=method, headers=headers, **options)

        return ask

    return sign_in


def csrf_of(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]

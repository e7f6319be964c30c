"""Lists, the page of an enterprise and the home page, by the 95th percentile of requests."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

from admin.app import create_app
from admin.bench.databases import databases
from admin.bench.world import FULL, SMALL, Size, fill
from admin.db import make_engine, read_url
from admin.principal import Role
from admin.setup import add_user, init_database
from policy_match.bench import Row, benchmark, sooner
from policy_match.settings import Settings, load_settings

ROUNDS = {"small": 8, "full": 40}
_PASSWORD = secrets.token_urlsafe(16) + "aA1!"
_LISTS = ("", "?page={n}", "?q={n}号", "?size_class=small&page={n}", "?industry=27")


@benchmark("admin")
def admin(scale: str) -> Iterator[Row]:
    """The pages on SQLite, and on PostgreSQL where a server is named."""
    logging.disable(logging.WARNING)
    size = SMALL if scale == "small" else FULL
    for name, environ in databases():
        yield from _measured(environ, name, size, ROUNDS[scale])


def _measured(environ: dict[str, str], database: str, size: Size, rounds: int) -> Iterator[Row]:
    settings = load_settings(environ, dotenv=None)
    list(init_database(settings))
    engine = make_engine(settings.admin.database_url.value)
    fill(engine, size)
    engine.dispose()
    app = create_app(settings, testing=True)
    add_user(app, username="bench", password=_PASSWORD, role=Role.OFFICE)
    bare = _sign_in(_bare_app(settings))
    plain = _p95(bare, lambda n: f"/bare/list/?page_EnterpriseBareView={n}", rounds)
    client = _sign_in(app)
    step = max(1, size.enterprises // rounds)
    for name, path, limit in (
        ("列表", _list_path, 300.0),
        ("企业页", lambda n: f"/enterprise/show/{n * step + 1}", 400.0),
        ("政策页", lambda n: f"/policy/show/{n % (size.measures // 10) + 1}", 400.0),
        ("首页", lambda _: "/", 500.0),
    ):
        ours = _p95(client, path, rounds)
        yield sooner(
            f"{name} p95（{database}，{size.enterprises} 家企业）",
            ours,
            plain,
            "Flask-AppBuilder 同一张表的列表",
            "ms",
            at_most=limit,
        )


def _list_path(n: int) -> str:
    return "/enterprise/list/" + _LISTS[n % len(_LISTS)].format(n=n)


def _p95(client: Any, path: Callable[[int], str], rounds: int) -> float:
    """Milliseconds by the clock; the first request warms up."""
    _get(client, path(0))
    times = []
    for n in range(rounds):
        start = time.perf_counter()
        _get(client, path(n))
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[max(0, int(rounds * 0.95) - 1)]


def _get(client: Any, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _bare_app(settings: Settings) -> Any:
    """The framework alone: one view of the same table, no scope, no theme of ours."""
    from flask import Flask
    from flask_appbuilder import AppBuilder, ModelView
    from flask_appbuilder.models.sqla.base import SQLA
    from flask_appbuilder.models.sqla.interface import SQLAInterface

    from admin.records.enterprise import Enterprise

    class EnterpriseBareView(ModelView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
        datamodel = SQLAInterface(Enterprise)
        route_base = "/bare"
        class_permission_name = "enterprise"
        list_columns = ("name", "credit_code", "organisation", "industry", "size_class", "region")
        add_columns = edit_columns = search_columns = ("name",)

    app = Flask("bare")
    app.config.update(
        SECRET_KEY=secrets.token_hex(),
        SQLALCHEMY_DATABASE_URI=read_url(settings.admin.database_url.value),
        FAB_CREATE_DB=False,
        FAB_UPDATE_PERMS=False,
        WTF_CSRF_ENABLED=False,
        RATELIMIT_ENABLED=False,
        RATELIMIT_STORAGE_URI="memory://",
        TESTING=True,
    )
    db = SQLA(app)
    with app.app_context():
        builder = AppBuilder(app, db.session, update_perms=False)
        builder.add_view_no_menu(EnterpriseBareView)
    return app


def _sign_in(app: Any) -> Any:
    import re

    client = app.test_client()
    page = client.get("/login/").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"username": "bench", "password": _PASSWORD}
    answer = client.post("/login/", data=form | ({"csrf_token": found[1]} if found else {}))
    if answer.status_code != 302:
        raise RuntimeError("the benchmark could not sign in")
    return client

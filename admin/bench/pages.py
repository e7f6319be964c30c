"""Lists, the page of an enterprise and the home page, by the 95th percentile of requests."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from admin.app import create_app
from admin.bench.databases import databases
from admin.bench.world import FULL, SMALL, Size, fill
from admin.db import make_engine, read_url
from admin.lowcode.listing import PAGE_SIZE
from admin.principal import Role
from admin.setup import add_user, init_database
from policy_match.bench import Row, benchmark, sooner
from policy_match.settings import Settings, load_settings

ROUNDS = {"small": 8, "full": 40}
_PASSWORD = secrets.token_urlsafe(16) + "aA1!"
_ENTERPRISES: dict[str, tuple[str, ...]] = {
    "列表": ("", "?page=1", "?page=2"),
    "列表，翻到深处": ("?page={last}", "?page={half}", "?order=name&page={half}"),
    "列表，搜索": ("?q={n}号", "?q=公司", "?q=合成第{n}", "?q=BENCH{n:013d}", "?q=没有的", "?q=号"),
    "列表，筛选": (
        "?industry=27", "?industry=2720", "?region=53", "?status=active", "?size_class=small",
        "?size_class=micro&page={tenth}", "?organisation=1", "?industry=27&q={n}",
    ),
    "列表，排序": tuple(
        f"?order={name}&desc={desc}&page={page}"
        for name in ("name", "credit_code", "organisation", "industry", "size_class", "region")
        for desc in (0, 1)
        for page in ("0", "{half}")
    ),
}  # fmt: skip
_MATCHES = (
    "", "?page={last}", "?verdict=eligible", "?verdict=unknown&page={tenth}", "?near_miss=是",
    "?self_check=否", "?order=enterprise&page={half}", "?order=measure",
    "?order=verdict&page={half}",
    "?order=as_of&desc=1&page={half}",
)  # fmt: skip


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
    for name, address, limit in _measures(size, rounds):
        ours = _p95(client, address, rounds)
        yield sooner(
            f"{name} p95（{database}，{size.enterprises} 家企业）",
            ours,
            plain,
            "Flask-AppBuilder 同一张表的列表",
            "ms",
            at_most=limit,
        )


_Address = Callable[[int], str]


def _measures(size: Size, rounds: int) -> Iterator[tuple[str, _Address, float]]:
    """What is measured, the address of the nth request, and the bar."""
    for name, queries in _ENTERPRISES.items():
        yield name, _list_address("enterprise", queries, size.enterprises), 300.0
    yield "匹配结果列表，筛选与排序", _list_address("match", _MATCHES, size.matches), 300.0
    step = max(1, size.enterprises // rounds)
    yield "企业页", lambda n: f"/enterprise/show/{n * step + 1}", 400.0
    yield "政策页", lambda n: f"/policy/show/{n % (size.measures // 10) + 1}", 400.0
    yield "首页", lambda _: "/", 500.0


def _list_address(name: str, queries: Sequence[str], rows: int) -> _Address:
    """The queries in turn; `last`, `half` and `tenth` are pages of so many rows."""
    pages = rows // PAGE_SIZE
    places = {"last": pages - 1, "half": pages // 2, "tenth": pages // 10}
    return lambda n: f"/{name}/list/" + queries[n % len(queries)].format(n=n, **places)


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

"""Lists of large types: found, sorted and counted by an index; the queries of each page counted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import create_engine, insert, text
from sqlalchemy import inspect as sqlalchemy_inspect

from admin.lowcode import listing, workbook
from admin.lowcode.finding import ENOUGH, candidates
from admin.lowcode.listing import ListQuery
from admin.lowcode.record_type import REGISTRY
from admin.principal import SYSTEM, Role, acting_as
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.setup import init_database, open_sessions
from policy_match.settings import load_settings
from tests.admin.test_match_pages import counted
from tests.admin.world import AT_LEAST_20, add_enterprise, add_policy

TYPE = REGISTRY["enterprise"]
NAMES = (
    "云南晋宁（古滇）名城有限公司",
    "昆明滇池%旅游_公司",
    "Alpha科技有限公司",
    "鑫",
    "甲乙丙丁戊己庚辛",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A session on a migrated database, on PostgreSQL in a schema of its own."""
    given = {"POLICY_MATCH_HOME": str(tmp_path)}
    base = os.environ.get("DATABASE_URL", "")
    schema, engine = f"t_{uuid4().hex[:12]}", None
    if request.param == "postgresql":
        if not base.startswith("postgresql"):
            pytest.skip("DATABASE_URL names no PostgreSQL")
        base = "postgresql+psycopg" + base[base.index("://") :]
        engine = create_engine(base)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        given["POLICY_MATCH_DATABASE_URL"] = f"{base}?options=-csearch_path%3D{schema}"
    settings = load_settings(given, dotenv=None)
    list(init_database(settings))
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as session:
        yield session
    sessions.kw["bind"].dispose()
    if engine is not None:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def found(session: Any, wanted: str) -> list[str]:
    page = listing.list_page(session, TYPE, ListQuery(search=wanted))
    assert page.total == len(page.rows)
    return sorted(row.name for row in page.rows)


def test_the_index_finds_what_a_comparison_of_all_would(store: Any) -> None:
    """Of one, two and more characters, signs and cases included; and follows every change."""
    for n, name in enumerate(NAMES):
        add_enterprise(store, n, name=name, short_name="简称" if n == 2 else None)
    for wanted in (
        "晋宁", "（古滇）", "鑫", "%", "_公", "alpha", "LPHA科", "公司", "丁戊己庚", "司", "简称",
        "91530115MA", '"', "没有", "己庚辛 ", "％",
    ):  # fmt: skip
        expected = [
            name
            for n, name in enumerate(NAMES)
            if wanted.strip().lower() in name.lower()
            or wanted.lower() in f"91530115ma000000{n}"
            or (n == 2 and wanted == "简称")
        ]
        assert found(store, wanted.strip()) == sorted(expected), wanted
    one = store.query(Enterprise).filter_by(name="鑫").one()
    one.name = "磊"
    store.commit()
    assert (found(store, "鑫"), found(store, "磊")) == ([], ["磊"])
    store.delete(one)
    store.commit()
    assert found(store, "磊") == []


def test_a_common_text_is_not_counted_beyond_enough(store: Any) -> None:
    rows = [
        {"credit_code": f"T{n:017d}", "name": f"合成{n}公司", "facts": {}, "attested": {}}
        for n in range(ENOUGH + 60)
    ]
    store.execute(insert(Enterprise), rows)
    store.commit()
    assert candidates(store, TYPE, "公司") is None
    common = listing.list_page(store, TYPE, ListQuery(search="公司", page=1))
    assert (len(common.rows), common.total, common.total_words) == (25, ENOUGH, f"{ENOUGH}+")
    assert common.has_next
    exact = listing.list_page(store, TYPE, ListQuery(search="公司"), exact=True)
    assert (exact.total, exact.is_more) == (ENOUGH + 60, False)
    last = listing.list_page(store, TYPE, ListQuery(search="公司", page=(ENOUGH + 60) // 25))
    assert (len(last.rows), last.has_next) == (10, False)
    assert [r.name for r in listing.list_page(store, TYPE, ListQuery(search="成12公")).rows] == [
        "合成12公司"
    ]


def test_each_order_and_each_filter_of_a_large_type_is_served_by_an_index(store: Any) -> None:
    """No plan sorts all rows or reads the wide ones to find a page."""
    if store.get_bind().dialect.name != "sqlite":
        pytest.skip("the plan is read on SQLite; the indexes are the same")
    for record_type in (one for one in REGISTRY if one.large):
        mapped = sqlalchemy_inspect(record_type.model).attrs
        sortable = [name for name in record_type.columns if name in mapped]
        queries = [ListQuery(order=name) for name in sortable]
        for name in record_type.filters:
            choices = record_type.fields[name].choices or [("1", "")]
            queries.append(ListQuery(filters={name: choices[0][0]}))
        for query in queries:
            keys = listing.statement(record_type, query).with_only_columns(record_type.model.id)
            sql = keys.limit(25).compile(store.get_bind(), compile_kwargs={"literal_binds": True})
            plan = [
                row[3] for row in store.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
            ]
            assert any("INDEX" in line or "INTEGER PRIMARY KEY" in line for line in plan), (
                query,
                plan,
            )
            whole = [line for line in plan if line.endswith("USE TEMP B-TREE FOR ORDER BY")]
            assert not whole or query.filters, (record_type.name, query, plan)


def test_codes_below_a_code_are_found_as_a_range(store: Any) -> None:
    for n, industry in enumerate(("27", "2720", "2799", "28", "2", "99", "9900")):
        add_enterprise(store, n, industry=industry)
    for code, count in (("27", 3), ("2", 5), ("99", 2), ("2799", 1), ("3", 0)):
        page = listing.list_page(store, TYPE, ListQuery(filters={"industry": code}))
        assert page.total == count, code


def test_an_export_holds_a_chunk_of_rows_and_not_all(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tracemalloc

    rows = [
        {"credit_code": f"T{n:017d}", "name": f"合成{n}公司", "facts": {"a": "字" * 2000},
         "attested": {}, "business_scope": "批发零售" * 100}
        for n in range(6000)
    ]  # fmt: skip
    store.execute(insert(Enterprise), rows)
    store.commit()
    rows.clear()
    store.expunge_all()
    tracemalloc.start()
    content = workbook.export(store, TYPE, ListQuery(), personal=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * 2**20, peak
    sheet = load_workbook(content, read_only=True).worksheets[0]
    assert sum(1 for _ in sheet.iter_rows()) == 6001


PAGES = [(f"/{one.name}/list/", 14) for one in REGISTRY if "list" in one.access[Role.OFFICE]]
PAGES += [
    ("/enterprise/list/?q=测试&industry=27&order=name", 12),
    ("/enterprise/options?q=测试", 10),  # on PostgreSQL two are for the planner
    ("/enterprise_contact/list/?order=enterprise", 12),
    ("/enterprise/edit/1", 14),
    ("/enterprise_contact/add", 12),
    ("/person/add", 12),
    ("/desk/", 20),
    ("/search/?q=企业", 16),
    ("/trail/", 16),
    ("/metrics/", 24),
    ("/organisation/show/1", 24),
]


@pytest.mark.parametrize(("path", "budget"), PAGES)
def test_a_page_asks_the_same_for_many_rows_as_for_few(
    login: Any, app: Any, session: Any, path: str, budget: int
) -> None:
    add_policy(session, AT_LEAST_20)
    client, counts = login(Role.OFFICE), []
    for start, many in ((1, 2), (100, 30)):
        with acting_as(SYSTEM):
            for n in range(start, start + many):
                one = add_enterprise(session, n, organisation_id=1)
                session.add(EnterpriseContact(enterprise=one, name=f"人{n}"))
            session.commit()
        with counted(app) as statements:
            answer = client.get(path)
        if answer.status_code in (302, 404):
            pytest.skip(f"this role has no {path}")
        assert answer.status_code == 200
        assert len(statements) <= budget, "\n\n".join(statements)
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 1  # a count, once a page is full

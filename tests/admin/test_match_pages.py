"""The pages of an enterprise and of a policy, and the home page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event, select

from admin.clock import today, utc_now
from admin.facts import state_fact
from admin.jobs import run_due
from admin.principal import SYSTEM, Role, acting_as
from admin.records.appeal import Appeal
from admin.records.enterprise import Enterprise, EnterpriseContact, FactValue
from admin.records.job import Job
from admin.records.match import Match
from admin.records.policy import Policy
from admin.setup import open_sessions
from tests.admin.conftest import csrf_of
from tests.admin.world import AT_LEAST_20, HIGH_TECH, NOW, add_enterprise, add_policy

TEXT = ("若干措施", "第三条 用工奖补", "（二）从业人员20人以上的企业，给予奖励。")
BLOCKS = [
    {"n": 0, "kind": "title", "level": None, "number": None, "text": TEXT[0], "at": [0, 4]},
    {"n": 1, "kind": "article", "level": 3, "number": "第三条", "text": TEXT[1], "at": [5, 13]},
    {"n": 2, "kind": "item", "level": 4, "number": "（二）", "text": TEXT[2], "at": [14, 37]},
]


@pytest.fixture
def world(session: Any, settings: Any) -> Any:
    """One policy, one enterprise that fits one measure, matched."""
    rule = AT_LEAST_20 | {"at": [17, 26]}
    policy = add_policy(session, rule, HIGH_TECH, document={"blocks": BLOCKS})
    one = add_enterprise(session, 1, name="晋宁甲公司")
    session.add(EnterpriseContact(enterprise=one, name="李四", mobile="13800000000"))
    state_fact(session, one, "employees", 35, source="年报", as_of=date(2025, 12, 31), now=NOW)
    session.commit()
    run_matching(settings)
    return policy, one


def run_matching(settings: Any) -> None:
    sessions = open_sessions(settings)
    late = utc_now() + timedelta(seconds=1)
    run_due(
        sessions, settings, late, kinds=["match_enterprise", "match_policy"], clock=lambda: late
    )
    sessions.kw["bind"].dispose()


@contextmanager
def counted(app: Any) -> Iterator[list[str]]:
    """The statements that the web's engine runs inside."""
    statements: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_the_enterprise_page_gives_reasons_in_words_linked_to_the_clause(
    login: Any, world: Any
) -> None:
    """“从业人员 35人，需 ≥ 20人：符合（第三条第（二）项）”, to the place in the text."""
    # mission 2
    policy, one = world
    page = login(Role.OFFICE).get(f"/enterprise/show/{one.id}").get_data(as_text=True)
    assert "从业人员 35人，需 ≥ 20人：符合（" in page
    assert f'<a href="/policy/show/{policy.id}#b2">第三条第（二）项</a>' in page
    assert "年报" in page
    assert "2025年12月31日" in page


def test_the_enterprise_page_ranks_what_is_missing(login: Any, world: Any) -> None:
    page = login(Role.OFFICE).get(f"/enterprise/show/{world[1].id}").get_data(as_text=True)
    assert "最值得补的事实" in page
    assert "可判定 1 项，涉及最高 50万元" in page


def test_a_fact_is_stated_as_people_write_it(login: Any, world: Any, session: Any) -> None:
    client, one = login(Role.OFFICE), world[1]
    token = csrf_of(client.get(f"/enterprise/show/{one.id}").get_data(as_text=True))
    form = {"csrf_token": token, "source": "部门核实", "as_of": "2026-01-31", "verified": "1"}
    for fact, value in (("revenue", "1,200万元"), ("qualification", "国家高新技术企业")):
        answer = client.post(
            f"/enterprise/fact/{one.id}", data=form | {"fact": fact, "value": value}
        )
        assert answer.status_code == 302
    session.expire_all()
    facts = session.get_one(Enterprise, one.id).facts
    assert (facts["revenue"]["value"], facts["revenue"]["as_of"]) == (12_000_000, "2026-01-31")
    assert "核实）" in facts["revenue"]["source"]
    assert facts["qualification"]["value"] == ["high_tech"]
    waiting = session.scalars(select(Job.key).where(Job.kind == "match_enterprise"))
    assert str(one.id) in list(waiting)


def test_a_fact_that_makes_no_sense_is_refused_and_kept_in_the_form(
    login: Any, world: Any, session: Any
) -> None:
    client, one = login(Role.OFFICE), world[1]
    token = csrf_of(client.get(f"/enterprise/show/{one.id}").get_data(as_text=True))
    answer = client.post(
        f"/enterprise/fact/{one.id}",
        data={"csrf_token": token, "fact": "employees", "value": "三十来个"},
        follow_redirects=True,
    )
    page = answer.get_data(as_text=True)
    assert "三十来个" in page
    assert "不是数字" in page
    assert session.scalars(select(FactValue).where(FactValue.source == "自报")).first() is None


def test_a_verified_fact_is_not_beaten_by_a_newer_statement(session: Any, world: Any) -> None:
    one = world[1]
    state_fact(
        session, one, "employees", 30, source="部门核实", as_of=date(2025, 6, 30), now=NOW,
        verified_by="陈",
    )  # fmt: skip
    session.commit()
    state_fact(session, one, "employees", 99, source="自报", as_of=date(2026, 6, 30), now=NOW)
    session.commit()
    session.expire_all()
    assert one.facts["employees"]["value"] == 30


def test_the_policy_page_counts_and_lists_whom_it_fits(login: Any, world: Any) -> None:
    policy, one = world
    page = login(Role.OFFICE).get(f"/policy/show/{policy.id}").get_data(as_text=True)
    assert 'id="b2"' in page
    assert f'<a href="/enterprise/show/{one.id}">晋宁甲公司</a>' in page
    assert "资质认定</a>：1 条待核实" in page
    unknown = login(Role.OFFICE).get(f"/policy/show/{policy.id}?kind=unknown&fact=qualification")
    assert "缺：资质认定" in unknown.get_data(as_text=True)


def test_the_call_sheet_holds_text_only_and_is_recorded(
    login: Any, world: Any, session: Any
) -> None:
    policy, one = world
    session.get_one(Enterprise, one.id).name = "=HYPERLINK(1)"
    session.commit()
    client = login(Role.OFFICE)
    token = csrf_of(client.get(f"/policy/show/{policy.id}").get_data(as_text=True))
    answer = client.post(
        f"/policy/callsheet/{policy.id}.xlsx", data={"csrf_token": token, "kind": "eligible"}
    )
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows())
    assert rows[1][0].value == "=HYPERLINK(1)"
    assert rows[1][0].data_type == "s"
    assert rows[1][7].value == "13800000000"
    assert "第三条第（二）项" in rows[1][4].value


def test_the_home_page_says_what_waits_by_role(login: Any, session: Any) -> None:
    session.add(Policy(key="r", title="待审政策", state="review"))
    session.add(Job(kind="match", key="x", state="failed"))
    session.add(Appeal(title="断电", text="断电", due_on=today() - timedelta(days=1)))
    session.commit()
    office = login(Role.OFFICE).get("/").get_data(as_text=True)
    assert "<strong>1</strong>政策待审核" in office
    assert "<strong>1</strong>诉求已超期" in office
    assert "<strong>1</strong>后台任务失败" in office
    viewer = login(Role.VIEWER).get("/").get_data(as_text=True)
    assert "后台任务失败" not in viewer
    assert "政策待审核" not in viewer


@pytest.mark.parametrize(
    ("path", "budget"),
    [("/", 20), ("/enterprise/list/", 10), ("/enterprise/show/1", 32), ("/policy/show/1", 20)],
)
def test_a_page_keeps_to_its_budget_of_queries(
    login: Any, app: Any, world: Any, session: Any, settings: Any, path: str, budget: int
) -> None:
    """However many rows there are."""
    with acting_as(SYSTEM):
        for n in range(2, 30):
            state_fact(session, add_enterprise(session, n), "employees", n, source="年报", now=NOW)
        session.commit()
    for n in range(4):
        add_policy(session, AT_LEAST_20, HIGH_TECH, key=f"more{n}")
    run_matching(settings)
    assert session.scalars(select(Match.id)).first()
    client = login(Role.OFFICE)
    with counted(app) as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= budget, "\n\n".join(statements)

"""The audit: before → after of every kind of field, in words; nobody takes an entry back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from admin.audit import AuditEntry, AuditIsFixed
from admin.pages.trail import field_label
from admin.pages.trail_words import Words
from admin.principal import SYSTEM, Role, acting_as
from admin.records.activity import Activity
from admin.records.enterprise import EnterpriseContact
from admin.records.organisation import Organisation
from admin.records.policy import Measure
from admin.setup import open_sessions
from tests.admin.conftest import PASSWORD
from tests.admin.world import AT_LEAST_20, add_enterprise, add_policy


def unit(session: Any, name: str) -> Organisation:
    return session.scalars(select(Organisation).where(Organisation.name == name)).one()


def told_of(session: Any, table: str) -> dict[str, tuple[str, str]]:
    """The changes of a table's records as the trail shows them: label → (before, after)."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.record_type == table, AuditEntry.action == "修改")
        .order_by(AuditEntry.id)
    )
    shown = Words(session).shown
    return {
        field_label(table, column): (shown(table, column, old), shown(table, column, new))
        for entry in entries
        for column, (old, new) in entry.changes.items()
    }


def test_text_choice_code_date_and_reference_are_told_in_words(session: Any) -> None:
    one = add_enterprise(session, 1, organisation=unit(session, "东山街道"))
    one.name, one.status, one.industry = "新名公司", "suspended", "2613"
    one.founded_on, one.organisation = date(2019, 3, 1), unit(session, "西山街道")
    session.flush()
    told = told_of(session, "enterprise")
    assert told["企业名称"] == ("测试1公司", "新名公司")
    assert told["成立日期"][1] == "2019年3月1日"
    assert told["属地单位"] == ("东山街道", "西山街道")
    assert "2720" not in str(told)
    assert "suspended" not in str(told)


def test_money_number_and_truth_are_told_in_words(session: Any) -> None:
    add_policy(session, AT_LEAST_20)
    measure = session.scalars(select(Measure)).one()
    measure.max_amount, measure.rolling, measure.rate = Decimal("1200000.00"), True, 0.3
    session.flush()
    told = told_of(session, "measure")
    assert told["最高金额"] == ("50万元", "120万元")
    assert told["常年受理"] == ("否", "是")
    assert told["比例"][1] == "0.3"


def test_a_moment_is_told_in_the_time_of_the_office(session: Any) -> None:
    one = Activity(
        kind="visit", title="走访", organisation=unit(session, "东山街道"),
        starts_at=datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
    )  # fmt: skip
    session.add(one)
    session.flush()
    one.starts_at = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    session.flush()
    (change,) = told_of(session, "activity").values()
    assert change == ("2026年11月24日 09:30", "2026年11月25日 14:00")


def test_telephone_numbers_are_masked_for_everybody(session: Any) -> None:
    one = add_enterprise(session, 1)
    contact = EnterpriseContact(enterprise=one, name="王会计", mobile="13900001111")
    session.add(contact)
    session.flush()
    contact.mobile = "13900002222"
    session.flush()
    assert "0000" not in str(told_of(session, "enterprise_contact"))


def test_a_deletion_keeps_what_was_there(session: Any) -> None:
    one = add_enterprise(session, 1)
    session.delete(one)
    session.flush()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.changes["name"]) == ("删除", ["测试1公司", None])


@pytest.fixture
def entry(session: Any) -> AuditEntry:
    add_enterprise(session, 1)
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()


def test_the_session_refuses_to_change_or_delete_an_entry(session: Any, entry: Any) -> None:
    entry.actor = "别人"
    with pytest.raises(AuditIsFixed, match="不能修改"):
        session.flush()
    session.expunge(entry)
    again = session.get(AuditEntry, entry.id)
    session.delete(again)
    with pytest.raises(AuditIsFixed, match="删除"):
        session.flush()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry LIMIT 1",
        "INSERT INTO audit_entry SELECT * FROM audit_entry LIMIT 1 "
        "ON CONFLICT (id) DO UPDATE SET actor = 'x'",
    ],
)
def test_the_database_refuses_whatever_the_statement(
    session: Any, entry: Any, statement: str, database: str
) -> None:
    """Past the ORM too; a statement that a database does not know changes nothing either."""
    before = session.execute(select(AuditEntry.id, AuditEntry.actor)).all()
    with pytest.raises(DatabaseError):
        session.execute(text(statement))
    assert session.execute(select(AuditEntry.id, AuditEntry.actor)).all() == before, database


@pytest.mark.parametrize("act", [update(AuditEntry).values(actor="x"), delete(AuditEntry)])
def test_statements_of_the_orm_are_refused_too(session: Any, entry: Any, act: Any) -> None:
    with pytest.raises(DatabaseError):
        session.execute(act.execution_options(synchronize_session=False))


def test_nobody_is_offered_a_way_to_change_it(app: Any, login: Any, entry: Any) -> None:
    """No page and no resource of the API writes entries; not for 系统管理员 either."""
    rules = [rule for rule in app.url_map.iter_rules() if "trail" in rule.rule]
    assert rules
    assert all(rule.methods <= {"GET", "HEAD", "OPTIONS"} for rule in rules)
    client = login(Role.ADMIN)
    assert client.post("/trail/").status_code in (400, 405)
    token = (
        app.test_client()
        .post(
            "/api/v1/security/login",
            json={"username": "admin", "password": PASSWORD, "provider": "db"},
        )
        .json["access_token"]
    )
    headers = {"Authorization": f"Bearer {token}"}
    for method in ("GET", "PUT", "DELETE"):
        answer = app.test_client().open(
            f"/api/v1/audit_entry/{entry.id}", method=method, headers=headers, json={}
        )
        assert answer.status_code == 404


def test_a_change_that_is_taken_back_leaves_no_entry(session: Any, settings: Any) -> None:
    """The entry is written in the transaction of the change."""
    count = len(session.scalars(select(AuditEntry.id)).all())
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as own:
        own.add(Organisation(name="测试局", kind="department"))
        own.flush()
        own.rollback()
    sessions.kw["bind"].dispose()
    assert len(session.scalars(select(AuditEntry.id)).all()) == count

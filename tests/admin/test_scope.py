"""Row scope where it is easily forgotten: choices of fields, exports, sheets, nobody acting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from admin.principal import NoPrincipal, Role, acting_as, set_principal
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.match import Match
from admin.records.officer import Assignment, Officer
from admin.records.organisation import Organisation
from admin.records.person import Person
from admin.records.policy import Measure, Policy
from admin.setup import open_sessions
from tests.admin.conftest import csrf_of
from tests.admin.world import AT_LEAST_20, TODAY, add_enterprise, add_policy

ALL = {"东山街道甲", "西山街道甲"}
SEEN = {
    Role.ADMIN: ALL,
    Role.OFFICE: ALL,
    Role.TOWNSHIP: {"东山街道甲"},
    Role.OFFICER: {"西山街道甲"},  # assigned to the person, wherever the enterprise is
    Role.VIEWER: {"西山街道甲"},
    Role.DEPARTMENT: set(),  # of another kind of unit: reached only by its own policies
}


@pytest.fixture
def world(session: Any) -> None:
    """An enterprise of each street with a contact and a match; one is assigned to the officer."""
    units = {one.name: one for one in session.scalars(select(Organisation))}
    add_policy(session, AT_LEAST_20, organisation=units["测试区工信局"])
    measure = session.scalars(select(Measure)).one()
    for number, street in enumerate(("东山街道", "西山街道"), 1):
        one = add_enterprise(session, number, name=f"{street}甲", organisation=units[street])
        session.add(EnterpriseContact(enterprise=one, name="王", mobile=f"1390000000{number}"))
        session.add(
            Match(
                enterprise=one, measure=measure, rule_id=measure.rule_id, verdict="eligible",
                as_of=TODAY, fingerprint="x",
            )
        )  # fmt: skip
    person = session.scalars(select(Person).where(Person.name == "officer")).one()
    officer = Officer(person=person, landline="0871-1")
    session.add(officer)
    session.flush()
    session.add(Assignment(officer=officer, enterprise=one, starts_on=date(2026, 1, 1)))
    session.flush()


def cells(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    book = load_workbook(BytesIO(answer.get_data()))
    return "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
    )


@pytest.mark.parametrize("role", list(SEEN))
def test_choices_of_a_field_are_those_in_scope(role: Role, login: Any, world: None) -> None:
    """What a role may not see it is not offered either."""  # mission 30
    answer = login(role).get("/enterprise/options?q=甲")
    labels = {one["label"].split("（")[0] for one in answer.json}
    assert labels == SEEN[role]


@pytest.mark.parametrize("role", list(SEEN))
def test_an_export_has_the_rows_in_scope(role: Role, login: Any, world: None) -> None:
    client = login(role)
    answer = client.get("/enterprise/export.xlsx")
    if answer.status_code in (302, 403):
        assert "导出" not in client.get("/enterprise/list/").get_data(as_text=True)
        return
    shown = cells(answer)
    assert {name for name in ALL if name in shown} == SEEN[role]


@pytest.mark.parametrize("role", list(SEEN))
def test_the_api_lists_the_rows_in_scope(role: Role, app: Any, login: Any, world: None) -> None:
    from tests.admin.conftest import PASSWORD

    client = app.test_client()
    token = client.post(
        "/api/v1/security/login",
        json={"username": role.name.lower(), "password": PASSWORD, "provider": "db"},
    ).json["access_token"]
    answer = client.get("/api/v1/enterprise/", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == 403:
        assert "没有权限" in answer.json["message"]
        return
    assert {row["name"] for row in answer.json["result"]} == SEEN[role]


def test_a_call_sheet_has_the_rows_in_scope(login: Any, session: Any, world: None) -> None:
    policy = session.scalars(select(Policy.id)).one()
    for role in (Role.OFFICE, Role.TOWNSHIP):
        client = login(role)
        page = client.get(f"/policy/show/{policy}").get_data(as_text=True)
        answer = client.post(
            f"/policy/callsheet/{policy}.xlsx",
            data={"csrf_token": csrf_of(page), "kind": "eligible"},
        )
        shown = cells(answer)
        assert {name for name in ALL if name in shown} == SEEN[role]


@pytest.fixture
def nobody() -> Any:
    """A context in which nobody acts."""
    from admin.principal import peek_principal

    before = peek_principal()
    set_principal(None)
    yield
    set_principal(before)


READS: list[Callable[[Any], Any]] = [
    lambda session: session.scalars(select(Enterprise)).all(),
    lambda session: session.scalar(select(Enterprise.name)),
    lambda session: session.get(Enterprise, 1),
    lambda session: session.query(Policy).count(),
    lambda session: session.scalars(select(Match).join(Match.enterprise)).all(),
]


@pytest.mark.parametrize("read", READS)
def test_with_nobody_acting_scoped_rows_are_an_error(
    settings: Any, nobody: None, read: Callable[[Any], Any]
) -> None:
    sessions = open_sessions(settings)
    with sessions() as session, pytest.raises(NoPrincipal):
        read(session)
    sessions.kw["bind"].dispose()


def test_whoever_is_not_signed_in_sees_no_row(settings: Any, session: Any, world: None) -> None:
    from admin.principal import NOBODY

    sessions = open_sessions(settings)
    with acting_as(NOBODY), sessions() as own:
        assert own.scalars(select(Enterprise)).all() == []
        assert own.scalars(select(Policy)).all() == []
    sessions.kw["bind"].dispose()

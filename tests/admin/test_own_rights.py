"""Nobody gives himself rights: rows that decide what one sees are not one's own to write."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from admin.principal import Role
from admin.records.match import Match
from admin.records.officer import Assignment, Officer
from admin.records.person import Person
from tests.admin.conftest import csrf_of
from tests.admin.test_records import unit
from tests.admin.world import AT_LEAST_20, NOW, add_enterprise, add_policy


def person_of(session: Any, name: str) -> Person:
    return session.scalars(
        select(Person).where(Person.organisation_id == unit(session, name).id).limit(1)
    ).one()


def test_a_person_cannot_move_himself_to_another_unit(login: Any, session: Any) -> None:
    """The unit a person stands in decides what he sees."""
    me = person_of(session, "东山街道")
    office = unit(session, "测试区营商环境办").id
    client = login(Role.TOWNSHIP)
    page = client.get(f"/person/edit/{me.id}").get_data(as_text=True)
    answer = client.post(
        f"/person/edit/{me.id}",
        data={
            "csrf_token": csrf_of(page), "name": me.name, "organisation": str(office),
            "version": str(me.version),
        },
    )  # fmt: skip
    assert "不在您的数据范围内" in answer.get_data(as_text=True)
    session.expire_all()
    assert session.get(Person, me.id).organisation_id != office


def test_nobody_assigns_himself_an_enterprise_that_his_policy_only_reaches(
    login: Any, session: Any
) -> None:
    own = add_policy(session, AT_LEAST_20, organisation=unit(session, "测试区科技局"))
    reached = add_enterprise(session, 1, organisation=unit(session, "西山街道"))
    session.add(
        Match(
            enterprise=reached, measure=own.measures[0], rule_id=own.measures[0].rule_id,
            verdict="eligible", as_of=NOW.date(), fingerprint="x",
        )
    )  # fmt: skip
    officer = Officer(person=person_of(session, "测试区科技局"))
    session.add(officer)
    session.commit()
    client = login(Role.DEPARTMENT)
    page = client.get("/assignment/add").get_data(as_text=True)
    answer = client.post(
        "/assignment/add",
        data={
            "csrf_token": csrf_of(page), "officer": str(officer.id), "enterprise": str(reached.id),
            "starts_on": "2026-01-01",
        },
    )  # fmt: skip
    assert "不在您的数据范围内" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0
    assert client.get(f"/enterprise/edit/{reached.id}").status_code == 403

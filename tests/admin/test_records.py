"""Lists, forms and scope of record types, through the web."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from admin.audit import AuditEntry
from admin.principal import Role
from admin.records.enterprise import Enterprise
from admin.records.match import Match
from admin.records.organisation import Organisation
from tests.admin.conftest import PASSWORD, csrf_of
from tests.admin.world import AT_LEAST_20, NOW, add_enterprise, add_policy


def unit(session: Any, name: str) -> Organisation:
    return session.scalars(select(Organisation).where(Organisation.name == name)).one()


def add_enterprises(session: Any) -> None:
    for n, name in enumerate(("东山街道", "西山街道")):
        session.add(
            Enterprise(
                credit_code=f"TEST{n:014d}", name=f"{name}甲公司", organisation=unit(session, name)
            )
        )
    session.commit()


def test_every_list_of_a_type_opens(login: Any, app: Any) -> None:
    from admin.lowcode.record_type import REGISTRY

    client = login(Role.ADMIN)
    for record_type in REGISTRY:
        answer = client.get(f"/{record_type.name}/list/")
        assert answer.status_code == 200, record_type.name
        assert record_type.label in answer.get_data(as_text=True)


def test_a_township_sees_only_its_own_enterprises(login: Any, session: Any) -> None:
    # mission 30
    add_enterprises(session)
    page = login(Role.TOWNSHIP).get("/enterprise/list/").get_data(as_text=True)
    assert "东山街道甲公司" in page
    assert "西山街道甲公司" not in page


def test_the_office_sees_all_enterprises(login: Any, session: Any) -> None:
    add_enterprises(session)
    page = login(Role.OFFICE).get("/enterprise/list/").get_data(as_text=True)
    assert "东山街道甲公司" in page
    assert "西山街道甲公司" in page


def test_a_record_out_of_scope_is_not_found(login: Any, session: Any) -> None:
    add_enterprises(session)
    other = session.scalars(select(Enterprise.id).where(Enterprise.name == "西山街道甲公司")).one()
    assert login(Role.TOWNSHIP).get(f"/enterprise/show/{other}").status_code == 404


def test_a_saved_form_is_written_and_audited(login: Any, session: Any) -> None:
    client = login(Role.OFFICE)
    page = client.get("/organisation/add").get_data(as_text=True)
    answer = client.post(
        "/organisation/add",
        data={"csrf_token": csrf_of(page), "name": "测试区商务局", "kind": "department"},
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    made = unit(session, "测试区商务局")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.record_type, entry.record_id, entry.action) == ("organisation", made.id, "新增")
    assert entry.changes["name"] == [None, "测试区商务局"]


def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(login: Any, session: Any) -> None:
    client = login(Role.OFFICE)
    page = client.get("/enterprise/add").get_data(as_text=True)
    answer = client.post(
        "/enterprise/add",
        data={"csrf_token": csrf_of(page), "credit_code": "123", "name": "甲公司"},
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "统一社会信用代码：" in text
    assert "甲公司" in text
    assert session.scalars(select(Enterprise)).first() is None


def test_the_second_of_two_editors_sees_what_changed(login: Any, session: Any) -> None:
    one = unit(session, "测试区科技局")
    first, second = login(Role.OFFICE), login(Role.ADMIN)
    pages = [c.get(f"/organisation/edit/{one.id}").get_data(as_text=True) for c in (first, second)]
    form = {"name": "测试区科技局", "kind": "department", "version": str(one.version)}
    saved = first.post(
        f"/organisation/edit/{one.id}",
        data=form | {"csrf_token": csrf_of(pages[0]), "landline": "0871-1111111"},
    )
    assert saved.status_code == 302
    answer = second.post(
        f"/organisation/edit/{one.id}",
        data=form | {"csrf_token": csrf_of(pages[1]), "address": "某路 1 号"},
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "0871-1111111" in text
    assert "某路 1 号" in text


def test_what_a_unit_sees_it_may_not_always_change(login: Any, session: Any) -> None:
    """A published policy of another unit, and an enterprise that one's own policy only reaches."""
    theirs = add_policy(
        session, AT_LEAST_20, key="theirs", title="他局的政策",
        organisation=unit(session, "测试区工信局"),
    )  # fmt: skip
    own = add_policy(
        session,
        AT_LEAST_20,
        key="own",
        title="本局的政策",
        organisation=unit(session, "测试区科技局"),
    )
    reached = add_enterprise(session, 1, organisation=unit(session, "西山街道"))
    session.add(
        Match(
            enterprise=reached, measure=own.measures[0], rule_id=own.measures[0].rule_id,
            verdict="eligible", as_of=NOW.date(), fingerprint="x",
        )
    )  # fmt: skip
    session.commit()
    client = login(Role.DEPARTMENT)
    for name, pk, status in (
        ("policy", theirs.id, 403),
        ("measure", theirs.measures[0].id, 403),
        ("policy", own.id, 200),
        ("enterprise", reached.id, 403),
    ):
        page = client.get(f"/{name}/show/{pk}")
        assert page.status_code == 200, name
        assert (f"/{name}/edit/{pk}" in page.get_data(as_text=True)) == (status == 200)
        answer = client.get(f"/{name}/edit/{pk}")
        assert answer.status_code == status, name
        assert ("您只能查看" in answer.get_data(as_text=True)) == (status == 403)


def test_the_api_keeps_to_the_same_rule(app: Any, login: Any, session: Any) -> None:
    theirs = add_policy(
        session, AT_LEAST_20, key="theirs", title="他局的政策",
        organisation=unit(session, "测试区工信局"),
    )  # fmt: skip
    session.commit()
    client = app.test_client()
    token = client.post(
        "/api/v1/security/login",
        json={"username": "department", "password": PASSWORD, "provider": "db"},
    ).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    read = client.get(f"/api/v1/policy/{theirs.id}", headers=headers)
    answer = client.put(
        f"/api/v1/policy/{theirs.id}",
        headers=headers | {"If-Match": read.headers["ETag"]},
        json={"title": "改掉"},
    )
    assert answer.status_code == 403
    assert "您只能查看" in answer.json["message"]

"""Personal data: one rule of masking for lists, details, forms, workbooks, API and searches."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from admin.lowcode.importer import import_rows
from admin.lowcode.record_type import REGISTRY
from admin.principal import Principal, Role, acting_as
from admin.records.delivery import Delivery
from admin.records.digest import Digest
from admin.records.enterprise import EnterpriseContact
from admin.records.person import Person
from tests.admin.conftest import csrf_of
from tests.admin.test_workbooks import NOW, book
from tests.admin.world import TODAY, add_enterprise

MOBILE, EMAIL = "13888123456", "li.wei@example.cn"
MASKED_MOBILE, MASKED_EMAIL = "138****3456", "l***@example.cn"


@pytest.fixture
def contact(session: Any) -> EnterpriseContact:
    """A contact whose mobile and mail address are known."""
    made = EnterpriseContact(
        enterprise=add_enterprise(session), name="李伟", mobile=MOBILE, email=EMAIL
    )
    session.add(made)
    session.commit()
    return made


@pytest.mark.parametrize("path", ["list/", "show/1", "edit/1", "list/?order=mobile", "options"])
def test_pages_mask_for_those_who_may_not_see_and_only_for_them(
    login: Any, contact: EnterpriseContact, path: str
) -> None:
    for role, sees in ((Role.ADMIN, False), (Role.OFFICE, True)):
        answer = login(role).get(f"/enterprise_contact/{path}")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert (MOBILE in page, EMAIL in page) == (sees and path != "options",) * 2
        if path != "options":
            assert (MASKED_MOBILE in page) is not sees


def test_a_masked_value_that_comes_back_stays_as_it_was(
    login: Any, session: Any, contact: EnterpriseContact
) -> None:
    client = login(Role.ADMIN)
    page = client.get("/enterprise_contact/edit/1").get_data(as_text=True)
    form = {
        "csrf_token": csrf_of(page),
        "version": "1",
        "enterprise": str(contact.enterprise_id),
        "name": "李伟",
        "role": "财务经理",
        "mobile": MASKED_MOBILE,
        "email": MASKED_EMAIL,
        "receives_digest": "是",
    }
    assert client.post("/enterprise_contact/edit/1", data=form).status_code == 302
    session.expire_all()
    assert (contact.role, contact.mobile, contact.email) == ("财务经理", MOBILE, EMAIL)
    wrong = client.post("/enterprise_contact/edit/1", data=form | {"version": "2", "mobile": "1*9"})
    assert wrong.status_code == 422
    assert "隐去了一部分" in wrong.get_data(as_text=True)
    emptied = form | {"version": "2", "mobile": "", "email": "new@example.cn"}
    assert client.post("/enterprise_contact/edit/1", data=emptied).status_code == 302
    session.expire_all()
    assert (contact.mobile, contact.email) == (None, "new@example.cn")


def test_what_another_editor_changed_is_shown_masked(
    login: Any, session: Any, contact: EnterpriseContact
) -> None:
    client = login(Role.OFFICE)
    page = client.get("/enterprise_contact/edit/1").get_data(as_text=True)
    form = {
        "csrf_token": csrf_of(page),
        "version": "1",
        "enterprise": str(contact.enterprise_id),
        "name": "李伟",
        "mobile": "13900009999",
        "receives_digest": "是",
    }
    assert client.post("/enterprise_contact/edit/1", data=form).status_code == 302
    late = client.post("/enterprise_contact/edit/1", data=form | {"mobile": "13700001111"})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert MASKED_MOBILE in page
    assert "139****9999" in page
    assert MOBILE not in page


def test_a_workbook_of_somebody_who_may_not_see_is_masked(
    login: Any, contact: EnterpriseContact
) -> None:
    for role, shown in ((Role.ADMIN, MASKED_MOBILE), (Role.OFFICE, MOBILE)):
        answer = login(role).get("/enterprise_contact/export.xlsx")
        rows = list(load_workbook(BytesIO(answer.data)).active.values)
        assert rows[1][rows[0].index("手机")] == shown


def test_a_masked_cell_of_a_workbook_is_an_error_and_not_a_number(
    session: Any, contact: EnterpriseContact
) -> None:
    code = contact.enterprise.credit_code
    content = book([code, "王芳", MASKED_MOBILE], header=["企业", "姓名", "手机"])
    report = import_rows(session, REGISTRY["enterprise_contact"], content, "联系人.xlsx", now=NOW)
    assert [(e.row, e.column) for e in report.errors] == [(2, "手机")]
    assert "隐去了一部分" in report.errors[0].message
    assert session.scalars(select(EnterpriseContact.name)).all() == ["李伟"]


def test_the_api_masks_and_takes_its_own_mask_back(
    call: Callable[[Role], Callable[..., Any]],
    session: Any,
) -> None:
    enterprise = add_enterprise(session)
    session.add(
        Delivery(
            digest=Digest(
                enterprise_id=enterprise.id,
                number="1",
                period="2026-W48",
                day=TODAY,
                subject="政策",
                html="",
                text="",
            ),
            enterprise_id=enterprise.id,
            channel="smtp",
            address=EMAIL,
            state="dead",
            reason=f"550 <{EMAIL}>: no such user; call 0871-12345678",
        )
    )
    session.commit()
    for role, sees in ((Role.ADMIN, False), (Role.OFFICE, True)):
        shown = call(role)("GET", "delivery/1").json["result"]
        assert (shown["address"] == EMAIL) is sees
        assert (EMAIL in shown["reason"], "0871-12345678" in shown["reason"]) == (sees, sees)
        assert "no such user" in shown["reason"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
def test_what_is_masked_can_be_neither_found_nor_sorted_by(
    session: Any, contact: EnterpriseContact, role: Role
) -> None:
    from dataclasses import replace

    from admin.lowcode.listing import ListQuery, statement

    by_mobile = replace(REGISTRY["person"], search=("name", "mobile"))
    session.add(Person(name="王五", organisation_id=1, mobile=MOBILE))
    session.commit()
    query = ListQuery(search="8812345", order="mobile")
    with acting_as(Principal("x", roles=frozenset({role}), organisations=frozenset({1}))):
        assert session.scalars(statement(by_mobile, query)).all() == []
        assert "ORDER BY person.mobile" not in str(statement(by_mobile, query))
    with acting_as(Principal("y", roles=frozenset({Role.OFFICE}))):
        assert len(session.scalars(statement(by_mobile, query)).all()) == 1
        assert "ORDER BY person.mobile" in str(statement(by_mobile, query))

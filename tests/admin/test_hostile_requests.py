"""Bodies, files and numbers that are meant to do harm, and accounts given to people on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from admin.app import create_app
from admin.checks import checks
from admin.principal import SYSTEM, Role, acting_as
from admin.records.officer import Officer
from admin.records.person import Person
from admin.setup import add_user, check_database
from indexer.readers import read_document
from policy_match.domain.facts import default_registry
from policy_match.errors import DocumentError, InputError, SettingsError
from policy_match.settings import load_settings
from tests.admin.conftest import PASSWORD, csrf_of
from tests.admin.test_records import unit


def test_a_body_nested_without_end_is_a_wrong_body(call: Any) -> None:
    ask = call(Role.OFFICE)
    body = b'{"name": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    answer = ask("POST", "enterprise/", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "嵌套过深" in answer.json["message"]


def test_a_login_nested_without_end_is_a_wrong_login(app: Any) -> None:
    body = b"[" * 200_000 + b"]" * 200_000
    answer = app.test_client().post(
        "/api/v1/security/login", data=body, content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_body_of_the_api_is_limited(call: Any) -> None:
    ask = call(Role.OFFICE)
    body = b'{"name": "' + b"a" * (3 * 2**20) + b'"}'
    for headers in ({}, {"Idempotency-Key": "k1"}):
        answer = ask(
            "POST", "enterprise/", data=body, content_type="application/json", headers=headers
        )
        assert answer.status_code == 413
        assert "不能超过 2 MB" in answer.json["message"]


def test_numbers_of_digests_can_not_be_tried_out(settings: Any) -> None:
    """Checking a number has a limit of its own, stricter than that of the other pages."""
    app = create_app(settings)
    client = app.test_client()
    answers = [client.get(f"/verify/ZQ{n}").status_code for n in range(21)]
    assert answers == [404] * 20 + [429]
    with app.app_context():
        app.appbuilder.session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


def test_one_byte_called_docx_is_no_policy(tmp_path: Path) -> None:
    path = tmp_path / "bad.docx"
    path.write_bytes(b"x")
    with pytest.raises(DocumentError, match=r"bad\.docx：扩展名是 \.docx，内容却不是，只有 1 个字"):
        read_document(path)


def test_an_unknown_fact_is_answered_without_a_path_of_the_repository() -> None:
    registry = default_registry()
    advice = registry.advice("zzzzqqqq")
    assert ".md" not in advice
    assert f"共有 {len(registry)} 个事实" in advice


def test_doctor_tells_wrong_settings_before_there_is_a_database(tmp_path: Path) -> None:
    given = {
        "POLICY_MATCH_HOME": str(tmp_path), "POLICY_MATCH_CHANNELS": "mail",
        "POLICY_MATCH_ENV": "production",
    }  # fmt: skip
    found = {name: (ok, advice) for name, ok, advice in checks(load_settings(given, dotenv=None))}
    assert found["数据库"][0] is True
    assert found["管理端设置"][0] is False
    assert "POLICY_MATCH_SECRET_KEY" in found["管理端设置"][1]
    assert found["邮件"][0] is False
    assert "POLICY_MATCH_MAIL_URL" in found["邮件"][1]


@pytest.mark.one_database("it spoils the database, which PostgreSQL's tests share")
def test_a_database_of_an_earlier_form_is_told(settings: Any, session: Any) -> None:
    """Stamped as newest, yet without a table or a column: no traceback."""
    session.execute(text("ALTER TABLE upload DROP COLUMN error"))
    session.execute(text("DROP TABLE lease"))
    with pytest.raises(SettingsError, match=r"数据库缺少表或列：lease、upload\.error"):
        check_database(settings)
    found = {name: ok for name, ok, _ in checks(settings)}
    assert found["数据库"] is False


def add_officer(session: Any) -> Person:
    person = Person(name="样例专员", organisation=unit(session, "东山街道"))
    session.add(Officer(person=person))
    session.flush()
    return person


def test_an_account_is_given_to_an_officer_on_record(login: Any, session: Any) -> None:
    person = add_officer(session)
    client = login(Role.ADMIN)
    page = client.get("/accounts/add").get_data(as_text=True)
    assert "样例专员（东山街道）" in page
    form = {
        "csrf_token": csrf_of(page), "username": "zhuanyuan1", "role": Role.OFFICER.value,
        "person": str(person.id), "password": PASSWORD, "active": "是",
    }  # fmt: skip
    assert client.post("/accounts/add", data=form).status_code == 302
    session.expire_all()
    assert person.user_id is not None
    assert person.organisation.name == "东山街道"
    assert len(session.scalars(select(Person).where(Person.name == "样例专员")).all()) == 1
    again = client.post("/accounts/add", data={**form, "username": "zhuanyuan2"})
    assert again.status_code == 422
    assert "“样例专员”已有账号" in again.get_data(as_text=True)


def test_clearing_the_unit_is_refused_or_done(login: Any, session: Any) -> None:
    """A role that needs a unit says so; an administrator's is really cleared."""
    client = login(Role.ADMIN)
    people = {one.name: one for one in session.scalars(select(Person))}
    for username, role, status in (
        ("township", Role.TOWNSHIP, 422),
        ("office", Role.OFFICE, 302),
    ):
        person = people[username]
        url = f"/accounts/{person.user_id}"
        page = client.get(url).get_data(as_text=True)
        form = {"csrf_token": csrf_of(page), "username": username, "role": role.value}
        answer = client.post(url, data={**form, "organisation": "", "active": "是"})
        assert answer.status_code == status
        session.expire_all()
        if status == 422:
            assert "必须选单位" in answer.get_data(as_text=True)
            assert person.user_id is not None
        else:
            assert person.user_id is None


def test_the_command_gives_an_account_to_a_person_on_record(app: Any, session: Any) -> None:
    person = add_officer(session)
    given = {"password": PASSWORD, "role": Role.OFFICER}
    with acting_as(SYSTEM):
        add_user(app, username="zy", person="样例专员", organisation="东山街道", **given)
    session.expire_all()
    assert person.user_id is not None
    with pytest.raises(InputError, match="人员“样例专员”已有账号"):
        add_user(app, username="zy2", person="样例专员", **given)
    with pytest.raises(InputError, match="没有登记过人员“某某”"):
        add_user(app, username="zy3", person="某某", **given)

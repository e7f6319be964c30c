"""Signing in and out: what ends a session, how often one may fail, back to where one was going."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

from admin import secret
from admin.app import create_app
from admin.principal import Role
from policy_match.errors import SettingsError
from policy_match.settings import load_settings
from tests.admin.conftest import PASSWORD, csrf_of

NEW = "Xin-2026-kouling"


def post_login(client: Any, username: str, password: str, query: str = "", **options: Any) -> Any:
    page = client.get(f"/login/{query}").get_data(as_text=True)
    form = {"username": username, "password": password, "csrf_token": csrf_of(page)}
    return client.post(f"/login/{query}", data=form, **options)


def tokens(app: Any, username: str = "office") -> dict[str, str]:
    answer = app.test_client().post(
        "/api/v1/security/login",
        json={"username": username, "password": PASSWORD, "provider": "db", "refresh": True},
    )
    assert answer.status_code == 200
    found: dict[str, str] = answer.json
    return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def change_password(client: Any) -> Any:
    page = client.get("/password/").get_data(as_text=True)
    form = {"csrf_token": csrf_of(page), "old": PASSWORD, "new": NEW, "again": NEW}
    return client.post("/password/", data=form)


def test_a_new_password_ends_other_sessions_and_tokens(app: Any, login: Any) -> None:
    mine, elsewhere, given = login(Role.OFFICE), login(Role.OFFICE), tokens(app)
    stranger = login(Role.DEPARTMENT)
    api = app.test_client()
    assert api.get("/api/v1/enterprise/", headers=bearer(given["access_token"])).status_code == 200
    assert change_password(mine).status_code == 302
    assert "/login/" in elsewhere.get("/enterprise/list/").headers["Location"]
    refused = api.get("/api/v1/enterprise/", headers=bearer(given["access_token"]))
    assert refused.status_code == 401
    assert "令牌已失效" in refused.json["message"]
    renewed = api.post("/api/v1/security/refresh", headers=bearer(given["refresh_token"]))
    assert renewed.status_code == 401
    assert stranger.get("/enterprise/list/").status_code == 200
    assert post_login(app.test_client(), "office", NEW).status_code == 302


def test_a_refreshed_token_works_until_then(app: Any) -> None:
    given, api = tokens(app), app.test_client()
    renewed = api.post("/api/v1/security/refresh", headers=bearer(given["refresh_token"]))
    assert renewed.status_code == 200
    answer = api.get("/api/v1/enterprise/", headers=bearer(renewed.json["access_token"]))
    assert answer.status_code == 200


def test_a_reset_and_a_lock_by_the_administrator_end_them_too(
    app: Any, login: Any, session: Any
) -> None:
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select

    admin, theirs, given = login(Role.ADMIN), login(Role.OFFICE), tokens(app)
    other, locked = login(Role.TOWNSHIP), tokens(app, "township")
    ids = dict(session.execute(select(User.username, User.id)).all())
    for username, role, changes in (
        ("office", Role.OFFICE, {"password": NEW, "active": "是"}),
        ("township", Role.TOWNSHIP, {"active": "否"}),
    ):
        page = admin.get(f"/accounts/{ids[username]}").get_data(as_text=True)
        chosen = re.search(r'<option value="(\d+)" selected', page)
        assert chosen
        form = {
            "csrf_token": csrf_of(page), "username": username, "role": role.value,
            "organisation": chosen[1], **changes,
        }  # fmt: skip
        assert admin.post(f"/accounts/{ids[username]}", data=form).status_code == 302
    api = app.test_client()
    for client, token in ((theirs, given), (other, locked)):
        assert "/login/" in client.get("/enterprise/list/").headers["Location"]
        answer = api.get("/api/v1/enterprise/", headers=bearer(token["access_token"]))
        assert answer.status_code == 401


def test_leaving_is_a_button_and_no_link(login: Any) -> None:
    client = login(Role.OFFICE)
    assert client.get("/logout/").status_code == 405
    home = client.get("/")
    assert home.status_code == 200
    assert client.post("/logout/").status_code == 400  # another site has no token
    answer = client.post("/logout/", data={"csrf_token": csrf_of(home.get_data(as_text=True))})
    assert answer.status_code == 302
    assert "/login/" in client.get("/enterprise/list/").headers["Location"]


def test_a_deep_link_asks_to_sign_in_and_comes_back(app: Any) -> None:
    client = app.test_client()
    sent = client.get("/enterprise/list/?q=abc")
    page = client.get(sent.headers["Location"]).get_data(as_text=True)
    assert "请先登录" in page
    assert "访问被拒绝" not in page
    query = sent.headers["Location"].partition("/login/")[2]
    back = post_login(client, "office", PASSWORD, query)
    assert back.headers["Location"].endswith("/enterprise/list/?q=abc")


def test_a_wrong_password_is_said_in_chinese_and_keeps_the_way_back(app: Any) -> None:
    client = app.test_client()
    sent = client.get("/enterprise/list/").headers["Location"].partition("/login/")[2]
    answer = post_login(client, "office", "falsch", sent, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "用户名或口令不对" in page
    assert "请先登录" not in page
    assert "next=" in answer.request.url


@pytest.fixture
def limited(settings: Any) -> Any:
    """The application as it is served, its limits on but that of an address."""
    made = create_app(settings)
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    with made.app_context():
        made.appbuilder.session.remove()
        made.extensions["sqlalchemy"].engine.dispose()


def api_login(app: Any, password: str, address: str) -> Any:
    return app.test_client().post(
        "/api/v1/security/login",
        json={"username": "office", "password": password, "provider": "db"},
        environ_base={"REMOTE_ADDR": address},
    )


def test_failures_from_elsewhere_do_not_keep_an_account_out(limited: Any) -> None:
    limited.appbuilder.sm.limiter.enabled = False  # the address's own ten a minute
    for _ in range(10):
        assert api_login(limited, "falsch", "203.0.113.7").status_code == 401
    refused = api_login(limited, PASSWORD, "203.0.113.7")
    assert refused.status_code == 429
    assert "登录失败次数太多" in refused.json["message"]
    assert "分钟后再试" in refused.json["message"]
    assert api_login(limited, PASSWORD, "198.51.100.9").status_code == 200


def test_guessing_one_account_from_many_addresses_is_stopped(limited: Any) -> None:
    from admin.sign_in import PER_NAME

    limiter = limited.appbuilder.sm.limiter
    limiter.enabled = False
    for _ in range(PER_NAME.amount):
        limiter.limiter.hit(PER_NAME, "sign-in", "office")
    assert api_login(limited, PASSWORD, "198.51.100.9").status_code == 429


def test_a_secret_is_whole_or_not_there(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that start at once sign with the same secret."""
    settings = load_settings({"POLICY_MATCH_HOME": str(tmp_path)}, dotenv=None)
    link, other = os.link, "a" * 64

    def slower(made: str, path: Any) -> None:
        """Another process links its own between our look and our link."""
        (tmp_path / secret.FILE).write_text(other, "ascii")
        link(made, path)

    monkeypatch.setattr(os, "link", slower)
    assert secret.secret_key(settings) == other
    assert secret.secret_key(settings) == other
    assert [one.name for one in tmp_path.iterdir()] == [secret.FILE]


def test_a_secret_is_readable_by_its_owner_only(tmp_path: Any) -> None:
    settings = load_settings({"POLICY_MATCH_HOME": str(tmp_path)}, dotenv=None)
    assert len(secret.secret_key(settings)) == 64
    assert (tmp_path / secret.FILE).stat().st_mode & 0o777 == 0o600


def test_an_empty_secret_is_refused(tmp_path: Any) -> None:
    settings = load_settings({"POLICY_MATCH_HOME": str(tmp_path)}, dotenv=None)
    (tmp_path / secret.FILE).write_text("", "ascii")
    with pytest.raises(SettingsError, match="空的或不完整"):
        secret.secret_key(settings)

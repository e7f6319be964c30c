"""Signing in: the throttle and its words, the secret, what guards the session."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin.app import create_app
from admin.principal import Role
from admin.secret import FILE, secret_key
from policy_match.errors import SettingsError
from policy_match.settings import Settings, load_settings
from tests.admin.conftest import PASSWORD, csrf_of


@pytest.fixture
def limited(settings: Settings) -> Iterator[Any]:
    """The application with its limits on."""
    made = create_app(settings)
    yield made
    with made.app_context():
        made.appbuilder.session.remove()
        made.extensions["sqlalchemy"].engine.dispose()


def try_in(app: Any, password: str, *, address: str, username: str = "office") -> Any:
    client = app.test_client()
    token = csrf_of(client.get("/login/").get_data(as_text=True))
    return client.post(
        "/login/",
        data={"username": username, "password": password, "csrf_token": token},
        environ_base={"REMOTE_ADDR": address},
    )


def test_one_address_may_try_ten_times_a_minute(limited: Any) -> None:
    tries = [try_in(limited, "wrong", address="10.0.0.1", username=f"u{n}") for n in range(11)]
    assert {one.status_code for one in tries[:10]} == {302}
    assert tries[10].status_code == 429
    page = tries[10].get_data(as_text=True)
    assert "操作太频繁" in page
    assert "稍等" in page
    assert try_in(limited, PASSWORD, address="10.0.0.2").status_code == 302


def test_failures_from_many_addresses_do_not_keep_the_owner_out(limited: Any) -> None:
    """Else anybody could lock anybody out by his name."""
    for n in range(10):
        try_in(limited, "wrong", address=f"10.0.1.{n}")
    assert try_in(limited, PASSWORD, address="10.0.2.1").headers["Location"] == "/"


def test_the_api_is_throttled_in_chinese_too(limited: Any) -> None:
    body = {"username": "nobody", "password": "wrong", "provider": "db"}
    client = limited.test_client()
    answers = [client.post("/api/v1/security/login", json=body) for _ in range(11)]
    assert {one.status_code for one in answers[:10]} == {401}
    assert "用户名或口令不对" in answers[0].json["message"]
    assert answers[10].status_code == 429
    assert "操作太频繁" in answers[10].json["message"]


def test_a_wrong_password_does_not_tell_whether_the_account_is_there(limited: Any) -> None:
    for number, username in enumerate(("office", "nobody")):
        client = limited.test_client()
        token = csrf_of(client.get("/login/").get_data(as_text=True))
        page = client.post(
            "/login/",
            data={"username": username, "password": "x", "csrf_token": token},
            environ_base={"REMOTE_ADDR": f"10.0.3.{number}"},
            follow_redirects=True,
        ).get_data(as_text=True)
        assert "用户名或口令不对" in page


def test_the_cookie_is_guarded_and_ends_with_the_sign_out(app: Any, login: Any) -> None:
    client = login(Role.OFFICE)
    (cookie,) = [one for one in client._cookies.values() if one.key == "policy_match_session"]
    assert cookie.http_only
    assert client.get("/enterprise/list/").status_code == 200
    page = client.get("/enterprise/list/")
    client.post("/logout/", data={"csrf_token": csrf_of(page.get_data(as_text=True))})
    assert client.get("/enterprise/list/").status_code == 302


@pytest.mark.parametrize("path", ["/login/", "/api/v1/enterprise/", "/verify", "/nowhere"])
def test_every_answer_has_the_guarding_headers(app: Any, path: str) -> None:
    headers = app.test_client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "object-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Request-Id"]


def test_two_answers_never_share_a_nonce(app: Any) -> None:
    client = app.test_client()
    policies = [client.get("/login/").headers["Content-Security-Policy"] for _ in range(2)]
    assert policies[0] != policies[1]


def test_the_secret_is_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    settings = load_settings({"POLICY_MATCH_HOME": str(tmp_path / "new")}, dotenv=None)
    made = secret_key(settings)
    assert len(made) == 64
    assert secret_key(settings) == made
    kept = tmp_path / "new" / FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    other = load_settings({"POLICY_MATCH_HOME": str(tmp_path / "other")}, dotenv=None)
    assert secret_key(other) != made


def test_a_given_secret_is_used_and_never_written(tmp_path: Path) -> None:
    given = {"POLICY_MATCH_HOME": str(tmp_path), "POLICY_MATCH_SECRET_KEY": "s" * 64}
    settings = load_settings(given, dotenv=None)
    assert secret_key(settings) == "s" * 64
    assert not (tmp_path / FILE).exists()
    assert "sss" not in repr(settings)


def test_production_says_what_to_set_and_starts_with_it(tmp_path: Path) -> None:
    given = {"POLICY_MATCH_HOME": str(tmp_path), "POLICY_MATCH_ENV": "production"}
    with pytest.raises(SettingsError) as refused:
        create_app(load_settings(given, dotenv=None))
    assert "POLICY_MATCH_SECRET_KEY" in str(refused.value)
    assert not (tmp_path / FILE).exists()

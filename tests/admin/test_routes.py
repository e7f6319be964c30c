"""Every address × every role: deny by default, and nothing that nobody classified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from admin.principal import Role
from admin.records.organisation import Organisation
from tests.admin.conftest import PASSWORD, csrf_of
from tests.admin.world import AT_LEAST_20, NOW, add_enterprise, add_policy

# addresses that need no sign-in, each with its reason
OPEN = {
    "HomeView.index": "sends whoever is not signed in to the sign-in",
    "SignInView.login": "the sign-in",
    "SignInView.logout": "leaving",
    "LoginApi.login": "the sign-in of the API",
    "LoginApi.refresh": "asks for a refresh token itself",
    "UtilView.back": "sends back to a page of this site",
    "LocaleView.index": "knows one language",
    "favicon": "an icon",
    "static": "styles and scripts",
    "appbuilder.static": "styles and scripts of the API page",
    "healthz": "says only whether the database answers",
    "MetricsView.metrics": "figures for a monitoring program: with its token, or from this machine",
}
OPEN_BLUEPRINTS = {"public"}  # enterprises' pages: a signed link is what opens them
NOT_OURS = {"MenuApi.get_menu_data"}  # Flask-AppBuilder's: no role has the permission


def routes(app: Any) -> Iterator[tuple[Any, str, str]]:
    """Every rule with one of its methods and its endpoint."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method, rule.endpoint


def is_open(endpoint: str) -> bool:
    return endpoint in OPEN or endpoint.split(".")[0] in OPEN_BLUEPRINTS


def roles_of(app: Any, endpoint: str) -> frozenset[Role] | None:
    """The roles that the declarations let in; None where nothing is declared."""
    name, _, function = endpoint.rpartition(".")
    view = next((v for v in app.appbuilder.baseviews if v.endpoint == name), None)
    access = getattr(view, "access", None)
    act = getattr(getattr(view, function, None), "_permission_name", None)
    if access is None or act is None:
        return None
    act = (view.method_permission_name or {}).get(function, act)
    return frozenset(role for role, acts in access.items() if act in acts)


def address(app: Any, rule: Any) -> str:
    """The rule with something in its gaps: records of the fixture have the id 1."""
    values = {
        name: 1 if type(converter).__name__ == "IntegerConverter" else "x"
        for name, converter in rule._converters.items()
    }
    if rule.endpoint == "CodesView.search":
        values["name"] = "region"
    if rule.endpoint == "OpenApiDocument.get":
        values["version"] = "v1"
    return str(rule.build(values)[1])


def test_every_address_is_classified(app: Any) -> None:
    unknown = {
        endpoint
        for _, _, endpoint in routes(app)
        if not is_open(endpoint) and endpoint not in NOT_OURS and not roles_of(app, endpoint)
    }
    assert not unknown, "declare `access` of the view, or name the address in OPEN with its reason"


def test_the_lists_of_open_addresses_are_not_stale(app: Any) -> None:
    known = {endpoint for _, _, endpoint in routes(app)}
    assert set(OPEN) <= known
    assert known >= NOT_OURS


@pytest.fixture
def world(session: Any) -> None:
    """A record of most types."""
    document = {"id": "p1", "title": "支持企业发展若干措施"}
    unit = session.scalars(select(Organisation).where(Organisation.name == "测试区科技局")).one()
    add_policy(
        session,
        AT_LEAST_20,
        document=document,
        organisation=unit,  # the department's own: other units' policies it may only read
        published_at=NOW,
        published_by="office",
    )
    add_enterprise(session, 1)


def test_nobody_gets_in_anywhere(app: Any, world: None) -> None:
    client = app.test_client()
    token = csrf_of(client.get("/login/").get_data(as_text=True))
    for rule, method, endpoint in routes(app):
        if is_open(endpoint):
            continue
        answer = client.open(
            address(app, rule), method=method, headers={"X-CSRFToken": token}, data={}
        )
        where = f"{method} {rule.rule}: {answer.status_code}"
        assert answer.status_code in (302, 401, 403), where
        if answer.status_code == 302:
            assert "/login/" in answer.headers["Location"], where


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_in_exactly_where_it_is_declared(
    role: Role, app: Any, login: Any, world: None
) -> None:
    """区营商环境办, 部门, 乡镇（街道）, 企业专员 each with their own acts."""  # mission 30
    client = login(role)
    token = csrf_of(client.get("/password/").get_data(as_text=True))
    api = _bearer(app, role)
    for rule, method, endpoint in routes(app):
        if is_open(endpoint):
            continue
        path = address(app, rule)
        is_api = path.startswith("/api/v1/") and endpoint != "OpenApiDocument.get"
        headers = api if is_api else {"X-CSRFToken": token}
        options: dict[str, Any] = {"json": {}} if is_api and method in ("POST", "PUT") else {}
        answer = client.open(path, method=method, headers=headers, **options)
        where = f"{role.value} {method} {rule.rule}: {answer.status_code}"
        allowed = role in (roles_of(app, endpoint) or ())
        assert answer.status_code < 500, where
        assert (answer.status_code not in (401, 403)) == allowed, where


def _bearer(app: Any, role: Role) -> dict[str, str]:
    answer = app.test_client().post(
        "/api/v1/security/login",
        json={"username": role.name.lower(), "password": PASSWORD, "provider": "db"},
    )
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_every_post_of_a_page_wants_a_csrf_token(app: Any, login: Any, world: None) -> None:
    client = login(Role.ADMIN)
    for rule, method, endpoint in routes(app):
        if method != "POST" or rule.rule.startswith("/api/"):
            continue
        if endpoint.split(".")[0] in OPEN_BLUEPRINTS:
            continue  # nobody is signed in there: the signed link is the proof, not a cookie
        answer = client.post(address(app, rule), data={})
        assert answer.status_code == 400, f"{rule.rule}: {answer.status_code}"


def test_a_cookie_is_no_key_to_the_api(app: Any, login: Any) -> None:
    """So that another site cannot write through a browser that is signed in."""
    answer = login(Role.ADMIN).post("/api/v1/enterprise/", json={})
    assert answer.status_code == 401


def test_a_locked_account_is_out_at_once(app: Any, login: Any, session: Any) -> None:
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select

    client, api = login(Role.VIEWER), _bearer(app, Role.VIEWER)
    assert client.get("/enterprise/list/").status_code == 200
    user = session.scalars(select(User).where(User.username == "viewer")).one()
    user.active = False
    session.commit()
    assert client.get("/enterprise/list/").status_code == 302
    assert client.get("/api/v1/enterprise/", headers=api).status_code in (401, 403)

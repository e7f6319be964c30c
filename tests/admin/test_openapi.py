"""The OpenAPI, and what it promises, tried at random: nothing may break the server."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error

from admin.principal import Role
from tests.admin.conftest import PASSWORD
from tests.admin.world import AT_LEAST_20, add_enterprise, add_policy


def bearer(app: Any) -> dict[str, str]:
    answer = app.test_client().post(
        "/api/v1/security/login",
        json={"username": Role.OFFICE.name.lower(), "password": PASSWORD, "provider": "db"},
    )
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_every_resource_of_the_mission_is_described(app: Any) -> None:
    spec = app.test_client().get("/api/v1/_openapi", headers=bearer(app)).json
    for name in [
        "enterprise",
        "officer",
        "activity",
        "appeal",
        "policy",
        "measure",
        "match",
        "digest",
    ]:
        assert f"/api/v1/{name}/" in spec["paths"]
    assert "/api/v1/security/login" in spec["paths"]
    amount = spec["components"]["schemas"]["MeasureWrite"]["properties"]["max_amount"]
    assert "元" in amount["description"]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/v1/enterprise/", "GET"),
        ("/api/v1/enterprise/", "POST"),
        ("/api/v1/enterprise/{pk}", "PUT"),
        ("/api/v1/activity/", "POST"),
        ("/api/v1/appeal/", "POST"),
        ("/api/v1/officer/", "POST"),
        ("/api/v1/measure/{pk}", "PUT"),
        ("/api/v1/match/", "GET"),
        ("/api/v1/digest/", "GET"),
        ("/api/v1/security/login", "POST"),
    ],
)
def test_nothing_that_is_sent_breaks_the_server(
    path: str, method: str, app: Any, session: Any
) -> None:
    add_policy(session, AT_LEAST_20)
    add_enterprise(session, 1)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    headers = bearer(app)
    spec = app.test_client().get("/api/v1/_openapi", headers=headers).json
    spec.pop("servers", None)
    schema = schemathesis.openapi.from_dict(spec)
    schema.app = app
    operation = schema[path][method]

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def walk(case: Any) -> None:
        sent = {**headers, "If-Match": "*"} if method == "PUT" else headers
        answer = case.call(headers=sent)
        case.validate_response(answer, checks=[not_a_server_error])

    from hypothesis import given

    given(case=operation.as_strategy())(walk)()

"""The containers' file against the code: every command, setting, port and health path there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from admin.health import PATH
from policy_match.cli import main as cli
from policy_match.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("init", "web", "worker", "beat")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_ours_with_its_options(name: str, services: dict[str, Any]) -> None:
    program, *arguments = services[name]["command"]
    assert program == "policy-match"
    answer = CliRunner().invoke(cli, [*arguments, "--help"])
    assert answer.exit_code == 0, answer.output
    for option in (one for one in arguments if one.startswith("--")):
        assert option in answer.output, option


def test_every_setting_is_known_and_makes_sense(services: dict[str, Any]) -> None:
    given = {"POLICY_MATCH_SECRET_KEY": "a" * 40, "POLICY_MATCH_BASE_URL": "https://zq.example.cn"}
    for name in OURS:
        environment = {
            key: re.sub(r"\$\{(\w+):\?[^}]*\}", lambda m: given.get(m[1], "secret"), value)
            for key, value in services[name]["environment"].items()
        }
        settings = load_settings(environment, dotenv=None)
        assert settings.admin.environment == "production"
        assert settings.admin.secret_key is not None
        known = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
        for key in environment:
            assert key.removeprefix("POLICY_MATCH_") in known, key


def test_the_web_is_asked_at_its_own_port_and_health_path(services: dict[str, Any]) -> None:
    web = services["web"]
    port = web["command"][web["command"].index("--port") + 1]
    assert f"127.0.0.1:{port}{PATH}" in web["healthcheck"]["test"][-1]
    assert all(published.endswith(f":{port}") for published in web["ports"])
    assert f"EXPOSE {port}" in (ROOT / "Dockerfile").read_text("utf-8")


def test_other_services_are_reached_under_their_names_and_ports(services: dict[str, Any]) -> None:
    environment = services["web"]["environment"]
    for key, name, port in (
        ("POLICY_MATCH_DATABASE_URL", "database", 5432),
        ("POLICY_MATCH_BROKER_URL", "broker", 6379),
        ("POLICY_MATCH_ADMIN_INDEX", "search", 9200),
    ):
        assert f"{name}:{port}" in environment[key]
        assert services[name]["healthcheck"]["test"]
        assert services[name]["volumes"]


def test_our_containers_are_no_root_and_cannot_become_it(services: dict[str, Any]) -> None:
    for name in OURS:
        assert services[name]["user"].split(":")[0] != "0"
        assert services[name]["read_only"] is True
    assert "USER app" in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_health_path_answers_without_a_sign_in(app: Any) -> None:
    answer = app.test_client().get(PATH)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})

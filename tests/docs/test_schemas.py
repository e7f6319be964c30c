"""The JSON Schemas in docs/reference/schemas: current, compatible, and true of real documents."""

from __future__ import annotations

import json
import sys
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policy_match.domain.enterprise import parse_enterprise

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from build_schemas import FOLDER, RELEASED, as_text, build_schemas  # noqa: E402 - after its path
from schema_compat import incompatibilities  # noqa: E402 - after its path

NAMES = ("policy", "criterion", "enterprise")


@pytest.fixture(scope="module")
def schemas() -> dict[str, dict[str, Any]]:
    return build_schemas()


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_schema_is_the_generated_one(
    name: str, schemas: dict[str, dict[str, Any]]
) -> None:
    committed = (FOLDER / f"{name}.json").read_text("utf-8")
    assert committed == as_text(schemas[name]), "run make schemas and read the difference"


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_against_the_released_schema_is_still_read(
    name: str, schemas: dict[str, dict[str, Any]]
) -> None:
    released = json.loads((RELEASED / f"{name}.json").read_text("utf-8"))
    assert incompatibilities(released, schemas[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str, schemas: dict[str, dict[str, Any]]) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas[name])


def test_the_sample_enterprises_are_valid(schemas: dict[str, dict[str, Any]]) -> None:
    """As written and as we write them again."""
    text = resources.files("policy_match.data").joinpath("sample/enterprises.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert rows
    validator = jsonschema.Draft202012Validator(schemas["enterprise"])
    for row in rows:
        validator.validate(row)
        validator.validate(parse_enterprise(row, read_on=date(2026, 11, 24)).to_json())


@pytest.mark.parametrize(
    "record",
    [
        {"name": "无身份"},
        {"id": "a", "facts": {"employes": 3}},
        {"id": "a", "facts": {"employees": "3"}},
        {"id": "a", "facts": {"employees": -3}},
        {"id": "a", "facts": {"rd_ratio": 1.2}},
        {"id": "a", "facts": {"qualification": {"code": "high_tech", "level": "world"}}},
        {"id": "a", "attested": {"制度健全": "是"}},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(
    record: dict[str, Any], schemas: dict[str, dict[str, Any]]
) -> None:
    assert not jsonschema.Draft202012Validator(schemas["enterprise"]).is_valid(record)


OLD = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "level": {"enum": ["a", "b"]},
        "amount": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/Tag"}},
    },
    "$defs": {"Tag": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    new: dict[str, Any] = json.loads(json.dumps(OLD))
    *parts, last = path.split("/")
    place = new
    for part in parts:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return new


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("properties/tags", None, "“tags” is gone"),
        ("required", ["id", "level"], "“level” is required"),
        ("properties/level/enum", ["a"], "'b'"),
        ("properties/id", {"enum": ["x"]}, "enumeration"),
        ("properties/id/type", "integer", "no longer of type"),
        ("properties/amount/anyOf", [{"type": "number", "minimum": 0}], "no longer a choice"),
        (
            "properties/amount/anyOf",
            [{"type": "number", "minimum": 5}, {"type": "null"}],
            "no longer a choice",
        ),
        ("$defs/Tag/properties", {}, "“name” is gone"),
    ],
)
def test_a_narrower_schema_is_told(path: str, value: Any, said: str) -> None:
    (found,) = incompatibilities(OLD, changed(path, value))
    assert said in found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/new", {"type": "string"}),
        ("required", []),
        ("properties/level/enum", ["a", "b", "c"]),
        ("properties/id/type", ["string", "null"]),
    ],
)
def test_a_wider_schema_is_fine(path: str, value: Any) -> None:
    assert incompatibilities(OLD, changed(path, value)) == []

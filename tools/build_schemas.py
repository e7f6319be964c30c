"""
Write the JSON Schemas of what the project exchanges, from the models and the facts.

    python tools/build_schemas.py              docs/reference/schemas/*.json
    python tools/build_schemas.py --release    also keep them as the released ones, which later
                                               schemas are held compatible with
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from policy_match.domain.codes import code_table
from policy_match.domain.criterion import Criterion
from policy_match.domain.enterprise import CodeEntry, Contact
from policy_match.domain.facts import FactSpec, FactType, default_registry
from policy_match.domain.policy import Policy

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference" / "schemas"
RELEASED = FOLDER / "released"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def build_schemas() -> dict[str, dict[str, Any]]:
    """The schemas by name: policy, criterion, enterprise."""
    schemas = {
        "policy": Policy.model_json_schema(by_alias=True),
        "criterion": TypeAdapter[Any](Criterion).json_schema(by_alias=True),
        "enterprise": enterprise_schema(),
    }
    return {name: {"$schema": DIALECT, **schema} for name, schema in schemas.items()}


def enterprise_schema() -> dict[str, Any]:
    """The exchange form of an enterprise; its facts are those of the registry."""
    entry = CodeEntry.model_json_schema()
    entry["properties"]["level"] = {"enum": ["national", "province", "city", "district", None]}
    facts = {spec.name: _fact(spec) for spec in default_registry().values()}
    text = {"type": ["string", "null"]}
    return {
        "title": "Enterprise",
        "description": "企业（enterprise）：身份、事实、已自查的事项",
        "type": "object",
        "properties": {
            "credit_code": text,
            "id": text,
            "name": text,
            "facts": {"type": "object", "additionalProperties": False, "properties": facts},
            "attested": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "business_scope": text,
            "address": text,
            "contacts": {"type": "array", "items": {"$ref": "#/$defs/Contact"}},
        },
        "anyOf": [{"required": ["credit_code"]}, {"required": ["id"]}],
        "$defs": {
            "Contact": Contact.model_json_schema(),
            "Code": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/CodeEntry"}]},
            "CodeEntry": entry,
            "Codes": {
                "anyOf": [
                    {"$ref": "#/$defs/Code"},
                    {"type": "array", "items": {"$ref": "#/$defs/Code"}},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            side: {"type": "array", "items": {"$ref": "#/$defs/Code"}}
                            for side in ("has", "lacks")
                        },
                    },
                ]
            },
        },
    }


def _fact(spec: FactSpec) -> dict[str, Any]:
    bare = _bare(spec)
    stated = {
        "type": "object",
        "required": ["value"],
        "additionalProperties": False,
        "properties": {
            "value": {"anyOf": [bare, {"type": "null"}]},
            "source": {"type": ["string", "null"]},
            "as_of": {"type": ["string", "null"], "format": "date"},
        },
    }
    unit = f"，单位{spec.unit}" if spec.unit else ""
    codes = f"，代码表：{code_table(spec.code_set).label}" if spec.is_set else ""
    return {
        "description": f"{spec.label}{unit}{codes}",
        "anyOf": [bare, stated, {"type": "null"}],
    }


def _bare(spec: FactSpec) -> dict[str, Any]:
    if spec.is_set:
        return {"$ref": "#/$defs/Codes"}
    if spec.type is FactType.BOOL:
        return {"type": "boolean"}
    if spec.type is FactType.DATE:
        return {"type": "string", "format": "date"}
    number: dict[str, Any] = {"type": "integer" if spec.type is FactType.COUNT else "number"}
    if not spec.may_be_negative:
        number["minimum"] = 0
    if spec.maximum is not None:
        number["maximum"] = spec.maximum
    return number


def as_text(schema: Mapping[str, Any]) -> str:
    """A schema as the file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="写出 JSON Schema")
    parser.add_argument("--release", action="store_true", help="同时记为已发布的版本")
    release = parser.parse_args().release
    for name, schema in build_schemas().items():
        for folder in [FOLDER, RELEASED] if release else [FOLDER]:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.json").write_text(as_text(schema), "utf-8")


if __name__ == "__main__":
    main()

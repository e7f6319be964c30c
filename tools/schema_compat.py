"""
What a newer JSON Schema would refuse that an older one took.

A document written against the old schema must still be read: no property goes away, none becomes
required, no enumeration loses a value, no type is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def incompatibilities(old: Schema, new: Schema, *, at: str = "") -> list[str]:
    """Each way in which `new` takes less than `old`, with its place; empty when compatible."""
    return list(_walk(old, new, at or "/"))


def _walk(old: Any, new: Any, at: str) -> Iterator[str]:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return
    yield from _required(old, new, at)
    yield from _properties(old, new, at)
    yield from _values(old, new, at)
    for key in ("anyOf", "oneOf"):
        yield from _choices(old.get(key, []), new.get(key, []), f"{at}{key}/")
    for key in ("items", "additionalProperties"):
        yield from _walk(old.get(key), new.get(key), f"{at}{key}/")
    for name in sorted(old.get("$defs", {})):
        if name in new.get("$defs", {}):
            yield from _walk(old["$defs"][name], new["$defs"][name], f"{at}$defs/{name}/")


def _required(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f"{at}: “{name}” is required now"


def _properties(old: Schema, new: Schema, at: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before):
        if name not in after:
            yield f"{at}: “{name}” is gone"
        else:
            yield from _walk(before[name], after[name], f"{at}{name}/")


def _values(old: Schema, new: Schema, at: str) -> Iterator[str]:
    if "enum" in new:
        lost = [value for value in old.get("enum", [None]) if value not in new["enum"]]
        if "enum" not in old:
            yield f"{at}: an enumeration now, free before"
        elif lost:
            yield f"{at}: {lost} may no longer be written"
    lost_types = _types(old) - _types(new) if _types(new) else set()
    if lost_types:
        yield f"{at}: no longer of type {sorted(lost_types)}"
    for key, tighter in (("minimum", max), ("maximum", min)):
        before, after = old.get(key), new.get(key)
        if after is not None and (before is None or tighter(before, after) != before):
            yield f"{at}: {key} is tighter, {after}"


def _types(schema: Schema) -> set[str]:
    named = schema.get("type", [])
    types = {named} if isinstance(named, str) else set(named)
    return types | {"integer"} if "number" in types else types


def _choices(before: list[Schema], after: list[Schema], at: str) -> Iterator[str]:
    for choice in before:
        if after and not any(not incompatibilities(choice, one) for one in _same(choice, after)):
            yield f"{at}: {dict(choice)} is no longer a choice"


def _same(choice: Schema, among: list[Schema]) -> list[Schema]:
    if "$ref" in choice:
        return [one for one in among if one.get("$ref") == choice["$ref"]]
    return [one for one in among if "$ref" not in one and bool(_types(one)) == bool(_types(choice))]

"""A kind of index, and one concrete index of it (索引种类与各代)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WHOLE = "whole"  # in the mark of a generation that was filled to its end


@dataclass(frozen=True, slots=True)
class Family:
    """
    A kind of index: its name, the version of its fields, its settings and mapping (索引种类).

    `meta` is written into the mapping, and tells our indices from other people's.
    """

    name: str
    version: int
    mappings: Mapping[str, Any]
    settings: Mapping[str, Any]
    rebuild_with: str  # what people run to make it again

    @property
    def kind(self) -> str:
        """What our mappings say they are."""
        return f"policy-match {self.name}"


@dataclass(frozen=True, slots=True)
class Generation:
    """One concrete index, and what it was made with (一代)."""

    name: str
    meta: Mapping[str, Any]

    @property
    def number(self) -> int:
        """Its place in the order."""
        return int(self.name.rpartition("-")[2])

    @property
    def is_whole(self) -> bool:
        """Whether it was filled to the end; what a killed rebuild left is not."""
        return bool(self.meta.get(WHOLE))


def changed_fields(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Fields whose type or analyzer is not what we made."""
    found = theirs.get("properties", {})
    return [
        name
        for name, wanted in ours["properties"].items()
        for have in [found.get(name, {})]
        if any(have.get(key, _DEFAULTS.get(key)) != wanted[key] for key in _KEYS if key in wanted)
    ]


_KEYS = ("type", "analyzer", "index", "index_options", "doc_values", "enabled")
_DEFAULTS = {"type": "object", "index": True, "doc_values": True, "index_options": "positions"}

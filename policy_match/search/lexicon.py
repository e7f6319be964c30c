"""The packaged words, synonyms and stop words of the field (领域词表)."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


def _text(file_name: str) -> str:
    folder = resources.files("policy_match").joinpath("data").joinpath("search")
    return folder.joinpath(file_name).read_text(encoding="utf-8")


def _lines(file_name: str) -> tuple[str, ...]:
    """The words of a file: several on a line, blanks between them; # starts a comment."""
    bare = (line.split("#", 1)[0] for line in _text(file_name).splitlines())
    return tuple(word for line in bare for word in line.split())


@cache
def field_words() -> tuple[str, ...]:
    """Words that the segmentation keeps whole (领域词)."""
    return _lines("words.txt")


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing in a query (停用词)."""
    return frozenset(_lines("stop_words.txt"))


@cache
def shape_patterns() -> dict[str, dict[str, str]]:
    """Patterns of what a question asks for and what a passage holds, by name (形态模式)."""
    data = json.loads(_text("shapes.json"))
    return {part: data[part] for part in ("questions", "passages")}


@cache
def ranking_weights() -> dict[str, float]:
    """The learned weights of the second stage, by the feature's name (排序权重)."""
    weights: dict[str, float] = json.loads(_text("ranking.json"))["weights"]
    return weights


@cache
def synonym_groups() -> tuple[tuple[str, ...], ...]:
    """Groups of words that stand for one another in a query (同义词)."""
    return tuple(tuple(group) for group in json.loads(_text("synonyms.json"))["groups"])


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Word → the other words of its groups, in the file's order."""
    out: dict[str, dict[str, None]] = {}
    for group in synonym_groups():
        for word in group:
            out.setdefault(word, {}).update(dict.fromkeys(one for one in group if one != word))
    return {word: tuple(others) for word, others in out.items()}

"""The documentation says what is true: pages are current, links lead somewhere, examples run."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import policy_match
from policy_match.cli import main as root
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.enterprise import parse_enterprise

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import build_docs  # noqa: E402 - after its path

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def blocks(language: str) -> Iterator[Any]:
    """The fenced blocks of a language in all pages, as test parameters."""
    for page in PAGES:
        found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)
        for n, block in enumerate(found, 1):
            yield pytest.param(block, id=f"{page.relative_to(ROOT)}#{n}")


@pytest.mark.parametrize("name", build_docs.PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """So each command, setting, error and fact is described: the pages are made from them."""
    committed = (build_docs.FOLDER / f"{name}.md").read_text("utf-8")
    assert committed == build_docs.page_text(name), "run make docs and read the difference"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [one or other for one, other in LINK.findall(page.read_text("utf-8"))]
    local = [target.split("#")[0] for target in targets if "://" not in target]
    assert [t for t in local if t and not (page.parent / t).exists()] == []


def test_each_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    targets = [one or other for one, other in LINK.findall(index.read_text("utf-8"))]
    reached = {(index.parent / target).resolve() for target in targets}
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page != index}
    assert sorted(str(page.relative_to(ROOT)) for page in pages - reached) == []


@pytest.mark.parametrize("code", list(blocks("python")))
def test_a_python_example_runs(code: str) -> None:
    exec(compile(code, "example", "exec"), {"__name__": "example"})  # ours, from the page


@pytest.mark.parametrize("text", list(blocks("json")))
def test_a_json_example_is_read(text: str) -> None:
    data = json.loads(text)
    if "facts" in data:
        assert parse_enterprise(data, read_on=policy_day()).warnings == ()
    else:
        parse_criterion(data.get("criteria", data))


def policy_day() -> Any:
    from datetime import date

    return date(2026, 11, 24)


def shell_lines() -> Iterator[Any]:
    for parameter in blocks("sh"):
        for line in parameter.values[0].splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] in ("policy-match", "make"):
                yield pytest.param(words, id=" ".join(words))


@pytest.mark.parametrize("words", list(shell_lines()))
def test_a_shell_example_names_what_exists(words: list[str]) -> None:
    """The command, its options and the number of its arguments; make's targets."""
    if words[0] == "make":
        targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M)
        named = [word for word in words[1:] if "=" not in word]
        assert set(named) <= set(targets)
        return
    if ">" in words:
        words = words[: words.index(">")]
    context = click.Context(root, info_name="policy-match")
    command = root.get_command(context, words[1])
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            parameter.type.exists = False
    command.make_context(words[1], words[2:], parent=context)


def test_each_exported_name_is_in_the_glossary_or_the_reference() -> None:
    """The nouns of the field are in the glossary, with their Chinese."""
    glossary = (ROOT / "docs/reference/glossary.md").read_text("utf-8")
    nouns = [name for name in policy_match.__all__ if name[0].isupper()]
    elsewhere = {"PolicyMatchError", "Settings", "FactType", "EnterpriseMatch"}
    assert [name for name in nouns if f"`{name}`" not in glossary and name not in elsewhere] == []


def test_each_term_of_the_glossary_is_in_the_code() -> None:
    glossary = (ROOT / "docs/reference/glossary.md").read_text("utf-8")
    names = re.findall(r"^\| `(\w+)`", glossary, re.M)
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "policy_match").rglob("*.py"))
    assert names
    assert [name for name in names if not re.search(rf"\b(?:class )?{name}\b", code)] == []


def test_each_dependency_has_its_reason() -> None:
    """ADR 5 names every package of pyproject.toml."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [*data["project"]["optional-dependencies"].values(), data["project"]["dependencies"]]
    names = {re.split(r"[<>=\[~!]", line)[0] for group in groups for line in group}
    page = (ROOT / "docs/adr/0005-dependencies.md").read_text("utf-8")
    assert [name for name in names - {"policy-match"} if f"| {name} |" not in page] == []


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    """Every dependency is pinned in the lock, and the demo's lock is a part of it."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*data["project"]["dependencies"]]
    asked += [line for group in data["project"]["optional-dependencies"].values() for line in group]
    asked += [line for group in data["dependency-groups"].values() for line in group]
    names = {re.split(r"[<>=\[~!]", line)[0].lower() for line in asked} - {"policy-match"}
    full, part = (pins(ROOT / name) for name in ("requirements.lock", "requirements-run.lock"))
    assert names - {pin.split("==")[0] for pin in full} == set()
    assert part - full == set()


def pins(path: Path) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[\w.+!-]+", path.read_text("utf-8"), re.M))

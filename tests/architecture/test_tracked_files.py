"""What no tracked file may hold: machine paths, index hosts, reasonless exceptions, bulk data."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked_files

TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".json", ".jsonl", ".csv", ".txt", ".lock"}
TEXT |= {".ipynb", ".html", ".js", ".css", ".svg", ".cfg", ".ini", ""}

# Written in pieces, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/" + r"(?:home|root|Users|work|opt)/\w"),
    "a package index": re.compile(
        r"(?i)pypi\.(?:org|python)|pythonhosted|index-url|registry\.npmjs|mirrors?\.\w+\.\w"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + " KEY-----"),
    "a conflict marker": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}
# uv's own option names, which say that no address is written
ALLOWED = ("--no-emit-index-url",)


def text_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix in TEXT]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    here = Path(__file__).resolve()
    found = []
    for path in text_files():
        if path == here:
            continue
        text = path.read_text("utf-8", errors="replace")
        for allowed in ALLOWED:
            text = text.replace(allowed, "")
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in FORBIDDEN[what].finditer(text)]
    assert found == []


def test_each_exception_from_a_check_has_its_reason() -> None:
    """A `noqa` names its rule and a `type: ignore` its code, and words follow."""
    form = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])\s*(?:#|[-—–])\s*\S+")
    found = []
    for path in tracked_files():
        if path.suffix != ".py" or path == Path(__file__).resolve():
            continue
        source = io.StringIO(path.read_text("utf-8"))
        for token in tokenize.generate_tokens(source.readline):
            comment = token.string
            is_exception = token.type == tokenize.COMMENT and re.search(
                r"#\s*(?:noqa|type:\s*ignore)", comment
            )
            if is_exception and not form.search(comment):
                found.append(f"{path.relative_to(ROOT)}:{token.start[0]}: {comment}")
    assert found == []


def test_no_tracked_file_is_large() -> None:
    """Data in bulk belongs elsewhere; the locks and code tables are the largest we keep."""
    large = [p.relative_to(ROOT) for p in tracked_files() if p.stat().st_size > 1_500_000]
    assert large == []


def test_scripts_are_executable() -> None:
    for name in (".ci/run", "tools/venv.sh", "tools/lock.sh", "tools/test_lowest.sh"):
        assert (ROOT / name).stat().st_mode & 0o111, name

"""Which version of the program reads files: another one reads everything again (读取程序的版本)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.metadata import version
from importlib.resources.abc import Traversable

_CODE = ("headings.py", "outline.py", "document.py", "readers", "structure", "extract")
_TABLES = (".json", ".csv")


@cache
def reader_version() -> str:
    """
    The version with a hash of the code and the tables that turn a file into a policy.

    It changes with every change that may read the same bytes differently, so that after an
    upgrade no file passes for unchanged. Where the code lies as bytecode only, the version of
    the package alone decides.
    """
    digest = hashlib.sha256()
    for name, source in _sources():
        digest.update(f"{name}\n{len(source)}\n".encode())
        digest.update(source)
    return f"{version('policy-match')}+{digest.hexdigest()[:12]}"


def _sources() -> Iterator[tuple[str, bytes]]:
    code, tables = resources.files("indexer"), resources.files("policy_match.data")
    for name in _CODE:
        yield from _files(code.joinpath(name), (".py",), name)
    for table in sorted(tables.iterdir(), key=lambda one: one.name):
        if table.name.endswith(_TABLES) and table.is_file():
            yield f"data/{table.name}", table.read_bytes()


def _files(place: Traversable, endings: tuple[str, ...], name: str) -> Iterator[tuple[str, bytes]]:
    """The files of a folder and those below it, or the one file, in order of name."""
    if place.is_dir():
        for one in sorted(place.iterdir(), key=lambda one: one.name):
            yield from _files(one, endings, f"{name}/{one.name}")
    elif place.is_file() and name.endswith(endings):
        yield name, place.read_bytes()

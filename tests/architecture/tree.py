"""What the architecture tests look at: tracked files, modules, imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("policy_match", "indexer", "admin")


@lru_cache(maxsize=1)
def tracked_files() -> tuple[Path, ...]:
    """The files git keeps; skips outside a clone."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return tuple(
        path for name in done.stdout.split("\0") if name and (path := ROOT / name).exists()
    )


def python_files(package: str) -> list[Path]:
    """The modules of a package or a part of it, dotted or not."""
    path = ROOT / package.replace(".", "/")
    return [path.with_suffix(".py")] if not path.is_dir() else sorted(path.rglob("*.py"))


def module_name(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_packages(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]

"""Pages never go around the ORM: only its statements carry the row scope."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.tree import ROOT

AROUND = {"__table__", "exec_driver_sql", "text", "literal_column"}
PAGES = (
    *sorted((ROOT / "admin/pages").glob("*.py")),
    *(ROOT / "admin" / name for name in ("public.py", "desk.py", "enterprise_page.py")),
    *(ROOT / "admin" / name for name in ("policy_page.py", "waiting.py", "searching.py")),
    ROOT / "admin/lowcode/views.py",
    ROOT / "admin/lowcode/api.py",
)


def goes_around(path: Path) -> list[str]:
    """Where a module reads a table itself or writes SQL by hand."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in AROUND - {"text"}:
            found.append(f"{path.name}:{node.lineno} {node.attr}")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            found += [f"{path.name}:{node.lineno} {n.name}" for n in node.names if n.name in AROUND]
    return found


def test_no_page_goes_around_the_orm() -> None:
    assert [place for path in PAGES for place in goes_around(path)] == []


def test_going_around_is_found(tmp_path: Path) -> None:
    module = tmp_path / "page.py"
    module.write_text("from sqlalchemy import text\nrows = Match.__table__\n", "utf-8")
    assert goes_around(module) == ["page.py:1 text", "page.py:2 __table__"]

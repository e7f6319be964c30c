"""Who may import what, beyond the contracts of import-linter in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import (
    PACKAGES,
    ROOT,
    imported_packages,
    module_name,
    python_files,
)

# A package that only some parts may know. The benchmarks measure against the bare drivers.
HOMES = {
    "tantivy": ("policy_match.search.embedded", "policy_match.bench"),
    "elasticsearch": ("policy_match.search.elastic", "policy_match.bench"),
    "rjieba": ("policy_match.search", "policy_match.bench"),
    "stdnum": ("policy_match.domain",),
    "dotenv": ("policy_match.settings",),
    "platformdirs": ("policy_match.settings",),
    "pyarrow": (
        "policy_match.enterprises",
        "policy_match.enterprise_columns",
        "policy_match.bench",
        "admin.roster",
    ),
    "click": (
        "policy_match.cli",
        "policy_match.cli_support",
        "policy_match.commands",
        "indexer",
        "admin",
    ),
    "flask": ("admin",),
    "celery": ("admin",),
    "sqlalchemy": ("admin",),
}

# Loaded only when the work is really done: each costs start-up time or is an optional package.
HEAVY = {
    "celery",
    "docx",
    "elasticsearch",
    "flask",
    "jieba",
    "lxml",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pypdfium2",
    "python_calamine",
    "rich",
    "rjieba",
    "sklearn",
    "skops",
    "sqlalchemy",
    "tantivy",
}


@pytest.mark.parametrize("package", HOMES)
def test_a_driver_is_known_in_its_home_only(package: str) -> None:
    for path in [path for name in PACKAGES for path in python_files(name)]:
        if package in imported_packages(path):
            module = module_name(path)
            assert any(module == home or module.startswith(f"{home}.") for home in HOMES[package])


def test_the_domain_knows_the_standard_library_pydantic_and_stdnum_only() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "stdnum", "policy_match"}
    for path in python_files("policy_match.domain"):
        assert set(imported_packages(path)) <= allowed, path.name


@pytest.mark.parametrize("part", ["domain", "matching", "search", "digest", "wording", "facade"])
def test_nothing_below_the_command_line_reads_the_clock(part: str) -> None:
    """The day comes in as `as_of`."""
    for path in python_files(f"policy_match.{part}"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert node.attr not in {"today", "now", "utcnow"}, where


@pytest.mark.parametrize(
    "code",
    [
        "import policy_match",
        "import policy_match.settings, policy_match.logs, policy_match.errors",
        "import indexer, admin",
        "from policy_match.cli import main; main(['--help'], standalone_mode=False)",
        "from policy_match.cli import main; main(['match', '--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded_before_there_is_work(code: str, tmp_path: Path) -> None:
    """Counted, not timed: which packages a fresh interpreter has loaded."""
    probe = f"import sys; {code}; print('loaded', *sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, check=True, text=True, cwd=tmp_path
    )
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert loaded & HEAVY == set()


def test_the_library_imports_without_the_optional_packages(tmp_path: Path) -> None:
    """Every module of the library but the drivers' own loads when the extras are blocked."""
    extras = ["datasketch", "docx", "elasticsearch", "httpx", "lxml", "pyarrow", "pypdfium2"]
    extras += ["sklearn", "skops"]
    extras += ["python_calamine", "flask", "celery", "sqlalchemy", "sklearn", "jieba", "pytest"]
    own = ("policy_match.search.elastic", "policy_match.testing", "policy_match.bench")
    modules = [module_name(path) for path in python_files("policy_match")]
    names = [name for name in modules if not name.startswith(own) and "__main__" not in name]
    code = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({extras!r}))\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "import policy_match\n"
        "for name in policy_match.__all__: getattr(policy_match, name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("group", ["policy_match.commands", "policy_match.search"])
def test_each_entry_point_loads(group: str) -> None:
    """What pyproject.toml names is there."""
    import tomllib
    from importlib import import_module

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for target in project["entry-points"][group].values():
        module, _, attribute = target.partition(":")
        assert callable(getattr(import_module(module), attribute))

"""Setting up: what people read when something is missing, and what `make` offers."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts are for Unix")


def fake_python(folder: Path, *, version_ok: bool, venv: str) -> Path:
    """A stand-in for python: whether it is new enough, and what it does when asked for a venv."""
    path = folder / "fake-python"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$1" in\n  -c) exit {0 if version_ok else 1} ;;\n'
        '  --version) echo "Python 3.9.2" ;;\n'
        f"  -m) {venv} ;;\nesac\n",
        "utf-8",
    )
    path.chmod(0o755)
    return path


def set_up(python: Path, venv: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "tools/venv.sh"), str(venv), "requirements-run.lock"],
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_old_python_is_told_with_what_is_needed(tmp_path: Path) -> None:
    python = fake_python(tmp_path, version_ok=False, venv="exit 0")
    done = set_up(python, tmp_path / "venv")
    assert done.returncode == 1
    assert "3.11" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_missing_venv_names_the_debian_package_and_leaves_nothing(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    python = fake_python(
        tmp_path, version_ok=True, venv=f"mkdir -p {venv}/bin; echo ensurepip missing; exit 1"
    )
    done = set_up(python, venv)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "ensurepip missing" in done.stderr
    assert not venv.exists()


def test_make_alone_lists_each_target_in_chinese_and_english() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)
    told = re.findall(r"^  make ([a-z-]+) +[\u4e00-\u9fff].*（[a-z].*）$", done.stdout, re.M)
    assert sorted(told) == sorted(phony.split())


def test_a_second_set_up_does_nothing(tmp_path: Path) -> None:
    """Stamps newer than what they depend on are enough."""
    venv = tmp_path / "venv"
    venv.mkdir()
    for stamp in (".dev", ".run"):
        (venv / stamp).touch()
    command = ["make", "--question", f"VENV={venv}", f"{venv}/.dev", f"{venv}/.run"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0

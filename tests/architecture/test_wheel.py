"""What the wheel holds: three packages, their data, nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, tracked_files

pytest.importorskip("hatchling", reason="the build tools are not installed (group build)")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The members of a wheel that is built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "PYTHONWARNINGS": ""}
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_top_level_is_the_three_packages(wheel_names: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel_names}
    (info,) = [name for name in top if name.endswith(".dist-info")]
    assert top == {*PACKAGES, info}
    assert {f"{info}/licenses/LICENSE", f"{info}/entry_points.txt"} <= set(wheel_names)


def test_each_tracked_file_of_the_packages_is_in_it(wheel_names: list[str]) -> None:
    ours = {path.relative_to(ROOT) for path in tracked_files()}
    wanted = {str(path) for path in ours if path.parts[0] in PACKAGES}
    assert wanted - set(wheel_names) == set()


def test_each_package_is_typed_and_the_sample_is_there(wheel_names: list[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(wheel_names)
    assert "policy_match/data/sample/enterprises.jsonl" in wheel_names
    assert any(name.startswith("policy_match/data/sample/policies/") for name in wheel_names)
    assert "policy_match/data/regions.csv" in wheel_names


def test_no_test_and_no_leftover_is_in_it(wheel_names: list[str]) -> None:
    odd = [
        name for name in wheel_names if "__pycache__" in name or name.endswith((".pyc", ".orig"))
    ]
    assert odd == []
    assert not any(Path(name).name.startswith("test_") for name in wheel_names)

"""The notebooks run from top to bottom, on nothing but the sample."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (group dev)")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (group dev)")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_a_quickstart() -> None:
    assert "01-quickstart.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own start-up
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path), "IPYTHONDIR": str(tmp_path)}
    environment |= {"POLICY_MATCH_SHARED": str(ROOT.parent / "shared")}
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(cwd=str(tmp_path), env=environment)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_no_output_is_kept_in_git(path: Path) -> None:
    """Outputs go stale and may hold data."""
    notebook = nbformat.read(path, as_version=4)
    assert [cell for cell in notebook.cells if cell.get("outputs")] == []

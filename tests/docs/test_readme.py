"""What the README tells to type works as typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from policy_match.cli import main

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def test_the_commands_of_the_readme_run_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty folder, with the enterprise that the README shows."""
    monkeypatch.chdir(tmp_path)
    (record,) = re.findall(r"^```json\n(.*?)^```", README, re.S | re.M)
    Path("企业.json").write_text(record, "utf-8")
    shell = "".join(re.findall(r"^```sh\n(.*?)^```", README, re.S | re.M))
    lines = re.findall(r"^policy-match (.*)$", shell, re.M)
    assert len(lines) >= 4
    for line in lines:
        done = CliRunner().invoke(main, shlex.split(line), catch_exceptions=False)
        assert done.exit_code == 0, f"{line}: {done.output}"
        assert done.stdout.strip()


def test_the_readme_names_what_debian_needs() -> None:
    assert "python3-venv" in README

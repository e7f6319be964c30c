"""The commands extract, index and lineage, with real workers and a real index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import cli

from .conftest import notice


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "文件"
    files.mkdir()
    closing = (
        "本通知自2025年1月1日起施行。《关于支持企业发展的通知》（晋政发〔2024〕901号）同时废止。"
    )
    (files / "a.txt").write_text(notice(), encoding="utf-8")
    (files / "b.txt").write_text(
        notice("晋政发〔2024〕950号", closing=closing, day="2024年12月1日"), encoding="utf-8"
    )
    (files / "c.txt").write_text("", encoding="utf-8")
    return files


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_extract_prints_policies_and_names_what_failed(folder: Path) -> None:
    result = run(cli.extract, folder, "--json", "--as-of", "2025-06-01")
    assert result.exit_code == 1
    made = rows(result)
    assert [policy["doc_no"] for policy in made] == ["晋政发〔2024〕901号", "晋政发〔2024〕950号"]
    assert made[0]["status"] == "in_force"
    assert made[0]["source"]["sha256"]
    assert "c.txt" in result.stderr
    assert "空" in result.stderr
    assert "Traceback" not in result.stderr


def test_extract_speaks_chinese_to_people(folder: Path) -> None:
    result = run(cli.extract, folder / "a.txt")
    assert result.exit_code == 0
    assert "文号：晋政发〔2024〕901号" in result.stdout
    assert "地区：晋宁区（530115）" in result.stdout


def test_index_then_lineage(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "index"
    first = run(cli.index, folder, "--index", place, "--json")
    assert first.exit_code == 1
    by_name = {Path(row["file"]).name: row for row in rows(first)}
    assert {name: row["status"] for name, row in by_name.items()} == {
        "a.txt": "added",
        "b.txt": "added",
        "c.txt": "failed",
    }
    assert set(by_name["a.txt"]) == {"file", "id", "status", "reason"}
    again = run(cli.index, folder, "--index", place, "--json")
    assert [row["status"] for row in rows(again)].count("unchanged") == 2
    links = run(cli.lineage, by_name["a.txt"]["id"], "--index", place, "--json")
    assert links.exit_code == 0
    assert rows(links) == [
        {
            "policy_id": by_name["a.txt"]["id"],
            "relation": "repealed_by",
            "of": "昆明市晋宁区人民政府关于支持企业发展的通知",
            "doc_no": "晋政发〔2024〕950号",
            "resolved": by_name["b.txt"]["id"],
        }
    ]
    people = run(cli.lineage, by_name["a.txt"]["id"], "--index", place, "--as-of", "2026-11-24")
    assert "已废止" in people.stdout
    assert "被其废止" in people.stdout


def test_an_unknown_policy_is_said_to_be_unknown(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "index"
    run(cli.index, folder / "a.txt", "--index", place)
    result = run(cli.lineage, "p-none", "--index", place)
    assert result.exit_code == 1
    assert "p-none" in result.stderr
    assert result.stdout == ""


def test_wrong_use_is_exit_code_two() -> None:
    assert run(cli.extract).exit_code == 2
    assert run(cli.index, "x.txt", "--as-of", "昨天").exit_code == 2

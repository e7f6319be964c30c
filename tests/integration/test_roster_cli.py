"""What the commands make of hostile rules and tables: bounded time, clear words."""

from __future__ import annotations

import json
import time
from pathlib import Path

from click.testing import CliRunner, Result

from policy_match.cli import main

NAMES = "name,employees\n甲,3\n乙,300\n"


def run(tmp_path: Path, rule: str, names: str = NAMES) -> Result:
    (tmp_path / "规则.json").write_text(rule, "utf-8")
    (tmp_path / "名录.csv").write_text(names, "utf-8")
    arguments = ["simulate", str(tmp_path / "规则.json"), str(tmp_path / "名录.csv"), "--json"]
    return CliRunner().invoke(main, arguments)


def test_a_rule_nested_a_thousand_deep(tmp_path: Path) -> None:
    start = time.perf_counter()
    found = run(tmp_path, '{"not":' * 1000 + '{"all":[]}' + "}" * 1000)
    assert found.exit_code == 1
    assert "嵌套" in found.stdout
    assert time.perf_counter() - start < 30


def test_a_rule_of_a_million_leaves(tmp_path: Path) -> None:
    leaf = '{"fact":"employees","op":">=","value":3}'
    start = time.perf_counter()
    found = run(tmp_path, '{"any":[' + ",".join([leaf] * 1_000_000) + "]}")
    assert found.exit_code == 1
    assert "1000 项" in found.stdout
    assert time.perf_counter() - start < 60


def test_a_table_with_nan_a_wrong_unit_and_an_id_that_comes_twice(tmp_path: Path) -> None:
    names = "name,employees,revenue\n甲,3,5百万\n乙,NaN,1\n丙,30,1\n丙,40,1\n"
    found = run(tmp_path, '{"fact":"employees","op":">=","value":20}', names)
    assert found.exit_code == 1
    assert json.loads(found.stdout) == {
        "rule": 1, "eligible": 1, "unknown": 0, "ineligible": 0, "budget_max": None,
    }  # fmt: skip
    for words in ("不认识的单位“百万”", "不是有限的数", "编号“丙”重复"):
        assert words in found.stderr


def test_a_table_with_an_unknown_column(tmp_path: Path) -> None:
    found = run(tmp_path, '{"all":[]}', "name,employes\n甲,3\n")
    assert found.exit_code == 1
    assert "employes" in found.stderr
    assert "employees" in found.stderr

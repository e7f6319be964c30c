"""The commands over a whole index: compare, lost-bases, verify, versions, and lineage's picture."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from policy_match.cli import main
from policy_match.search.registry import open_index

OLD = """甲市工业和信息化局关于组织申报研发补助的通知
甲工信〔2024〕9号
根据《甲市促进办法》（甲政发〔2020〕1号），现组织申报研发补助。
一、申报条件
企业上年度营业收入不低于2000万元，研发投入占营业收入的比例不低于3%。
二、支持标准
对符合条件的企业给予最高50万元补助，按照研发投入的10%给予补助。
三、申报方式
登录系统提交申请，经区县主管部门审核后报送，受理电话以当地公布的为准，逾期不再受理。
甲市工业和信息化局
2024年3月1日
"""
NEW = (
    OLD.replace("2000万元", "3000万元")
    .replace("〔2024〕9号", "〔2025〕7号")
    .replace("2024年3月", "2025年3月")
)
BASIS = """甲市促进办法
甲政发〔2020〕1号
本办法自2020年1月1日起施行，有效期至2022年12月31日。
甲市人民政府
2020年1月1日
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "文件"
    files.mkdir()
    for name, text in (("old", OLD), ("new", NEW), ("basis", BASIS)):
        (files / f"{name}.txt").write_text(text, encoding="utf-8")
    return files


@pytest.fixture
def index(folder: Path, tmp_path: Path) -> Path:
    place = tmp_path / "index"
    assert run("index", folder, "--index", place, "--as-of", "2026-01-01").exit_code == 0
    return place


def ids(index: Path) -> dict[str, str]:
    with closing(open_index(str(index))) as opened:
        return {str(one.doc_no): one.id for one in opened.iter_policies()}


def test_compare_by_id_and_by_file(index: Path, folder: Path) -> None:
    known = ids(index)
    by_id = run(
        "compare",
        known["甲工信〔2024〕9号"],
        known["甲工信〔2025〕7号"],
        "--index",
        index,
        "--json",
    )
    by_file = run("compare", folder / "old.txt", folder / "new.txt", "--json")
    assert (by_id.exit_code, by_file.exit_code) == (0, 0)
    told = {row["part"] for row in rows(by_id)}
    assert told == {"clause", "measure"}
    (measure,) = [row for row in rows(by_file) if row["part"] == "measure"]
    assert measure["rules"][0] == {
        "what": "revenue",
        "before": {"op": ">=", "value": 20_000_000},
        "after": {"op": ">=", "value": 30_000_000},
    }
    words = run("compare", folder / "old.txt", folder / "new.txt").stdout
    assert "营业收入：≥ 2000万元 → ≥ 3000万元" in words
    assert "【删：2】【增：3】000万元" in words


def test_compare_with_itself_has_nothing_to_tell(folder: Path) -> None:
    assert "没有差异" in run("compare", folder / "old.txt", folder / "old.txt").stdout


def test_an_unknown_id_is_named(index: Path, folder: Path) -> None:
    for arguments in (
        ("compare", "p-none", folder / "old.txt"),
        ("versions", "p-none"),
        ("verify", "p-none"),
    ):
        result = run(*arguments, "--index", index)
        assert result.exit_code == 1
        assert "p-none" in result.stderr


def test_versions_names_the_newer_one_first(index: Path) -> None:
    known = ids(index)
    (row,) = rows(run("versions", "--index", index, "--json"))
    assert (row["policy_id"], row["of"]) == (
        known["甲工信〔2025〕7号"],
        known["甲工信〔2024〕9号"],
    )
    assert row["relation"] == "version"
    assert rows(run("versions", known["甲政发〔2020〕1号"], "--index", index, "--json")) == []
    assert "新旧版本" in run("versions", "--index", index).stdout


def test_lost_bases_over_the_whole_index(index: Path) -> None:
    # mission 25
    known = ids(index)
    found = rows(run("lost-bases", "--index", index, "--as-of", "2026-01-01", "--json"))
    assert {row["policy_id"] for row in found} == {
        known["甲工信〔2024〕9号"],
        known["甲工信〔2025〕7号"],
    }
    assert {row["basis_id"] for row in found} == {known["甲政发〔2020〕1号"]}
    assert {(row["status"], row["since"]) for row in found} == {("expired", "2022-12-31")}
    assert "已过期" in run("lost-bases", "--index", index, "--as-of", "2026-01-01").stdout


def test_verify_says_nothing_of_what_was_just_read(index: Path) -> None:
    result = run("verify", "--index", index, "--json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 处不一致" in run("verify", "--index", index).stdout


def test_verify_finds_a_rule_that_was_changed(index: Path) -> None:
    known = ids(index)["甲工信〔2024〕9号"]
    with closing(open_index(str(index), write=True)) as opened:
        policy = opened.get(known)
        assert policy is not None
        data = policy.to_json()
        text = json.dumps(data).replace("20000000", "90000000")
        opened.put([type(policy).model_validate(json.loads(text))])
    (row,) = rows(run("verify", known, "--index", index, "--json"))
    assert (row["problem"], row["fact"], row["policy_id"]) == ("number", "revenue", known)
    words = run("verify", "--index", index).stdout
    assert "数不一致" in words
    assert "2000万元" in words


@pytest.mark.parametrize("form", ["mmd", "dot"])
def test_lineage_draws_its_picture(index: Path, tmp_path: Path, form: str) -> None:
    picture = tmp_path / f"脉络.{form}"
    known = ids(index)["甲工信〔2024〕9号"]
    result = run("lineage", known, "--index", index, "--picture", picture, "--json")
    assert result.exit_code == 0
    assert "甲市促进办法" in picture.read_text("utf-8")
    assert [row["relation"] for row in rows(result)] == ["basis"]
    assert str(picture) in result.stderr


def test_a_picture_of_another_form_is_wrong(index: Path, tmp_path: Path) -> None:
    known = ids(index)["甲工信〔2024〕9号"]
    result = run("lineage", known, "--index", index, "--picture", tmp_path / "脉络.png")
    assert result.exit_code == 1
    assert ".mmd" in result.stderr


def test_rules_of_an_older_index_are_read(index: Path) -> None:
    """A policy written before terms, doubts and guesses existed."""
    with closing(open_index(str(index))) as opened:
        policy = next(one for one in opened.iter_policies() if one.measures)
    data = policy.to_json()
    data.pop("guesses")
    for measure in data["measures"]:
        measure.pop("guesses")
        measure["benefit"].pop("terms")
        measure["review"].pop("doubts")
    again = type(policy).model_validate(data)
    assert [one.title for one in again.measures] == [one.title for one in policy.measures]


CHANGE = """甲市工业和信息化局关于修改《甲市工业和信息化局关于组织申报研发补助的通知》的决定
甲工信〔2024〕19号
对《甲市工业和信息化局关于组织申报研发补助的通知》（甲工信〔2024〕9号）作如下修改：
将“2000万元”修改为“5000万元”，删去第九条。
甲市工业和信息化局
2024年6月1日
"""


def test_an_amended_document_is_read_as_it_stands(folder: Path, tmp_path: Path) -> None:
    """Its index holds the current rule; `compare ID` and `lineage` show what came from whom."""
    (folder / "change.txt").write_text(CHANGE, encoding="utf-8")
    index = tmp_path / "amended"
    lines = rows(run("index", folder, "--index", index, "--as-of", "2026-01-01", "--json"))
    (old,) = (one["id"] for one in lines if one["file"].endswith("old.txt"))
    with closing(open_index(str(index))) as opened:
        policy = opened.get(old)
    assert policy is not None
    assert "5000万元" in policy.text
    assert [one.reason is None for one in policy.amendments] == [True, False]
    assert all(one.review.needed for one in policy.measures)
    changes = rows(run("compare", old, "--index", index, "--json"))
    assert [row["part"] for row in changes] == ["clause", "measure"]
    assert changes[1]["rules"][0]["after"]["value"] == 50_000_000
    shown = run("lineage", old, "--index", index).stdout
    assert "被修改 2 处，其中 1 处已并入现行文本" in shown
    assert "甲工信〔2024〕19号" in shown
    again = rows(run("index", folder, "--index", index, "--as-of", "2026-01-01", "--json"))
    assert {one["status"] for one in again} == {"unchanged"}

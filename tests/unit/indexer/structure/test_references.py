"""Documents that a text names, with the relation."""

from __future__ import annotations

import pytest

from indexer.structure.references import find_references


def relations(text: str) -> list[tuple[str | None, str | None, str]]:
    return [(ref.title, ref.doc_no, str(ref.relation)) for ref in find_references(text)]


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("根据《昆明市资金管理办法》（昆政发〔2023〕900号），制定本细则。", "basis"),
        ("为贯彻落实《昆明市资金管理办法》（昆政发〔2023〕900号），现通知如下：", "implements"),
        ("将《昆明市资金管理办法》（昆政发〔2023〕900号）第三条修改为：", "amends"),
        ("决定对《昆明市资金管理办法》（昆政发〔2023〕900号）作如下修改：", "amends"),
        (
            "本办法自发布之日起施行。《昆明市资金管理办法》（昆政发〔2023〕900号）同时废止。",
            "repeals",
        ),
        ("《昆明市资金管理办法》（昆政发〔2023〕900号）第七条同时停止执行。", "amends"),
        ("有关材料见《昆明市资金管理办法》（昆政发〔2023〕900号）。", "mentions"),
    ],
)
def test_relation(text: str, relation: str) -> None:
    assert relations(text) == [("昆明市资金管理办法", "昆政发〔2023〕900号", relation)]


def test_a_list_shares_its_relation() -> None:
    found = relations(
        "根据《甲市条例》《乙省办法》（乙政发〔2020〕1号）和《丙市规定》，制定本办法。"
    )
    assert [relation for _, _, relation in found] == ["basis"] * 3


def test_all_of_a_list_are_repealed() -> None:
    found = relations("《甲市管理办法》《乙省实施细则》（乙政发〔2020〕1号）同时废止。")
    assert [relation for _, _, relation in found] == ["repeals"] * 2


def test_a_basis_is_not_repealed_by_its_sentence() -> None:
    found = relations("根据《甲市管理条例》，原有规定予以废止。")
    assert [relation for _, _, relation in found] == ["basis"]


def test_each_once_with_its_strongest_relation() -> None:
    named = "《甲市管理办法》（甲政发〔2020〕1号）"
    text = f"根据{named}办理。\n{named}同时废止。\n见甲政发〔2020〕1号。"
    assert relations(text) == [("甲市管理办法", "甲政发〔2020〕1号", "repeals")]


def test_forms_and_short_names_are_no_documents() -> None:
    assert relations("填写《项目申报表》《企业承诺书》，提交《审计报告》，按《办法》办理。") == []


def test_nested_titles() -> None:
    found = relations("根据《甲厅关于印发《乙办法》的通知》（甲发〔2020〕1号），现通知如下：")
    assert found == [("甲厅关于印发《乙办法》的通知", "甲发〔2020〕1号", "basis")]


def test_its_own_names_are_no_references() -> None:
    own = ("甲政发〔2024〕1号", "甲市管理办法")
    assert find_references("《甲市管理办法》（甲政发〔2024〕1号）已经同意。", own) == ()

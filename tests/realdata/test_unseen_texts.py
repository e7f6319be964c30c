"""Extraction on texts drawn by a seed and labelled before the program read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from indexer.extract import extract_measures
from indexer.structure import structure
from tests.unit.indexer.extract.conftest import document_of

from .test_extraction_score import f1, scorer

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
LABELS = ROOT / "tests" / "cases" / "extract" / "unseen.yaml"
FIELDS = (
    *("依据文件", "发文机构", "发文字号", "发布日期", "工具分类", "服务对象", "服务内容"),
    *("条件要求", "办理流程", "时间频度", "联络方式"),
)
BAR = 0.87  # of all three sets, now that their errors have been seen

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (DATA / "policies_fulltext" / "policies.jsonl").exists(),
        reason=f"真实语料不在 {DATA}",
    ),
]


def rows_of(name: str) -> list[dict[str, Any]]:
    text = (DATA / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def texts() -> Iterator[tuple[str, str]]:
    """Every record that may have a label, as it was shown to the reader."""
    for name in ("policies.jsonl", "laws_regulations_enterprise.jsonl"):
        for row in rows_of(f"policies_fulltext/{name}"):
            yield row["id"], f"{row['title'] or ''}\n{row['text']}"
    structured = DATA / "policies_structured"
    for card in json.loads((structured / "beijing_145_cards.json").read_text(encoding="utf-8")):
        fields = [f"{field}：{card[field]}" for field in FIELDS if card.get(field, "/") != "/"]
        yield card["id"], "\n".join([card["标题"], *fields])
    for row in rows_of("policies_structured/guangdong_service_matters.jsonl"):
        open_to = "、".join(row["service_object_name"])
        lines = [row["TASK_NAME"], f"发文机构：{row['DEPT_NAME']}", f"服务对象：{open_to}"]
        yield (
            f"G{row['TASK_CODE'][-12:]}",
            "\n".join([*lines, "受理条件：", row["accept_standard"] or ""]),
        )
    items = json.loads((structured / "hubei_radar_69.json").read_text(encoding="utf-8"))["items"]
    for n, row in enumerate(items):
        yield f"U{n:02d}i", f"{row['title']}\n发文机构：{row['publisherName']}\n{row['summary']}"


def atoms_of(text: str) -> set[Any]:
    """The atoms of all measures that the program reads in a text."""
    document = document_of(*(line.strip() for line in text.split("\n") if line.strip()))
    policy = structure(document)
    policy = policy.model_copy(update={"measures": extract_measures(policy, document)})
    found: set[Any] = set()
    for measure in policy.to_json()["measures"]:
        scorer().atoms(measure["criteria"], False, found)
    return found


def counted() -> dict[str, tuple[int, int, int]]:
    """Atoms right, wrong and missed of each labelled record."""
    score = scorer()
    labels = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    found = {}
    for name, text in texts():
        if name not in labels:
            continue
        row, atoms = labels[name], atoms_of(text)
        must, may = (
            {(fact, op, score.norm(value)) for fact, op, value in row[key]}
            for key in ("must", "may")
        )
        right = sum(score.matched(atom, atoms) for atom in must)
        wrong = sum(not score.matched(a, must) and not score.matched(a, may) for a in atoms)
        found[name] = (right, wrong, len(must) - right)
    assert found.keys() == labels.keys()
    return found


def test_texts_of_all_styles_are_read_as_they_were() -> None:
    """59 texts of nine kinds; the first figures are in docs/explanation/extraction.md."""
    right, wrong, missed = (sum(column) for column in zip(*counted().values(), strict=True))

    assert f1(right, wrong, missed) >= BAR, (right, wrong, missed)

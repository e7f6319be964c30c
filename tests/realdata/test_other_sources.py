"""Extraction on records of other places and styles than the gold's, and how sure its score is."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from indexer.extract import extract_measures
from indexer.structure import structure
from policy_match.domain.policy import Policy
from tests.unit.indexer.extract.conftest import document_of

from .test_extraction_score import f1, scorer

ROOT = Path(__file__).resolve().parents[2]
STRUCTURED = ROOT.parent / "shared" / "data" / "policies_structured"
LABELS = ROOT / "tests" / "cases" / "extract" / "other_sources.yaml"
BAR = 0.88

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (STRUCTURED / "hangzhou_13_projects.json").exists(),
        reason=f"真实结构化语料不在 {STRUCTURED}",
    ),
]


def load(name: str) -> Any:
    return json.loads((STRUCTURED / name).read_text(encoding="utf-8"))


def texts() -> dict[str, list[str]]:
    """The records as documents: title, issuer, conditions or targets, benefit."""
    found = {}
    for n, row in enumerate(load("hangzhou_13_projects.json"), 1):
        condition = row["condition"].split("\n")
        found[f"H{n:02d}"] = [
            row["name"],
            "申报条件：",
            *condition,
            f"支持标准：{row['subsidy']}",
        ]
    items = load("hubei_radar_69.json")["items"]
    for n, row in enumerate((one for one in items if one.get("applicationTargets")), 1):
        found[f"U{n:02d}"] = [
            row["title"],
            f"发文机构：{row['publisherName']}",
            f"支持对象：{row['applicationTargets']}",
            f"支持内容：{row['benefits']}",
        ]
    return found


def read(lines: list[str]) -> Policy:
    document = document_of(*(line.strip() for line in lines if line.strip()))
    policy = structure(document)
    return policy.model_copy(update={"measures": extract_measures(policy, document)})


def counted() -> dict[str, tuple[int, int, int]]:
    """Atoms right, wrong and missed of each record."""
    score, found = scorer(), {}
    labels = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    documents = texts()
    for name, row in labels.items():
        must = {(fact, op, score.norm(value)) for fact, op, value in row["must"]}
        may = {(fact, op, score.norm(value)) for fact, op, value in row["may"]}
        atoms: set[Any] = set()
        for measure in read(documents[name]).to_json()["measures"]:
            score.atoms(measure["criteria"], False, atoms)
        right = sum(score.matched(atom, atoms) for atom in must)
        wrong = sum(not score.matched(a, must) and not score.matched(a, may) for a in atoms)
        found[name] = (right, wrong, len(must) - right)
    return found


def interval(rows: list[tuple[int, int, int]], *, rounds: int = 2000) -> tuple[float, float]:
    """The middle 95 % of F1 over records drawn with replacement (自助法区间)."""
    draw = random.Random(20261124)
    made = sorted(
        f1(*map(sum, zip(*(draw.choice(rows) for _ in rows), strict=True))) for _ in range(rounds)
    )
    return made[int(rounds * 0.025)], made[int(rounds * 0.975)]


def test_records_of_other_places_are_read_as_well() -> None:
    rows = list(counted().values())

    total = f1(*map(sum, zip(*rows, strict=True)))

    assert len(rows) == 27
    assert total >= BAR
    assert interval(rows)[0] >= BAR - 0.05

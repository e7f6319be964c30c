"""
Extraction against hand-made labels of real cards: no fact may get worse than its baseline.

The baseline is rewritten by `python tests/realdata/test_extraction_score.py`.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from indexer.extract import extract_measures
from indexer.readers import read_document
from indexer.structure import structure

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
GOLD = SHARED / "data" / "gold"
SCORER = SHARED / "bin" / "score_extraction.py"
BASELINE = Path(__file__).with_name("extraction_baseline.json")
DROP = 0.01
KB_PER_SECOND = 100  # of processor time; about a quarter of what an idle machine does

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (GOLD / "dev.jsonl").exists() or not SCORER.exists(),
        reason=f"手工标注不在 {GOLD}，或评分脚本不在 {SCORER}",
    ),
]


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_extraction", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labels() -> list[dict[str, Any]]:
    text = (GOLD / "dev.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def read_all() -> tuple[dict[str, Any], float]:
    """The policies of the labelled texts, and how many kB a second of processor time."""
    wanted = [row["id"] for row in labels()]
    policies, size = {}, 0
    start = time.process_time()
    for name in wanted:
        path = GOLD / "texts" / f"{name}.txt"
        size += path.stat().st_size
        document = read_document(path)
        policy = structure(document)
        measures = extract_measures(policy, document)
        policies[name] = policy.model_copy(update={"measures": measures}).to_json()
    return policies, size / 1000 / (time.process_time() - start)


def f1(hit: int, wrong: int, missed: int) -> float:
    return round(2 * hit / (2 * hit + wrong + missed), 4) if hit else 0.0


def scores(policies: dict[str, Any]) -> dict[str, float]:
    """F1 of each fact, of all atoms (`all`) and of the highest amounts (`max_amount`)."""
    score = scorer()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in labels():
        must, may, amounts, amounts_may = score.gold_record(row)
        found, caps = set(), set()
        for measure in policies[row["id"]]["measures"]:
            score.atoms(measure["criteria"], False, found)
            caps.add(float(measure["benefit"]["max_amount"] or 0))
        caps.discard(0.0)
        for atom in must:
            counts[atom[0]][0 if score.matched(atom, found) else 2] += 1
        for atom in found:
            if not score.matched(atom, must) and not score.matched(atom, may):
                counts[atom[0]][1] += 1
        one = (len(amounts & caps), len(caps - amounts - amounts_may), len(amounts - caps))
        counts["max_amount"] = [a + b for a, b in zip(counts["max_amount"], one, strict=True)]
    facts = [row for name, row in counts.items() if name != "max_amount"]
    counts["all"] = [sum(column) for column in zip(*facts, strict=True)]
    return {name: f1(*row) for name, row in sorted(counts.items())}


@pytest.fixture(scope="module")
def measured() -> tuple[dict[str, float], float]:
    policies, speed = read_all()
    return scores(policies), speed


def test_no_fact_is_read_worse_than_before(measured: tuple[dict[str, float], float]) -> None:
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))

    worse = {
        name: (before, measured[0].get(name, 0.0))
        for name, before in baseline.items()
        if measured[0].get(name, 0.0) < before - DROP
    }

    assert worse == {}


def test_the_score_is_above_the_bar(measured: tuple[dict[str, float], float]) -> None:
    assert measured[0]["all"] >= 0.88
    assert measured[0]["max_amount"] >= 0.80


def test_reading_is_fast(measured: tuple[dict[str, float], float]) -> None:
    assert measured[1] >= KB_PER_SECOND


if __name__ == "__main__":
    figures = scores(read_all()[0])
    BASELINE.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"all {figures['all']} max_amount {figures['max_amount']}\n")

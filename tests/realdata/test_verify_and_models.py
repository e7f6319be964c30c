"""On real texts: rules agree with their quotes, confidence is honest, labels still fit."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from indexer.extract import extract_measures
from indexer.readers import read_document
from indexer.structure import structure
from indexer.verify import verify

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
sys.path.insert(0, str(ROOT / "tools"))

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (DATA / "gold").is_dir(), reason=f"真实数据不在 {DATA}"),
]


def test_rules_we_read_agree_with_their_quotes() -> None:
    """All 138 cards: no quote, number, unit, comparison or flag differs."""
    problems: Counter[str] = Counter()
    for path in sorted((DATA / "gold" / "texts").glob("*.txt")):
        document = read_document(path)
        policy = structure(document)
        policy = policy.model_copy(update={"measures": extract_measures(policy, document)})
        problems.update(found.problem.value for found in verify(policy))
    hard = {"quote_gone", "quote_moved", "number", "unit", "op", "unbound", "unknown_fact"}
    assert {name: count for name, count in problems.items() if name in hard} == {}
    assert sum(problems.values()) <= 10


def test_confidence_held_out_is_honest() -> None:
    calibrate = pytest.importorskip("calibrate_confidence", reason="scikit-learn is not there")
    rows = calibrate.leaves(DATA)
    before, after = [row.sure for row in rows], calibrate.held_out(rows)
    assert len(rows) > 900
    assert calibrate.calibration_error(after, rows) < 0.03
    assert calibrate.brier(after, rows) < calibrate.brier(before, rows)


def test_labelled_stretches_are_still_there_and_the_model_knows_them() -> None:
    """At least 300 labels fit their texts, and the packaged model is the one trained on them."""
    train = pytest.importorskip("train_topics", reason="scikit-learn is not there")
    from policy_match.learn.topics import load_topics

    rows = [row for row in train.examples(DATA) if row.labels["themes"] is not None]
    assert len(rows) >= 300
    model = load_topics()
    assert model is not None
    said = model.guesses(("themes",), [(row.title, row.text) for row in rows])
    told = [{one.value for one in guesses} for guesses in said]
    known = set(model.classifiers["themes"])
    right = sum(
        len(one & (row.labels["themes"] or set())) for one, row in zip(told, rows, strict=True)
    )
    wanted = sum(len((row.labels["themes"] or set()) & known) for row in rows)
    assert 2 * right / (wanted + sum(map(len, told))) > 0.85  # on what it was trained on

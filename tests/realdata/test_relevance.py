"""Search finds what is wanted as well as the figures kept here, beside BM25 over bigrams."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_match.bench.relevance import compare, index_task, load_tasks, run_task

KEPT = json.loads(Path(__file__).with_name("relevance_baseline.json").read_text("utf-8"))
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ALLOWED_DROP = 0.02

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there"),
]


@pytest.mark.parametrize(
    "name",
    [
        "card_titles",
        "card_targets",
        pytest.param("answers", marks=pytest.mark.slow),
        pytest.param("full_texts", marks=pytest.mark.slow),
    ],
)
def test_no_figure_drops(name, tmp_path):
    task = next(task for task in load_tasks(DATA) if task.name == name)
    with index_task(task, tmp_path) as index:
        ours, theirs = run_task(task, task.half(dev=False), index)
    for figure, mine, other in (
        ("recall_at_10", ours.recall, theirs.recall),
        ("mrr", ours.reciprocal, theirs.reciprocal),
    ):
        ratio = compare(mine, other)
        kept = KEPT[name][figure]
        assert ratio.ours >= kept["ours"] - ALLOWED_DROP, (name, figure, ratio)

"""Search finds what is wanted as well as the figures kept here, beside BM25 over bigrams."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from policy_match.bench.relevance import (
    BigramBaseline,
    compare,
    index_task,
    judge,
    load_tasks,
    run_task,
)

KEPT = json.loads(Path(__file__).with_name("relevance_baseline.json").read_text("utf-8"))
ALLOWED_DROP = 0.005
AIM = 1.10


@pytest.fixture(scope="module")
def tasks(shared_data):
    return {task.name: task for task in load_tasks(shared_data)}


def measured(task, folder):
    with index_task(task, folder) as index:
        ours, theirs = run_task(task, task.half(dev=False), index)
    return {
        "recall_at_10": compare(ours.recall, theirs.recall),
        "mrr": compare(ours.reciprocal, theirs.reciprocal),
    }


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    [
        "answers",
        "card_titles",
        "card_targets",
        "chunks",
        pytest.param("full_texts", marks=pytest.mark.slow),
    ],
)
def test_no_figure_drops(tasks, name, tmp_path):
    """On the test half; the questions must also keep their distance from the yardstick."""
    for figure, ratio in measured(tasks[name], tmp_path).items():
        assert ratio.ours >= KEPT[name][figure]["ours"] - ALLOWED_DROP, (figure, ratio)
        assert ratio.theirs == pytest.approx(KEPT[name][figure]["theirs"], abs=1e-4)
        if name == "answers":
            assert ratio.ratio >= AIM, (figure, ratio)
            assert ratio.low > 1, (figure, ratio)


def test_every_task_has_its_figures():
    assert sorted(KEPT) == ["answers", "card_targets", "card_titles", "chunks", "full_texts"]


def test_judging_by_hand():
    """One of two wanted within ten, the first at the third place; nothing found; all found."""
    scores = judge(
        [[5, 6, 1, *range(10, 18), 2], [], [0]],
        [frozenset({1, 2}), frozenset({3}), frozenset({0})],
    )
    assert scores.recall.tolist() == [0.5, 0.0, 1.0]
    assert scores.reciprocal.tolist() == pytest.approx([1 / 3, 0.0, 1.0])


def test_a_comparison_has_bounds():
    same = compare(np.tile([0.0, 1.0], 25), np.tile([0.0, 1.0], 25))
    assert (same.ratio, same.low, same.high) == (1.0, 1.0, 1.0)
    better = compare(np.ones(50), np.tile([0.5, 1.0], 25))
    assert 1.2 < better.low < better.ratio < better.high < 1.5


def test_the_yardstick_finds_bigrams():
    baseline = BigramBaseline(["稳岗返还标准", "用电补贴", "用电"])
    assert baseline.search("用电") == [2, 1]
    assert baseline.search("无关") == []

"""
Learns data/search/ranking.json from the dev half of the questions (排序权重训练).

    python -m policy_match.bench.train_ranking DATA

What is written is one number a feature; nothing of the texts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from policy_match.bench.relevance import Task, index_task, load_tasks
from policy_match.learn.ranking import JudgedSearch, fit_weights
from policy_match.search.learned import feature_names, features
from policy_match.search.plan import TextPlan
from policy_match.search.rerank import Candidates
from policy_match.search.segment import normalise

_RIDGE = 3e-3  # best of 3e-4, 1e-3, 3e-3 by cross-validation on dev


class _Recorder:
    """A scorer that keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: tuple[TextPlan, Candidates] | None = None

    def scores(self, plan: TextPlan, candidates: Candidates) -> Sequence[float]:
        self.shown = (plan, candidates)
        return candidates.engine_scores


def judged_searches(task: Task) -> list[JudgedSearch]:
    """The candidates of every dev query, with what is wanted among them."""
    recorder = _Recorder()
    out: list[JudgedSearch] = []
    with tempfile.TemporaryDirectory() as folder, index_task(task, Path(folder), recorder) as index:
        for n in task.half(dev=True):
            recorder.shown = None
            index.search(task.queries[n], limit=1)
            if recorder.shown is not None:
                right = {normalise(task.texts[one]) for one in task.wanted[n]}
                plan, candidates = recorder.shown
                wanted = np.array([text in right for text in candidates.read_texts()])
                out.append(JudgedSearch(features(plan, candidates), wanted))
    return out


def train(data: Path) -> dict[str, float]:
    """The learned weights by the feature's name."""
    answers = next(task for task in load_tasks(data) if task.name == "answers")
    names = feature_names()
    weights = fit_weights(judged_searches(answers), learn=[True] * len(names), ridge=_RIDGE)
    return {name: round(float(one), 4) for name, one in zip(names, weights, strict=True)}


def main() -> None:
    """Learn and write the packaged weights."""
    target = Path(__file__).parents[1] / "data" / "search" / "ranking.json"
    about = (
        "Weights of the second stage; policy_match/bench/train_ranking.py wrote them from the dev "
        "half of a public set of questions and answers on policy."
    )
    content = {"about": about, "weights": train(Path(sys.argv[1]))}
    target.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

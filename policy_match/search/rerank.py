"""
The second stage over an engine's best candidates, and the final order (二次排序).

The order is total: a document number named in the query, then the score, then the newer, then
the id; so equal scores come in the same order on every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from policy_match.search.plan import TextPlan

DEPTH = 200  # candidates that are scored again


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    The policies an engine found, column by column, as the second stage sees them (候选).

    `titles` and texts are normalised, the texts cut to `document.RANK_CHARS`; `lengths` are about
    the texts' characters; `days` are days of issue as numbers, 0 without one; `is_named` says
    whose document number the query names.

    Texts and shapes (`shape.passage_shape`) are read only when they are asked for.
    """

    engine_scores: Sequence[float]
    titles: Sequence[str]
    lengths: Sequence[int]
    days: Sequence[int]
    is_named: Sequence[bool]
    read_texts: Callable[[], Sequence[str]]
    read_shapes: Callable[[], Sequence[int]]

    def __len__(self) -> int:
        return len(self.engine_scores)


class Scorer(Protocol):
    """Scores candidates for a text: above zero, higher is better (打分器)."""

    def scores(self, plan: TextPlan, candidates: Candidates) -> Sequence[float]:
        """One score a candidate, in the candidates' order."""
        ...


class EngineScorer:
    """No second stage: the engine's own scores (原始分)."""

    def scores(self, plan: TextPlan, candidates: Candidates) -> Sequence[float]:  # noqa: ARG002 - the port asks for it
        """One score a candidate, in the candidates' order."""
        return candidates.engine_scores


def final_scores(plan: TextPlan, candidates: Candidates, scorer: Scorer) -> list[float]:
    """
    The scores that decide the order; policies named by their number above all others.

    Args:
        plan: what was looked for.
        candidates: the engine's best, at most `DEPTH`.
        scorer: the second stage.
    """
    if not len(candidates):
        return []
    scores = scorer.scores(plan, candidates)
    top = max(scores)
    return [
        score + top + 1.0 if is_named else score
        for score, is_named in zip(scores, candidates.is_named, strict=True)
    ]


def tail_scores(scores: Sequence[float], engine_scores: Sequence[float]) -> list[float]:
    """
    Scores for what lies beyond the second stage's depth: below all of `scores`, in engine order.

    Only needed where more than `DEPTH` are asked for.
    """
    floor = min(scores, default=0.0)
    top = max(engine_scores, default=1.0)
    return [floor * score / (top + 1.0) for score in engine_scores]


def order_key(score: float, day: int, policy_id: str) -> tuple[float, int, str]:
    """Sorts the best first: score, then the newer, then the id."""
    return -score, -day, policy_id

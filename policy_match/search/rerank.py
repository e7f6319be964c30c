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
class Candidate:
    """
    A policy the engine found, as the second stage sees it (候选).

    `title` and `text` are normalised, the text cut to `document.RANK_CHARS` and read only when it
    is asked for; `length` is about its characters; `shape` is of `shape.passage_shape`, `day` the
    day of issue as a number, 0 without one.
    """

    engine_score: float
    title: str
    read_text: Callable[[], str]
    length: int
    shape: int
    day: int
    is_named: bool = False  # by its document number

    @property
    def text(self) -> str:
        """The beginning of the text."""
        return self.read_text()


class Scorer(Protocol):
    """Scores candidates for a text: above zero, higher is better (打分器)."""

    def scores(self, plan: TextPlan, candidates: Sequence[Candidate]) -> list[float]:
        """One score a candidate, in the candidates' order."""
        ...


class EngineScorer:
    """No second stage: the engine's own scores (原始分)."""

    def scores(self, plan: TextPlan, candidates: Sequence[Candidate]) -> list[float]:  # noqa: ARG002 - as the protocol has it
        """One score a candidate, in the candidates' order."""
        return [one.engine_score for one in candidates]


def final_scores(plan: TextPlan, candidates: Sequence[Candidate], scorer: Scorer) -> list[float]:
    """
    The scores that decide the order; policies named by their number above all others.

    Args:
        plan: what was looked for.
        candidates: the engine's best, at most `DEPTH`.
        scorer: the second stage.
    """
    if not candidates:
        return []
    scores = scorer.scores(plan, candidates)
    top = max(scores)
    return [
        score + top + 1.0 if one.is_named else score
        for one, score in zip(candidates, scores, strict=True)
    ]


def order_key(score: float, day: int, policy_id: str) -> tuple[float, int, str]:
    """Sorts the best first: score, then the newer, then the id."""
    return -score, -day, policy_id

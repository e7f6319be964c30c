"""
Our own second stage over the best candidates of an engine (二次排序).

The order is total: a document number named in the query, then the score, then the newer, then
the id; so equal scores come in the same order on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from policy_match.search.head import Head
from policy_match.search.plan import TextPlan

DEPTH = 200  # candidates that are scored again


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy the engine found, as the second stage sees it (候选)."""

    head: Head
    engine_score: float
    is_named: bool = False  # by its document number


class Scorer(Protocol):
    """Scores candidates for a text; higher is better (打分器)."""

    def scores(self, plan: TextPlan, candidates: Sequence[Candidate]) -> list[float]:
        """One score a candidate, in the candidates' order."""
        ...


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with the score it is shown with (排序结果)."""

    candidate: Candidate
    score: float
    place: int  # among the candidates as handed in


def rank(plan: TextPlan, candidates: Sequence[Candidate], scorer: Scorer) -> list[Ranked]:
    """The candidates in their final order, best first; scores never rise down the list."""
    scores = scorer.scores(plan, candidates)
    top = max(scores, default=0.0)
    lifted = [
        score + top + 1.0 if one.is_named else score
        for one, score in zip(candidates, scores, strict=True)
    ]
    rows = [Ranked(one, lifted[n], n) for n, one in enumerate(candidates)]
    return sorted(rows, key=_order)


def _order(row: Ranked) -> tuple[float, int, str]:
    head = row.candidate.head
    return -row.score, -head.day, head.id


class TitleScorer:
    """
    Lifts what the title itself answers (标题打分).

    score = engine score × (1 + title_share × share + title_phrase × phrase + fresh × newness),
    where `share` is the part of the query's bigrams that the title holds, `phrase` is 1 when the
    title holds the query (or the query the title) as written, and `newness` rises from 0 for the
    year 2000 to 1 for 2030.
    """

    def __init__(
        self, *, title_share: float = 0.2, title_phrase: float = 0.3, fresh: float = 0.02
    ) -> None:
        self.title_share = title_share
        self.title_phrase = title_phrase
        self.fresh = fresh

    def scores(self, plan: TextPlan, candidates: Sequence[Candidate]) -> list[float]:
        """One score a candidate, in the candidates' order."""
        return [
            one.engine_score
            * (1.0 + self._title(plan, one.head.title) + self.fresh * _newness(one.head))
            for one in candidates
        ]

    def _title(self, plan: TextPlan, title: str) -> float:
        bare = title.lower()
        held = sum(part in bare for part in plan.bigrams)
        share = held / len(plan.bigrams) if plan.bigrams else 0.0
        phrase = plan.text in bare or (len(bare) > 5 and bare in plan.text)
        return self.title_share * share + self.title_phrase * phrase


_EPOCH = date(2000, 1, 1).toordinal()
_THIRTY_YEARS = 10957


def _newness(head: Head) -> float:
    """From 0 for the year 2000 to 1 for 2030: of the policy alone, whatever else was found."""
    return min(1.0, max(0.0, (head.day - _EPOCH) / _THIRTY_YEARS))

"""
The second stage in use: a linear score over evidence, its weights learned (学习排序).

log score = g × Σ weight × feature + (1 - g) × log engine score + title and newness, where g is
1 for candidates as short as those the weights were learned from and falls to 0 for long ones.
Everything is of the candidates alone, so every engine that hands over the same candidates gets
the same order. docs/explanation/relevance.md says how the weights were found and how far they
carry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from policy_match.search.evidence import count_grams, coverage, pool_bm25, words_held
from policy_match.search.lexicon import ranking_weights, shape_patterns
from policy_match.search.plan import TextPlan
from policy_match.search.rerank import Candidates
from policy_match.search.shape import question_kinds, shape_count

Matrix = NDArray[np.float64]
_EPOCH = date(2000, 1, 1).toordinal()
_THIRTY_YEARS = 10957
_SMALL = 1e-9

_TEXT_FEATURES = (
    "engine",  # the engine's score, as a share of the best one's
    "engine_log",  # and by itself
    "chars",  # BM25 of single characters among the candidates, share of the best
    "chars_raw",
    "bigrams",
    "bigrams_raw",
    "words_held",  # share of the query's words, rare ones counting more
    "chars_held",
    "bigrams_held",
    "trigrams_held",  # runs as written: nearness and order
)
# The training texts have no titles and no dates: these are set by hand, and always count.
_TITLE_HELD = 0.8  # share of the query's bigrams in the title
_TITLE_PHRASE = 0.7  # the title holds the query as written, or the query the title
_NEWNESS = 0.05  # from 0 for the year 2000 to 1 for 2030

_SHORT, _LONG = 100.0, 500.0  # mean characters of a candidate: g is 1 up to here, 0 from there


def feature_names() -> tuple[str, ...]:
    """The names of the features, in the order of the matrix's columns."""
    parts = shape_patterns()
    kinds, shapes = ("any", *parts["questions"]), (*parts["passages"], "length")
    crossed = tuple(f"{kind}:{shape}" for kind in kinds for shape in shapes)
    return (*_TEXT_FEATURES, *crossed)


def features(plan: TextPlan, candidates: Candidates) -> Matrix:
    """The features of candidates: candidate by feature, columns as in `feature_names`."""
    texts = candidates.read_texts()
    lengths = np.log1p([float(len(text)) for text in texts])[:, None] / 5
    return np.hstack(
        [
            _text_features(plan, candidates, texts),
            _crossed(plan, candidates.read_shapes(), lengths),
        ]
    )


def _text_features(plan: TextPlan, candidates: Candidates, texts: Sequence[str]) -> Matrix:
    engine = np.array(candidates.engine_scores)
    grams = count_grams(plan.runs, texts)
    chars = pool_bm25(grams.chars, grams.lengths)
    bigrams = pool_bm25(grams.bigrams, grams.lengths)
    columns = (
        _share(engine),
        np.log1p(engine),
        _share(chars),
        np.log1p(chars),
        _share(bigrams),
        np.log1p(bigrams),
        coverage(words_held(plan, texts)),
        coverage(grams.chars > 0),
        coverage(grams.bigrams > 0),
        coverage(grams.trigrams > 0),
    )
    return np.stack(columns, axis=1)


def _share(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values / max(float(values.max()), _SMALL)


def _crossed(plan: TextPlan, shapes: Sequence[int], lengths: Matrix) -> Matrix:
    """Every kind of question by every shape of text: 多少 wants digits, 何时 a date."""
    bits = np.arange(shape_count()[1])
    held = (np.array(shapes)[:, None] >> bits & 1).astype(np.float64)
    passage = np.hstack([held, lengths])
    kinds = np.array([1.0, *question_kinds(plan.text)])
    return (kinds[None, :, None] * passage[:, None, :]).reshape(len(shapes), -1)


def learned_share(lengths: Sequence[int]) -> float:
    """How far the learned weights are to be trusted for candidates of these lengths (g)."""
    mean = sum(lengths) / len(lengths)
    return min(1.0, max(0.0, (_LONG - mean) / (_LONG - _SHORT)))


class LearnedScorer:
    """
    Scores by the learned weights, as far as they carry, and by title and date (学习排序打分器).

    Args:
        weights: weight by feature name, a missing one 0; the packaged ones by default.
    """

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        known = ranking_weights() if weights is None else weights
        self._weights = np.array([known.get(name, 0.0) for name in feature_names()])

    def scores(self, plan: TextPlan, candidates: Candidates) -> Sequence[float]:
        """One score a candidate, in the candidates' order."""
        logs = np.log1p(candidates.engine_scores)
        share = learned_share(candidates.lengths)
        if share:
            learned = features(plan, candidates) @ self._weights
            logs = share * learned + (1 - share) * logs
        logs += _titles(plan, candidates.titles)
        logs += _newness(candidates.days)
        scores: list[float] = np.exp(np.clip(logs, -50.0, 50.0)).tolist()
        return scores


def _titles(plan: TextPlan, titles: Sequence[str]) -> NDArray[np.float64]:
    """What each title is worth: the share of the bigrams it holds, and whether it is the query."""
    held = np.zeros(len(titles))
    for part in plan.bigrams:
        held += [part in title for title in titles]
    asked = plan.text
    is_phrase = [
        bool(title) and (asked in title or (len(title) > 5 and title in asked)) for title in titles
    ]
    return _TITLE_HELD * held / max(len(plan.bigrams), 1) + _TITLE_PHRASE * np.array(is_phrase)


def _newness(days: Sequence[int]) -> NDArray[np.float64]:
    return _NEWNESS * np.clip((np.array(days, np.float64) - _EPOCH) / _THIRTY_YEARS, 0.0, 1.0)

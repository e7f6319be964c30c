"""The second stage: evidence is counted right, and the learned weights carry as far as they may."""

from __future__ import annotations

import json
import math
from importlib import resources

import numpy as np
import pytest

from policy_match.learn.ranking import JudgedSearch, fit_weights
from policy_match.search.evidence import count_grams, coverage, pool_bm25
from policy_match.search.learned import LearnedScorer, feature_names, features, learned_share
from policy_match.search.plan import plan_text
from policy_match.search.rerank import Candidates, EngineScorer, final_scores, order_key
from policy_match.search.segment import default_segmenter
from policy_match.search.shape import passage_shape, question_kinds


def plan(text):
    return plan_text(text, default_segmenter())


def candidates(texts, *, scores=None, titles=None, days=None, named=None, lengths=None):
    count = len(texts)
    return Candidates(
        engine_scores=scores or [1.0] * count,
        titles=titles or [""] * count,
        lengths=lengths or [len(text) for text in texts],
        days=days or [0] * count,
        is_named=named or [False] * count,
        read_texts=lambda: texts,
        read_shapes=lambda: [passage_shape(text) for text in texts],
    )


def test_grams_are_counted_as_a_loop_would():
    runs, texts = ["稳岗返还", "岗位"], ["稳岗返还岗位稳岗", "返还", "", "无关"]
    grams = count_grams(runs, texts)
    letters = sorted({char for run in runs for char in run})
    pairs = list(dict.fromkeys(run[n : n + 2] for run in runs for n in range(len(run) - 1)))
    triples = list(dict.fromkeys(run[n : n + 3] for run in runs for n in range(len(run) - 2)))
    assert grams.chars.tolist() == [[text.count(one) for one in letters] for text in texts]
    assert grams.bigrams.tolist() == [[text.count(one) for one in pairs] for text in texts]
    assert grams.trigrams.tolist() == [[text.count(one) for one in triples] for text in texts]


def test_no_gram_reaches_from_text_to_text():
    assert count_grams(["稳岗"], ["稳", "岗"]).bigrams.tolist() == [[0], [0]]


def test_a_query_without_grams_counts_nothing():
    grams = count_grams(["税"], ["税收", "收"])
    assert grams.chars.tolist() == [[1], [0]]
    assert coverage(grams.bigrams > 0).shape == (2,)


def test_rare_characters_are_no_error():
    assert count_grams(["𠮷野"], ["𠮷野家", "野"]).chars.tolist() == [[1], [1]]


def test_pool_bm25_prefers_the_shorter_of_equal_counts():
    scores = pool_bm25(np.array([[1.0], [1.0], [0.0]]), np.array([10.0, 100.0, 50.0]))
    assert scores[0] > scores[1] > scores[2] == 0


def test_there_is_a_weight_for_every_feature_and_no_other():
    packaged = resources.files("policy_match").joinpath("data/search/ranking.json")
    weights = json.loads(packaged.read_text("utf-8"))["weights"]
    assert tuple(weights) == feature_names()


def test_features_have_their_names():
    found = features(plan("稳岗返还标准是多少"), candidates(["每人500元", "另行通知"]))
    assert found.shape == (2, len(feature_names()))
    assert np.isfinite(found).all()


def test_a_question_for_a_number_prefers_one():
    scores = LearnedScorer().scores(
        plan("稳岗补贴的标准是多少"), candidates(["稳岗补贴按规定发放", "稳岗补贴每人500元"])
    )
    assert scores[1] > scores[0]


def test_long_candidates_are_left_to_the_engine():
    assert learned_share([3000] * 3) == 0
    assert learned_share([50, 60]) == 1
    assert 0 < learned_share([300]) < 1
    long = candidates(["甲", "乙"], scores=[2.0, 1.0], lengths=[5000, 5000])
    first, second = LearnedScorer().scores(plan("补贴"), long)
    assert first / second == pytest.approx(3.0 / 2.0)


def test_a_title_that_answers_counts():
    long = candidates(
        ["", ""], titles=["稳岗补贴办法", "通知"], scores=[1.0, 1.2], lengths=[5000, 5000]
    )
    first, second = LearnedScorer().scores(plan("稳岗补贴"), long)
    assert first > second


def test_of_equal_candidates_the_newer_is_better():
    both = candidates(["稳岗", "稳岗"], days=[735000, 739000])
    first, second = LearnedScorer().scores(plan("稳岗"), both)
    assert second > first


def test_a_named_policy_stands_above_all():
    some = candidates(["", "", ""], scores=[9.0, 5.0, 0.0], named=[False, False, True])
    scores = final_scores(plan("补贴"), some, EngineScorer())
    assert scores == [9.0, 5.0, 10.0]


def test_no_candidates_no_scores():
    assert final_scores(plan("补贴"), candidates([]), LearnedScorer()) == []


def test_the_order_is_score_then_day_then_id():
    rows = [(1.0, 5, "b"), (1.0, 5, "a"), (1.0, 9, "c"), (2.0, 0, "z")]
    assert [row[2] for row in sorted(rows, key=lambda row: order_key(*row))] == list("zcab")


@pytest.mark.parametrize(
    ("question", "kind"),
    [("申报时间是何时", "time"), ("最高补多少", "number"), ("咨询电话", "contact")],
)
def test_questions_have_kinds(question, kind):
    kinds = json.loads(
        resources.files("policy_match").joinpath("data/search/shapes.json").read_text("utf-8")
    )["questions"]
    assert question_kinds(question)[list(kinds).index(kind)]


def test_the_fit_finds_the_feature_that_decides():
    chance = np.random.default_rng(5)
    searches = []
    for _ in range(60):
        x = chance.normal(size=(8, 3))
        wanted = np.zeros(8, bool)
        wanted[np.argmax(2 * x[:, 1] + 0.1 * chance.normal(size=8))] = True
        searches.append(JudgedSearch(x, wanted))
    weights = fit_weights(searches, learn=[True, True, False], ridge=1e-3)
    assert weights[1] > 3 * abs(weights[0])
    assert weights[2] == 0
    assert np.array_equal(weights, fit_weights(searches, learn=[True, True, False], ridge=1e-3))


def test_the_fit_matches_the_odds():
    """With one binary feature the best weight is the log of the odds, up to the ridge."""
    x = np.array([[1.0], [0.0]])
    searches = [JudgedSearch(x, np.array([n < 30, n >= 30])) for n in range(40)]
    (weight,) = fit_weights(searches, learn=[True], ridge=1e-9)
    assert weight == pytest.approx(math.log(3), rel=1e-3)

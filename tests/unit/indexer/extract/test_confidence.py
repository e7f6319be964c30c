"""Estimates become probabilities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.extract.confidence import Calibration, calibrated, calibration
from policy_match.domain.criterion import leaves_of, parse_criterion
from policy_match.domain.policy import Measure

TABLE = Calibration(curve=((0.5, 0.4), (0.9, 0.8)), extractors={"good": (30, 30)}, weight=10)


@pytest.mark.parametrize(
    ("sure", "confidence"), [(0.1, 0.4), (0.5, 0.4), (0.7, 0.6), (0.9, 0.8), (1.0, 0.8)]
)
def test_an_unknown_extractor_follows_the_curve(sure: float, confidence: float) -> None:
    assert TABLE.confidence("new", sure) == confidence


def test_a_record_of_its_own_outweighs_the_curve() -> None:
    assert TABLE.confidence("good", 0.5) == pytest.approx((30 + 10 * 0.4) / 40, abs=0.01)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["region", "theme", "self_check", "new"]))
def test_the_packaged_table_is_a_probability_and_rises(one: float, other: float, how: str) -> None:
    low, high = sorted((one, other))
    table = calibration()
    assert 0 <= table.confidence(how, low) <= table.confidence(how, high) <= 1


def test_every_leaf_keeps_its_place_and_says_the_rest_unchanged() -> None:
    leaf = {"fact": "employees", "op": "<=", "value": 300, "quote": "不超过300人", "at": [3, 9]}
    read = {**leaf, "how": "good", "confidence": 0.5}
    unread = {"attest": "未读出", "quote": "甲", "at": [0, 1], "how": "unread", "confidence": 0.0}
    tree = {"all": [{"not": read}, {"any": [leaf, read]}, {"at_least": 1, "of": [read, unread]}]}
    measure = Measure(id="m", title="甲", criteria=parse_criterion(tree))
    made = calibrated(measure, TABLE)
    sure = TABLE.confidence("good", 0.5)
    text = str(measure.criteria.to_json()).replace("'confidence': 0.5", f"'confidence': {sure}")
    assert str(made.criteria.to_json()) == text
    assert [one.confidence for one in leaves_of(made.criteria)] == [sure, None, sure, sure, 0.0]

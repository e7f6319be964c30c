"""
How sure a leaf is, as a probability (把握的校准).

Extractors give a first estimate (`sure`). How often such estimates were right on hand-labelled
texts is kept in a small table, made by `tools/calibrate_confidence.py`; from it comes the
`confidence` that a leaf carries: of leaves at 0.9 about nine in ten are right.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
)
from policy_match.domain.policy import Measure

_NOTHING_READ = "unread"  # no reading to be sure of


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    What labelled texts say of estimates (校准表).

    Args:
        curve: estimates with the share that was right, both rising.
        extractors: by name, how many leaves were right, and how many there were.
        weight: how many leaves of its own outweigh the curve.
    """

    curve: tuple[tuple[float, float], ...]
    extractors: dict[str, tuple[int, int]]
    weight: float

    def confidence(self, how: str, sure: float) -> float:
        """
        The probability that a leaf of an extractor with an estimate is right.

        The curve's answer, drawn to the extractor's own record as that grows.
        """
        right, total = self.extractors.get(how, (0, 0))
        usual = self._usual(sure)
        return round((right + self.weight * usual) / (total + self.weight), 2)

    def _usual(self, sure: float) -> float:
        """The curve, straight between its points and level beyond them."""
        at = bisect_left(self.curve, (sure, 0.0))
        if at == 0:
            return self.curve[0][1]
        if at == len(self.curve):
            return self.curve[-1][1]
        (x, low), (y, high) = self.curve[at - 1], self.curve[at]
        return low + (high - low) * (sure - x) / (y - x)


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The packaged table (载入校准表)."""
    data = resources.files("policy_match.data").joinpath("models", "confidence.json")
    held = json.loads(data.read_text("utf-8"))
    return Calibration(
        curve=tuple((float(x), float(y)) for x, y in held["curve"]),
        extractors={name: (int(a), int(b)) for name, (a, b) in held["extractors"].items()},
        weight=float(held["weight"]),
    )


def calibrated(
    measure: Measure,
    table: Calibration | None = None,
    *,
    done: dict[int, Criterion] | None = None,
) -> Measure:
    """
    The measure with probabilities in place of the extractors' estimates (校准一项措施).

    Args:
        measure: as extracted.
        table: the packaged one by default.
        done: nodes that measures share, by identity, which are then made once; filled here. The
            measures must be kept as long as it is.
    """
    known, made = table or calibration(), {} if done is None else done
    update: dict[str, object] = {"criteria": _node(measure.criteria, known, made)}
    if measure.scope is not None:
        update["scope"] = _node(measure.scope, known, made)
    return measure.model_copy(update=update)


def _node(node: Criterion, table: Calibration, done: dict[int, Criterion]) -> Criterion:
    if id(node) not in done:
        done[id(node)] = _made(node, table, done)
    return done[id(node)]


def _made(node: Criterion, table: Calibration, done: dict[int, Criterion]) -> Criterion:
    if isinstance(node, FactLeaf | AttestLeaf):
        if node.how is None or node.confidence is None or node.how == _NOTHING_READ:
            return node
        return node.model_copy(update={"confidence": table.confidence(node.how, node.confidence)})
    if isinstance(node, All):
        return All(all=tuple(_node(child, table, done) for child in node.all))
    if isinstance(node, AnyOf):
        return AnyOf(any=tuple(_node(child, table, done) for child in node.any))
    if isinstance(node, AtLeast):
        children = tuple(_node(child, table, done) for child in node.of)
        return AtLeast(at_least=node.at_least, of=children)
    return Not(**{"not": _node(node.child, table, done)})

"""
Learns the weights of the second stage from judged searches (排序学习).

The model is a conditional logit: of one search's candidates, the chance of each to be the wanted
one is proportional to exp(Σ weight × feature). It is convex, so Newton's method finds the one
best answer, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
_STEPS = 40
_ENOUGH = 1e-6  # of the slope's largest part
_SHORTEST = 1e-4  # of a Newton step


@dataclass(frozen=True, slots=True)
class JudgedSearch:
    """
    One search's candidates with what is wanted (一次检索的判定).

    Args:
        features: candidate by feature.
        wanted: which candidates are wanted.
    """

    features: Matrix
    wanted: NDArray[np.bool_]


def fit_weights(searches: Sequence[JudgedSearch], *, learn: Sequence[bool], ridge: float) -> Vector:
    """
    The weights under which the wanted candidates are likeliest (拟合权重).

    Args:
        searches: what to learn from; those without a wanted candidate teach nothing.
        learn: which features are learned; the others get 0.
        ridge: how strongly weights are drawn to zero, on standardised features.

    Returns:
        One weight a feature.
    """
    columns = np.flatnonzero(np.asarray(learn))
    taught = [one for one in searches if one.wanted.any()]
    scale = _spread(taught)[columns]
    rows = np.concatenate([one.features[:, columns] / scale for one in taught])
    weights = np.zeros(len(learn))
    weights[columns] = _Likelihood(rows, taught, ridge).best() / scale
    return weights


def _spread(searches: Sequence[JudgedSearch]) -> Vector:
    """How much each feature varies among the candidates of one search; 1 where it never does."""
    variances = np.mean([one.features.var(axis=0) for one in searches], axis=0)
    spread: Vector = np.where(variances > 1e-12, np.sqrt(variances), 1.0)
    return spread


class _Likelihood:
    """The penalised likelihood of all searches, their candidates' rows in one matrix."""

    def __init__(self, rows: Matrix, searches: Sequence[JudgedSearch], ridge: float) -> None:
        sizes = np.array([len(one.wanted) for one in searches])
        self._rows = rows
        self._ridge = ridge
        self._count = len(searches)
        self._starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        self._owner = np.repeat(np.arange(len(sizes)), sizes)
        self._target = np.concatenate([one.wanted / one.wanted.sum() for one in searches])

    def best(self) -> Vector:
        """Newton's method, each step shortened until it helps."""
        at = np.zeros(self._rows.shape[1])
        for _ in range(_STEPS):
            loss, chances = self._loss(at)
            slope = (chances - self._target) @ self._rows / self._count + 2 * self._ridge * at
            if np.abs(slope).max() < _ENOUGH:
                break
            step, length = np.linalg.solve(self._curvature(chances), slope), 1.0
            while length > _SHORTEST and self._loss(at - length * step)[0] > loss:
                length /= 2
            at = at - length * step
        return at

    def _loss(self, at: Vector) -> tuple[float, Vector]:
        """The loss, and each candidate's chance within its search."""
        logs = self._rows @ at
        logs -= np.maximum.reduceat(logs, self._starts)[self._owner]
        powers = np.exp(logs)
        totals = np.add.reduceat(powers, self._starts)[self._owner]
        likelihood = float(self._target @ (logs - np.log(totals))) / self._count
        return self._ridge * float(at @ at) - likelihood, powers / totals

    def _curvature(self, chances: Vector) -> Matrix:
        weighted = self._rows * chances[:, None]
        means = np.add.reduceat(weighted, self._starts, axis=0)
        curvature: Matrix = (weighted.T @ self._rows - means.T @ means) / self._count
        return curvature + 2 * self._ridge * np.eye(len(curvature))

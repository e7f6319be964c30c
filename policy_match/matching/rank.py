"""
The order of matches: ours, total, and the same in every deployment (匹配排序).

    score = 1000·G + 500·B + 250·D + 150·L + 100·R

G  verdict group: 2·(符合 3, 符合条件需自查 2, 待核实 1, 不符合 0) + 1 if one can still apply
B  benefit: log10(1 + max_amount in yuan) / 10, at most 1; 0 where no amount is stated
D  deadline: open with a closing day 1 − min(days left, 180)/360; 常年 0.5; 未注明 0.4;
   未开始 0.3; 已截止 0
L  closeness of level: 区县 1, 市 0.75, 省 0.5, 中央 0.25, unknown 0
R  recency: 1 / (1 + years since it was issued); 0 without a date

Sorted by score (rounded to 3 decimals), then the newer policy, then the measure's id. No
engine's score takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log10

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.policy import Measure, Openness, Policy, PolicyLevel
from policy_match.domain.verdict import WindowState

LEVEL_CLOSENESS = {
    PolicyLevel.DISTRICT: 1.0,
    PolicyLevel.CITY: 0.75,
    PolicyLevel.PROVINCE: 0.5,
    PolicyLevel.CENTRAL: 0.25,
}
VERDICT_RANK = {"eligible": 3, "self_check": 2, "unknown": 1, "ineligible": 0}
_NO_DAY = 0


@dataclass(frozen=True, slots=True)
class RankKeys:
    """
    What the order needs of each measure, as of a day; all arrays have shape (measures,).

    `merit` is 500·B + 250·D + 150·L + 100·R, `actionable` whether one can still apply, `issued`
    the policy's day as an ordinal (0 unknown) and `by_id` the rank of the measure's id.
    """

    merit: NDArray[np.float64]
    actionable: NDArray[np.int64]
    issued: NDArray[np.int64]
    by_id: NDArray[np.int64]

    def picked(self, places: NDArray[np.intp]) -> RankKeys:
        """Those of some measures by place, as often as they are named."""
        return RankKeys(
            self.merit[places],
            self.actionable[places],
            self.issued[places],
            self.by_id[places],
        )

    def scores(self, groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """Scores from verdict ranks (see `VERDICT_RANK`)."""
        return np.round(1000.0 * (2 * groups + self.actionable) + self.merit, 3)

    def order(self, scores: NDArray[np.float64], among: NDArray[np.intp]) -> NDArray[np.intp]:
        """The measures of `among`, best first."""
        keys = (self.by_id[among], -self.issued[among], -scores[among])
        return among[np.lexsort(keys)]


def rank_keys(pairs: Sequence[tuple[Policy, Measure]], *, as_of: date) -> RankKeys:
    """The order's keys of all measures as of a day."""
    ids = sorted(range(len(pairs)), key=lambda n: pairs[n][1].id)
    by_id = np.empty(len(pairs), np.int64)
    by_id[ids] = np.arange(len(pairs))
    return RankKeys(
        merit=np.array([merit(p, m, as_of=as_of) for p, m in pairs], np.float64),
        actionable=np.array([int(can_apply(m, as_of=as_of)) for _, m in pairs], np.int64),
        issued=np.array(
            [p.issued_on.toordinal() if p.issued_on else _NO_DAY for p, _ in pairs], np.int64
        ),
        by_id=by_id,
    )


def can_apply(measure: Measure, *, as_of: date) -> bool:
    """Whether the window is not over and the money not used up."""
    return measure.open is Openness.YES and measure.window.state_on(as_of) is not WindowState.CLOSED


def merit(policy: Policy, measure: Measure, *, as_of: date) -> float:
    """The part of the score below the verdict: benefit, deadline, level, recency."""
    level = LEVEL_CLOSENESS.get(policy.level, 0.0) if policy.level else 0.0
    return (
        500 * _benefit(measure)
        + 250 * _deadline(measure, as_of)
        + 150 * level
        + 100 * _recency(policy, as_of)
    )


def _benefit(measure: Measure) -> float:
    amount = measure.benefit.max_amount
    return min(log10(1 + max(float(amount), 0.0)) / 10, 1.0) if amount is not None else 0.0


def _deadline(measure: Measure, as_of: date) -> float:
    state = measure.window.state_on(as_of)
    closes = measure.window.closes_on
    if state in (WindowState.OPEN, WindowState.ROLLING) and closes is not None:
        return 1 - min((closes - as_of).days, 180) / 360
    return {
        WindowState.OPEN: 0.5,
        WindowState.ROLLING: 0.5,
        WindowState.UNSTATED: 0.4,
        WindowState.UPCOMING: 0.3,
        WindowState.CLOSED: 0.0,
    }[state]


def _recency(policy: Policy, as_of: date) -> float:
    if policy.issued_on is None:
        return 0.0
    return 1 / (1 + max((as_of - policy.issued_on).days, 0) / 365.25)

"""What matching gives: a measure for an enterprise, or an enterprise for a measure (匹配结果)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from policy_match.domain.enterprise import Enterprise
from policy_match.domain.policy import Measure, Openness, Policy
from policy_match.domain.verdict import Decision, WindowState
from policy_match.matching.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Match:
    """
    A measure for an enterprise: the verdict with reasons, the window, the score (匹配).

    `behind` says that a later document changed the policy in a way that the measure does not show.
    """

    policy: Policy
    measure: Measure
    decision: Decision
    window: WindowState
    score: float
    estimate: Estimate = field(default_factory=Estimate)
    behind: bool = False

    @property
    def needs_review(self) -> bool:
        """Whether somebody should look at the text before relying on it (需复核)."""
        return self.behind or self.measure.review.needed

    @property
    def can_apply(self) -> bool:
        """Whether the window is not over and the money not used up."""
        return self.measure.open is Openness.YES and self.window is not WindowState.CLOSED

    def to_json(self) -> dict[str, Any]:
        """The match as one JSON object (spec/cli.md)."""
        return {
            "policy_id": self.policy.id,
            "measure_id": self.measure.id,
            "title": self.measure.title,
            "verdict": self.decision.verdict.value,
            "window": self.window.value,
            "score": self.score,
            "reasons": [reason.to_json() for reason in self.decision.reasons],
            "missing": list(self.decision.missing),
            "attest": list(self.decision.attest),
            "benefit": self.measure.benefit.model_dump(mode="json"),
            "policy_title": self.policy.title,
            "near_miss": self.decision.near_miss.to_json() if self.decision.near_miss else None,
            "estimate": self.estimate.to_json(),
            "needs_review": self.needs_review,
        }


@dataclass(frozen=True, slots=True)
class EnterpriseMatch:
    """An enterprise for a measure (政策找企业)."""

    enterprise: Enterprise
    measure: Measure
    decision: Decision

    def to_json(self) -> dict[str, Any]:
        """The match as one JSON object (spec/cli.md)."""
        return {
            "enterprise_id": self.enterprise.id,
            "name": self.enterprise.name,
            "measure_id": self.measure.id,
            "verdict": self.decision.verdict.value,
            "missing": list(self.decision.missing),
            "attest": list(self.decision.attest),
            "reasons": [reason.to_json() for reason in self.decision.reasons],
        }

"""Where a measure applies (适用范围)."""

from __future__ import annotations

from policy_match.domain.criterion import All, AttestLeaf, Criterion, FactLeaf
from policy_match.domain.policy import CENTRAL_REGION, Measure, Policy

UNKNOWN_SCOPE = AttestLeaf(attest="适用地区未能从文件中识别，请对照原文核实")


def scope_of(policy: Policy, measure: Measure) -> Criterion | None:
    """
    The scope of a measure: what its text says, else its policy's region.

    None for a central policy, which has no scope. A policy whose region nobody could tell gets a
    leaf that stays unknown until somebody answers for it: a missing region is never a pass.
    """
    if measure.scope is not None:
        return measure.scope
    if policy.region == CENTRAL_REGION:
        return None
    if policy.region is None:
        return UNKNOWN_SCOPE
    return FactLeaf(fact="region", op="in", value=(policy.region,))


def whole_rule(policy: Policy, measure: Measure) -> Criterion:
    """Scope and criteria together, as one rule."""
    scope = scope_of(policy, measure)
    return measure.criteria if scope is None else All(all=(scope, measure.criteria))

"""
A measure of which no condition was read is never a pass for everybody (未读出条件的措施).

The text may state whom it is for in a way we don't read yet, or in another document. So it carries
one item to attest, until a person has compared it with the text.
"""

from __future__ import annotations

from policy_match.domain.criterion import All, AttestLeaf, leaves_of
from policy_match.domain.policy import Measure

UNREAD = "未能从原文读出申报条件，请对照原文核实是否适用"


def with_conditions(measure: Measure) -> Measure:
    """The measure, with an item to attest where its criteria hold no leaf at all."""
    if next(leaves_of(measure.criteria), None) is not None:
        return measure
    leaf = AttestLeaf(
        attest=UNREAD, quote=measure.quote, at=measure.at, how="unread", confidence=0.0
    )
    return measure.model_copy(update={"criteria": All(all=(leaf,))})

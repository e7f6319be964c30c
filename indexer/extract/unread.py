"""
A measure of which no condition was read is never a pass for everybody (未读出条件的措施).

The text may state whom it is for in a way we don't read yet, or in another document. So it carries
one item to attest, until a person has compared it with the text. That an applicant is an
enterprise, and nothing else, singles out nobody: what kind of enterprise was then not read.
"""

from __future__ import annotations

from policy_match.domain.criterion import All, AttestLeaf, FactLeaf, Node, leaves_of
from policy_match.domain.policy import Measure

UNREAD = "未能从原文读出申报条件，请对照原文核实是否适用"


def with_conditions(measure: Measure) -> Measure:
    """The measure, with an item to attest where its criteria single out nobody."""
    leaves = list(leaves_of(measure.criteria))
    if not all(_is_any_enterprise(leaf) for leaf in leaves):
        return measure
    item = AttestLeaf(
        attest=UNREAD, quote=measure.quote, at=measure.at, how="unread", confidence=0.0
    )
    kept = (measure.criteria,) if leaves else ()
    return measure.model_copy(update={"criteria": All(all=(*kept, item))})


def _is_any_enterprise(leaf: Node) -> bool:
    return (
        isinstance(leaf, FactLeaf) and leaf.fact == "entity_type" and leaf.value == ("enterprise",)
    )

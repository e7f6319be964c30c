"""
One enterprise, one rule: the verdict and everything it rests on (判定).

This walk over the tree is the oracle that the faster engines are held to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Node,
    Not,
    children_of,
)
from policy_match.domain.encode import EncodedEnterprise, EncodedOneOf
from policy_match.domain.enterprise import shown
from policy_match.domain.facts import FactRegistry, FactType, default_registry
from policy_match.domain.verdict import VERDICT_OF, Decision, Reason, Truth
from policy_match.matching.leaf import leaf_truth, number_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A node of the tree with what it came to; `scope` marks the measure's scope."""

    node: Node
    truth: Truth
    children: tuple[Judged, ...] = ()
    scope: bool = False


def truth_of_rule(
    criteria: Criterion, enterprise: EncodedEnterprise, *, registry: FactRegistry | None = None
) -> Truth:
    """The Kleene value of a rule for an enterprise (规则真值)."""
    return judge(criteria, enterprise, registry or default_registry()).truth


def decide(
    criteria: Criterion,
    enterprise: EncodedEnterprise,
    *,
    scope: Criterion | None = None,
    registry: FactRegistry | None = None,
) -> Decision:
    """
    Decide one measure for one enterprise, with reasons (判定一项措施).

    Args:
        criteria: the measure's criteria.
        enterprise: the facts, encoded as of the day.
        scope: the measure's scope; its reasons come first.
        registry: the facts that exist; the packaged ones by default.

    Returns:
        The verdict of scope and criteria together; one reason a leaf, in the text's order.
    """
    known = registry or default_registry()
    parts = [judge(criteria, enterprise, known)]
    if scope is not None:
        parts.insert(0, judge(scope, enterprise, known, scope=True))
    root = Judged(All(all=()), min(part.truth for part in parts), tuple(parts))
    writer = _ReasonWriter(enterprise, known)
    reasons = tuple(writer.reason(leaf, neg) for leaf, neg in _leaves(root))
    failing = tuple(writer.reason(leaf, neg) for leaf, neg in _blamed(root))
    open_leaves = [leaf.node for leaf in _open(root)]
    return Decision(
        verdict=VERDICT_OF[root.truth],
        reasons=reasons,
        missing=_unique(leaf.fact for leaf in open_leaves if isinstance(leaf, FactLeaf)),
        attest=_unique(leaf.attest for leaf in open_leaves if isinstance(leaf, AttestLeaf)),
        failing=failing,
        near_miss=_near_miss(root, writer),
    )


def judge(
    node: Node, enterprise: EncodedEnterprise, registry: FactRegistry, *, scope: bool = False
) -> Judged:
    """Evaluate a tree bottom up, keeping what each node came to."""
    if isinstance(node, FactLeaf | AttestLeaf):
        return Judged(node, leaf_truth(node, enterprise, registry), scope=scope)
    children = tuple(judge(c, enterprise, registry, scope=scope) for c in children_of(node))
    return Judged(node, _combine(node, [child.truth for child in children]), children, scope)


def _combine(node: Node, truths: list[Truth]) -> Truth:
    if isinstance(node, All):
        return min(truths, default=Truth.TRUE)
    if isinstance(node, AnyOf):
        return max(truths, default=Truth.FALSE)
    if isinstance(node, Not):
        return truths[0].negated()
    assert isinstance(node, AtLeast)
    if sum(t is Truth.TRUE for t in truths) >= node.at_least:
        return Truth.TRUE
    return Truth.FALSE if sum(t > Truth.FALSE for t in truths) < node.at_least else Truth.UNKNOWN


def _leaves(judged: Judged, negated: bool = False) -> Iterator[tuple[Judged, bool]]:
    if isinstance(judged.node, FactLeaf | AttestLeaf):
        yield judged, negated
    for child in judged.children:
        yield from _leaves(child, negated ^ isinstance(judged.node, Not))


def _open(judged: Judged) -> Iterator[Judged]:
    """The unknown leaves that keep the tree unknown."""
    if judged.truth is not Truth.UNKNOWN:
        return
    if not judged.children:
        yield judged
    for child in judged.children:
        yield from _open(child)


def _blamed(judged: Judged, negated: bool = False) -> Iterator[tuple[Judged, bool]]:
    """The leaves that make a false tree false (or, under a negation, a true one true)."""
    if judged.truth is not (Truth.TRUE if negated else Truth.FALSE):
        return
    if isinstance(judged.node, FactLeaf | AttestLeaf):
        yield judged, negated
    for child in judged.children:
        yield from _blamed(child, negated ^ isinstance(judged.node, Not))


def _cost_to_lift(judged: Judged, negated: bool = False) -> float:
    """
    How many leaves must change so that a false node is false no more.

    Under a negation: so that a true node is true no more. Infinite where no leaf can do it
    (an empty `any`).
    """
    if judged.truth is not (Truth.TRUE if negated else Truth.FALSE):
        return 0
    node = judged.node
    if isinstance(node, FactLeaf | AttestLeaf):
        return 1
    if isinstance(node, Not):
        return _cost_to_lift(judged.children[0], not negated)
    costs = sorted(_cost_to_lift(child, negated) for child in judged.children)
    needed = _children_needed(judged, negated)
    blamed = [cost for cost in costs if cost > 0]
    return sum(blamed[:needed]) if needed <= len(blamed) else float("inf")


def _children_needed(judged: Judged, negated: bool) -> int:
    """How many children must change their mind for the node to change its own."""
    node, truths = judged.node, [child.truth for child in judged.children]
    need_all = isinstance(node, All) ^ negated
    if isinstance(node, AtLeast):
        if negated:
            return sum(t is Truth.TRUE for t in truths) - node.at_least + 1
        return node.at_least - sum(t > Truth.FALSE for t in truths)
    against = Truth.TRUE if negated else Truth.FALSE
    return sum(t is against for t in truths) if need_all else 1


def _near_miss(root: Judged, writer: _ReasonWriter) -> Reason | None:
    """The one failing leaf that would lift the verdict; the closest where several could."""
    if root.truth is not Truth.FALSE or _cost_to_lift(root) != 1:
        return None
    found = [writer.reason(leaf, neg) for leaf, neg in _single_lifts(root)]
    return min(found, key=lambda reason: reason.distance if reason.distance is not None else 1.0)


def _single_lifts(judged: Judged, negated: bool = False) -> Iterator[tuple[Judged, bool]]:
    if _cost_to_lift(judged, negated) != 1:
        return
    if isinstance(judged.node, FactLeaf | AttestLeaf):
        yield judged, negated
    for child in judged.children:
        yield from _single_lifts(child, negated ^ isinstance(judged.node, Not))


class _ReasonWriter:
    """Words a judged leaf: what was asked, what the enterprise has, and how far off it is."""

    def __init__(self, enterprise: EncodedEnterprise, registry: FactRegistry) -> None:
        self._enterprise = enterprise
        self._registry = registry

    def reason(self, judged: Judged, negated: bool) -> Reason:
        leaf = judged.node
        truth = judged.truth.negated() if negated else judged.truth
        verdict = VERDICT_OF[truth]
        if isinstance(leaf, AttestLeaf):
            return Reason(
                verdict=verdict,
                attest=leaf.attest,
                have=self._enterprise.attested.get(leaf.attest),
                quote=leaf.quote,
                at=leaf.at,
                negated=negated,
                scope=judged.scope,
            )
        assert isinstance(leaf, FactLeaf)
        stated = self._enterprise.enterprise.facts.get(leaf.fact)
        return Reason(
            verdict=verdict,
            fact=leaf.fact,
            op=leaf.op,
            value=leaf.value,
            have=self._have(leaf.fact),
            quote=leaf.quote,
            at=leaf.at,
            negated=negated,
            scope=judged.scope,
            note=self._note(leaf.fact),
            source=stated.source if stated else None,
            stated_on=stated.as_of if stated else None,
            distance=self._distance(leaf) if truth is Truth.FALSE else None,
        )

    def _have(self, fact: str) -> Any:
        encoded = self._enterprise.facts.get(fact)
        if isinstance(encoded, EncodedOneOf):
            order = ("large", "medium", "small", "micro")
            return [code for code in order if code in encoded.possible]
        stated = self._enterprise.enterprise.facts.get(fact)
        if fact == "established_years":
            return round(encoded, 4) if isinstance(encoded, float) else None
        if stated is None or (isinstance(stated.value, date) and encoded is None):
            return None
        return shown(stated.value)

    def _note(self, fact: str) -> str:
        if fact != "size_class":
            return ""
        encoded = self._enterprise.facts.get(fact)
        if encoded is None or isinstance(encoded, EncodedOneOf):
            return self._enterprise.size.why
        return self._enterprise.conflict

    def _distance(self, leaf: FactLeaf) -> float | None:
        """The gap as a share of what is asked (0.2 = a fifth short); None for codes and dates."""
        have, spec = self._enterprise.facts.get(leaf.fact), self._registry[leaf.fact]
        if not isinstance(have, float) or spec.type is FactType.DATE:
            return None
        need = number_of(leaf.value, spec.type)
        return round(abs(have - need) / max(abs(need), 1e-9), 6)


def _unique(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

"""
Measures that want a look before anybody relies on them (存疑标记).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from indexer.verify import Checked, Problem, verify_measure
from policy_match.domain.criterion import AttestLeaf, FactLeaf, leaves_of
from policy_match.domain.policy import Doubt, DoubtKind, Measure, Policy, ReviewState

DOUBTFUL = 0.8  # of fact leaves: where one in five or more is wrong, a person looks first
_HINTS = frozenset({Problem.CODE_LEFT_OUT})  # worth a look in `verify`, no reason to hold back
Told: TypeAlias = dict[int, Doubt | None]  # by the leaf's identity, while the policy is held
UNREAD = "unread"
MODEL = "model:"


def marked(policy: Policy) -> Policy:
    """
    The policy, its measures marked with what is doubtful in them (标出存疑之处).

    Doubtful are: a fact read with a confidence below 0.8, a measure of which no condition was
    read, a leaf that an outside model proposed, and a rule that differs from its own quote. What
    staff have reviewed is left alone.
    """
    if not policy.measures:
        return policy
    text = policy.text
    known: Checked = {}
    told: Told = {}
    measures = tuple(_marked(measure, text, known, told) for measure in policy.measures)
    return policy.model_copy(update={"measures": measures})


def _marked(measure: Measure, text: str, known: Checked, told: Told) -> Measure:
    if measure.review.state is not ReviewState.MACHINE:
        return measure
    doubts = tuple(dict.fromkeys((*_of_leaves(measure, told), *_of_text(measure, text, known))))
    if doubts == measure.review.doubts:
        return measure
    review = measure.review.model_copy(update={"doubts": doubts})
    return measure.model_copy(update={"review": review})


def _of_leaves(measure: Measure, told: Told) -> Iterator[Doubt]:
    """The doubtful leaves of a measure; leaves that measures share are looked at once."""
    for leaf in leaves_of(measure.criteria):
        if id(leaf) not in told:
            told[id(leaf)] = _doubt(leaf)
        doubt = told[id(leaf)]
        if doubt is not None:
            yield doubt


def _doubt(leaf: FactLeaf | AttestLeaf) -> Doubt | None:
    kind = _kind(leaf)
    if kind is None:
        return None
    return Doubt(
        kind=kind,
        fact=leaf.fact if isinstance(leaf, FactLeaf) else None,
        quote=leaf.quote if kind is not DoubtKind.UNREAD else None,
        at=leaf.at,
        confidence=leaf.confidence,
    )


def _kind(leaf: FactLeaf | AttestLeaf) -> DoubtKind | None:
    how = leaf.how or ""
    if how == UNREAD:
        return DoubtKind.UNREAD
    if how.startswith(MODEL):
        return DoubtKind.MODEL
    if isinstance(leaf, FactLeaf) and leaf.confidence is not None and leaf.confidence < DOUBTFUL:
        return DoubtKind.LOW_CONFIDENCE
    return None


def _of_text(measure: Measure, text: str, known: Checked) -> Iterator[Doubt]:
    for found in verify_measure(measure, text, known=known):
        if found.problem not in _HINTS:
            yield Doubt(kind=DoubtKind.DIVERGENCE, fact=found.fact, quote=found.quote, at=found.at)

"""
What a person should look at first (存疑): unsure leaves, and rules that differ from their text.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexer.verify import Divergence, Problem, verify_measure
from policy_match.domain.criterion import AttestLeaf, FactLeaf, leaves_of
from policy_match.domain.policy import Doubt, DoubtKind, Measure

SURE = 0.7  # a fact leaf read with less is shown as doubtful
READ_AT_ALL = 0.3  # an attest leaf below it is a sentence that could not be read

PROBLEM_WORDS = {
    Problem.UNBOUND: "没有写明依据的原文，也没有写明由谁填写",
    Problem.QUOTE_GONE: "依据的文字不在原文里",
    Problem.QUOTE_MOVED: "依据的文字位置有变",
    Problem.NUMBER: "原文里没有这个数",
    Problem.UNIT: "数对，单位与原文不同",
    Problem.OP: "数对，比较方向与原文不同",
    Problem.CODE: "原文没有说到这个代码",
    Problem.CODE_LEFT_OUT: "原文说到的，规则里没有",
    Problem.FLAG: "与原文的意思相反或不符",
    Problem.UNKNOWN_FACT: "没有登记这个事实",
}


def doubts_of(measure: Measure, text: str) -> tuple[Doubt, ...]:
    """All doubts about a measure: those of its reading, unsure leaves, divergences."""
    found = [*measure.review.doubts, *_unsure(measure), *_divergent(measure, text)]
    return tuple(dict.fromkeys(found))


def divergences_of(measure: Measure, text: str) -> list[Divergence]:
    """Where a measure's rule and its text differ, but for quotes that only moved."""
    found = verify_measure(measure, text)
    return [one for one in found if one.problem is not Problem.QUOTE_MOVED]


def is_unsure(leaf: FactLeaf | AttestLeaf) -> bool:
    """Whether the program was not sure of a leaf it made."""
    if leaf.confidence is None:
        return False
    return leaf.confidence < (SURE if isinstance(leaf, FactLeaf) else READ_AT_ALL)


def _unsure(measure: Measure) -> Iterator[Doubt]:
    for leaf in leaves_of(measure.criteria):
        if is_unsure(leaf):
            is_fact = isinstance(leaf, FactLeaf)
            yield Doubt(
                kind=DoubtKind.LOW_CONFIDENCE if is_fact else DoubtKind.UNREAD,
                fact=leaf.fact if isinstance(leaf, FactLeaf) else None,
                quote=leaf.quote,
                at=leaf.at,
                confidence=leaf.confidence,
            )


def _divergent(measure: Measure, text: str) -> Iterator[Doubt]:
    for one in divergences_of(measure, text):
        yield Doubt(kind=DoubtKind.DIVERGENCE, fact=one.fact, quote=one.quote, at=one.at)

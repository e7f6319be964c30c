"""The walk over a policy's rules: quotes first, then what they say (核对)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from indexer.verify.codes import code_problem
from indexer.verify.flags import flag_problem
from indexer.verify.numbers import number_problem
from policy_match.domain.criterion import (
    AttestLeaf,
    Criterion,
    FactLeaf,
    Node,
    Not,
    Span,
    children_of,
)
from policy_match.domain.facts import FactRegistry, FactType, default_registry
from policy_match.domain.policy import Measure, Policy

_LEAVES = (FactLeaf, AttestLeaf)


class Problem(StrEnum):
    """In what a rule differs from its text (不一致的种类)."""

    UNBOUND = "unbound"  # 没有引文，也没有写明由谁手写
    QUOTE_GONE = "quote_gone"  # 引文不在原文里
    QUOTE_MOVED = "quote_moved"  # 引文在原文里，位置不对
    NUMBER = "number"  # 引文里没有这个数
    UNIT = "unit"  # 数对，单位不对
    OP = "op"  # 数对，比较方向不对
    CODE = "code"  # 引文没有说到这个代码
    CODE_LEFT_OUT = "code_left_out"  # 引文说到的代码规则里没有
    FLAG = "flag"  # 是否类条件与引文不符
    UNKNOWN_FACT = "unknown_fact"  # 事实表里没有


@dataclass(frozen=True, slots=True)
class Divergence:
    """
    One place where a rule and its text differ (不一致之处).

    `rule` is what the leaf says and `text` what was read in the quote instead; `found_at` is where
    a quote that has moved stands now.
    """

    problem: Problem
    policy_id: str
    measure_id: str
    fact: str | None
    quote: str | None
    at: Span | None
    rule: str
    text: str = ""
    found_at: Span | None = None

    def to_json(self) -> dict[str, Any]:
        """One line of `policy-match verify --json`."""
        return {
            "policy_id": self.policy_id,
            "measure_id": self.measure_id,
            "problem": self.problem.value,
            "fact": self.fact,
            "quote": self.quote,
            "at": list(self.at) if self.at else None,
            "rule": self.rule,
            "text": self.text,
            "found_at": list(self.found_at) if self.found_at else None,
        }


Checked = dict[tuple[int, bool], tuple[Divergence, ...]]  # by a leaf's identity and its sign


def verify(policy: Policy, *, registry: FactRegistry | None = None) -> tuple[Divergence, ...]:
    """
    All divergences of a policy's measures (核对一份政策).

    Args:
        policy: its blocks are the text, its measures the rules.
        registry: the facts that exist.
    """
    text = policy.text
    known: Checked = {}
    return tuple(
        found
        for measure in policy.measures
        for found in verify_measure(
            measure, text, policy_id=policy.id, registry=registry, known=known
        )
    )


def verify_measure(
    measure: Measure,
    text: str,
    *,
    policy_id: str = "",
    registry: FactRegistry | None = None,
    known: Checked | None = None,
) -> tuple[Divergence, ...]:
    """
    All divergences of one measure, left to right, its own quote first (核对一项措施).

    Args:
        measure: what to check.
        text: the policy's.
        policy_id: for the divergences.
        registry: of the facts.
        known: leaves that measures of this policy share are looked at once; filled here. The
            measures must be kept as long as it is.
    """
    found = list(_measure_quote(measure, text, policy_id))
    roots = [measure.criteria] + ([measure.scope] if measure.scope is not None else [])
    checked: Checked = {} if known is None else known
    for leaf, negated in (one for root in roots for one in _leaves(root)):
        key = (id(leaf), negated)
        if key not in checked:
            checked[key] = verify_leaf(
                leaf, text, negated=negated, policy_id=policy_id, registry=registry
            )
        if checked[key]:
            found.extend(replace(one, measure_id=measure.id) for one in checked[key])
    return tuple(found)


def verify_leaf(
    leaf: FactLeaf | AttestLeaf,
    text: str,
    *,
    negated: bool = False,
    policy_id: str = "",
    measure_id: str = "",
    registry: FactRegistry | None = None,
) -> tuple[Divergence, ...]:
    """
    The divergences of one leaf (核对一个条件).

    A hand-written leaf (with `by` and without a quote) has no text to differ from. Where the
    quote does not stand in the text nothing else is looked at.
    """

    def told(problem: Problem, text: str = "", found_at: Span | None = None) -> Divergence:
        fact = leaf.fact if isinstance(leaf, FactLeaf) else None
        rule = _rule_words(leaf, negated)
        return Divergence(
            problem, policy_id, measure_id, fact, leaf.quote, leaf.at, rule, text, found_at
        )

    if leaf.quote is None:
        return () if leaf.by else (told(Problem.UNBOUND),)
    stands = leaf.at is not None and text[slice(*leaf.at)] == leaf.quote
    if not stands and leaf.quote not in text:
        return (told(Problem.QUOTE_GONE),)
    found = []
    if not stands:
        start = _nearest(text, leaf.quote, leaf.at)
        found.append(told(Problem.QUOTE_MOVED, found_at=(start, start + len(leaf.quote))))
    if isinstance(leaf, FactLeaf):
        said = _content(leaf, negated, registry or default_registry())
        found.extend(told(problem, words) for problem, words in said)
    return tuple(found)


def _content(
    leaf: FactLeaf, negated: bool, registry: FactRegistry
) -> Iterator[tuple[Problem, str]]:
    if leaf.fact not in registry:
        yield Problem.UNKNOWN_FACT, ""
        return
    spec, quote = registry[leaf.fact], leaf.quote or ""
    if spec.is_set:
        found = code_problem(leaf, spec, quote)
    elif spec.type is FactType.BOOL:
        found = flag_problem(leaf, quote, negated=negated)
    else:
        found = number_problem(leaf, spec, quote)
    if found is not None:
        yield Problem(found[0]), found[1]


def _measure_quote(measure: Measure, text: str, policy_id: str) -> Iterator[Divergence]:
    quote, at = measure.quote, measure.at
    if quote is None or (at is not None and text[at[0] : at[1]] == quote):
        return
    start = _nearest(text, quote, at) if quote in text else None
    yield Divergence(
        Problem.QUOTE_GONE if start is None else Problem.QUOTE_MOVED,
        policy_id,
        measure.id,
        None,
        quote[:80],
        at,
        measure.title,
        found_at=None if start is None else (start, start + len(quote)),
    )


def _nearest(text: str, quote: str, at: Span | None) -> int:
    """Where a quote stands, nearest to where it is said to stand."""
    if at is None:
        return text.index(quote)
    places = text.rfind(quote, 0, at[1]), text.find(quote, at[0])
    known = [place for place in places if place >= 0] or [text.index(quote)]
    return min(known, key=lambda place: abs(place - at[0]))


def _leaves(node: Node) -> Iterator[tuple[FactLeaf | AttestLeaf, bool]]:
    """The leaves from left to right, and whether each stands under an odd number of negations."""
    stack: list[tuple[Any, bool]] = [(node, False)]
    while stack:
        top, negated = stack.pop()
        inner = children_of(top)
        if inner:
            below = negated ^ isinstance(top, Not)
            stack.extend([(child, below) for child in reversed(inner)])
        elif isinstance(top, _LEAVES):
            yield top, negated


def _rule_words(leaf: Criterion, negated: bool) -> str:
    from policy_match.wording import OPS

    head = "不得：" if negated else ""
    if isinstance(leaf, AttestLeaf):
        return f"{head}{leaf.attest}"
    assert isinstance(leaf, FactLeaf)
    value = "、".join(leaf.value) if isinstance(leaf.value, tuple) else str(leaf.value)
    return f"{head}{leaf.fact} {OPS.get(leaf.op, leaf.op)} {value}"

"""Tidy a criterion tree: no empty or double nodes, within the language's limits (整理)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from policy_match.domain.criterion import (
    MAX_DEPTH,
    MAX_LEAVES,
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
    children_of,
    leaves_of,
)


def tidy(node: Criterion, *, done: Sequence[Criterion] = (), text: str = "") -> All:
    """
    The same rule without doubled facts, nested all-in-all and single children (整理条件树).

    A rule above the limit of leaves keeps its facts and lets self-check items go.

    Args:
        node: what to tidy.
        done: parts of it that were tidied before, as conditions that many measures share are.
        text: the document's, so that neighbouring sentences that ask the same are quoted as one.
    """
    tidied = frozenset(map(id, done))
    made = _tidy(node, tidied, text)
    made = made if isinstance(made, All) else All(all=(made,))
    settled = _settled(_without_implied(made)).all
    return _limited(
        All(all=tuple(one if id(one) in tidied else _shallow(one, 2) for one in settled))
    )


def _shallow(node: Criterion, depth: int) -> Criterion:
    """The node, with what lies deeper than the rule language goes left to self-check."""
    inner = children_of(node)
    if not inner:
        return node
    if depth >= MAX_DEPTH:
        first = next(leaves_of(node))
        text = "".join((first.quote or "").split())[:200] or "其他条件"
        return AttestLeaf(attest=text, quote=first.quote, at=first.at, how="self_check")
    made = tuple(_shallow(child, depth + 1) for child in inner)
    if isinstance(node, Not):
        return Not(**{"not": made[0]})
    if isinstance(node, AtLeast):
        return AtLeast(at_least=node.at_least, of=made)
    return All(all=made) if isinstance(node, All) else AnyOf(any=made)


def _limited(rule: All) -> All:
    """As many of the first children as the rule language takes leaves, facts before the rest."""
    if sum(1 for _ in leaves_of(rule)) <= MAX_LEAVES:
        return rule
    first = sorted(rule.all, key=lambda child: isinstance(child, AttestLeaf))
    kept: list[Criterion] = []
    room = MAX_LEAVES
    for child in first:
        room -= sum(1 for _ in leaves_of(child))
        if room < 0:
            break
        kept.append(child)
    return All(all=tuple(kept))


_UNSURE = 0.4


def _settled(rule: All) -> All:
    """
    Bounds of one figure that can't all be meant are held for alternatives, and for unsure.

    A list of steps (收入5000万元以下的…, 2亿元以上的…) states a case each; taken together they
    would turn everybody away.
    """
    rule = _banded(rule)
    bounds: dict[str, list[FactLeaf]] = {}
    for child in rule.all:
        if isinstance(child, FactLeaf) and child.op in _ORDER and not isinstance(child.value, bool):
            bounds.setdefault(child.fact, []).append(child)
    cases = [leaves for leaves in bounds.values() if _apart(leaves)]
    if not cases:
        return rule
    moved = {id(leaf) for leaves in cases for leaf in leaves}
    kept = [child for child in rule.all if id(child) not in moved]
    options = [AnyOf(any=tuple(_doubted(leaf) for leaf in leaves)) for leaves in cases]
    return All(all=(*kept, *options))


_ORDER = (">=", ">", "<=", "<")


def _banded(rule: All) -> All:
    """
    Bands, each with a demand of its own, are cases (分档要求).

    收入5000万元以下的比例不低于5%, 5000万元至2亿元的不低于4%: a bound of one figure, then one of
    another, at least twice over.
    """
    numbers = [child for child in rule.all if _is_bound(child)]
    facts = list(dict.fromkeys(leaf.fact for leaf in numbers))
    for first in facts:
        for second in facts:
            bands = _bands([leaf for leaf in numbers if leaf.fact in (first, second)], first)
            if first != second and len(bands) > 1 and _apart([band[0] for band in bands]):
                cases = AnyOf(any=tuple(All(all=tuple(map(_less_sure, band))) for band in bands))
                inside = {id(leaf) for band in bands for leaf in band}
                kept = [child for child in rule.all if id(child) not in inside]
                return All(all=(*kept, cases))
    return rule


def _is_bound(node: Criterion) -> TypeGuard[FactLeaf]:
    return isinstance(node, FactLeaf) and node.op in _ORDER and not isinstance(node.value, bool)


def _bands(leaves: list[FactLeaf], first: str) -> list[list[FactLeaf]]:
    """Runs of bounds of `first`, each closed by one bound of the other; none if out of step."""
    found: list[list[FactLeaf]] = []
    current: list[FactLeaf] = []
    for leaf in leaves:
        current.append(leaf)
        if leaf.fact != first:
            if len(current) < 2:
                return []
            found.append(current)
            current = []
    return [] if current else found


def _less_sure(leaf: FactLeaf) -> FactLeaf:
    return leaf.model_copy(update={"confidence": min(leaf.confidence or _BAND_SURE, _BAND_SURE)})


_BAND_SURE = 0.7


def _apart(leaves: list[FactLeaf]) -> bool:
    lows = [leaf.value for leaf in leaves if leaf.op in (">=", ">")]
    highs = [leaf.value for leaf in leaves if leaf.op in ("<=", "<")]
    if len(set(lows)) > 1 or len(set(highs)) > 1:
        return True
    return bool(lows and highs) and lows[0] >= highs[0]  # type: ignore[operator]  # values of one fact


def _doubted(leaf: FactLeaf) -> FactLeaf:
    return leaf.model_copy(update={"confidence": min(leaf.confidence or _UNSURE, _UNSURE)})


_SAYS_ENTERPRISE = frozenset({"qualification", "size_class", "above_scale", "small_low_profit"})


def _without_implied(rule: All) -> All:
    """Leave out “is an enterprise” where a recognition or a size class already says it."""
    facts = [child for child in rule.all if isinstance(child, FactLeaf)]
    if not any(leaf.fact in _SAYS_ENTERPRISE or _narrower(leaf) for leaf in facts):
        return rule
    return All(all=tuple(child for child in rule.all if not _plain_enterprise(child)))


def _plain_enterprise(node: Criterion) -> bool:
    return isinstance(node, FactLeaf) and node.how == "enterprise"


def _narrower(leaf: FactLeaf) -> bool:
    return leaf.fact == "entity_type" and leaf.how != "enterprise"


def _tidy(node: Criterion, done: frozenset[int], text: str) -> Criterion:
    if isinstance(node, FactLeaf | AttestLeaf) or id(node) in done:
        return node
    if isinstance(node, Not):
        return Not(**{"not": _tidy(node.child, done, text)})
    if isinstance(node, AtLeast):
        return AtLeast(
            at_least=node.at_least, of=tuple(_tidy(child, done, text) for child in node.of)
        )
    children = _flat(node, done, text)
    if len(children) == 1:
        return children[0]
    return All(all=children) if isinstance(node, All) else AnyOf(any=children)


def _flat(node: All | AnyOf, done: frozenset[int], text: str) -> tuple[Criterion, ...]:
    """Children tidied, their like taken in; of equal questions the one that quotes more."""
    found: dict[object, Criterion] = {}
    for child in node.all if isinstance(node, All) else node.any:
        made = _tidy(child, done, text)
        same = isinstance(made, All | AnyOf) and type(made) is type(node)
        inner = (made.all if isinstance(made, All) else made.any) if same else (made,)  # type: ignore[union-attr]  # of the same kind, All or AnyOf
        for one in inner:
            if not _is_empty(one):
                key = _key(one)
                found[key] = _fuller(found[key], one, text) if key in found else one
    return tuple(found.values())


def _is_empty(node: Criterion) -> bool:
    return isinstance(node, All) and not node.all


_NEXT = 12  # signs between two neighbours: a stop, a line feed, a number


def _fuller(one: Criterion, other: Criterion, text: str) -> Criterion:
    """Of two leaves that ask the same, the one that quotes more; neighbours as one (引文较全的)."""
    if not isinstance(one, FactLeaf) or not isinstance(other, FactLeaf):
        return one
    if one.at and other.at and 0 < other.at[0] - one.at[1] <= _NEXT and text:
        at = (one.at[0], other.at[1])
        return one.model_copy(update={"at": at, "quote": text[slice(*at)]})
    return other if len(other.quote or "") >= len(one.quote or "") else one


def _key(node: Criterion) -> object:
    if isinstance(node, FactLeaf):
        return (node.fact, node.op, node.value)
    if isinstance(node, AttestLeaf):
        return node.attest
    return node

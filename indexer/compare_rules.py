"""In what the rules, the benefit and the window of two measures differ (规则比较)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policy_match.domain.criterion import AttestLeaf, Criterion, FactLeaf, Node, Not, children_of
from policy_match.domain.policy import Measure

_FIELDS = ("kinds", "max_amount", "rate")
_WINDOW = ("opens_on", "closes_on", "rolling")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """
    One thing that a rule says otherwise (规则变化).

    `what` is the fact, `attest`, `logic` (the same conditions joined otherwise), or a field of the
    benefit or the window (`benefit.max_amount`, `window.closes_on`); None stands for nothing.
    """

    what: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """The change as one JSON object."""
        return {"what": self.what, "before": self.before, "after": self.after}


def rule_changes(before: Measure, after: Measure) -> tuple[RuleChange, ...]:
    """
    What differs between two versions of a measure (两版措施的规则差异).

    Quotes, offsets and confidence don't count: they follow the text. A condition on a fact that
    both have once is one change; conditions that only one has stand alone.
    """
    return (
        *_criteria(before.criteria, after.criteria, ""),
        *_scope(before, after),
        *_fields("benefit", before, after, _FIELDS),
        *_fields("window", before, after, _WINDOW),
        *_plain(before, after),
    )


Question = tuple[str, str, Any]


def _criteria(before: Criterion, after: Criterion, prefix: str) -> Iterator[RuleChange]:
    old, new = list(dict.fromkeys(_leaves(before))), list(dict.fromkeys(_leaves(after)))
    gone = [one for one in old if one not in new]
    come = [one for one in new if one not in old]
    for question in gone:
        twin = next((one for one in come if _same_matter(one, question)), None)
        if twin is not None:
            come.remove(twin)
        yield RuleChange(prefix + question[0], _words(question), _words(twin) if twin else None)
    for question in come:
        yield RuleChange(prefix + question[0], None, _words(question))
    if not gone and set(old) == set(new) and _shape(before) != _shape(after):
        yield RuleChange(prefix + "logic", _shape(before), _shape(after))


def _leaves(node: Node, negated: bool = False) -> Iterator[Question]:
    if isinstance(node, AttestLeaf):
        yield "attest", "not" if negated else "", node.attest
    elif isinstance(node, FactLeaf):
        yield node.fact, f"not {node.op}" if negated else node.op, node.value
    for child in children_of(node):
        yield from _leaves(child, negated ^ isinstance(node, Not))


def _same_matter(one: Question, other: Question) -> bool:
    """The same fact asked in the same direction; texts to attest are never taken for one."""
    return one[0] == other[0] != "attest" and _direction(one[1]) == _direction(other[1])


def _direction(op: str) -> str:
    return op.rstrip("=") or "="


def _words(question: Question) -> dict[str, Any]:
    fact, op, value = question
    shown = list(value) if isinstance(value, tuple) else value
    return {"attest": shown, "op": op} if fact == "attest" else {"op": op, "value": shown}


def _shape(node: Node) -> Any:
    """The tree without quotes; children in one order, since order changes nothing."""
    if isinstance(node, AttestLeaf):
        return f"attest {node.attest}"
    if isinstance(node, FactLeaf):
        return f"{node.fact} {node.op} {node.value}"
    kind = type(node).__name__
    k = getattr(node, "at_least", "")
    return [f"{kind}{k}", *sorted((_shape(child) for child in children_of(node)), key=str)]


def _scope(before: Measure, after: Measure) -> Iterator[RuleChange]:
    if before.scope is not None and after.scope is not None:
        yield from _criteria(before.scope, after.scope, "scope.")
    elif before.scope is not after.scope:
        shapes = [_shape(one) if one is not None else None for one in (before.scope, after.scope)]
        yield RuleChange("scope", *shapes)


def _fields(
    part: str, before: Measure, after: Measure, names: tuple[str, ...]
) -> Iterator[RuleChange]:
    old = getattr(before, part).model_dump(mode="json")
    new = getattr(after, part).model_dump(mode="json")
    for name in names:
        if old[name] != new[name]:
            yield RuleChange(f"{part}.{name}", old[name], new[name])


def _plain(before: Measure, after: Measure) -> Iterator[RuleChange]:
    for name in ("mode", "open", "contact", "how_to_apply"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield RuleChange(name, old, new)
    if before.materials != after.materials:
        yield RuleChange("materials", list(before.materials), list(after.materials))

"""Conditions that are well-formed and yet look wrong (可疑的条件)."""

from __future__ import annotations

from collections.abc import Iterator

from policy_match.domain.criterion import Criterion, FactLeaf, leaves_of
from policy_match.domain.facts import FactRegistry, default_registry


def doubts(criterion: Criterion, *, registry: FactRegistry | None = None) -> tuple[str, ...]:
    """
    What looks wrong in a rule, in words; the rule is decided as it stands (规则的疑点).

    A share compared with more than its greatest value is always true or always false: whoever
    writes rd_ratio >= 3 means 3 %.
    """
    return tuple(dict.fromkeys(_beyond(criterion, registry or default_registry())))


def _beyond(criterion: Criterion, registry: FactRegistry) -> Iterator[str]:
    for leaf in leaves_of(criterion):
        if not isinstance(leaf, FactLeaf) or isinstance(leaf.value, bool | str | tuple):
            continue
        spec = registry[leaf.fact]
        if spec.maximum is not None and leaf.value > spec.maximum:
            yield (
                f"“{spec.label}”（{spec.name}）最多为 {spec.maximum:g}，"
                f"规则却写 {leaf.op} {leaf.value:g}，结论不会变化；{spec.unit_advice}"
            )

"""One leaf against one encoded enterprise (叶条件求值)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from operator import eq, ge, gt, le, lt

from policy_match.domain.codes import code_table
from policy_match.domain.criterion import AttestLeaf, FactLeaf, LeafValue
from policy_match.domain.encode import EncodedCodes, EncodedEnterprise, EncodedOneOf
from policy_match.domain.facts import FactRegistry, FactType
from policy_match.domain.verdict import Truth

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": ge,
    ">": gt,
    "<=": le,
    "<": lt,
    "==": eq,
}


def leaf_truth(
    leaf: FactLeaf | AttestLeaf, enterprise: EncodedEnterprise, registry: FactRegistry
) -> Truth:
    """True, false, or unknown when the fact is absent or known too coarsely (spec/facts.md)."""
    if isinstance(leaf, AttestLeaf):
        return truth_of(enterprise.attested.get(leaf.attest))
    have = enterprise.facts.get(leaf.fact)
    if have is None:
        return Truth.UNKNOWN
    spec = registry[leaf.fact]
    if isinstance(have, EncodedCodes):
        return have.truth(wanted_codes(leaf.value, spec.code_set), code_table(spec.code_set))
    if isinstance(have, EncodedOneOf):
        return have.truth(wanted_codes(leaf.value, spec.code_set))
    return truth_of(COMPARE[leaf.op](float(have), number_of(leaf.value, spec.type)))


def truth_of(answer: bool | None) -> Truth:
    """An optional answer as a Kleene value."""
    if answer is None:
        return Truth.UNKNOWN
    return Truth.TRUE if answer else Truth.FALSE


def number_of(value: LeafValue, kind: FactType) -> float:
    """A leaf's value as the float64 that the encoding uses: dates by their ordinal."""
    if kind is FactType.DATE:
        return float(date.fromisoformat(str(value)).toordinal())
    return float(value)  # type: ignore[arg-type]  # parse_criterion let only numbers and bools in


@lru_cache(maxsize=65536)
def wanted_codes(value: LeafValue, code_set: str) -> tuple[str, ...]:
    """A leaf's codes in canonical form, former codes read as their successors."""
    table = code_table(code_set)
    return tuple(table.canonical(code) for code in value)  # type: ignore[union-attr]  # a set leaf

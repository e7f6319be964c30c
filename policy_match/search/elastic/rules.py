"""
A rule as two Elasticsearch queries: for whom it is true, for whom it is possible (规则→查询).

Kleene logic needs no third value here: `all`, `any` and `at_least` combine the queries of their
children in both readings; `not` swaps them, since what is not possible is surely false.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, TypeAlias

from policy_match.domain.codes import CodeTable, code_table
from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Node,
    Not,
    check_limits,
    children_of,
)
from policy_match.domain.encode import SIZE_CLASSES, years_between
from policy_match.domain.facts import FactRegistry, FactSpec, FactType
from policy_match.errors import RuleError
from policy_match.matching.leaf import number_of, wanted_codes
from policy_match.search.elastic.segments import AGE, FOUNDED, attest_token, combination

Query: TypeAlias = dict[str, Any]
EVERYBODY: Query = {"match_all": {}}
NOBODY: Query = {"match_none": {}}
_RANGE = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}
_ONE_OF = "size_class"  # the fact whose value may be one of several


@dataclass(frozen=True, slots=True)
class RuleQueries:
    """Who a rule is true for, and who it is true or unknown for (规则的两个查询)."""

    true: Query
    possible: Query


class RuleCompiler:
    """
    Compiles rules as of a day (规则编译).

    Args:
        as_of: the day that ages are counted to.
        registry: the facts that exist.
    """

    def __init__(self, as_of: date, registry: FactRegistry) -> None:
        self._as_of = as_of
        self._registry = registry

    def compile(self, rule: Criterion) -> RuleQueries:
        """
        The queries of a rule.

        Raises:
            RuleError: it asks about a fact that is not registered, or is too large or too deep.
        """
        check_limits(rule)
        return self._node(rule)

    def _node(self, node: Node) -> RuleQueries:
        if isinstance(node, FactLeaf):
            return self._leaf(node)
        if isinstance(node, AttestLeaf):
            yes, no = (attest_token(node.attest, answer) for answer in (True, False))
            return RuleQueries(_term("attest", yes), _not(_term("attest", no)))
        parts = [self._node(child) for child in children_of(node)]
        if isinstance(node, Not):
            return RuleQueries(_not(parts[0].possible), _not(parts[0].true))
        combine = _combiner(node)
        return RuleQueries(
            combine([part.true for part in parts]), combine([part.possible for part in parts])
        )

    def _leaf(self, leaf: FactLeaf) -> RuleQueries:
        spec = self._registry.get(leaf.fact)
        if spec is None:
            raise RuleError(f"没有名为“{leaf.fact}”的事实", advice=self._registry.advice(leaf.fact))
        absent = _not(_term("known", leaf.fact))
        if spec.is_set:
            return _of_codes(leaf, spec, absent)
        true = self._compared(leaf, spec)
        return RuleQueries(true, _any([absent, true]))

    def _compared(self, leaf: FactLeaf, spec: FactSpec) -> Query:
        value = number_of(leaf.value, spec.type) + 0.0  # no -0.0
        if spec.type is FactType.BOOL:
            return _term("true", f"{leaf.fact}:{int(value)}") if value in (0, 1) else NOBODY
        stated = _number(leaf.fact, leaf.op, value)
        if leaf.fact != AGE:
            return stated
        return _any([founded_within(leaf.op, value, self._as_of), stated])


# sets


def _of_codes(leaf: FactLeaf, spec: FactSpec, absent: Query) -> RuleQueries:
    """
    The set test of spec/facts.md.

    `true` holds a code and what is above it; `has` what is known only as coarsely as written.
    """
    table = code_table(spec.code_set)
    wanted = _topmost(wanted_codes(leaf.value, spec.code_set), table)
    true = [_terms("true", leaf.fact, wanted)]
    possible = [absent, *true, *_coarse_or_open(leaf.fact, wanted, table)]
    if leaf.fact == _ONE_OF:
        true.append(_one_of(leaf.fact, wanted, frozenset.issubset))
        possible.append(_one_of(leaf.fact, wanted, lambda some, asked: bool(some & asked)))
    return RuleQueries(_any(true), _any(possible))


def _topmost(wanted: Sequence[str], table: CodeTable) -> list[str]:
    """The wanted codes that lie under no other one: these others ask for them already."""
    asked = set(wanted)
    return [code for code in dict.fromkeys(wanted) if asked.isdisjoint(table.ancestors(code))]


def _coarse_or_open(fact: str, wanted: Sequence[str], table: CodeTable) -> list[Query]:
    """Who may have one of the codes, some wanted code not being lacked."""
    if not wanted:
        return []
    is_open = _term("open", fact)
    above = dict.fromkeys(one for code in wanted for one in table.ancestors(code))
    lacks_none = {
        "bool": {
            "must_not": [_term("partial", fact)],
            "must": [_any([is_open, _terms("has", fact, list(above))])],
        }
    }
    each = [_unless_lacked(fact, code, table, is_open) for code in wanted]
    lacks_some = {"bool": {"filter": [_term("partial", fact), _any(each)]}}
    return [lacks_none, lacks_some]


def _unless_lacked(fact: str, code: str, table: CodeTable, is_open: Query) -> Query:
    above = table.ancestors(code)
    return {
        "bool": {
            "must_not": [_terms("lacks", fact, [code, *above])],
            "must": [_any([is_open, _terms("has", fact, above)])],
        }
    }


def _one_of(
    fact: str,
    wanted: Sequence[str],
    fits: Callable[[frozenset[str], frozenset[str]], bool],
) -> Query:
    """Who has one of several values, all or some of them wanted."""
    asked = frozenset(wanted)
    some = (frozenset(c) for n in range(1, 5) for c in combinations(SIZE_CLASSES, n))
    return _terms("oneof", fact, [combination(one) for one in some if fits(one, asked)])


# numbers and ages


def _number(fact: str, op: str, value: float) -> Query:
    field = f"n.{fact}"
    return _term(field, value) if op == "==" else {"range": {field: {_RANGE[op]: value}}}


def founded_within(op: str, years: float, as_of: date) -> Query:
    """
    The days of establishment that give an age, as a range: the younger, the later.

    The bounds are found by halving, since an age falls from day to day.
    """
    last = as_of.toordinal()
    reached = _last_day(lambda age: age >= years, as_of)
    exceeded = _last_day(lambda age: age > years, as_of)
    bounds = {
        ">=": (1, reached),
        ">": (1, exceeded),
        "<": (reached + 1, last),
        "<=": (exceeded + 1, last),
        "==": (exceeded + 1, reached),
    }
    first, final = bounds[op]
    if first > final:
        return NOBODY
    return {"range": {f"n.{FOUNDED}": {"gte": first, "lte": final}}}


def _last_day(is_old_enough: Callable[[float], bool], as_of: date) -> int:
    """The last day of establishment that is old enough, as an ordinal; 0 for none."""
    low, high = 0, as_of.toordinal()
    while low < high:
        middle = (low + high + 1) // 2
        if is_old_enough(years_between(date.fromordinal(middle), as_of)):
            low = middle
        else:
            high = middle - 1
    return low


# queries


def _combiner(node: Node) -> Callable[[list[Query]], Query]:
    if isinstance(node, All):
        return _all
    if isinstance(node, AnyOf):
        return _any
    assert isinstance(node, AtLeast)
    needed = node.at_least
    return lambda parts: {"bool": {"should": parts, "minimum_should_match": needed}}


def _all(parts: list[Query]) -> Query:
    return {"bool": {"filter": parts}} if parts else EVERYBODY


def _any(parts: list[Query]) -> Query:
    if len(parts) == 1:
        return parts[0]
    return {"bool": {"should": parts, "minimum_should_match": 1}} if parts else NOBODY


def _not(query: Query) -> Query:
    return {"bool": {"must_not": [query]}}


def _term(field: str, value: object) -> Query:
    return {"term": {field: value}}


def _terms(field: str, fact: str, codes: Sequence[str]) -> Query:
    return {"terms": {field: [f"{fact}:{code}" for code in codes]}} if codes else NOBODY

"""Our query tree as an Elasticsearch query, a plain dict (检索条件编译)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import singledispatchmethod
from typing import Any, TypeAlias

from policy_match.errors import QueryError
from policy_match.search.document import DATE_FIELDS, KEYWORD_FIELDS
from policy_match.search.plan import WeightedTerm, plan_text
from policy_match.search.query import And, Node, Not, Or, Phrase, Range, Term, Text
from policy_match.search.segment import Segmenter

Query: TypeAlias = dict[str, Any]
NOTHING: Query = {"match_none": {}}
_BIGRAMS = "body_bigrams"
_EXPANSIONS = 10_000  # more bigrams than begin with any one character


class Compiler:
    """
    Compiles trees; filters give no score (编译器).

    Args:
        segmenter: the one that the index was written with.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @singledispatchmethod
    def compile(self, node: Node) -> Query:
        """
        The query of a tree.

        Raises:
            QueryError: a field that is not there.
        """
        raise QueryError(f"不认识的检索条件 {node!r}", advice="请用 search/query.py 里的节点")

    @compile.register
    def _(self, node: And) -> Query:
        parts: dict[str, list[Query]] = {"must": [], "filter": [], "must_not": []}
        for child in node.nodes:
            if isinstance(child, Not):
                parts["must_not"].append(self.compile(child.node))
            else:
                parts["filter" if _is_filter(child) else "must"].append(self.compile(child))
        return {"bool": {kind: found for kind, found in parts.items() if found}}

    @compile.register
    def _(self, node: Or) -> Query:
        if not node.nodes:
            return NOTHING
        should = [self._in_or(child) for child in node.nodes]
        return {"bool": {"should": should, "minimum_should_match": 1}}

    def _in_or(self, child: Node) -> Query:
        query = self.compile(child)
        return _unscored(query) if _is_filter(child) else query

    @compile.register
    def _(self, node: Not) -> Query:
        return {"bool": {"must_not": [self.compile(node.node)]}}

    @compile.register
    def _(self, node: Term) -> Query:
        _require(node.field, KEYWORD_FIELDS)
        return {"term": {node.field: node.value}}

    @compile.register
    def _(self, node: Range) -> Query:
        _require(node.field, DATE_FIELDS)
        first, last = node.first or date.min, node.last or date.max
        return {"range": {node.field: {"gte": first.toordinal(), "lte": last.toordinal()}}}

    @compile.register
    def _(self, node: Phrase) -> Query:
        tokens = self._segmenter.bigrams(node.text)
        if len(tokens) > 1 and len(tokens[-1]) == 1 and len(tokens[-2]) == 2:
            del tokens[-1]  # the last run may go on in the document
        return self._run(tokens) if tokens else NOTHING

    def _run(self, tokens: list[str]) -> Query:
        joined = " ".join(tokens)
        if len(tokens[-1]) == 1 and tokens[-1] > "\x7f":
            if len(tokens) == 1:
                return _prefix(_BIGRAMS, joined, 1.0)
            asked = {"query": joined, "max_expansions": _EXPANSIONS}
            return {"match_phrase_prefix": {_BIGRAMS: asked}}
        if len(tokens) == 1:
            return _term(_BIGRAMS, joined, 1.0)
        return {"match_phrase": {_BIGRAMS: {"query": joined}}}

    @compile.register
    def _(self, node: Text) -> Query:
        plan = plan_text(node.text, self._segmenter)
        phrases = [self.compile(Phrase(phrase)) for phrase in plan.phrases]
        if not plan.terms:
            return NOTHING
        any_term: Query = {
            "bool": {"should": list(_weighted(plan.terms)), "minimum_should_match": 1}
        }
        return {"bool": {"must": [*phrases, any_term]}} if phrases else any_term


def _weighted(terms: Iterable[WeightedTerm]) -> Iterable[Query]:
    for term in terms:
        make = _prefix if term.prefix else _term
        yield make(term.field, term.token, term.weight)


def _term(field: str, token: str, weight: float) -> Query:
    return {"term": {field: {"value": token, "boost": weight}}}


def _prefix(field: str, start: str, weight: float) -> Query:
    return {"prefix": {field: {"value": start, "boost": weight}}}


def _unscored(query: Query) -> Query:
    return {"constant_score": {"filter": query, "boost": 0.0}}


def _is_filter(node: Node) -> bool:
    """Whether a tree holds nothing that ranks."""
    if isinstance(node, Text | Phrase):
        return False
    if isinstance(node, And | Or):
        return all(map(_is_filter, node.nodes))
    return True  # what stands under a Not never ranks


def _require(field: str, known: tuple[str, ...]) -> None:
    if field not in known:
        raise QueryError(f"没有名为“{field}”的检索字段", advice=f"可用：{'、'.join(known)}")

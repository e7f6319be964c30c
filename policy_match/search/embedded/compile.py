"""Our query tree as a tantivy query (检索条件编译)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import singledispatchmethod

import tantivy
from tantivy import Occur, Query

from policy_match.errors import QueryError
from policy_match.search.document import DATE_FIELDS, KEYWORD_FIELDS
from policy_match.search.plan import WeightedTerm, plan_text
from policy_match.search.query import And, Node, Not, Or, Phrase, Range, Term, Text
from policy_match.search.segment import Segmenter

_BIGRAMS = "body_bigrams"


class Compiler:
    """
    Compiles trees for one schema (编译器).

    Filters give no score: what ranks is the text alone.
    """

    def __init__(self, schema: tantivy.Schema, segmenter: Segmenter) -> None:
        self._schema = schema
        self._segmenter = segmenter

    @singledispatchmethod
    def compile(self, node: Node) -> Query:
        """
        The tantivy query of a tree.

        Raises:
            QueryError: a field that is not there.
        """
        raise QueryError(f"不认识的检索条件 {node!r}", advice="请用 search/query.py 里的节点")

    @compile.register
    def _(self, node: And) -> Query:
        parts: list[tuple[Occur, Query]] = []
        for child in node.nodes:
            if isinstance(child, Not):
                parts.append((Occur.MustNot, self.compile(child.node)))
            else:
                parts.append((Occur.Must, self.compile(child)))
        if all(occur == Occur.MustNot for occur, _ in parts):
            parts.append((Occur.Must, _unscored(Query.all_query())))
        return parts[0][1] if len(parts) == 1 else Query.boolean_query(parts)

    @compile.register
    def _(self, node: Or) -> Query:
        if not node.nodes:
            return Query.empty_query()
        return Query.boolean_query([(Occur.Should, self.compile(one)) for one in node.nodes])

    @compile.register
    def _(self, node: Not) -> Query:
        return self.compile(And((node,)))

    @compile.register
    def _(self, node: Term) -> Query:
        _require(node.field, KEYWORD_FIELDS)
        return _unscored(Query.term_query(self._schema, node.field, node.value, "basic"))

    @compile.register
    def _(self, node: Range) -> Query:
        _require(node.field, DATE_FIELDS)
        first, last = node.first or date.min, node.last or date.max
        return _unscored(
            Query.range_query(
                self._schema,
                node.field,
                tantivy.FieldType.Integer,
                first.toordinal(),
                last.toordinal(),
            )
        )

    @compile.register
    def _(self, node: Phrase) -> Query:
        tokens = self._segmenter.bigrams(node.text)
        if len(tokens) > 1 and len(tokens[-1]) == 1 and len(tokens[-2]) == 2:
            del tokens[-1]  # the last run may go on in the document
        if not tokens:
            return Query.empty_query()
        return self._run(tokens)

    def _run(self, tokens: list[str]) -> Query:
        if len(tokens[-1]) == 1 and tokens[-1] > "\x7f":
            if len(tokens) == 1:
                return self._prefix(_BIGRAMS, tokens[0])
            return Query.phrase_prefix_query(self._schema, _BIGRAMS, list(tokens))
        if len(tokens) == 1:
            return Query.term_query(self._schema, _BIGRAMS, tokens[0], "freq")
        return Query.phrase_query(self._schema, _BIGRAMS, list(tokens))

    def _prefix(self, field: str, start: str) -> Query:
        return Query.regex_query(self._schema, field, re.escape(start) + ".?")

    @compile.register
    def _(self, node: Text) -> Query:
        plan = plan_text(node.text, self._segmenter)
        phrases = [self.compile(Phrase(phrase)) for phrase in plan.phrases]
        if not plan.terms:
            return Query.empty_query()
        any_term = Query.boolean_query(list(self._weighted(plan.terms)))
        if not phrases:
            return any_term
        return Query.boolean_query([(Occur.Must, one) for one in (*phrases, any_term)])

    def _weighted(self, terms: Iterable[WeightedTerm]) -> Iterable[tuple[Occur, Query]]:
        for term in terms:
            if term.prefix:
                query = self._prefix(term.field, term.token)
            else:
                query = Query.term_query(self._schema, term.field, term.token, "freq")
            yield Occur.Should, Query.boost_query(query, term.weight)


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _require(field: str, known: tuple[str, ...]) -> None:
    if field not in known:
        raise QueryError(f"没有名为“{field}”的检索字段", advice=f"可用：{'、'.join(known)}")

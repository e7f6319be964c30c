"""Runs a search on a snapshot: engine, document numbers, second stage, snippets (检索过程)."""

from __future__ import annotations

import json
from collections.abc import Iterable

import tantivy

from policy_match.search.embedded.compile import Compiler
from policy_match.search.embedded.generation import View
from policy_match.search.head import Head
from policy_match.search.plan import TextPlan, plan_text
from policy_match.search.ports import Hit
from policy_match.search.query import And, Node, Not, Or, Range, Term
from policy_match.search.request import Request
from policy_match.search.rerank import DEPTH, Candidate, Scorer, rank
from policy_match.search.segment import Segmenter
from policy_match.search.snippet import Passage, make_snippet

_Address = tantivy.DocAddress


class Finder:
    """Finds policies in a snapshot (检索器)."""

    def __init__(self, segmenter: Segmenter, scorer: Scorer) -> None:
        self._segmenter = segmenter
        self._scorer = scorer

    def find(self, view: View, request: Request, limit: int) -> list[Hit]:
        """The best policies of a request; without a text the newest."""
        if not view.searcher.num_docs:
            return []
        if not request.text:
            return self._newest(view, request.tree, limit)
        plan = plan_text(request.text, self._segmenter)
        found = self._candidates(view, request, plan, max(limit, DEPTH))
        ranked = rank(plan, [candidate for candidate, _ in found], self._scorer)[:limit]
        return [
            _hit(view, found[row.place][1], row.candidate.head, row.score, plan) for row in ranked
        ]

    def count(self, view: View, request: Request) -> int:
        """How many policies a request finds in all."""
        return view.count(self._compile(view, request.tree))

    def _compile(self, view: View, tree: Node) -> tantivy.Query:
        return Compiler(view.schema, self._segmenter).compile(tree)

    def _candidates(
        self, view: View, request: Request, plan: TextPlan, depth: int
    ) -> list[tuple[Candidate, _Address]]:
        """What the engine finds, and the policies whose document number the text names."""
        named = And((request.filters, Or(tuple(Term("number", one) for one in plan.numbers))))
        named_ids = {
            _key(address): (0.0, address)
            for address in _addresses(view, self._compile(view, named), depth)
        }
        hits = view.searcher.search(self._compile(view, request.tree), limit=depth, count=False)
        scored = {_key(address): (float(score), address) for score, address in hits.hits}
        return [
            (Candidate(view.head(address), score, key in named_ids), address)
            for key, (score, address) in {**named_ids, **scored}.items()
        ]

    def _newest(self, view: View, tree: Node, limit: int) -> list[Hit]:
        """The newest first; of one day, or without a day, by id."""
        query = self._compile(view, tree)
        found = view.searcher.search(query, limit=limit, count=False, order_by_field="newest")
        addresses = [address for _, address in found.hits]
        if len(addresses) == limit:
            addresses = self._with_all_of_last_day(view, tree, addresses)
        rows = sorted(
            ((view.head(address), address) for address in addresses),
            key=lambda row: (-row[0].day, row[0].id),
        )
        return [_hit(view, address, head, 0.0, None) for head, address in rows[:limit]]

    def _with_all_of_last_day(
        self, view: View, tree: Node, addresses: list[_Address]
    ) -> list[_Address]:
        """The engine cut the last day in no order: take that day whole, so that ids decide."""
        days = view.column("newest", addresses)
        kept = [one for one, day in zip(addresses, days, strict=True) if day != days[-1]]
        last = view.head(addresses[-1]).issued_on
        same_day = Range("issued_on", last, last) if last else Not(Range("issued_on"))
        return kept + view.addresses(self._compile(view, And((tree, same_day))))


def _addresses(view: View, query: tantivy.Query, limit: int) -> Iterable[_Address]:
    return [address for _, address in view.searcher.search(query, limit=limit, count=False).hits]


def _key(address: _Address) -> tuple[int, int]:
    return address.segment_ord, address.doc


def _hit(view: View, address: _Address, head: Head, score: float, plan: TextPlan | None) -> Hit:
    blocks = json.loads(view.payload(address))["blocks"]
    passages = [Passage(one["n"], one["kind"], one["text"]) for one in blocks]
    snippet = make_snippet(plan, passages)
    return Hit(
        policy_id=head.id,
        title=head.title,
        score=round(score, 6),
        snippet=snippet.text,
        doc_no=head.doc_no,
        issued_on=head.issued_on,
        block_n=snippet.block_n,
        highlights=snippet.highlights,
    )

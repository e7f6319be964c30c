"""Runs a search on a snapshot: engine, document numbers, second stage, snippets (检索过程)."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy
from pydantic_core import from_json

from policy_match.search.embedded.compile import Compiler
from policy_match.search.embedded.generation import View
from policy_match.search.embedded.payloads import Place
from policy_match.search.head import Head
from policy_match.search.plan import TextPlan, plan_text
from policy_match.search.ports import Hit
from policy_match.search.query import And, Node, Not, Or, Range, Term
from policy_match.search.request import Request
from policy_match.search.rerank import (
    DEPTH,
    Candidates,
    Scorer,
    final_scores,
    order_key,
    tail_scores,
)
from policy_match.search.segment import Segmenter
from policy_match.search.snippet import Passage, Snippet, make_snippet

_Address = tantivy.DocAddress
_Found = tuple[float, tantivy.DocAddress, bool]  # engine score, place, named by its number


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
        found = self._found(view, request, plan, max(limit, DEPTH))
        scored = self._scored(view, plan, found)
        best = _best(view, scored, limit)
        return _hits(view, best, plan)

    def count(self, view: View, request: Request) -> int:
        """How many policies a request finds in all."""
        return view.count(self._compile(view, request.tree))

    def _compile(self, view: View, tree: Node) -> tantivy.Query:
        return Compiler(view.schema, self._segmenter).compile(tree)

    def _found(self, view: View, request: Request, plan: TextPlan, depth: int) -> list[_Found]:
        """The policies whose document number the text names, then what the engine finds."""
        hits = view.searcher.search(self._compile(view, request.tree), limit=depth, count=False)
        if not plan.numbers:
            return [(score, address, False) for score, address in hits.hits]
        scores = {_key(address): (float(score), address) for score, address in hits.hits}
        named = And((request.filters, Or(tuple(Term("number", one) for one in plan.numbers))))
        first: list[_Found] = []
        for _, address in view.searcher.search(self._compile(view, named), limit=depth).hits:
            score, _ = scores.pop(_key(address), (0.0, address))
            first.append((score, address, True))
        return first + [(score, address, False) for score, address in scores.values()]

    def _scored(
        self, view: View, plan: TextPlan, found: Sequence[_Found]
    ) -> list[tuple[float, _Address]]:
        """
        The second stage over the best, the rest behind them in the engine's order.

        The rest only comes in where more than the second stage's depth is asked for.
        """
        again, rest = found[:DEPTH], found[DEPTH:]
        scores = final_scores(plan, _candidates(view, again), self._scorer)
        scored = [(score, one[1]) for score, one in zip(scores, again, strict=True)]
        behind = tail_scores(scores, [score for score, *_ in rest])
        return scored + [(score, one[1]) for score, one in zip(behind, rest, strict=True)]

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
        return _hits(view, [(0.0, head, address) for head, address in rows[:limit]], None)

    def _with_all_of_last_day(
        self, view: View, tree: Node, addresses: list[_Address]
    ) -> list[_Address]:
        """The engine cut the last day in no order: take that day whole, so that ids decide."""
        days = view.column("newest", addresses)
        kept = [one for one, day in zip(addresses, days, strict=True) if day != days[-1]]
        last = view.head(addresses[-1]).issued_on
        same_day = Range("issued_on", last, last) if last else Not(Range("issued_on"))
        return kept + view.addresses(self._compile(view, And((tree, same_day))))


def _key(address: _Address) -> tuple[int, int]:
    return address.segment_ord, address.doc


def _candidates(view: View, found: Sequence[_Found]) -> Candidates:
    addresses = [address for _, address, _ in found]
    places = view.places(addresses)
    titles = view.payloads.titles(places)
    return Candidates(
        engine_scores=[score for score, _, _ in found],
        titles=titles,
        lengths=[
            place.rank_length // 2 - len(title) for place, title in zip(places, titles, strict=True)
        ],
        days=view.column("newest", addresses),
        is_named=[is_named for _, _, is_named in found],
        read_texts=lambda: view.payloads.texts(places),
        read_shapes=lambda: view.column("shape", addresses),
    )


def _best(
    view: View, scored: list[tuple[float, _Address]], limit: int
) -> list[tuple[float, Head, _Address]]:
    """The best in the final order; only heads that can be among them are read."""
    scored.sort(key=lambda one: -one[0])
    last = scored[limit - 1][0] if len(scored) >= limit else float("-inf")
    rows = [(score, view.head(address), address) for score, address in scored if score >= last]
    rows.sort(key=lambda row: order_key(row[0], row[1].day, row[1].id))
    return rows[:limit]


def _hits(
    view: View, rows: Sequence[tuple[float, Head, _Address]], plan: TextPlan | None
) -> list[Hit]:
    places = view.places([address for _, _, address in rows])
    return [
        _hit(head, score, _snippet(view, place, plan))
        for place, (score, head, _) in zip(places, rows, strict=True)
    ]


def _snippet(view: View, place: Place, plan: TextPlan | None) -> Snippet:
    # pydantic's reader takes three quarters of the time that json's does
    blocks = from_json(view.payloads.payload(place), cache_strings="keys")["blocks"]
    return make_snippet(plan, [Passage(one["n"], one["kind"], one["text"]) for one in blocks])


def _hit(head: Head, score: float, snippet: Snippet) -> Hit:
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

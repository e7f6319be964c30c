"""Runs a search: engine, document numbers, second stage, snippets (检索过程)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from policy_match.errors import NotFound, ServiceError
from policy_match.search.document import RANK_CHARS
from policy_match.search.elastic.compile import Compiler
from policy_match.search.elastic.connection import Connection
from policy_match.search.elastic.fields import document_id
from policy_match.search.elastic.paging import value_of
from policy_match.search.elastic.trouble import as_error
from policy_match.search.plan import TextPlan, plan_text
from policy_match.search.ports import Hit
from policy_match.search.query import And, Node, Or, Term
from policy_match.search.request import Request
from policy_match.search.rerank import (
    DEPTH,
    Candidates,
    Scorer,
    final_scores,
    order_key,
    tail_scores,
)
from policy_match.search.segment import Segmenter, normalise
from policy_match.search.shape import passage_shape
from policy_match.search.snippet import Passage, make_snippet

_READ: list[Any] = ["id", "issued_on", "rank_title", "rank_length"]
_TOGETHER = 100  # whole policies at a time
_TRIES = 5  # a search may straddle the end of a generation
# columns alone: reading `_id` would unpack every candidate's whole document
_COLUMNS_ONLY = {"stored_fields": "_none_", "docvalue_fields": _READ}
_NEWEST_FIRST: list[Any] = [{"issued_on": {"order": "desc", "missing": "_last"}}, {"id": "asc"}]


class _Moved(Exception):
    """What was found is no longer there: written or rebuilt meanwhile."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One policy that the engine found (引擎命中)."""

    index: str
    doc_id: str
    score: float
    id: str
    day: int
    title: str
    length: int
    is_named: bool = False

    @classmethod
    def of(cls, hit: Mapping[str, Any], *, is_named: bool = False) -> _Found:
        """From a hit of the server."""
        title, policy_id = str(value_of(hit, "rank_title") or ""), str(value_of(hit, "id"))
        return cls(
            index=hit["_index"],
            doc_id=document_id(policy_id),
            score=float(hit.get("_score") or 0.0),
            id=policy_id,
            day=int(value_of(hit, "issued_on") or 0),
            title=title,
            length=int(value_of(hit, "rank_length") or 0) - len(title),
            is_named=is_named,
        )


class Finder:
    """
    Finds policies behind an alias (检索器).

    Args:
        on_index: told the concrete index that a search was answered from.
    """

    def __init__(
        self,
        connection: Connection,
        alias: str,
        segmenter: Segmenter,
        scorer: Scorer,
        *,
        on_index: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._on_index = on_index
        self._alias = alias
        self._segmenter = segmenter
        self._scorer = scorer
        self._compiler = Compiler(segmenter)

    def find(self, request: Request, limit: int) -> list[Hit]:
        """The best policies of a request; without a text the newest."""
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._find(request, limit)
            except _Moved:
                continue
            except NotFound:
                if not tries_left:
                    raise
        raise ServiceError(
            "索引正在反复改写，检索没有得到一致的结果",
            where=self._connection.shown,
            advice="请稍后再试",
        )

    def _find(self, request: Request, limit: int) -> list[Hit]:
        if not request.text:
            newest = self._newest(request.tree, limit)
            return self._hits([(0.0, one) for one in newest], None, _Payloads(self._connection))
        plan = plan_text(request.text, self._segmenter)
        found = self._found(request, plan, max(limit, DEPTH))
        payloads = _Payloads(self._connection)
        scored = self._scored(plan, found, payloads)
        scored.sort(key=lambda one: order_key(one[0], one[1].day, one[1].id))
        return self._hits(scored[:limit], plan, payloads)

    def count(self, request: Request) -> int:
        """How many policies a request finds in all."""
        query = self._compiler.compile(request.tree)
        answer = self._connection.run(lambda client: client.count(index=self._alias, query=query))
        return int(answer["count"])

    def _found(self, request: Request, plan: TextPlan, depth: int) -> list[_Found]:
        """The policies whose document number the text names, then what the engine finds."""
        trees: list[Node] = [request.tree]
        if plan.numbers:
            named = Or(tuple(Term("number", one) for one in plan.numbers))
            trees.append(And((request.filters, named)))
        ranked, *rest = self._ask(trees, depth)
        first = {value_of(one, "id"): one for hits in rest for one in hits}
        scores = {value_of(one, "id"): one for one in ranked}
        return [
            *(
                _Found.of(scores.get(key, hit | {"_score": 0.0}), is_named=True)
                for key, hit in first.items()
            ),
            *(_Found.of(hit) for key, hit in scores.items() if key not in first),
        ]

    def _ask(self, trees: Sequence[Node], size: int) -> list[list[dict[str, Any]]]:
        """The hits of several trees in one request, all of one generation."""
        searches: list[dict[str, Any]] = []
        for tree in trees:
            searches += [
                {"index": self._alias, "allow_partial_search_results": False},
                {
                    "query": self._compiler.compile(tree),
                    "size": size,
                    **_COLUMNS_ONLY,
                    "track_total_hits": False,
                },
            ]
        answers = self._connection.run(lambda client: multi_search(client, searches))
        hits = [answer["hits"]["hits"] for answer in answers]
        self._settle({hit["_index"] for part in hits for hit in part})
        return hits

    def _settle(self, indices: set[str]) -> None:
        """All hits are of one generation, and that one is of our dictionary."""
        if len(indices) > 1:
            raise _Moved
        for index in indices:
            self._on_index(index)

    def _newest(self, tree: Node, limit: int) -> list[_Found]:
        """The newest first; of one day, or without a day, by id."""
        query = self._compiler.compile(tree)
        answer = self._connection.run(
            lambda client: client.search(
                index=self._alias,
                query=query,
                sort=_NEWEST_FIRST,
                size=limit,
                stored_fields="_none_",
                docvalue_fields=_READ,
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        )
        hits = answer["hits"]["hits"]
        self._settle({hit["_index"] for hit in hits})
        return [_Found.of(hit) for hit in hits]

    def _scored(
        self, plan: TextPlan, found: Sequence[_Found], payloads: _Payloads
    ) -> list[tuple[float, _Found]]:
        """The second stage over the best, the rest behind them in the engine's order."""
        again, rest = found[:DEPTH], found[DEPTH:]
        texts = _Texts(again, payloads)
        candidates = Candidates(
            engine_scores=[one.score for one in again],
            titles=[one.title for one in again],
            lengths=[one.length for one in again],
            days=[one.day for one in again],
            is_named=[one.is_named for one in again],
            read_texts=lambda: texts.texts,
            read_shapes=lambda: [passage_shape(text) for text in texts.texts],
        )
        scores = final_scores(plan, candidates, self._scorer)
        behind = tail_scores(scores, [one.score for one in rest])
        return list(zip([*scores, *behind], found, strict=True))

    def _hits(
        self, rows: Sequence[tuple[float, _Found]], plan: TextPlan | None, payloads: _Payloads
    ) -> list[Hit]:
        hits: list[Hit] = []
        for start in range(0, len(rows), _TOGETHER):
            some = rows[start : start + _TOGETHER]
            stored = payloads.read([one for _, one in some])
            hits += [_hit(one, score, plan) for one, (score, _) in zip(stored, some, strict=True)]
        return hits


class _Texts:
    """The beginnings of the candidates' normalised texts, read when asked for."""

    def __init__(self, found: Sequence[_Found], payloads: _Payloads) -> None:
        self._found = found
        self._payloads = payloads

    @cached_property
    def texts(self) -> list[str]:
        rows = self._payloads.read(self._found, keep=True)
        joined = ("\n".join([block["text"] for block in row["blocks"]]) for row in rows)
        return [normalise(text)[:RANK_CHARS] for text in joined]


class _Payloads:
    """The policies' JSON of one search; the second stage's are kept for the snippets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[str, Any]] = {}

    def read(self, found: Sequence[_Found], *, keep: bool = False) -> list[dict[str, Any]]:
        """The decoded policies, in order."""
        absent = [one for one in found if one.doc_id not in self._known]
        known = self._known | (self._fetch(absent) if absent else {})
        if keep:
            self._known = known
        return [known[one.doc_id] for one in found]

    def _fetch(self, found: Sequence[_Found]) -> dict[str, dict[str, Any]]:
        ids = [one.doc_id for one in found]
        index = found[0].index
        answer = self._connection.run(
            lambda client: client.mget(
                index=index, ids=ids, source_includes=["payload"], realtime=False
            )
        )
        docs = answer["docs"]
        if not all(doc.get("found") for doc in docs):
            raise _Moved
        return {doc["_id"]: json.loads(doc["_source"]["payload"]) for doc in docs}


def multi_search(client: Any, searches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Several searches in one request; the first failure raised as if it were alone."""
    answers: list[dict[str, Any]] = client.msearch(searches=searches).body["responses"]
    for answer in answers:
        if "error" in answer:
            raise as_error(answer)
    return answers


def _hit(policy: Mapping[str, Any], score: float, plan: TextPlan | None) -> Hit:
    passages = [Passage(one["n"], one["kind"], one["text"]) for one in policy["blocks"]]
    snippet = make_snippet(plan, passages)
    day = policy.get("issued_on")
    return Hit(
        policy_id=policy["id"],
        title=policy["title"],
        score=round(score, 6),
        snippet=snippet.text,
        doc_no=policy.get("doc_no"),
        issued_on=date.fromisoformat(day) if day else None,
        block_n=snippet.block_n,
        highlights=snippet.highlights,
    )

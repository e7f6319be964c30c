"""A search in the one form that engines run (检索请求归一)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_match.errors import QueryError
from policy_match.search.query import And, Node, Or, Phrase, PolicyQuery, Text

MOST_HITS = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """
    What an engine runs (归一后的请求).

    `text` is what ranks and is marked in snippets, "" for a list; `filters` is the part of the
    tree without text that a document number named in the text must pass too.
    """

    tree: Node
    text: str
    filters: Node


def as_request(query: PolicyQuery | Node | str) -> Request:
    """The request behind a text, a filled-in form or a tree."""
    if isinstance(query, str):
        query = PolicyQuery(query)
    if isinstance(query, PolicyQuery):
        return Request(query.tree(), query.text.strip(), query.filters())
    return Request(query, " ".join(_texts(query)), query)


def _texts(node: Node) -> Iterator[str]:
    """The texts looked for, those under a Not left out."""
    if isinstance(node, Text | Phrase):
        yield node.text
    elif isinstance(node, And | Or):
        for child in node.nodes:
            yield from _texts(child)


def check_limit(limit: int) -> int:
    """
    The limit, if it can be met.

    Raises:
        QueryError: it is below one or too large.
    """
    if not 1 <= limit <= MOST_HITS:
        raise QueryError(f"条数 {limit} 不在范围内", advice=f"请用 1 到 {MOST_HITS} 之间的整数")
    return limit

"""The tantivy schema, and one policy as a tantivy document (索引结构)."""

from __future__ import annotations

from typing import Any

import tantivy

from policy_match.search.document import (
    DATE_FIELDS,
    KEYWORD_FIELDS,
    TEXT_FIELDS,
    IndexDocument,
)
from policy_match.search.embedded.payloads import Place
from policy_match.search.head import Head

_NUMBERS = ("newest", "offset", "length", "rank_length", "shape", "digest_high", "digest_low")
_HALF = 63  # bits of one digest column: tantivy's integers are signed


def build_schema() -> tantivy.Schema:
    """The schema: tokens made by us, whole values for filters, numbers in columns."""
    builder = tantivy.SchemaBuilder()
    for name in TEXT_FIELDS:  # phrases are looked up in the bigrams alone
        option = "position" if name.endswith("_bigrams") else "freq"
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    for name in KEYWORD_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in DATE_FIELDS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in _NUMBERS:
        builder.add_integer_field(name, fast=True)
    builder.add_text_field("head", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def to_tantivy(
    document: IndexDocument, head: Head, place: Place, schema: tantivy.Schema
) -> tantivy.Document:
    """The tantivy document; `place` is where the policy's JSON and rank text lie."""
    high, low = split_digest(document.digest)
    fields: dict[str, Any] = {
        **document.texts,
        **{name: list(values) for name, values in document.keywords.items() if values},
        **document.dates,
        "newest": document.dates.get("issued_on", 0),
        "offset": place.offset,
        "length": place.length,
        "rank_length": place.rank_length,
        "shape": document.shape,
        "digest_high": high,
        "digest_low": low,
        "head": head.dump(),
    }
    # keyword arguments to Document() would guess types and kill the writer's thread later
    return tantivy.Document.from_dict(fields, schema)


def split_digest(digest: bytes) -> tuple[int, int]:
    """Two columns' worth of a digest; their sums over all policies are the fingerprint."""
    number = int.from_bytes(digest[:16], "big") >> (128 - 2 * _HALF)
    return number >> _HALF, number & ((1 << _HALF) - 1)

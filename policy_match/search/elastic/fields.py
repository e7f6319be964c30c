"""The mapping of the policies' index, and a policy as its document (政策索引的字段)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from policy_match.domain.policy import Policy
from policy_match.search.document import (
    DATE_FIELDS,
    KEYWORD_FIELDS,
    SCHEMA,
    TEXT_FIELDS,
    IndexDocument,
)
from policy_match.search.elastic.bulk import Operation
from policy_match.search.elastic.family import Family

LIMBS = tuple(f"digest_{n}" for n in range(6))  # sums of each stay exact in a double
SOURCE_FIELDS = ("file", "sha256", "reader")  # where a policy came from, in SourceRow's order
_LIMB_BITS = 21
_TITLE_CHARS = 256
_LONGEST_ID = 512  # bytes that Elasticsearch takes
_LONGEST_VALUE = 8191  # characters that a keyword may hold at four bytes each


def _text_field(name: str) -> dict[str, Any]:
    option = "positions" if name.endswith("_bigrams") else "freqs"
    return {"type": "text", "analyzer": "whitespace", "index_options": option}


_SHOWN = {"type": "keyword", "index": False, "ignore_above": _LONGEST_VALUE}
_SUMMED = {"type": "integer", "index": False}

POLICIES = Family(
    name="policies",
    version=SCHEMA,
    mappings={
        "dynamic": "strict",
        "properties": {
            **{name: _text_field(name) for name in TEXT_FIELDS},
            **{
                name: {"type": "keyword", "doc_values": False, "ignore_above": _LONGEST_VALUE}
                for name in KEYWORD_FIELDS
                if name != "id"
            },
            "id": {"type": "keyword"},
            **{name: {"type": "integer"} for name in DATE_FIELDS},
            **dict.fromkeys(LIMBS, _SUMMED),
            "rank_length": _SUMMED,
            "rank_title": _SHOWN,
            **dict.fromkeys(SOURCE_FIELDS, _SHOWN),
            "payload": {"type": "object", "enabled": False},  # kept as it is, in _source alone
        },
    },
    settings={
        "auto_expand_replicas": "0-1",  # one node stays green
        "max_result_window": 10_000,
    },
    rebuild_with="运行 policy-match index 文件或文件夹",
)


def operation_of(policy: Policy, document: IndexDocument) -> Operation:
    """The bulk operation that stores a policy."""
    body = json.dumps(body_of(policy, document), ensure_ascii=False, separators=(",", ":"))
    return Operation(document_id(document.id), body.encode())


def document_id(policy_id: str) -> str:
    """A policy's `_id`: its own, or a digest of it where the server would not take it."""
    if 0 < len(policy_id.encode()) <= _LONGEST_ID:
        return policy_id
    return "sha256-" + hashlib.sha256(policy_id.encode()).hexdigest()


def body_of(policy: Policy, document: IndexDocument) -> dict[str, Any]:
    """The document's fields, with the policy's JSON as one string."""
    source = {name: getattr(policy.source, name) for name in SOURCE_FIELDS}
    return {
        **document.texts,
        **{name: list(values) for name, values in document.keywords.items() if values},
        **document.dates,
        **dict(zip(LIMBS, split_digest(document.digest), strict=True)),
        "rank_title": document.rank_text.split("\n", 1)[0][:_TITLE_CHARS],
        "rank_length": len(document.rank_text.encode("utf-16-le", "surrogatepass")) // 2,
        **{name: value for name, value in source.items() if value is not None},
        "payload": document.payload.decode(),
    }


def split_digest(digest: bytes) -> list[int]:
    """The leading bits of a digest as small integers, the highest first."""
    count = len(LIMBS)
    number = int.from_bytes(digest[:16], "big") >> (128 - count * _LIMB_BITS)
    mask = (1 << _LIMB_BITS) - 1
    return [number >> (_LIMB_BITS * n) & mask for n in reversed(range(count))]


def joined_sums(sums: list[int]) -> list[int]:
    """
    The sums of the two halves of the digests, from the sums of their parts.

    They are those of the embedded engine, so that equal policies have one fingerprint anywhere.
    """
    half = len(sums) // 2
    return [
        sum(one << (_LIMB_BITS * n) for n, one in enumerate(reversed(part)))
        for part in (sums[:half], sums[half:])
    ]

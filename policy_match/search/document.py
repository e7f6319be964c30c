"""
What of a policy goes into which field; every engine has the same ones (索引字段).

Text fields hold tokens joined by blanks: `head_words` the words of title, issuers, themes and
place; `body_bigrams` the bigrams of title and text; `body_words` their words, but those of two
characters, which are bigrams already. Date fields hold `date.toordinal()`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from policy_match.domain.codes import code_table
from policy_match.domain.document_number import find_document_numbers
from policy_match.domain.policy import EventKind, Policy, PolicyStatus
from policy_match.search.segment import Segmenter, normalise
from policy_match.search.shape import passage_shape

SCHEMA = 2  # of the fields; another number means another index
RANK_CHARS = 3000  # of a text that the second stage reads; most of what matters stands early
TEXT_FIELDS = ("head_words", "body_words", "body_bigrams")
KEYWORD_FIELDS = ("id", "number", "level", "region", "theme", "kind", "draft")
DATE_FIELDS = ("issued_on", "repealed_on", "expires_on", "starts_on")
_NOT_WRITTEN = re.compile(r"[\s()\[\]〔〕【】《》<>]+")
_ALWAYS = date.min  # a repeal without a date counts from the first day on


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """
    One policy as fields, with its JSON (索引文档).

    `rank_text` is the normalised title, a line feed and the beginning of the normalised text:
    what the second stage reads; `shape` says what the text holds (shape.py).
    """

    id: str
    title: str
    texts: dict[str, str]
    keywords: dict[str, tuple[str, ...]]
    dates: dict[str, int]
    rank_text: str
    shape: int
    payload: bytes
    digest: bytes


def index_document(policy: Policy, segmenter: Segmenter) -> IndexDocument:
    """The fields of a policy (政策→索引字段)."""
    payload = encode_policy(policy)
    body = normalise(policy.text)
    return IndexDocument(
        id=policy.id,
        title=policy.title,
        texts=_texts(policy, body, segmenter),
        keywords=_keywords(policy),
        dates=_dates(policy),
        rank_text=f"{_one_line(normalise(policy.title))}\n{body[:RANK_CHARS]}",
        shape=passage_shape(body[:RANK_CHARS]),
        payload=payload,
        digest=hashlib.sha256(payload).digest(),
    )


def encode_policy(policy: Policy) -> bytes:
    """The whole policy as JSON, in one way only: equal policies give equal bytes."""
    return json.dumps(policy.to_json(), ensure_ascii=False, separators=(",", ":")).encode()


def decode_policy(payload: bytes | str) -> Policy:
    """The policy again, equal to the one that was encoded."""
    return Policy.model_validate(json.loads(payload))


def _texts(policy: Policy, text: str, segmenter: Segmenter) -> dict[str, str]:
    title = normalise(policy.title)
    body = segmenter.tokens(text if title in text else f"{title}\n{text}")
    return {
        "head_words": " ".join(segmenter.words("\n".join((title, *_about(policy))))),
        "body_words": " ".join([word for word in body.words if not is_bigram(word)]),
        "body_bigrams": " ".join(body.bigrams),
    }


def is_bigram(word: str) -> bool:
    """Whether a word is found among the bigrams, so that the words need not hold it."""
    return len(word) == 2 and word[0] > "\x7f"


def _one_line(text: str) -> str:
    return text.replace("\n", " ")


def _about(policy: Policy) -> Iterable[str]:
    """Who issued it, where it applies and what it is about."""
    yield from policy.issuers
    yield from policy.themes
    label = code_table("region").label_of(policy.region) if policy.region else None
    if label:
        yield label


def _keywords(policy: Policy) -> dict[str, tuple[str, ...]]:
    return {
        "id": (policy.id,),
        "number": (*number_keys(policy.doc_no), squashed(policy.doc_no)) if policy.doc_no else (),
        "level": (policy.level.value,) if policy.level else (),
        "region": region_terms(policy.region),
        "theme": tuple(dict.fromkeys(policy.themes)),
        "kind": (policy.kind,) if policy.kind else (),
        "draft": ("true",) if policy.status is PolicyStatus.DRAFT else (),
    }


def region_terms(region: str | None) -> tuple[str, ...]:
    """A region's code and those above it, so that one term finds a subtree."""
    if not region:
        return ()
    table = code_table("region")
    return (table.canonical(region), *table.ancestors(region))


def number_keys(text: str) -> tuple[str, ...]:
    """The document numbers in a text, each in its one form."""
    return tuple(dict.fromkeys(found.number.normalised for found in find_document_numbers(text)))


def squashed(text: str) -> str:
    """A text without blanks and brackets, normalised: compares numbers of no known form."""
    return _NOT_WRITTEN.sub("", normalise(text))


def _dates(policy: Policy) -> dict[str, int]:
    days = {
        "issued_on": policy.issued_on,
        "repealed_on": _first(policy, EventKind.REPEALED, undated=_ALWAYS),
        "expires_on": _first(policy, EventKind.EXPIRES),
        "starts_on": _last_start(policy),
    }
    return {name: day.toordinal() for name, day in days.items() if day is not None}


def _first(policy: Policy, kind: EventKind, *, undated: date | None = None) -> date | None:
    days = [event.on or undated for event in policy.events if event.kind is kind]
    return min((day for day in days if day is not None), default=None)


def _last_start(policy: Policy) -> date | None:
    starts = (EventKind.ISSUED, EventKind.EFFECTIVE)
    days = [event.on for event in policy.events if event.kind in starts]
    return max((day for day in days if day is not None), default=None)

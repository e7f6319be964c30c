"""
An enterprise as documents: one for each stretch of days on which its facts read alike (企业文档).

Validity dates, the day of establishment and the versions of the size standard change what
`encode` says. So an enterprise is encoded on each day that something changes, and stored once for
every stretch between; exactly one document of it covers a day. Codes stand as `fact:code` in few
fields, so that a new fact needs no new mapping; numbers stand in `n.FACT`. Ages are computed from
`established_on` in the query.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from policy_match.domain.encode import (
    Encoded,
    EncodedCodes,
    EncodedEnterprise,
    EncodedOneOf,
    encode,
)
from policy_match.domain.enterprise import CodeKnowledge, Enterprise
from policy_match.domain.facts import FactRegistry
from policy_match.domain.size_class import size_standards
from policy_match.errors import FactError
from policy_match.search.elastic.bulk import Operation
from policy_match.search.elastic.family import Family

AGE, FOUNDED = "established_years", "established_on"
_LONGEST_KEY = 480  # bytes of an id that stands in `_id` as it is
_DAY = timedelta(days=1)
_TOKENS = {"type": "keyword", "doc_values": False}

ENTERPRISES = Family(
    name="enterprises",
    version=1,
    mappings={
        "dynamic": "strict",
        "dynamic_templates": [
            {"numbers": {"path_match": "n.*", "mapping": {"type": "double", "doc_values": False}}}
        ],
        "properties": {
            "id": {"type": "keyword"},
            "position": {"type": "long"},
            "segments": {"type": "integer", "index": False, "doc_values": False},
            "from": {"type": "integer", "doc_values": False},
            "until": {"type": "integer", "doc_values": False},
            **dict.fromkeys(
                ("known", "true", "has", "lacks", "partial", "open", "oneof", "attest"), _TOKENS
            ),
            "n": {"type": "object", "dynamic": "true"},
        },
    },
    settings={
        "auto_expand_replicas": "0-1",
        "sort.field": "position",  # pages of ids in the register's order end early
        "sort.order": "asc",
    },
    rebuild_with="重新写入企业名册",
)


def default_since() -> date:
    """The first day that a register can be asked about unless told otherwise."""
    return size_standards()[-1].valid_from


def segment_key(enterprise_id: str, n: int) -> str:
    """The `_id` of an enterprise's nth document."""
    raw = enterprise_id.encode()
    short = len(raw) <= _LONGEST_KEY
    return f"{n}:{enterprise_id}" if short else f"{n}:sha256-{hashlib.sha256(raw).hexdigest()}"


def attest_token(text: str, answer: bool) -> str:
    """How an answered attest item is written; texts may be longer than a term can be."""
    return f"{int(answer)}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def combination(classes: frozenset[str]) -> str:
    """How the values that are still possible are written."""
    return "+".join(sorted(classes))


def segments_of(
    enterprise: Enterprise, *, since: date, registry: FactRegistry, standard: str | None
) -> list[dict[str, Any]]:
    """
    The documents of an enterprise, in the order of days, without its position.

    Raises:
        FactError: it states a fact that is not registered.
    """
    for name in enterprise.facts:
        if name not in registry:
            raise FactError(
                f"没有名为“{name}”的事实", where=enterprise.id, advice=registry.advice(name)
            )
    found: list[dict[str, Any]] = []
    days = _days_of_change(enterprise, since)
    for n, first in enumerate(days):
        last = days[n + 1] - _DAY if n + 1 < len(days) else date.max
        body = _body(encode(enterprise, as_of=first, registry=registry, standard=standard))
        if found and found[-1].items() >= body.items() and len(found[-1]) == len(body) + 2:
            found[-1]["until"] = last.toordinal()
        else:
            found.append({**body, "from": first.toordinal(), "until": last.toordinal()})
    return found


def operations_of(
    enterprise: Enterprise, segments: list[dict[str, Any]], position: int
) -> Iterator[Operation]:
    """The bulk operations that store an enterprise."""
    for n, segment in enumerate(segments):
        body = {**segment, "id": enterprise.id, "position": position, "segments": len(segments)}
        line = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        yield Operation(segment_key(enterprise.id, n), line.encode())


def _days_of_change(enterprise: Enterprise, since: date) -> list[date]:
    """The days from `since` on when the encoding may change, `since` first."""
    days = {since}
    for standard in size_standards():
        days |= {standard.valid_from, *_after(standard.valid_until)}
    for stated in enterprise.facts.values():
        if isinstance(stated.value, CodeKnowledge):
            for entry in (*stated.value.has, *stated.value.lacks):
                days |= {entry.valid_from or since, *_after(entry.valid_until)}
    founded = enterprise.facts.get(FOUNDED)
    if founded is not None and isinstance(founded.value, date):
        days.add(founded.value)
    return sorted(day for day in days if day >= since)


def _after(day: date | None) -> tuple[date, ...]:
    return () if day is None or day == date.max else (day + _DAY,)


def _body(encoded: EncodedEnterprise) -> dict[str, Any]:
    """What an encoding looks like as fields."""
    fields: dict[str, list[str]] = {"known": sorted(encoded.facts)}
    numbers: dict[str, float] = {}
    for fact, have in encoded.facts.items():
        if isinstance(have, float):
            numbers[fact] = have + 0.0  # Lucene tells -0.0 from 0.0
        else:
            _add(fields, fact, have)
    if FOUNDED in numbers:
        numbers.pop(AGE, None)  # computed in the query, as of any day
    answers = [attest_token(text, answer) for text, answer in encoded.attested.items()]
    body: dict[str, Any] = {name: sorted(values) for name, values in fields.items() if values}
    return {
        **body,
        **({"attest": answers} if answers else {}),
        **({"n": numbers} if numbers else {}),
    }


def _add(fields: dict[str, list[str]], fact: str, have: Encoded) -> None:
    def add(name: str, *values: str) -> None:
        fields.setdefault(name, []).extend(values)

    if isinstance(have, EncodedCodes):
        add("true", *(f"{fact}:{code}" for code in have.true))
        add("has", *(f"{fact}:{code}" for code in have.has))
        add("lacks", *(f"{fact}:{code}" for code in have.lacks))
        add("partial", *([fact] if have.lacks else []))
        add("open", *([] if have.complete else [fact]))
    elif isinstance(have, EncodedOneOf):
        add("oneof", f"{fact}:{combination(have.possible)}")
    else:
        add("true", f"{fact}:{int(have)}")

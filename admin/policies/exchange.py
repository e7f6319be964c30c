"""
Rows and the library's `Policy`, both ways (政策的交换形式).

What staff corrected stands in the columns and wins over the document that was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from admin.policies.content import newest_content, plain, published_content
from admin.policies.text import published_text, text_as_read
from admin.records.policy import Measure as MeasureRow
from admin.records.policy import Policy as PolicyRow
from admin.records.policy import Rule
from policy_match.domain.policy import (
    Event,
    EventKind,
    Measure,
    Policy,
    PolicyLevel,
    Publicity,
)

ISSUER_MARK = "、"
POLICY_FIELDS = (
    "title",
    "doc_no",
    "issuers",
    "level",
    "region",
    "issued_on",
    "effective_on",
    "expires_on",
    "publicity",
    "source_url",
)
MEASURE_FIELDS = (
    "title",
    "max_amount",
    "rate",
    "opens_on",
    "closes_on",
    "rolling",
    "how_to_apply",
    "contact",
    "mode",
    "is_open",
)
_OURS = frozenset({"read", "gone"})  # of the details: what the desk remembers
_DATED = (
    (EventKind.ISSUED, "issued_on"),
    (EventKind.EFFECTIVE, "effective_on"),
    (EventKind.EXPIRES, "expires_on"),
)


def to_policy(record: PolicyRow, *, published_only: bool = True) -> Policy:
    """
    The library's policy of a row (转换为政策).

    Args:
        record: the row, with its measures and their rules at hand or in reach of its session.
        published_only: only published measures of a published policy, with their published
            rules and the text that these quote: what may reach an enterprise. Else every measure
            with its newest rule, and the newest text.
    """
    shown = published_text(record) if published_only else None
    read = text_as_read(record, shown)
    measures = tuple(
        to_measure(row, published_only=published_only)
        for row in record.measures
        if not published_only or is_published(row)
    )
    dates = {name: getattr(record, name) for _, name in _DATED}
    return read.model_copy(
        update={
            "title": record.title,
            "doc_no": record.doc_no,
            "issuers": tuple(one for one in record.issuers.split(ISSUER_MARK) if one),
            "level": PolicyLevel(record.level) if record.level else None,
            "region": record.region,
            "publicity": Publicity(record.publicity),
            "source": read.source.model_copy(update={"url": record.source_url}),
            "events": tuple(_events(read, dates)),
            "measures": measures,
            **dates,
        }
    )


def is_published(row: MeasureRow) -> bool:
    """Whether a measure may reach enterprises: it and its policy are published."""
    return row.review == "published" and row.rule_id is not None and row.policy.state == "published"


def _events(read: Policy, dates: dict[str, date | None]) -> Iterable[Event]:
    """The events of the reading, with the days that staff corrected."""
    changed = {kind: dates[name] for kind, name in _DATED if dates[name] != getattr(read, name)}
    yield from (event for event in read.events if event.kind not in changed)
    yield from (Event(kind=kind, on=day) for kind, day in changed.items() if day is not None)


def to_measure(row: MeasureRow, *, published_only: bool = True) -> Measure:
    """The library's measure of a row: with the published rule, or else with the newest one."""
    rule = row.rule if published_only else newest_rule_of(row)
    said = published_content(row) if published_only else newest_content(row)
    details = {key: value for key, value in said.details.items() if key not in _OURS}
    benefit = {**details.pop("benefit", {}), "max_amount": said.max_amount, "rate": said.rate}
    window = {
        **details.pop("window", {}),
        "opens_on": said.opens_on,
        "closes_on": said.closes_on,
        "rolling": said.rolling,
    }
    review = {
        "state": row.review,
        "by": row.reviewed_by,
        "on": row.reviewed_on,
        "doubts": details.pop("doubts", ()),
    }
    return Measure.model_validate(
        {
            **details,
            "id": row.key,
            "title": said.title,
            "quote": said.quote,
            "at": said.span,
            "criteria": rule.criteria if rule else {"all": []},
            "scope": rule.scope if rule else None,
            "benefit": benefit,
            "window": window,
            "how_to_apply": said.how_to_apply,
            "contact": said.contact,
            "mode": said.mode,
            "open": "yes" if said.is_open else "exhausted",
            "review": review,
        }
    )


def newest_rule_of(row: MeasureRow) -> Rule | None:
    """The newest rule of a measure, draft or published."""
    return row.rules[-1] if row.rules else None


def document_of(policy: Policy) -> dict[str, Any]:
    """A reading as it is kept beside the rows: whole but for the measures, which are rows."""
    return {**policy.to_json(), "measures": []}


def text_hash_of(policy: Policy) -> str:
    """The hash of a policy's text; the same text has the same, whatever file it came in."""
    return hashlib.sha256(policy.text.encode()).hexdigest()


def policy_values(policy: Policy) -> dict[str, Any]:
    """The columns that a reading fills and staff may correct."""
    return {
        "title": policy.title[:500],
        "doc_no": policy.doc_no[:100] if policy.doc_no else None,
        "issuers": ISSUER_MARK.join(policy.issuers)[:500],
        "level": policy.level.value if policy.level else None,
        "region": policy.region,
        "issued_on": policy.issued_on,
        "effective_on": policy.effective_on,
        "expires_on": policy.expires_on,
        "publicity": policy.publicity.value,
        "source_url": policy.source.url[:500] if policy.source.url else None,
    }


def measure_values(measure: Measure) -> dict[str, Any]:
    """The columns of a measure that a reading fills and staff may correct."""
    benefit, window = measure.benefit, measure.window
    return {
        "title": measure.title[:500],
        "max_amount": benefit.max_amount,
        "rate": benefit.rate,
        "opens_on": window.opens_on,
        "closes_on": window.closes_on,
        "rolling": window.rolling,
        "how_to_apply": measure.how_to_apply,
        "contact": measure.contact[:300] if measure.contact else None,
        "mode": measure.mode.value,
        "is_open": measure.open.value == "yes",
    }


def measure_details(measure: Measure) -> dict[str, Any]:
    """What of a measure has no column: benefit, window text, materials, guesses, doubts."""
    data = measure.model_dump(mode="json")
    return {
        "benefit": _without(data["benefit"], ("max_amount", "rate")),
        "window": _without(data["window"], ("opens_on", "closes_on", "rolling")),
        "materials": data["materials"],
        "guesses": data["guesses"],
        "doubts": data["review"]["doubts"],
        "read": {name: plain(value) for name, value in measure_values(measure).items()},
    }


def _without(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in names}

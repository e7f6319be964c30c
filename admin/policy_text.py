"""
Which text the page of a policy shows (政策页面的原文): the one that its published rules quote.

A newer reading is told of and can be looked at; it takes over when somebody publishes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from admin.policies import is_waiting
from admin.policies.content import newest_content, published_content
from admin.policies.text import kept_text, published_text
from admin.records.policy import Measure, Policy, PolicyText

NEWEST = "newest"  # asks for the newest reading, whatever the published rules quote


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text on the page of a policy, and where its measures stand in it (原文)."""

    blocks: Sequence[Mapping[str, Any]]
    anchors: dict[int, int]  # where each measure begins, by its id
    hash: str | None  # of an earlier text; None for the newest
    replaced_at: datetime | None  # when a newer reading came
    has_newer: bool  # a newer reading is there that no published rule quotes
    waits: bool  # and some of it waits for review

    def is_here(self, text: str | None) -> bool:
        """Whether a match's quotes stand in this text."""
        return text == self.hash


def shown_text(session: Session, policy: Policy, wanted: str | None) -> ShownText:
    """
    The text that is shown (页面上的原文): the one that the published rules quote.

    Args:
        session: fetches all rules at once.
        policy: whose text.
        wanted: the hash of the text that the address asks for, or `newest`.
    """
    session.scalars(
        select(Measure)
        .where(Measure.policy_id == policy.id)
        .options(selectinload(Measure.rules), joinedload(Measure.rule))
    ).all()
    quoted = published_text(policy)
    kept = None if wanted == NEWEST else kept_text(policy, wanted) or quoted
    blocks = kept.blocks if kept else (policy.document or {}).get("blocks") or []
    return ShownText(
        blocks,
        dict(_anchors(policy, kept)),
        kept.text_hash if kept else None,
        kept.replaced_at if kept else None,
        quoted is not None,
        any(is_waiting(measure) for measure in policy.measures),
    )


def _anchors(policy: Policy, kept: PolicyText | None) -> Iterator[tuple[int, int]]:
    """Measures that stand in that text: as published, or else as read last."""
    for measure in policy.measures:
        rule = measure.rule
        own = kept_text(policy, rule.text_hash) if rule is not None else None
        said = published_content(measure) if own is kept else newest_content(measure)
        stands_here = own is kept or (kept is None and measure.pending is not None)
        if stands_here and said.at_start is not None:
            yield measure.id, said.at_start

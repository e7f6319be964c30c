"""
Search over the published policies, for staff (政策检索): the admin's own index, rows for links.

The index is derived and may lag behind; only what is published in the database is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from admin.records.policy import Policy
from policy_match.domain.policy import PolicyLevel
from policy_match.errors import NotFound
from policy_match.search.ports import Hit
from policy_match.search.query import LIVE, PolicyQuery
from policy_match.search.registry import open_configured
from policy_match.settings import IndexSettings

LIMIT = 30


@dataclass(frozen=True, slots=True)
class Found:
    """One policy found (检索结果): the row, and the stretch of text that matches best."""

    policy: Policy
    pieces: tuple[tuple[str, bool], ...]  # text, whether it matches
    measures: int


@dataclass(frozen=True, slots=True)
class Results:
    """What a search gave (检索结果); `lag` is how many policies wait for the index."""

    found: list[Found]
    total: int
    lag: int
    is_built: bool = True


def read_query(args: Mapping[str, str], *, as_of: date) -> PolicyQuery:
    """
    The search that an address asks for; what makes no sense is left out.

    Raises:
        QueryError: the text is too long or no query.
    """
    level = args.get("level", "")
    in_force = args.get("live", "1") != "0"
    return PolicyQuery(
        text=args.get("q", "").strip(),
        level=PolicyLevel(level) if level in set(PolicyLevel) else None,
        region=args.get("region") or None,
        status=LIVE if in_force else (),
        as_of=as_of if in_force else None,
        issued_from=_year(args.get("year", ""), 1, 1),
        issued_to=_year(args.get("year", ""), 12, 31),
    )


def _year(text: str, month: int, day: int) -> date | None:
    return date(int(text), month, day) if text.isdigit() and 1949 <= int(text) <= 2200 else None


def search_policies(session: Session, settings: IndexSettings, query: PolicyQuery) -> Results:
    """
    Find published policies (检索已发布的政策), best first.

    Raises:
        QueryError: the query makes no sense.
        ServiceUnavailable: the search server can't be reached.
    """
    lag = session.scalar(select(func.count()).where(Policy.index_dirty_at.is_not(None))) or 0
    try:
        with closing(open_configured(settings)) as index:
            hits, total = index.search(query, limit=LIMIT), index.count(query)
    except NotFound:
        return Results([], 0, lag, is_built=False)
    rows = _rows(session, [hit.policy_id for hit in hits])
    found = [_found(rows[hit.policy_id], hit) for hit in hits if hit.policy_id in rows]
    return Results(found, total, lag)


def _rows(session: Session, keys: list[str]) -> dict[str, Policy]:
    found = (
        select(Policy)
        .where(Policy.key.in_(keys), Policy.state == "published")
        .options(selectinload(Policy.measures))
    )
    return {row.key: row for row in session.scalars(found)}


def _found(policy: Policy, hit: Hit) -> Found:
    pieces, last = [], 0
    for start, end in hit.highlights:
        pieces += [(hit.snippet[last:start], False), (hit.snippet[start:end], True)]
        last = end
    pieces.append((hit.snippet[last:], False))
    published = sum(measure.review == "published" for measure in policy.measures)
    return Found(policy, tuple(one for one in pieces if one[0]), published)

"""
Keeping snapshots in step with every change (事实变更), whatever way it came in.

A form, an import, the API and the portal all write rows; before the commit the enterprises they
touch get their snapshot anew, and matching is asked for where it became another.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from admin.clock import business_date, utc_now
from admin.facts.snapshot import refresh_snapshots
from admin.jobs import enqueue
from admin.principal import peek_principal
from admin.records.enterprise import Enterprise, FactValue, Qualification

STALE = "stale_facts"
ONE_BY_ONE = 20  # more changed enterprises than this are matched together
TOGETHER = 2000
_WATCHED = ("region", "industry", "founded_on", "attested")


def install_facts(sessions: Any) -> None:
    """Watch these sessions (a sessionmaker or scoped session)."""
    event.listen(sessions, "after_flush", _collect)
    event.listen(sessions, "before_commit", _refresh)
    event.listen(sessions, "after_soft_rollback", lambda session, _: session.info.pop(STALE, None))


def _collect(session: Session, _context: object) -> None:
    touched: set[int] = session.info.setdefault(STALE, set())
    new, deleted = session.new, session.deleted  # each asking makes the set anew
    for record in new | session.dirty | deleted:
        if isinstance(record, FactValue | Qualification):
            touched.add(record.enterprise_id)
        elif isinstance(record, Enterprise) and record not in deleted:
            changed = record in new or any(
                inspect(record).attrs[name].history.has_changes() for name in _WATCHED
            )
            if changed:
                touched.add(record.id)


def _refresh(session: Session) -> None:
    session.flush()
    touched = sorted(session.info.pop(STALE, ()))
    if not touched:
        return
    now = utc_now()
    changed = refresh_snapshots(session, touched, as_of=business_date(now), now=now)
    _ask_for_matching(session, changed)


def _ask_for_matching(session: Session, ids: list[int]) -> None:
    principal = peek_principal()
    who = principal.name if principal else "系统"
    if len(ids) <= ONE_BY_ONE:
        for one in ids:
            enqueue(session, "match_enterprise", str(one), requested_by=who)
        return
    for start in range(0, len(ids), TOGETHER):
        some = ids[start : start + TOGETHER]
        name = hashlib.sha256(",".join(map(str, some)).encode()).hexdigest()[:16]
        enqueue(session, "match_shard", f"changed:{name}", payload={"ids": some}, requested_by=who)

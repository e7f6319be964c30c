"""A unit with the units below it (本单位及下级单位)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.records.organisation import Organisation


def subtree(session: Session, unit: int | None) -> frozenset[int]:
    """A unit and every unit below it."""
    if unit is None:
        return frozenset()
    below: dict[int | None, list[int]] = {}
    for child, parent in session.execute(select(Organisation.id, Organisation.parent_id)):
        below.setdefault(parent, []).append(child)
    found, stack = {unit}, [unit]
    while stack:
        for child in below.get(stack.pop(), ()):
            if child not in found:
                found.add(child)
                stack.append(child)
    return frozenset(found)

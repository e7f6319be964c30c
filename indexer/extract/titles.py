"""Short and telling titles of measures (措施标题)."""

from __future__ import annotations

import re

from indexer.extract.parts import role_of
from indexer.extract.units import Unit
from indexer.extract.view import View
from policy_match.domain.policy import Policy

LIMIT = 40
_ABOUT = re.compile(r"关于(?:组织|开展|做好|印发|发布|公布|征集)*(?:申报)?")
_CUT = re.compile(r"[,。;:(]")


def title_of(unit: Unit | None, view: View, policy: Policy, guide: str) -> str:
    """The head of a unit, else the guide's title, else the policy's."""
    if unit is not None:
        start, end = unit.title
        head = _CUT.split(view.text[start:end], maxsplit=1)[0]
        if 4 <= len(head) and role_of(head) is None:
            return head[:LIMIT]
    title = guide or policy.title
    return _ABOUT.sub("", title)[:LIMIT] or policy.title[:LIMIT]

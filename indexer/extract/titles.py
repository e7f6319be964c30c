"""Short and telling titles of measures (措施标题)."""

from __future__ import annotations

import re

from indexer.extract.parts import role_of
from indexer.extract.units import Unit
from indexer.extract.view import View
from policy_match.domain.policy import Policy

LIMIT = 40
_ABOUT = re.compile(r"关于(?:组织|开展|做好|印发|发布|公布|征集)*(?:申报)?")
_CUT = re.compile(r"[,。;:]")
_INNER = re.compile(r"(?:印发|发布|公布)[^〈《]{0,12}[〈《](.+?)[〉》]")
_PREFIX = re.compile(r"^.{2,60}?关于")


def title_of(unit: Unit | None, view: View, policy: Policy, guide: str) -> str:
    """The head of a unit, else the guide's title, else the policy's."""
    if unit is not None:
        start, end = unit.title
        head = _CUT.split(view.text[start:end], maxsplit=1)[0]
        if len(head) >= 4 and role_of(head) is None:
            return head[:LIMIT]
    if guide:
        return guide[:LIMIT]
    inner = _INNER.search(policy.title)
    title = inner[1] if inner else _ABOUT.sub("", _PREFIX.sub("关于", policy.title))
    return title.removesuffix("的通知")[:LIMIT] or policy.title[:LIMIT]

"""
Where a measure applies, when the text says otherwise than the policy's region (适用范围).

None leaves the policy's own region in force; see docs/reference/rules.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from indexer.structure.regions import named_region, region_within
from policy_match.domain.codes import region_table, short_name
from policy_match.domain.criterion import ALWAYS, Criterion, FactLeaf
from policy_match.domain.policy import CENTRAL_REGION, Policy

_ANYWHERE = re.compile(
    r"注册地(?:区|域|址)?不限|不限(?:制)?注册地|不受注册地(?:址)?限制|注册地不作要求"
)
_SUBJECT = re.compile(r"^.{0,60}?关于|^中华人民共和国")
_OTHERS_PAPER = re.compile(r"转发|批转|《")
_OFTEN = 3
_SURE = 0.8


def scope_of(policy: Policy, texts: Iterable[str]) -> Criterion | None:
    """
    Everywhere, a place below the policy's region, or None for the policy's region (适用范围).

    Args:
        policy: as structured.
        texts: what the measure says of whom it is for.
    """
    if any(_ANYWHERE.search(text) for text in texts):
        return ALWAYS
    return _subject_place(policy)


def _subject_place(policy: Policy) -> Criterion | None:
    """The place that the title is about: 国务院关于鼓励投资开发海南岛的规定."""
    lead = _SUBJECT.match(policy.title)
    if lead is None or _OTHERS_PAPER.search(policy.title):
        return None
    start = lead.end()
    code = _named(policy.title[start:])
    own = policy.region
    if code is None or own is None or not _below(code, own):
        return None
    name = short_name(region_table().label_of(code) or "")
    if not name or policy.text.count(name) < _OFTEN:
        return None
    at = policy.text.find(policy.title)
    found = (at, at + len(policy.title)) if at >= 0 else None
    return FactLeaf(
        fact="region",
        op="in",
        value=(code,),
        quote=policy.title if found else None,
        at=found,
        how="subject_place",
        confidence=_SURE,
    )


def _named(subject: str) -> str | None:
    """The one place in a title's subject, by its full name or a province's short one."""
    full = region_within(subject)
    if full is not None:
        return full
    short = {code for name, code in _provinces().items() if name in subject}
    return short.pop() if len(short) == 1 else None


@cache
def _provinces() -> dict[str, str]:
    """海南 → 460000, for all provinces."""
    below = region_table().descendants(CENTRAL_REGION)
    codes = (code for code in below if len(code) == 6 and code.endswith("0000"))
    labels = ((code, region_table().label_of(code) or "") for code in codes)
    return {short_name(label): code for code, label in labels if named_region(label) == code}


def _below(code: str, own: str) -> bool:
    return code != own and (own == CENTRAL_REGION or own in region_table().ancestors(code))

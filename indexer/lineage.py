"""
How policies hang together: basis, implementation, amendment, repeal (政策脉络).

References name documents by number and title as people write them; here they are resolved
against a set of policies, and what a later document amends or repeals is written into the events
of the earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from indexer.structure.blocks import inner_title
from indexer.structure.regions import canonical_issuer
from indexer.structure.text import squeeze
from policy_match.domain.policy import Event, EventKind, Policy, Reference, Relation

_CHANGES = {Relation.REPEALS: EventKind.REPEALED, Relation.AMENDS: EventKind.AMENDED}
_SHARED_NUMBER = re.compile(r"^(?:\D*[\s]?)?(?:公告|通告|令)")
_STATES = re.compile(r"[（(](?:试行|暂行|修订|修正|\d{4}年?(?:版|修订|修正)?)[）)]$")


@dataclass(frozen=True, slots=True)
class Link:
    """
    One tie of a policy to another (脉络关系).

    `relation` is the policy's own word for it; a tie that comes from the other side is basis_of,
    implemented_by, amended_by, repealed_by or mentioned_by. `resolved` is the id of the policy
    meant, None when it is not in the set.
    """

    policy_id: str
    relation: str
    of: str | None
    doc_no: str | None
    resolved: str | None
    on: date | None = None

    def to_json(self) -> dict[str, Any]:
        """The line of `policy-match lineage --json` (spec/cli.md)."""
        return {
            "policy_id": self.policy_id,
            "relation": self.relation,
            "of": self.of,
            "doc_no": self.doc_no,
            "resolved": self.resolved,
        }


_REVERSE = {
    Relation.BASIS: "basis_of",
    Relation.IMPLEMENTS: "implemented_by",
    Relation.AMENDS: "amended_by",
    Relation.REPEALS: "repealed_by",
    Relation.MENTIONS: "mentioned_by",
}


_UPWARD = frozenset({"basis", "implements"})
_DOWNWARD = frozenset({"basis_of", "implemented_by"})


class Library:
    """Finds policies by number and title (按文号、标题查找)."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.policies = {policy.id: policy for policy in policies}
        self._by_number: dict[str, list[str]] = {}
        self._by_title: dict[str, list[str]] = {}
        for policy in self.policies.values():
            for number in (policy.doc_no or "").split("/"):
                if number:
                    self._by_number.setdefault(_number_key(number), []).append(policy.id)
            for title in _titles(policy):
                self._by_title.setdefault(title, []).append(policy.id)

    def resolve(self, reference: Reference, citing: Policy) -> str | None:
        """
        The one policy that a reference means, or None (引用定位).

        By number first; a number that several bear needs the title too. By title alone only
        when one policy bears it.
        """
        numbered = (
            self._by_number.get(_number_key(reference.doc_no), []) if reference.doc_no else []
        )
        titled = self._by_title.get(title_key(reference.title), []) if reference.title else []
        candidates = [one for one in numbered if one != citing.id]
        if len(candidates) > 1:
            candidates = [one for one in candidates if one in titled]
        if not candidates and not reference.doc_no:
            candidates = [one for one in titled if one != citing.id]
        if not candidates and reference.doc_no:  # the set may hold it without its number
            candidates = [
                one for one in titled if one != citing.id and not self.policies[one].doc_no
            ]
        return candidates[0] if len(set(candidates)) == 1 else None


def _number_key(doc_no: str) -> str:
    """A number in one width; joint issuers of an announcement in one form."""
    bare = squeeze(doc_no)
    head = _SHARED_NUMBER.match(bare)
    return canonical_issuer(bare) if head else bare


def _titles(policy: Policy) -> Iterator[str]:
    """The titles a policy is cited by: in full, without its issuers, and that of what it issues."""
    full = title_key(policy.title)
    yield full
    bare = full
    for issuer in policy.issuers:
        bare = bare.removeprefix(title_key(issuer))
    if bare != full:
        yield bare
    inner = inner_title(policy.title)
    if inner:
        yield title_key(inner)


def title_key(title: str) -> str:
    """A title without brackets, blanks and its edition, to compare by (标题的比较形式)."""
    return _STATES.sub("", squeeze(title)).replace("《", "").replace("》", "")


def names_of(policy: Policy) -> frozenset[str]:
    """What others cite a policy by, in the form to compare by: numbers and titles (被引名称)."""
    numbers = (policy.doc_no or "").split("/")
    return frozenset([*map(_number_key, filter(None, numbers)), *_titles(policy)])


def names_cited(policy: Policy) -> frozenset[str]:
    """What a policy cites, in the form to compare by (引用名称)."""
    numbers = (_number_key(one.doc_no) for one in policy.references if one.doc_no)
    titles = (title_key(one.title) for one in policy.references if one.title)
    return frozenset([*numbers, *titles])


def lineage(policy_id: str, policies: Iterable[Policy], *, as_of: date | None = None) -> list[Link]:
    """
    The ties of one policy, and the chain of levels above and below it (一份政策的脉络).

    Its own ties come first, those that it names and those that name it; then, level by level,
    what its basis rests on in turn, and what carries out what carries it out.

    Args:
        policy_id: the policy asked about.
        policies: the set that references are resolved against.
        as_of: leaves out ties that a later document made.
    """
    library = Library(policies)
    if policy_id not in library.policies:
        return []
    ties = _ties(library, as_of)
    links = list(ties.get(policy_id, ()))
    for chain in (_UPWARD, _DOWNWARD):
        links += _chain(policy_id, ties, chain)
    return links


def _ties(library: Library, as_of: date | None) -> dict[str, list[Link]]:
    """All ties by the policy that has them, both directions; every reference is resolved once."""
    ties: dict[str, list[Link]] = {policy_id: [] for policy_id in library.policies}
    back: list[Link] = []
    for policy in library.policies.values():
        if as_of and policy.issued_on and policy.issued_on > as_of:
            continue
        for ref in policy.references:
            meant = library.resolve(ref, policy)
            ties[policy.id].append(Link(policy.id, ref.relation, ref.title, ref.doc_no, meant))
            if meant is not None:
                word = _REVERSE[ref.relation]
                back.append(
                    Link(meant, word, policy.title, policy.doc_no, policy.id, policy.issued_on)
                )
    for link in back:
        ties[link.policy_id].append(link)
    return ties


def _chain(start: str, ties: dict[str, list[Link]], words: frozenset[str]) -> Iterator[Link]:
    """Ties of the given kinds, of the policies that such ties lead to, nearest first."""
    seen, layer = {start}, [start]
    while layer:
        following: list[str] = []
        for policy_id in layer:
            for link in ties[policy_id]:
                if link.relation not in words or link.resolved is None or link.resolved in seen:
                    continue
                seen.add(link.resolved)
                following.append(link.resolved)
        layer = following
        for policy_id in layer:
            yield from (one for one in ties[policy_id] if one.relation in words)


def derive_events(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """
    Write into each policy's events what others amend or repeal of it (推导修订与废止).

    Events that were derived before (they name their cause in `by`) are made anew, so a repeal
    that is gone is gone; events of the policy's own text stay. A draft changes nothing. The
    change counts from the day of effect of the later document, else from its issue.
    """
    library = Library(policies)
    changes: dict[str, list[Event]] = {}
    for policy in library.policies.values():
        for target, event in _changes(policy, library):
            changes.setdefault(target, []).append(event)
    return tuple(_with_events(one, changes.get(one.id, [])) for one in library.policies.values())


def _changes(policy: Policy, library: Library) -> Iterator[tuple[str, Event]]:
    if policy.status == "draft":
        return
    for reference in policy.references:
        kind = _CHANGES.get(reference.relation)
        target = library.resolve(reference, policy) if kind is not None else None
        if kind is None or target is None or not is_later(policy, library.policies[target]):
            continue
        on = policy.effective_on or policy.issued_on
        yield target, Event(kind=kind, on=on, by=policy.doc_no or policy.id)


def is_later(policy: Policy, target: Policy) -> bool:
    """An older document can't change a newer one: then the reading is wrong."""
    if policy.issued_on is None or target.issued_on is None:
        return True
    return policy.issued_on >= target.issued_on


def _with_events(policy: Policy, derived: list[Event]) -> Policy:
    own = tuple(event for event in policy.events if event.by is None)
    events = (*own, *sorted(set(derived), key=lambda e: (e.on or date.min, e.kind, e.by or "")))
    return policy if events == policy.events else policy.model_copy(update={"events": events})

"""
Policies whose basis no longer stands (依据已失效): what a clean-up has to look at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from indexer.lineage import Library
from policy_match.domain.policy import EventKind, Policy, PolicyStatus, Reference, Relation

_RESTS_ON = (Relation.BASIS, Relation.IMPLEMENTS)
_GONE = {PolicyStatus.REPEALED: EventKind.REPEALED, PolicyStatus.EXPIRED: EventKind.EXPIRES}
_IN_USE = (PolicyStatus.IN_FORCE, PolicyStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class LostBasis:
    """
    A policy in use that rests on one that is not (依据已失效).

    `status` is the basis's, repealed or expired; `since` the day from which, None where no day is
    known, and `by` the document that repealed it. `through` lists the policies between, nearest
    first, where the basis is that of a basis.
    """

    policy: Policy
    basis: Policy
    status: PolicyStatus
    since: date | None
    by: str | None
    through: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One line of `policy-match lost-bases --json`."""
        return {
            "policy_id": self.policy.id,
            "title": self.policy.title,
            "doc_no": self.policy.doc_no,
            "basis_id": self.basis.id,
            "basis": self.basis.title,
            "basis_doc_no": self.basis.doc_no,
            "status": self.status.value,
            "since": self.since.isoformat() if self.since else None,
            "by": self.by,
            "through": list(self.through),
        }


def lost_bases(policies: Iterable[Policy], *, as_of: date) -> tuple[LostBasis, ...]:
    """
    Find every policy in use whose basis is repealed or expired (清理：依据已失效).

    A basis's own basis counts, too, along chains of policies in use.

    Args:
        policies: the whole set; references are resolved against it.
        as_of: the day asked about; a policy issued later is left out.

    Returns:
        By the policy's id, then the basis's.
    """
    library = Library(policies)
    rests_on = {one.id: _bases(one, library) for one in library.policies.values()}
    found = [
        lost
        for policy in library.policies.values()
        if policy.status_on(as_of) in _IN_USE and _is_out(policy, as_of)
        for lost in _lost(policy, rests_on, library, as_of)
    ]
    return tuple(sorted(found, key=lambda one: (one.policy.id, one.basis.id)))


def _is_out(policy: Policy, as_of: date) -> bool:
    return policy.issued_on is None or policy.issued_on <= as_of


def _bases(policy: Policy, library: Library) -> tuple[str, ...]:
    meant = (library.resolve(ref, policy) for ref in policy.references if _is_basis(ref))
    return tuple(dict.fromkeys(one for one in meant if one is not None))


def _is_basis(reference: Reference) -> bool:
    return reference.relation in _RESTS_ON


def _lost(
    policy: Policy, rests_on: dict[str, tuple[str, ...]], library: Library, as_of: date
) -> Iterator[LostBasis]:
    """Walk down the bases, nearest first; below one that is gone nothing more is told."""
    seen = {policy.id}
    layer: list[tuple[str, tuple[str, ...]]] = [(one, ()) for one in rests_on[policy.id]]
    while layer:
        following: list[tuple[str, tuple[str, ...]]] = []
        for basis_id, through in layer:
            if basis_id in seen:
                continue
            seen.add(basis_id)
            basis = library.policies[basis_id]
            status = basis.status_on(as_of)
            if status in _GONE:
                since, by = _when(basis, status, as_of)
                yield LostBasis(policy, basis, status, since, by, through)
            else:
                following += [(one, (*through, basis_id)) for one in rests_on[basis_id]]
        layer = following


def _when(basis: Policy, status: PolicyStatus, as_of: date) -> tuple[date | None, str | None]:
    """The day and the document of the event that ended it; the earliest where several did."""
    events = [
        event
        for event in basis.events
        if event.kind is _GONE[status] and (event.on is None or event.on <= as_of)
    ]
    first = min(events, key=lambda event: event.on or date.min)
    return first.on, first.by

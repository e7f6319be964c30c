"""Which document changes which, by what orders, from when (修改关系)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from indexer.amend.instructions import Instruction, instructions_of
from indexer.lineage import Library, is_later, title_key
from policy_match.domain.policy import Policy, PolicyStatus, Relation

_QUOTED = re.compile(r"《((?:[^《》\n]|《[^《》\n]{1,120}》){2,160})》")


@dataclass(frozen=True, slots=True)
class ChangingDocument:
    """
    A document that changes another one, and what it orders there (修改文件).

    `by` is what an event names it by: its number, else its id.
    """

    by: str
    policy_id: str
    title: str
    on: date | None
    orders: tuple[Instruction, ...]
    whole: str


def changing_documents(policies: Iterable[Policy]) -> dict[str, list[ChangingDocument]]:
    """
    The id of each document that others change → these, the earliest first (被修改的文件).

    Args:
        policies: the set; only the texts of those that change others are looked at.
    """
    library = Library(policies)
    found: dict[str, list[ChangingDocument]] = {}
    for policy in library.policies.values():
        for target, changing in _changing(policy, library):
            found.setdefault(target, []).append(changing)
    for documents in found.values():
        documents.sort(key=lambda one: (one.on or date.min, one.by))
    return found


def _changing(policy: Policy, library: Library) -> Iterator[tuple[str, ChangingDocument]]:
    if policy.status is PolicyStatus.DRAFT:
        return
    targets: dict[str, str] = {}
    for reference in policy.references:
        if reference.relation is not Relation.AMENDS:
            continue
        target = library.resolve(reference, policy)
        if target is not None and is_later(policy, library.policies[target]):
            targets.setdefault(target, title_key(reference.title or ""))
    if not targets:
        return
    orders = _shared_out(policy.text, targets)
    for target in targets:
        yield (
            target,
            ChangingDocument(
                by=policy.doc_no or policy.id,
                policy_id=policy.id,
                title=policy.title,
                on=policy.effective_on or policy.issued_on,
                orders=tuple(orders[target]),
                whole=policy.text,
            ),
        )


def _shared_out(text: str, targets: dict[str, str]) -> dict[str, list[Instruction]]:
    """The orders of each document that is changed: those behind its title, up to the next's."""
    orders = instructions_of(text)
    if len(targets) == 1:
        return {next(iter(targets)): orders}
    by_title = {title: target for target, title in targets.items() if title}
    shared: dict[str, list[Instruction]] = {target: [] for target in targets}
    marks = [
        (hit.start(), by_title[key])
        for hit in _QUOTED.finditer(text)
        if (key := title_key(hit[1])) in by_title
    ]
    for order in orders:
        before = [target for at, target in marks if at <= order.raw_start]
        if before:
            shared[before[-1]].append(order)
    return shared

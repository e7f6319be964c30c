"""
Which parts of a document belong to one application guide (申报指南的划分).

A notice with three attached guides has three sets of conditions; a card has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.extract.parts import Layout, Part, Role
from indexer.outline import Section

_MOST = 100


@dataclass(slots=True)
class Guide:
    """The parts that speak of the same support (一份指南); `title` is the section's own."""

    title: str
    parts: list[Part]

    def of(self, *roles: Role) -> list[Part]:
        """Its parts with one of these roles."""
        return [part for part in self.parts if part.role in roles and part.lines]


def guides_of(layout: Layout) -> list[Guide]:
    """The guides of a document; one where conditions stand in one place (划分指南)."""
    hosts = _hosts(layout)
    if not 2 <= len(hosts) <= _MOST:
        return [Guide("", layout.parts)]
    inside: dict[int, list[Part]] = {id(host): [] for host in hosts}
    common: list[Part] = []
    for part in layout.parts:
        host = next((h for h in hosts if _holds(h, part.section)), None)
        (inside[id(host)] if host else common).append(part)
    shared = [part for part in common if part.role is not Role.OTHER]
    return [Guide(host.title, [*shared, *inside[id(host)]]) for host in hosts]


def _hosts(layout: Layout) -> list[Section]:
    """The sections that directly hold a part with conditions or a target."""
    parents = {id(child): one for one in layout.root.walk() for child in one.children}
    hosts: dict[int, Section] = {}
    for part in layout.of(Role.CONDITION):
        parent = parents.get(id(part.section))
        if parent is not None:
            hosts[id(parent)] = parent
    found = list(hosts.values())
    if any(host.scheme is None for host in found):
        return []
    return _outermost(found)


def _outermost(hosts: Sequence[Section]) -> list[Section]:
    return [h for h in hosts if not any(o is not h and _holds(o, h) for o in hosts)]


def _holds(outer: Section, inner: Section) -> bool:
    return outer.span[0] <= inner.span[0] and inner.span[1] <= outer.span[1]

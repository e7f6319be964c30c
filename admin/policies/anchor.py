"""
Old measures found again in a new reading (重新对应).

When a clause is put in, the paths of all later ones shift; the likeness of quote and title tells
which is which, so that a measure keeps its surrogate id and nothing is pushed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ALIKE = 0.45  # less is another measure


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a measure is known by (锚): its path, title and quote."""

    key: str
    title: str
    quote: str


def pair(old: Sequence[Anchor], new: Sequence[Anchor]) -> dict[int, int]:
    """
    Which new measure each old one has become: {new index: old index}, each at most once.

    The likest pairs go first; of equally like ones that of the same path, then the nearer in
    order, so that readings of the same text pair one to one.
    """
    olds, news = [_grams(one) for one in old], [_grams(one) for one in new]
    scored = [
        (score, -abs(i - j), i, j)
        for i in range(len(old))
        for j in range(len(new))
        if (score := _likeness(old[i], new[j], olds[i], news[j])) >= ALIKE
    ]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, i, j in sorted(scored, key=lambda one: (-one[0], -one[1], one[2], one[3])):
        if i not in taken and j not in pairs:
            taken.add(i)
            pairs[j] = i
    return pairs


Grams = tuple[frozenset[str], frozenset[str]]


def _likeness(old: Anchor, new: Anchor, olds: Grams, news: Grams) -> float:
    """0 to 1: mostly the quote, some of the title, a little of the path."""
    same_path = 0.05 if old.key == new.key else 0.0
    if old.quote and new.quote:
        return 0.7 * _share(olds[0], news[0]) + 0.25 * _share(olds[1], news[1]) + same_path
    return 0.95 * _share(olds[1], news[1]) + same_path


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    if one == other:
        return 1.0
    return len(one & other) / len(one | other)


def _grams(one: Anchor) -> Grams:
    return _pieces(one.quote), _pieces(one.title)


def _pieces(text: str) -> frozenset[str]:
    """Pairs of signs, white space left out; of a single sign, the sign."""
    bare = "".join(text.split())
    return frozenset(bare[n : n + 2] for n in range(len(bare) - 1)) or frozenset({bare})

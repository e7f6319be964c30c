"""Which conditions belong to which unit (条件与措施的对应)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.extract.lines import Item
from indexer.extract.units import Unit
from indexer.extract.view import View

_SIGNS = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]")
_APPLY_FOR = re.compile(r"^(?:申请|申报|对于?|享受)([^,。;:]{2,40}?)(?:的|应|须|需|,|:|，)")
_LIKE, _HEAD, _SHORTEST = 0.6, 40, 3


@dataclass(slots=True)
class Alignment:
    """Conditions for all units, and those for one (对应关系)."""

    common: list[Item]
    own: dict[int, list[Item]]

    def own_of(self, unit: Unit) -> list[Item]:
        """The condition items that hold for a unit alone."""
        return self.own.get(unit.start, [])


def align(items: Sequence[Item], units: Sequence[Unit], view: View) -> Alignment:
    """
    Give each condition to the unit that it names, and to all where it names none (对应).

    1．支持科技型中小企业开展发明专利布局 among the conditions belongs to the unit of that title.
    """
    found = Alignment([], {})
    if len(units) < 2:
        return Alignment(list(items), {})
    titles = titles_of(units, view)
    for item in items:
        best = _best(item.text(view), titles)
        if best is None:
            found.common.append(item)
        else:
            found.own.setdefault(units[best].start, []).append(item)
    return found


def titles_of(units: Sequence[Unit], view: View) -> list[frozenset[str]]:
    """The units' titles in the form that names are compared with (标题的比较形式)."""
    return [_pairs(_plain(view.text[u.title[0] : u.title[1]])[:_HEAD]) for u in units]


def unit_named(name: str, units: Sequence[Unit], titles: Sequence[frozenset[str]]) -> Unit | None:
    """The unit whose title a name is likest to, if one clearly is (按名称对应)."""
    best = _best(name, titles) if len(units) > 1 else None
    return units[best] if best is not None else None


def _best(text: str, titles: Sequence[frozenset[str]]) -> int | None:
    named = _APPLY_FOR.match(text)
    head = _pairs(_plain((named[1] if named else text)[: 4 * _HEAD])[:_HEAD])
    if len(head) < _SHORTEST:
        return None
    scores = [_likeness(head, title) for title in titles]
    top = max(range(len(titles)), key=scores.__getitem__)
    second = max((s for n, s in enumerate(scores) if n != top), default=0.0)
    return top if scores[top] >= _LIKE and scores[top] > second + 0.1 else None


def _plain(text: str) -> str:
    return _SIGNS.sub("", text)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(len(text) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared pairs of signs over those of the shorter text."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0

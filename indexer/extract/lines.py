"""
Numbered lines as a tree: a header, its items, their items (条目树).

Documents are numbered by habit, not by rule: （1） below 1. below a header that ends with a colon.
The tree follows the order of the numbering schemes and the colons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.extract.parts import Line, Part, role_of
from indexer.extract.view import View
from indexer.headings import Scheme

_HEADER, _TITLE = 0.5, 26
_HEADS = re.compile(r"(?:下列|以下|如下)(?:任一|任何)?(?:情形|情况|行为|条件)[^。;]{0,40}。$")
_DIRECTION = re.compile(
    r"(?:方向|专题|专项|类别|项目类型)(?:\d{1,2}|[一二三四五六七八九十]{1,3})[:、.]?(?=[^\d等])"
)
_LOOSE = re.compile(r"\d{1,2}[.、](?=\d{4}年)")  # 1.2026年度内…, which reads as a decimal
_LOOSE_RANK = 8.0
DIRECTION_RANK = 8.25  # 方向1 stands below 1. and above （1）


@dataclass(slots=True, eq=False)
class Item:
    """A line with the lines numbered below it (条目); `start` and `end` are its own text."""

    start: int
    end: int
    rank: float
    children: list[Item] = field(default_factory=list)

    def text(self, view: View) -> str:
        """Its own text, without that of the items below."""
        return view.text[self.start : self.end]

    @property
    def last(self) -> int:
        """Where the item with all below it ends."""
        return max([self.end, *(child.last for child in self.children[-1:])])


def item_tree(lines: Sequence[Line], view: View) -> list[Item]:
    """
    Put lines below the headers they belong to (建条目树).

    A line without a number that ends with a colon heads the numbered lines after it; another one
    continues the item before it when that one broke off, else stands by itself.
    """
    root = Item(0, 0, -1.0)
    chain = [root]
    around = _ranks_around(lines)
    for line, (before, following) in zip(lines, around, strict=True):
        text = view.text[line.start : line.end].rstrip()
        if not text:
            continue
        item = Item(line.start, line.end, 0.0)
        named = _DIRECTION.match(text)
        loose = _LOOSE.match(text) if line.rank is None else None
        if loose:
            item.start, item.rank = line.start + loose.end(), _LOOSE_RANK
        elif line.rank is None and named:
            item.start, item.rank = line.start + named.end(), DIRECTION_RANK
        elif line.rank is not None:
            item.rank = float(line.rank)
        elif _broke_off(chain[-1], view) and chain[-1] is not root:
            chain[-1].end = line.end
            continue
        else:
            item.rank = _free_rank(text, before, following)
        while len(chain) > 1 and chain[-1].rank >= item.rank:
            chain.pop()
        chain[-1].children.append(item)
        chain.append(item)
    return root.children


def part_items(part: Part, view: View) -> list[Item]:
    """The items of a part, without the line that only titles it (部分的条目)."""
    items = item_tree(part.lines, view)
    if not items or part.section.scheme is Scheme.LABEL:
        return items
    first = items[0]
    titled = first.children and len(first.text(view)) <= _TITLE and role_of(first.text(view))
    return [*first.children, *items[1:]] if titled else items


def _ranks_around(lines: Sequence[Line]) -> list[tuple[int | None, int | None]]:
    """For each line the rank of the nearest numbered line before it, and after it."""
    after: list[int | None] = []
    rank: int | None = None
    for line in reversed(lines):
        after.append(rank)
        rank = rank if line.rank is None else line.rank
    before: list[int | None] = []
    rank = None
    for line in lines:
        before.append(rank)
        rank = rank if line.rank is None else line.rank
    return list(zip(before, reversed(after), strict=True))


def _free_rank(text: str, before: int | None, following: int | None) -> float:
    """The rank of a line without a number: just above the next numbered line if it heads it."""
    if text.endswith(":") or _HEADS.search(text):
        return following - _HEADER if following is not None else 1.0
    return before + _HEADER if before is not None else 99.0


def _broke_off(item: Item, view: View) -> bool:
    text = view.text[item.start : item.end].rstrip()
    return bool(text) and text[-1] not in "。;:!?”)" and not item.children and len(text) > 18

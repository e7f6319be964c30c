"""
Automatic numbering of Word, counted as Word counts (自动编号).

The numbers are not in the text: each numbered paragraph points to a `num`, which points to an
`abstractNum` with nine levels. Counters belong to the abstractNum, so lists that share one go on
counting; a `num` with a startOverride starts again when it first appears.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexer.readers.numerals import format_number, is_bullet
from indexer.readers.ooxml import attribute, child, children, integer, name_of, switch, value

if TYPE_CHECKING:
    from lxml import etree

    from indexer.readers.docx_styles import Styles

_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list definition (编号级别)."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    restart: int | None = None  # after which level (from 1) it restarts; 0 never
    legal: bool = False  # all numbers in decimal
    style: str | None = None
    suffix: str = "tab"


@dataclass(slots=True)
class _Counters:
    values: dict[int, int] = field(default_factory=dict)
    started: set[int] = field(default_factory=set)  # num ids whose overrides have been applied


@dataclass(frozen=True, slots=True)
class Number:
    """A paragraph's automatic number (段落编号); an empty text is a bullet."""

    text: str
    level: int  # from 0
    suffix: str


class Numbering:
    """All list definitions of a document, and how far each has counted (编号状态)."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._abstract: dict[int, dict[int, Level]] = {}
        self._links: dict[int, str] = {}  # abstractNum → numbering style that defines it
        self._nums: dict[int, tuple[int, dict[int, Level], dict[int, int]]] = {}
        self._counters: dict[int, _Counters] = {}
        self._styles = styles
        for element in () if root is None else root:
            if name_of(element) == "abstractNum":
                self._add_abstract(element)
            elif name_of(element) == "num":
                self._add_num(element)

    def _add_abstract(self, element: etree._Element) -> None:
        id_ = integer(attribute(element, "abstractNumId"))
        if id_ is None:
            return
        self._abstract[id_] = dict(_level(e) for e in children(element, "lvl"))
        link = value(element, "numStyleLink")
        if link:
            self._links[id_] = link

    def _add_num(self, element: etree._Element) -> None:
        id_ = integer(attribute(element, "numId"))
        abstract = integer(value(element, "abstractNumId"))
        if id_ is None or abstract is None:
            return
        levels: dict[int, Level] = {}
        starts: dict[int, int] = {}
        for override in children(element, "lvlOverride"):
            index = integer(attribute(override, "ilvl")) or 0
            start = integer(value(override, "startOverride"))
            if start is not None:
                starts[index] = start
            replaced = child(override, "lvl")
            if replaced is not None:
                levels[index] = _level(replaced)[1]
        self._nums[id_] = (abstract, levels, starts)

    def next(self, num_id: int, level: int | None, style: str | None) -> Number | None:
        """
        Count one paragraph and give its number (取下一个编号).

        Args:
            num_id: the list; 0 or an unknown one means no number.
            level: from 0; None when only the style names the list, which then fixes the level.
            style: the paragraph's style id.
        """
        if num_id not in self._nums:
            return None
        abstract, overrides, starts = self._nums[num_id]
        abstract = self._follow(abstract)
        levels = {**self._abstract.get(abstract, {}), **overrides}
        if level is None:
            level = next((i for i, item in levels.items() if style and item.style == style), 0)
        if level not in levels:
            return None
        counters = self._counters.setdefault(abstract, _Counters())
        if num_id not in counters.started:
            counters.started.add(num_id)
            for index in starts:
                counters.values.pop(index, None)
        starts = {index: starts.get(index, item.start) for index, item in levels.items()}
        self._count(counters.values, levels, starts, level)
        return Number(
            text=_render(levels, counters.values, starts, level),
            level=level,
            suffix=levels[level].suffix,
        )

    def _follow(self, abstract: int) -> int:
        """A list that points to a numbering style is defined where that style points."""
        seen: set[int] = set()
        while abstract in self._links and abstract not in seen:
            seen.add(abstract)
            numbering = self._styles.resolve(self._links[abstract]).numbering
            num = self._nums.get(numbering[0]) if numbering and numbering[0] is not None else None
            if num is None:
                break
            abstract = num[0]
        return abstract

    @staticmethod
    def _count(
        values: dict[int, int], levels: dict[int, Level], starts: dict[int, int], level: int
    ) -> None:
        values[level] = values[level] + 1 if level in values else starts[level]
        for deeper in [index for index in values if index > level]:
            item = levels.get(deeper)
            restart = deeper if item is None or item.restart is None else item.restart
            if restart and level < restart:
                del values[deeper]


def _level(element: etree._Element) -> tuple[int, Level]:
    start = integer(value(element, "start"))
    format_ = child(element, "numFmt")
    if format_ is None:  # newer formats hide behind a choice; its fallback is the plain one
        format_ = child(element, "AlternateContent", "Fallback", "numFmt")
    return integer(attribute(element, "ilvl")) or 0, Level(
        start=1 if start is None else start,
        format=(attribute(format_) if format_ is not None else None) or "decimal",
        text=value(element, "lvlText") or "",
        restart=integer(value(element, "lvlRestart")),
        legal=bool(switch(element, "isLgl")),
        style=value(element, "pStyle"),
        suffix=value(element, "suff") or "tab",
    )


def _render(
    levels: dict[int, Level], values: dict[int, int], starts: dict[int, int], level: int
) -> str:
    if is_bullet(levels[level].format) and not _PLACE.search(levels[level].text):
        return levels[level].text if levels[level].format == "none" else ""

    def fill(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        if index not in levels:
            return ""
        style = "decimal" if levels[level].legal else levels[index].format
        return format_number(style, values.get(index, starts[index]))

    return _PLACE.sub(fill, levels[level].text).strip()

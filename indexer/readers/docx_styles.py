"""Word styles, resolved along their basedOn chain (样式)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexer.readers.ooxml import attribute, by_name, child, children, integer, is_on, value

if TYPE_CHECKING:
    from lxml import etree

_HEADING = re.compile(r"^(?:heading|标题)\s*(\d)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says of a paragraph or run; None is left to its base (样式属性)."""

    name: str | None = None
    outline: int | None = None  # heading level from 1
    numbering: tuple[int | None, int | None] | None = None  # (numId, ilvl)
    justify: str | None = None
    bold: bool | None = None
    hidden: bool | None = None
    size: float | None = None  # points

    def over(self, base: Style) -> Style:
        """Our own properties where we have them, else the base's."""
        number = self.numbering
        if number and base.numbering:  # numId and level are inherited one by one
            own, below = number, base.numbering
            number = (
                own[0] if own[0] is not None else below[0],
                own[1] if own[1] is not None else below[1],
            )
        return Style(
            name=self.name or base.name,
            outline=base.outline if self.outline is None else self.outline,
            numbering=number or base.numbering,
            justify=self.justify or base.justify,
            bold=base.bold if self.bold is None else self.bold,
            hidden=base.hidden if self.hidden is None else self.hidden,
            size=self.size or base.size,
        )


def properties(ppr: etree._Element | None, rpr: etree._Element | None) -> Style:
    """What paragraph and run properties say directly (直接格式)."""
    paragraph, run = by_name(ppr), by_name(rpr)
    outline = integer(_value(paragraph, "outlineLvl"))
    number = paragraph.get("numPr")
    half_points = integer(_value(run, "sz"))
    return Style(
        outline=None if outline is None else (outline + 1 if outline < 9 else 0),
        numbering=None
        if number is None
        else (integer(value(number, "numId")), integer(value(number, "ilvl"))),
        justify=_value(paragraph, "jc"),
        bold=is_on(run.get("b")),
        hidden=is_on(run.get("vanish")),
        size=half_points / 2 if half_points else None,
    )


def _value(elements: dict[str, etree._Element], name: str) -> str | None:
    found = elements.get(name)
    return None if found is None else attribute(found)


class Styles:
    """The style sheet of a document (样式表)."""

    def __init__(self, root: etree._Element | None) -> None:
        self._elements: dict[str, etree._Element] = {}
        self._resolved: dict[str, Style] = {}
        self.default_paragraph: str | None = None
        self._base = Style()
        if root is None:
            return
        self._base = properties(None, child(root, "docDefaults", "rPrDefault", "rPr"))
        for element in children(root, "style"):
            id_ = attribute(element, "styleId") or ""
            self._elements[id_] = element
            if attribute(element, "type") == "paragraph" and attribute(element, "default") in {
                "1",
                "true",
            }:
                self.default_paragraph = id_

    def paragraph(self, id_: str | None) -> Style:
        """A paragraph style by id; without one, the default style."""
        return self.resolve(id_ or self.default_paragraph).over(self._base)

    def resolve(self, id_: str | None) -> Style:
        """A style with all that it inherits; a chain that loops ends where it closes."""
        if id_ is None or id_ not in self._elements:
            return Style()
        if id_ not in self._resolved:
            self._resolved[id_] = Style()  # seen: breaks loops
            element = self._elements[id_]
            base = self.resolve(value(element, "basedOn"))
            self._resolved[id_] = self._own(element).over(base)
        return self._resolved[id_]

    def _own(self, element: etree._Element) -> Style:
        own = properties(child(element, "pPr"), child(element, "rPr"))
        name = value(element, "name")
        heading = _HEADING.match(name or "")
        outline = own.outline
        if outline is None and heading:
            outline = int(heading[1])
        return Style(name=name, outline=outline).over(own)

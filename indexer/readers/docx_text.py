"""
The text of one Word paragraph as a reader of the page sees it (段落文字).

Tracked changes read as accepted, fields as their result, hidden text not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexer.readers.docx_styles import Style, Styles, properties
from indexer.readers.ooxml import attribute, child, name_of, switch, value

if TYPE_CHECKING:
    from lxml import etree

Look = Callable[["etree._Element | None"], Style]  # from a run's properties to how it looks

_DROPPED = {
    "del", "moveFrom", "instrText", "delText", "delInstrText", "rPr", "pPr", "footnoteReference",
    "endnoteReference", "annotationRef", "rt", "softHyphen", "sdtPr", "sdtEndPr", "Fallback",
}  # fmt: skip
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
_SYMBOLS = {  # Wingdings and Wingdings 2 boxes and ticks, which forms use
    "F0FE": "☑", "F052": "☑", "F0A8": "□", "F06F": "□", "F0A3": "□", "F0FC": "✓", "F050": "✓",
    "F0FD": "☒", "F054": "☒", "F06C": "●", "F0B7": "•",
}  # fmt: skip


@dataclass(slots=True)
class Fields:
    """Open fields of a story: a field may run over several paragraphs (域)."""

    stack: list[bool] = field(default_factory=list)  # True: its result has begun

    @property
    def in_code(self) -> bool:
        """Whether we stand inside an instruction."""
        return not all(self.stack)

    def mark(self, kind: str | None) -> None:
        """Take note of a begin, separate or end mark."""
        if kind == "begin":
            self.stack.append(False)
        elif kind == "separate" and self.stack:
            self.stack[-1] = True
        elif kind == "end" and self.stack:
            self.stack.pop()


@dataclass(slots=True)
class Inline:
    """What a paragraph gives: text, looks, text boxes, and whether its mark is deleted (行内)."""

    text: str = ""
    bold: bool = False
    size: float | None = None
    boxes: list[etree._Element] = field(default_factory=list)
    merges_with_next: bool = False


class InlineReader:
    """Walks the runs of one paragraph (行内阅读)."""

    def __init__(self, styles: Styles, fields: Fields) -> None:
        self._styles = styles
        self._fields = fields
        self._parts: list[str] = []
        self._bold: list[bool] = []
        self._sizes: dict[float, int] = {}
        self._boxes: list[etree._Element] = []

    def read(self, paragraph: etree._Element) -> Inline:
        """Read a w:p."""
        style = self._styles.paragraph(value(paragraph, "pPr", "pStyle"))
        self._walk(paragraph, lambda rpr: _run_style(self._styles, rpr).over(style))
        mark = child(paragraph, "pPr", "rPr")
        return Inline(
            text="".join(self._parts),
            bold=bool(self._bold) and all(self._bold),
            size=max(self._sizes, key=self._sizes.__getitem__) if self._sizes else style.size,
            boxes=self._boxes,
            merges_with_next=child(mark, "del") is not None or child(mark, "moveFrom") is not None,
        )

    def _walk(self, parent: etree._Element, look: Look) -> None:
        for element in parent:
            name = name_of(element)
            if name in _DROPPED:
                continue
            if name == "r":
                self._run(element, look)
            elif name == "AlternateContent":
                self._alternate(element, look)
            elif name == "txbxContent":
                self._boxes.append(element)
            elif name == "t":  # Office Math keeps its text outside runs of ours
                self._put(element.text or "")
            else:
                self._walk(element, look)

    def _alternate(self, element: etree._Element, look: Look) -> None:
        """The same picture or text box twice, for new and old programs: the first is taken."""
        choice = child(element, "Choice")
        chosen = choice if choice is not None else child(element, "Fallback")
        if chosen is not None:
            self._walk(chosen, look)

    def _run(self, run: etree._Element, look: Look) -> None:
        style = look(child(run, "rPr"))
        if style.hidden:
            self._marks_only(run)
            return
        before = len(self._parts)
        for element in run:
            self._piece(element, look)
        text = "".join(self._parts[before:])
        if text.strip():
            self._bold.append(bool(style.bold))
            if style.size:
                self._sizes[style.size] = self._sizes.get(style.size, 0) + len(text)

    def _piece(self, element: etree._Element, look: Look) -> None:
        name = name_of(element)
        if name == "fldChar":
            self._fields.mark(attribute(element, "fldCharType"))
        elif name in _DROPPED or self._fields.in_code:
            return
        elif name == "t":
            self._put(element.text or "")
        elif name in _BREAKS:
            page = name == "br" and attribute(element, "type") in {"page", "column"}
            self._put("" if page else _BREAKS[name])
        elif name == "sym":
            self._put(_SYMBOLS.get((attribute(element, "char") or "").upper(), ""))
        elif name == "AlternateContent":
            self._alternate(element, look)
        else:
            self._walk(element, look)

    def _marks_only(self, run: etree._Element) -> None:
        for element in run:
            if name_of(element) == "fldChar":
                self._fields.mark(attribute(element, "fldCharType"))

    def _put(self, text: str) -> None:
        if not self._fields.in_code:
            self._parts.append(text)


def _run_style(styles: Styles, rpr: etree._Element | None) -> Style:
    if rpr is None:
        return Style()
    return properties(None, rpr).over(styles.resolve(value(rpr, "rStyle")))


def is_removed(properties_: etree._Element | None) -> bool:
    """Whether a row or cell is deleted by a tracked change (修订删除)."""
    return switch(properties_, "del") is not None or switch(properties_, "cellDel") is not None

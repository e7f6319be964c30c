"""
From markup to blocks (网页分块): paragraphs, headings, lists, tables, in reading order.

The tree is walked without recursion, since pages may be nested as deeply as they like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree, html

from indexer.document import BlockKind, Layout, RawBlock
from indexer.readers.html_lists import list_numbers
from indexer.readers.html_tables import grid_of, is_layout
from indexer.readers.tables import has_text, row_block

_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "aside", "center", "blockquote", "pre",
    "li", "ul", "ol", "dl", "dt", "dd", "table", "tbody", "thead", "tfoot", "tr", "td", "th",
    "caption", "form", "fieldset", "legend", "figure", "figcaption", "address", "hr", "body",
    "ucapcontent", "h1", "h2", "h3", "h4", "h5", "h6", "details", "summary",
}  # fmt: skip
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BOLD_TAGS = {"b", "strong", "th", *_HEADINGS}
_BLANKS = re.compile(r"[ \t\r\n\f\v\xa0]+")
_CJK_WRAP = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*[\r\n]+[ \t]*(?=[\u3000-\u9fff\uff00-\uffef])"
)
_CENTER = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_ALIGN = re.compile(r"text-align\s*:\s*\w+", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(bold|[6-9]00)", re.IGNORECASE)
_SIZE = re.compile(r"font-size\s*:\s*([\d.]+)\s*(pt|px)", re.IGNORECASE)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060\u00ad"))


def blocks_of(main: html.HtmlElement, *, skip: frozenset[html.HtmlElement]) -> list[RawBlock]:
    """
    Blocks of an element in reading order (分块).

    Args:
        main: the container of the running text.
        skip: elements that have been read already, such as the page's meta table.
    """
    return _Walk(skip).run(main)


@dataclass(slots=True)
class _Walk:
    skip: frozenset[html.HtmlElement]
    blocks: list[RawBlock] = field(default_factory=list)
    tables: int = 0
    _parts: list[str] = field(default_factory=list)
    _looks: list[tuple[bool, float | None]] = field(default_factory=list)
    _stack: list[html.HtmlElement] = field(default_factory=list)
    _numbers: dict[html.HtmlElement, str] = field(default_factory=dict)
    _number: str | None = None

    def run(self, main: html.HtmlElement) -> list[RawBlock]:
        walker = etree.iterwalk(main, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                self._leave(element, is_top=element is main)
            elif element in self.skip or self._is_data_table(element):
                self._flush()
                if element not in self.skip:
                    self._table(element)
                walker.skip_subtree()
                self._stack.append(element)
            else:
                self._enter(element)
        self._flush()
        return self.blocks

    @staticmethod
    def _is_data_table(element: html.HtmlElement) -> bool:
        return element.tag == "table" and not is_layout(element)

    def _enter(self, element: html.HtmlElement) -> None:
        if element.tag in _BLOCKS or element.tag == "br":
            self._flush()
        self._stack.append(element)
        if element.tag == "ol":
            self._numbers |= list_numbers(element)
        elif element.tag == "li":
            self._number = self._numbers.pop(element, None)
        self._put(element.text)

    def _leave(self, element: html.HtmlElement, *, is_top: bool) -> None:
        if element.tag in _BLOCKS:
            self._flush()
        self._stack.pop()
        if not is_top:
            self._put(element.tail)

    def _put(self, text: str | None) -> None:
        if not text:
            return
        if any(e.tag == "pre" for e in self._stack):
            for n, line in enumerate(text.split("\n")):
                if n:
                    self._flush()
                self._add(line)
        else:
            self._add(text)

    def _add(self, text: str) -> None:
        self._parts.append(text)
        if text.strip():
            self._looks.append((self._bold(), self._size()))

    def _flush(self) -> None:
        text = tidy("".join(self._parts))
        looks, self._parts, self._looks = self._looks, [], []
        if not text:
            return
        kind, level, number = self._kind()
        if number:
            text = number + text
        layout = Layout(
            centered=self._centered(),
            bold=bool(looks) and all(bold for bold, _ in looks),
            font_size=next((size for _, size in looks if size), None),
        )
        self.blocks.append(
            RawBlock(kind=kind, text=text, level=level, number=number or None, layout=layout)
        )

    def _kind(self) -> tuple[BlockKind, int | None, str | None]:
        for element in reversed(self._stack):
            if element.tag in _HEADINGS:
                return BlockKind.HEADING, _HEADINGS[element.tag], None
            if element.tag == "li":
                number, self._number = self._number, None
                depth = sum(e.tag in {"ul", "ol"} for e in self._stack)
                return BlockKind.LIST_ITEM, max(depth, 1), number
        return BlockKind.PARAGRAPH, None, None

    def _centered(self) -> bool:
        for element in reversed(self._stack):
            style = element.get("style") or ""
            if _ALIGN.search(style):
                return bool(_CENTER.search(style))
            if element.get("align"):
                return (element.get("align") or "").lower() == "center"
            if element.tag == "center":
                return True
        return False

    def _bold(self) -> bool:
        return any(e.tag in _BOLD_TAGS or _BOLD.search(e.get("style") or "") for e in self._stack)

    def _size(self) -> float | None:
        for element in reversed(self._stack):
            match = _SIZE.search(element.get("style") or "")
            if match:
                size = float(match[1])
                return round(size * 0.75, 1) if match[2].lower() == "px" else size
        return None

    def _table(self, table: html.HtmlElement) -> None:
        rows = [row for row in grid_of(table, _cell_text) if has_text(row)]
        ordinal = self.tables
        self.tables += bool(rows)
        self.blocks += [row_block(row, table=ordinal, row=n) for n, row in enumerate(rows)]


def _cell_text(cell: html.HtmlElement) -> str:
    """A cell's blocks, one a line; a table inside it row by row; upright text in one line."""
    lines = [block.text for block in _Walk(frozenset()).run(cell)]
    upright = len(lines) > 1 and all(len(line) == 1 for line in lines)
    return ("" if upright else "\n").join(lines)


def tidy(text: str) -> str:
    r"""
    Collapse blanks as a browser does (空白归并).

    A line of the source that breaks between two Chinese characters leaves no blank; ideographic
    blanks inside a line stay, since 第一条　 is written with them.

    >>> tidy("  关于\n  印发 ")
    '关于印发'
    """
    return _BLANKS.sub(" ", _CJK_WRAP.sub("", text.translate(_INVISIBLE))).strip()

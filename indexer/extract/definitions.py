"""
What a text means by its own terms (定义).

本办法所称“小巨人企业”，是指…的企业: who is promised something for 小巨人企业 must be what is said
here, be it in one sentence or in the list that follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.extract.lines import Item, item_tree
from indexer.extract.parts import Line
from indexer.extract.view import View

_TERM = r"(?P<term>[\u4e00-\u9fff“”A-Za-z0-9]{2,20}?)"
_DEFINITION = re.compile(
    rf"所(?:称|指)(?:的)?[“]?{_TERM}[”]?(?:\([^()\n]{{1,30}}\))?,?是?指(?P<said>[^。;\n]{{6,200}})"
)
_LISTED = re.compile(  # 小巨人企业是指同时符合下列条件的企业:
    rf"(?:^|(?<=[。;\n]))[“]?{_TERM}[”]?(?:\([^()\n]{{1,30}}\))?,?是指"
    r"(?P<said>[^。;\n]{0,60}(?:下列|以下)[^。;\n]{0,60}:)(?=\n)",
    re.MULTILINE,
)
_APPLICANT = re.compile(r"(?:企业|机构|单位|主体|组织|工商户|合作社|园区|平台|孵化器|载体)$")
_MOST = 40


@dataclass(frozen=True, slots=True)
class Definition:
    """
    A term and where what it means stands (定义).

    `list` is the line with the items below it, where the meaning goes on in a list.
    """

    term: str
    start: int
    end: int
    list: Item | None = None

    @property
    def last(self) -> int:
        """Where all of it ends."""
        return self.list.last if self.list is not None else self.end


def definitions_of(view: View, lines: Sequence[Line] = ()) -> tuple[Definition, ...]:
    """
    The definitions of kinds of applicant, in reading order (查找定义).

    Args:
        view: the document.
        lines: its lines, to find the lists that definitions head.
    """
    found: dict[int, Definition] = {}
    heads = _heads(lines, view) if "是指" in view.text or "所指" in view.text else {}
    for hit in _hits(view.text):
        term = hit["term"].strip("“”")
        if _APPLICANT.search(term):
            start, end = hit.span("said")
            below = heads.get(end) if hit["said"].endswith(":") else None
            found.setdefault(start, Definition(term, start, end, below))
    return tuple(found[start] for start in sorted(found))[:_MOST]


def _hits(text: str) -> Iterator[re.Match[str]]:
    if "所称" in text or "所指" in text:
        yield from _DEFINITION.finditer(text)
    if "是指" in text:
        yield from _LISTED.finditer(text)


def _heads(lines: Sequence[Line], view: View) -> dict[int, Item]:
    """The lines that head others, by where their own text ends."""
    found: dict[int, Item] = {}
    stack = item_tree(lines, view)
    while stack:
        item = stack.pop()
        stack.extend(item.children)
        if item.children:
            found[item.end] = item
    return found

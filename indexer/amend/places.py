"""Where 第三条第二款第（一）项 lies in a document (条款定位)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.amend.instructions import Piece, Place
from indexer.headings import Scheme, heading_of, ordinal_of
from indexer.outline import Section, outline
from policy_match.domain.policy import Policy

_ITEMS = (Scheme.CHINESE_PAREN, Scheme.ARABIC, Scheme.ARABIC_PAREN, Scheme.CIRCLED)
_OUTER = {
    "编": (Scheme.PART,),
    "章": (Scheme.CHAPTER,),
    "部分": (Scheme.PART, Scheme.CHAPTER, Scheme.CHINESE),
    "节": (Scheme.SECTION,),
    "条": (Scheme.ARTICLE, Scheme.CHINESE, Scheme.ARABIC),
    "点": (Scheme.ARABIC,),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """
    A place found (位置): its stretch of the text, and the section it is, None for a paragraph.

    `siblings` are the sections of its kind, in order, for numbering anew; `inner` is where its own
    words begin, behind the number.
    """

    start: int
    end: int
    inner: int
    section: Section | None
    siblings: tuple[Section, ...] = ()


class Places:
    """The clauses of one document by their numbers (条款表)."""

    def __init__(self, policy: Policy) -> None:
        self.text = policy.text
        self.spans = [block.at for block in policy.blocks]
        self.root = outline(policy.blocks)

    def find(self, place: Place) -> Spot | None:
        """The one stretch that a place names; None where there is none, or more than one."""
        here: list[Section] = [self.root]
        for n, piece in enumerate(place):
            if piece.unit == "款" and not piece.bracketed and len(here) == 1:
                paragraph = self._paragraph(here[0], piece.ordinal)
                if paragraph is not None and n == len(place) - 1:
                    return paragraph
                if paragraph is not None or piece.ordinal == 1:
                    continue  # its items hang on the article itself
            here = list(self._below(here, piece, first=n == 0))
        if len(here) != 1 or here[0] is self.root:
            return None
        return self._spot(here[0])

    def _spot(self, section: Section) -> Spot:
        start, end = section.span
        return Spot(start, end, self._behind_number(section), section, self._siblings(section))

    def _main(self) -> list[Section]:
        return [one for one in self.root.walk() if one.scheme is Scheme.ARTICLE]

    def _behind_number(self, section: Section) -> int:
        found = heading_of(self.text, section.span[0])
        return found.end if found else section.span[0]

    def _below(self, here: Sequence[Section], piece: Piece, *, first: bool) -> Iterator[Section]:
        schemes = _OUTER.get(piece.unit, _ITEMS) if not piece.bracketed else (Scheme.CHINESE_PAREN,)
        for scheme in schemes:
            found = [
                one
                for above in here
                for one in (above.walk() if first else above.children)
                if one.scheme is scheme and one is not above
            ]
            if found:
                yield from (one for one in found if _is(one, piece))
                return

    def _paragraph(self, section: Section, ordinal: int) -> Spot | None:
        """The n-th paragraph of an article: the line with its number is the first."""
        lines = [n for n in section.body if n != section.block]
        if section.block is not None:
            lines.insert(0, section.block)
        if ordinal > len(lines) or (section.children and len(lines) < 2):
            return None
        start, end = self.spans[lines[ordinal - 1]]
        own = lines[ordinal - 1] == section.block
        start = section.span[0] if own else start
        return Spot(start, end, self._behind_number(section) if own else start, None)

    def _siblings(self, section: Section) -> tuple[Section, ...]:
        """The sections numbered in one row with it: articles run through all chapters."""
        if section.scheme is Scheme.ARTICLE:
            return tuple(self._main())
        parent = next(one for one in self.root.walk() if any(c is section for c in one.children))
        return tuple(one for one in parent.children if one.scheme is section.scheme)


def _is(section: Section, piece: Piece) -> bool:
    sub = (section.number or "").partition("之")[2]
    return section.ordinal == piece.ordinal and (ordinal_of(sub) if sub else None) == piece.sub

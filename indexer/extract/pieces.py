"""
Blocks cut where one line holds a whole document (长行切分).

Some pages are saved as one line, with only blanks before 一、 and （一）. Cutting at such a blank
keeps every offset, since the blank takes the place of the line feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policy_match.domain.policy import Block, Policy

_LONG = 500
_CN = "一二三四五六七八九十"
_NUMBER = (
    rf"(?:[{_CN}]{{1,3}}、|[（(][{_CN}]{{1,3}}[）)]|第\s?[{_CN}百\d]{{1,4}}\s?[条章]|"
    r"\d{1,2}[.．、](?!\d))"
)
_BEFORE = re.compile(rf"(?<=\S)\s(?=\s{{0,4}}{_NUMBER})")
_TITLED = re.compile(rf"{_NUMBER}[^。；;：:，,\s]{{2,20}}(?P<cut>\s)(?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block or a part of one: its kind, its text, where it starts (文本片)."""

    kind: str
    text: str
    start: int


def pieces_of(policy: Policy) -> list[Piece]:
    """The policy's blocks, long ones cut at their inner headings (切分)."""
    return [piece for block in policy.blocks for piece in _cut(block)]


def _cut(block: Block) -> Iterator[Piece]:
    text, start = block.text, block.at[0]
    cuts = _cuts(text) if len(text) > _LONG else []
    last = 0
    for at in cuts:
        yield Piece(block.kind, text[last:at], start + last)
        last = at + 1
    yield Piece(block.kind, text[last:], start + last)


def _cuts(text: str) -> list[int]:
    before = [hit.start() for hit in _BEFORE.finditer(text)]
    if len(before) < 2:
        return []
    behind = [hit.start("cut") for hit in _TITLED.finditer(text)]
    return sorted({*before, *behind})

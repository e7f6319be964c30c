"""The kind, number and depth of every block of a policy (文本块归类)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.document import BlockKind, RawBlock, spans_of
from indexer.headings import Scheme
from indexer.outline import Section, contents_blocks, outline
from indexer.structure.head import Head
from indexer.structure.publicity import is_publicity_line
from indexer.structure.signature import Tail
from indexer.structure.text import fold, squeeze
from policy_match.domain.policy import Block

_PLAIN = {
    BlockKind.TABLE_ROW: "table_row",
    BlockKind.FOOTNOTE: "footnote",
    BlockKind.HEADER: "furniture",
    BlockKind.FOOTER: "furniture",
}
_OF_SCHEME = {
    Scheme.ATTACHMENT: "attachment",
    Scheme.PART: "chapter",
    Scheme.CHAPTER: "chapter",
    Scheme.SECTION: "section",
    Scheme.CHINESE: "section",
    Scheme.LABEL: "section",
    Scheme.ARTICLE: "article",
}
_INNER = re.compile(
    r"(?:印发|发布|公布|转发|批转|重新发布|公开征求|征求)(?:《(?P<quoted>.+?)》(?:的|意见|等|$)|(?P<bare>.+?)的(?:通知|公告|函|决定|通告)$)"
)
_INNER_LINES = 4


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    text: str


def inner_title(title: str | None) -> str | None:
    """
    The document that a notice issues (印发的文件名).

    >>> inner_title("云南省人民政府办公厅关于印发云南省支持若干措施的通知")
    '云南省支持若干措施'
    """
    found = _INNER.search(title or "")
    return (found["quoted"] or found["bare"]) if found else None


def classify(blocks: Sequence[RawBlock], head: Head, tail: Tail) -> list[str]:
    """What each block is, before numbering is looked at (块类别)."""
    kinds = [_PLAIN.get(block.kind, "paragraph") for block in blocks]
    for kind, numbers in (
        ("furniture", head.furniture),
        ("furniture", head.letterheads),
        ("furniture", tail.imprints),
        ("doc_no", head.numbers),
        ("title", head.titles),
        ("attachment", tail.lists),
        ("copy_to", tail.copies),
        ("signature", tail.signature),
        ("addressee", [] if head.addressee is None else [head.addressee]),
    ):
        for n in numbers:
            kinds[n] = kind
    for n, block in enumerate(blocks):
        if kinds[n] == "paragraph" and is_publicity_line(block.text):
            kinds[n] = "furniture"
    for n in contents_blocks(blocks):
        kinds[n] = "furniture"
    for n in _inner_title_blocks(blocks, kinds, head):
        kinds[n] = "title"
    return kinds


def _inner_title_blocks(blocks: Sequence[RawBlock], kinds: Sequence[str], head: Head) -> list[int]:
    """The lines below the notice that repeat the title of what it issues."""
    wanted = squeeze(inner_title(head.title) or "")
    if len(wanted) < 4:
        return []
    for n in range(head.start, len(blocks)):
        if kinds[n] != "paragraph":
            continue
        so_far = ""
        for m in range(n, min(n + _INNER_LINES, len(blocks))):
            so_far += squeeze(blocks[m].text[:200])
            if so_far == wanted:
                return list(range(n, m + 1))
            if not wanted.startswith(so_far):
                break
    return []


def policy_blocks(blocks: Sequence[RawBlock], kinds: Sequence[str]) -> tuple[Block, ...]:
    """The policy's blocks with kind, number and depth in the tree (生成文本块)."""
    kinds = list(kinds)
    root = outline([_Line(kind, block.text) for kind, block in zip(kinds, blocks, strict=True)])
    levels: dict[int, tuple[int, str | None]] = {}
    for section in root.walk():
        _place(section, kinds, levels)
    spans = spans_of(block.text for block in blocks)
    return tuple(
        Block(
            n=n,
            kind=kinds[n],
            level=levels[n][0] if n in levels else None,
            number=levels[n][1] if n in levels else None,
            text=block.text,
            at=spans[n],
        )
        for n, block in enumerate(blocks)
    )


def _place(section: Section, kinds: list[str], levels: dict[int, tuple[int, str | None]]) -> None:
    """A heading's block takes the section's number; the rest stand one deeper."""
    if section.block is not None and section.scheme is not None and section.block not in levels:
        levels[section.block] = (section.depth, section.number)
        if kinds[section.block] == "paragraph":
            kinds[section.block] = _OF_SCHEME.get(section.scheme, "item")
    for n in section.body:
        levels.setdefault(n, (section.depth + 1, None))


def texts(blocks: Sequence[RawBlock], numbers: Sequence[int]) -> list[str]:
    """The folded texts of some blocks (若干块的文字)."""
    return [fold(blocks[n].text) for n in numbers]

"""
The tree of a document: 章, 条, 一、（一）1. and labelled parts, attachments (文档结构树).

Works on any blocks that have `kind` and `text`: a reader's raw blocks or a policy's blocks. Give
it a policy's blocks where there are some: their kinds (title, signature, furniture …) keep lines
out of the tree that only look like headings. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from indexer.document import spans_of
from indexer.headings import Heading, Scheme, bare, headings_of

TITLE_LIMIT = 60
_INLINE_TITLE = re.compile(r"[^。；;：:！？!?]{1,30}(?:[。：:]|$)")
_TOC_DOTS = re.compile(r"(?:\.{5,}|…{2,}|·{5,}|(?:\. ){4,})\s*[-\d\s]*$")
_TOC_TITLE = re.compile(r"#*\s*目\s*[录次]\s*$")
_ATTACHMENT = re.compile(
    r"附\s*[件表录]\s*(?P<n>[\d一二三四五六七八九十]{0,3}(?:\s*[-—－]\s*\d{1,2})?)\s*[:：]?\s*(?P<title>.*)$"
)
_SENTENCE = re.compile(r"[。；;]")
_OUTSIDE = frozenset(
    {"title", "doc_no", "addressee", "signature", "copy_to", "furniture", "header", "footer"}
)
_TEXT_ONLY = frozenset({"table_row", "footnote", "text_box"})
_NO_NUMBERS = _TEXT_ONLY | {"attachment"}  # lines of a list of attachments are numbered too


class TextBlock(Protocol):
    """What the outline needs of a block."""

    @property
    def kind(self) -> str:
        """What the block is; a policy's word or a reader's."""
        ...

    @property
    def text(self) -> str:
        """Its text."""
        ...


@dataclass(slots=True)
class Section:
    """
    A part of the document with a heading (章节).

    `block` is the heading's block and None for the root; `number` is as written; `title` is empty
    where the text goes on without one (第三条 企业应当…). `span` covers the whole section in the
    document's text, `head` its number and title, so text after `head[1]` is its body. `body`
    lists the blocks that belong to it directly, its own heading's block included when text
    follows the title there; blocks of `children` are not repeated.
    """

    scheme: Scheme | None
    block: int | None
    number: str | None
    ordinal: int | None
    title: str
    depth: int
    span: tuple[int, int]
    head: tuple[int, int]
    body: list[int] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator[Section]:
        """The section and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def blocks(self) -> list[int]:
        """All blocks of the section and of those below it, in reading order."""
        found = {n for part in self.walk() for n in (part.block, *part.body) if n is not None}
        return sorted(found)


def outline(blocks: Sequence[TextBlock]) -> Section:
    """
    The tree of a document (构建结构树).

    Args:
        blocks: all blocks of a document, since spans count code points in their joined text.

    Returns:
        The root section; its `body` holds what stands before the first heading.
    """
    spans = spans_of(block.text for block in blocks)
    end = spans[-1][1] if spans else 0
    builder = _Builder(Section(None, None, None, None, "", 0, (0, end), (0, 0)))
    skipped = contents_blocks(blocks)
    for n, block in enumerate(blocks):
        if n in skipped or block.kind in _OUTSIDE:
            continue
        builder.add(n, block, spans[n][0])
    return builder.finish(end)


class _Builder:
    """Keeps the chain of open sections while blocks come in (构建过程)."""

    def __init__(self, root: Section) -> None:
        self.root = root
        self.open = [root]

    def add(self, n: int, block: TextBlock, at: int) -> None:
        attachment = None if block.kind in _TEXT_ONLY else attachment_heading(block)
        if attachment is not None:
            self._open(n, block.text, at, attachment, end_of_line=len(block.text))
            return
        headings = [] if block.kind in _NO_NUMBERS else headings_of(block.text)
        for heading, following in zip(headings, (*headings[1:], None), strict=False):
            limit = following.start if following else len(block.text)
            self._open(n, block.text, at, heading, end_of_line=limit)
        last = self.open[-1]
        if last.block != n or last.head[1] - at < len(block.text.rstrip()):
            last.body.append(n)

    def _open(self, n: int, text: str, at: int, heading: Heading, *, end_of_line: int) -> None:
        start = at + heading.start
        while not self._holds(self.open[-1], heading.scheme):
            self._close(start)
        title, title_end = _title(text, heading, end_of_line)
        section = Section(
            heading.scheme,
            n,
            heading.number,
            heading.ordinal,
            title,
            len(self.open),
            (start, start),
            (start, at + title_end),
        )
        self.open[-1].children.append(section)
        self.open.append(section)

    def _holds(self, section: Section, scheme: Scheme) -> bool:
        """Whether a section may have a child of that scheme."""
        above = section.scheme
        if above is None:
            return True
        if scheme is Scheme.ATTACHMENT or above is scheme:
            return False
        if scheme is Scheme.LABEL:  # below anything that is not itself below a label
            return not any(one.scheme is Scheme.LABEL for one in self.open)
        if above is Scheme.LABEL:  # below a label, unless its own scheme is open further up
            return not any(one.scheme is scheme for one in self.open)
        return above < scheme

    def _close(self, at: int) -> None:
        section = self.open.pop()
        section.span = (section.span[0], max(section.head[1], at - 1))

    def finish(self, end: int) -> Section:
        while len(self.open) > 1:
            self._close(end + 1)
        return self.root


def _title(text: str, heading: Heading, limit: int) -> tuple[str, int]:
    """The title after a number and where it ends in the line; empty when prose follows."""
    rest = text[heading.end : limit].rstrip()
    if heading.scheme is Scheme.LABEL:
        return bare(heading.number), heading.end
    if heading.scheme is Scheme.ATTACHMENT:
        return rest, heading.end + len(rest)
    if len(rest) <= TITLE_LIMIT and not _SENTENCE.search(rest.rstrip("。")):
        if heading.scheme is Scheme.ARTICLE and rest.endswith("。"):
            return "", heading.end
        return rest.rstrip("。：:"), heading.end + len(rest)
    short = _INLINE_TITLE.match(rest)
    if short is None or "，" in short[0] or heading.scheme is Scheme.ARTICLE:
        return "", heading.end
    return short[0].rstrip("。：:"), heading.end + short.end()


def attachment_heading(block: TextBlock) -> Heading | None:
    """
    A line that opens an attachment: 附件1, 附件2：申报表 (附件起始行).

    A list such as “附件：1.申报表 2.…” names attachments that follow, and opens none.
    """
    text = block.text
    if not text.startswith("附") or len(text) > TITLE_LIMIT:
        return None
    found = _ATTACHMENT.match(text)
    if found is None or _names_only(found):
        return None
    number = re.sub(r"[\s:：]+", "", text[: found.start("title")])
    ordinals = re.findall(r"\d+", number)
    ordinal = int(ordinals[0]) if ordinals else None
    return Heading(Scheme.ATTACHMENT, number, ordinal, 0, found.start("title"))


def _names_only(found: re.Match[str]) -> bool:
    title = found["title"]
    if not title:
        return False
    if not found["n"]:  # 附件：… names what follows; 附件中, 附表的 are prose
        return True
    return (
        bool(_SENTENCE.search(title))
        or title[0] in "）)、和至-—中的与及，,."
        or title.endswith("）。")
    )


def contents_blocks(blocks: Sequence[TextBlock]) -> frozenset[int]:
    """Blocks of a table of contents, which repeat headings that come later (目录)."""
    found = {n for n, block in enumerate(blocks) if _TOC_DOTS.search(block.text[-120:])}
    for n, block in enumerate(blocks):
        if len(block.text) <= 12 and _TOC_TITLE.match(block.text):
            found.update(_contents_after(blocks, n))
    return frozenset(found)


def _contents_after(blocks: Sequence[TextBlock], n: int) -> Iterable[int]:
    """Short lines after 目录 up to the one that repeats the first of them."""
    if n + 1 >= len(blocks):
        return (n,)
    first = _squeezed(blocks[n + 1].text)
    for m in range(n + 2, min(n + 200, len(blocks))):
        if len(blocks[m].text) > TITLE_LIMIT:
            break
        if _squeezed(blocks[m].text) == first:
            return range(n, m)
    return (n,)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s#]+", "", text)


def paths(root: Section) -> dict[int, str]:
    """
    The clause each block belongs to, in words: 第三条第二项, 二、（一）1. (条款路径).

    Args:
        root: what `outline` gave.

    Returns:
        Block index → path; blocks before the first heading are left out. A block that opens
        several sections has the path of the last.
    """
    found: dict[int, str] = {}
    _collect(root, [], found)
    return found


def _collect(section: Section, chain: list[Section], found: dict[int, str]) -> None:
    chain = [*chain, section] if section.scheme is not None else chain
    words = path_words(chain)
    for n in (section.block, *section.body):
        if n is not None and words:
            found[n] = words
    for child in section.children:
        _collect(child, chain, found)


def path_words(chain: Sequence[Section]) -> str:
    """
    The words for a chain of sections from the widest to the narrowest (条款路径的写法).

    Chapters are left out where an article is named, as one cites laws.
    """
    cited = any(one.scheme is Scheme.ARTICLE for one in chain)
    skip = (Scheme.PART, Scheme.CHAPTER, Scheme.SECTION) if cited else ()
    words = [_words(one, cited) for one in chain if one.scheme not in skip]
    return "".join(words).strip()


def _words(section: Section, cited: bool) -> str:
    if section.scheme is Scheme.ATTACHMENT:
        return f"{section.number} "
    if section.scheme is Scheme.LABEL:
        return f"{section.title} "
    if cited and section.ordinal is not None:
        if section.scheme is Scheme.CHINESE_PAREN:
            return f"第{bare(section.number or '').strip('（）()')}项"
        if section.scheme is Scheme.ARABIC:
            return f"第{section.ordinal}目"
    return section.number or ""

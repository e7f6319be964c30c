"""The document's own number, not one that it cites (本文件的发文字号)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.document import RawBlock
from indexer.structure.head import Head
from indexer.structure.issuers import is_body, letterhead_bodies, title_bodies
from indexer.structure.metadata import Stated
from indexer.structure.text import fold
from policy_match.domain.document_number import DocumentNumber, find_document_numbers

_BARE = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})\s*年)?\s*第\s*(?P<n>\d{1,5}|[一二三四五六七八九十百〇零]{1,7})\s*号"
)
_KIND_OF_TITLE = re.compile(r"(公告|通告|令)(?:（[^）]*）)?$")


def own_number(blocks: Sequence[RawBlock], head: Head, said: Stated) -> str | None:
    """
    The document's number in its written form, normalised (本文号).

    A label's value comes first, then lines of the head that are a number; numbers in the running
    text are citations.
    """
    if said.doc_no:
        numbers = [found.number for found in find_document_numbers(fold(said.doc_no))]
        if numbers:
            return "/".join(dict.fromkeys(written(one) for one in numbers))
    for n in (*head.numbers, *head.letterheads):
        number = _of_line(fold(blocks[n].text), blocks, head)
        if number is not None:
            return number
    return _ordered(blocks, head)


_DAY_END = re.compile(r"日\s*(?:中华人民共和国)?")
_ORDERED = re.compile(r"(?:令|公告)\s*第\s*\d{1,5}\s*号\s*(?:公布|发布)")


def _ordered(blocks: Sequence[RawBlock], head: Head) -> str | None:
    """The order that made it public, by the lines under the title: 国务院令第746号公布."""
    lines = [_DAY_END.sub("日 ", fold(blocks[n].text)) for n in head.history]
    found = [line for line in lines if _ORDERED.search(line)]
    if len(found) != 1 or len(find_document_numbers(found[0])) != 1:
        return None
    return written(find_document_numbers(found[0])[0].number)


def _of_line(line: str, blocks: Sequence[RawBlock], head: Head) -> str | None:
    found = find_document_numbers(line)
    if found:
        number = found[0].number
        if number.agency in ("公告", "通告", "令") and not number.issuers:
            return _with_issuers(number, blocks, head)
        return written(number)
    bare = _BARE.search(line)
    kind = _kind(blocks, head)
    if bare is None or kind is None:
        return None
    parsed = find_document_numbers(f"{kind}{bare[0].replace(' ', '')}")
    return _with_issuers(parsed[0].number, blocks, head) if parsed else None


def _kind(blocks: Sequence[RawBlock], head: Head) -> str | None:
    """What a bare 第450号 numbers, by the letterhead or the title."""
    for n in head.letterheads:
        if fold(blocks[n].text).endswith("令"):
            return "令"
    found = _KIND_OF_TITLE.search(head.title or "")
    return found[1] if found else None


def _with_issuers(number: DocumentNumber, blocks: Sequence[RawBlock], head: Head) -> str:
    heads = (letterhead_bodies(fold(blocks[n].text)) for n in head.letterheads)
    names = next((one for one in heads if one), title_bodies(head.title or ""))
    return " ".join(names) + number.normalised


def written(number: DocumentNumber) -> str:
    """
    A number as people write it: with its issuers where it has no agency code (文号写法).

    >>> written(find_document_numbers("财政部 税务总局公告2023年第12号")[0].number)
    '财政部 税务总局公告2023年第12号'
    """
    if number.year and number.issuers and not any(map(is_body, number.issuers)):
        return f"{''.join(number.issuers)}{number.agency}〔{number.year}〕{number.sequence}号"
    return " ".join(number.issuers) + number.normalised

"""What stands below the text: signature and date, attachments, copies (落款与版记)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from indexer.document import BlockKind, RawBlock
from indexer.outline import attachment_heading
from indexer.structure.dates import DATE, read_date
from indexer.structure.issuers import split_bodies, unique
from indexer.structure.regions import place_among
from indexer.structure.text import fold

_DATE_LINE = re.compile(rf"^[（(]?\s*(?P<date>{DATE})\s*[）)]?$")
_ORG_DATE = re.compile(rf"^(?P<who>[^0-9一二]{{2,80}}?)\s*[（(]?(?P<date>{DATE})[）)]?$")
_PRINTED = re.compile(rf"(?P<date>{DATE})\s*(?:印发|印|印制)$")
_COPY_TO = re.compile(r"^(?:抄\s*送|分\s*送|抄\s*报|主\s*送|报\s*送|发\s*送)\s*[:：]")
_LIST = re.compile(r"^附\s*件?\s*[:：]\s*\S|^附\s*件\s*\d?\s*[.．、]")
_LIST_ITEM = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[.．、]\s*\S|^附件\d")
_SEAL = re.compile(
    r"^[（(]?(?:印章|盖章|公章|签章|[\u4e00-\u9fff]{0,20}代章|此处盖章|联系人.*|联系电话.*)[）)]?$"
)
_PERSON = re.compile(
    r"^(?:[总]\s*理|主\s*席|部\s*长|省\s*长|市\s*长|局\s*长|主\s*任|行\s*长|州\s*长|县\s*长|区\s*长|署\s*长|审计长)\s*[\u4e00-\u9fff·\s]{2,8}$"
)
_LINE_LIMIT = 120
_LINES_ABOVE = 40


@dataclass(slots=True)
class Tail:
    """Lines below the text by what they are (文末各要素); numbers are block indices."""

    signature: list[int] = field(default_factory=list)
    bodies: tuple[str, ...] = ()
    signed: date | None = None
    printed: date | None = None
    copies: list[int] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    imprints: list[int] = field(default_factory=list)


def read_tail(blocks: Sequence[RawBlock], start: int) -> Tail:
    """
    Find the signature and what follows it (落款识别).

    The first date that stands below names of bodies is the signature; a document that is issued
    by a notice has its text after it. Without names, the first line that is only a date.
    """
    tail = Tail()
    lone: int | None = None
    for n in range(start, len(blocks)):
        text = blocks[n].text
        if blocks[n].kind is BlockKind.TABLE_ROW or len(text) > _LINE_LIMIT:
            continue
        line = fold(text)
        if _COPY_TO.match(line):
            tail.copies.append(n)
        elif (printed := _PRINTED.search(line)) is not None:
            tail.imprints.append(n)
            tail.printed = tail.printed or read_date(printed["date"])
        elif not tail.signature and _sign(blocks, n, line, start, tail):
            continue
        elif lone is None and _DATE_LINE.match(line):
            lone = n
    if not tail.signature and lone is not None:
        tail.signature, tail.signed = [lone], _line_date(fold(blocks[lone].text))
    if not tail.signature:
        _unsigned(blocks, start, tail)
    tail.lists = _attachment_list(blocks, start)
    return tail


def _sign(blocks: Sequence[RawBlock], n: int, line: str, start: int, tail: Tail) -> bool:
    """Take the line as a signature's date if bodies stand above it, or before it."""
    together = _ORG_DATE.match(line)
    if together is not None and (who := split_bodies(together["who"])):
        above, more = _bodies_above(blocks, n, start)
        tail.signature, tail.bodies = [*above, n], unique((*more, *who))
        tail.signed = read_date(together["date"])
        return tail.signed is not None
    if not _DATE_LINE.match(line):
        return False
    above, who = _bodies_above(blocks, n, start)
    signed = _line_date(line)
    if not above or signed is None:
        return False
    tail.signature, tail.bodies, tail.signed = [*above, n], who, signed
    return True


def _line_date(line: str) -> date | None:
    found = _DATE_LINE.match(line)
    return read_date(found["date"]) if found else None


def _bodies_above(
    blocks: Sequence[RawBlock], n: int, start: int
) -> tuple[list[int], tuple[str, ...]]:
    """The run of lines right above that name bodies, or a person's office (国务院总理)."""
    taken: list[int] = []
    names: list[str] = []
    for m in range(n - 1, max(start - 1, n - 1 - _LINES_ABOVE), -1):
        line = fold(blocks[m].text[: _LINE_LIMIT + 1])
        if len(line) > _LINE_LIMIT:
            break
        bodies = split_bodies(line)
        whole = _over_two_lines(blocks, m, line) if m > start else None
        if whole is not None:
            return [m - 1, m, *taken], unique([whole, *names])
        if not bodies and not _SEAL.match(line) and not _PERSON.match(line):
            break
        taken.insert(0, m)
        names = [*bodies, *names]
    return taken, unique(names)


def _over_two_lines(blocks: Sequence[RawBlock], m: int, line: str) -> str | None:
    """A long name that begins on the line above: its end alone is none, or tells no place."""
    if _SEAL.match(line) or len(line) <= 5 or place_among(split_bodies(line)) is not None:
        return None
    above = fold(blocks[m - 1].text[: _LINE_LIMIT + 1])
    if len(above) > _LINE_LIMIT or split_bodies(above):
        return None
    joined = split_bodies(above + line)
    return joined[0] if len(joined) == 1 and place_among(joined) is not None else None


def _unsigned(blocks: Sequence[RawBlock], start: int, tail: Tail) -> None:
    """Bodies on the last lines, without a date."""
    end = next((n for n in range(len(blocks) - 1, start, -1) if blocks[n].text.strip()), start)
    above, who = _bodies_above(blocks, end + 1, start + 1)
    if who:
        tail.signature, tail.bodies = above, who


def _attachment_list(blocks: Sequence[RawBlock], start: int) -> list[int]:
    """附件：1.… 2.… before the signature: the names of what is attached (附件说明)."""
    found: list[int] = []
    for n in range(start, len(blocks)):
        line = blocks[n].text.strip()
        opens = line.startswith("附") and _LIST.match(line) and not attachment_heading(blocks[n])
        goes_on = found[-1:] == [n - 1] and len(line) <= _LINE_LIMIT and _LIST_ITEM.match(line)
        if opens or goes_on:
            found.append(n)
    return found

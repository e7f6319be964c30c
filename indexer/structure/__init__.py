"""
From a document as read to a structured policy (文件结构化): `structure(document)`.

Pure: no file is read but packaged tables, and no clock. Measures are `indexer.extract`'s.
"""

from __future__ import annotations

import re
from datetime import date

from indexer.document import Document
from indexer.structure.blocks import classify, inner_title, policy_blocks, texts
from indexer.structure.classified import refuse_classified
from indexer.structure.dates import find_dates
from indexer.structure.head import Head, looks_like_title, read_head, tidy_title
from indexer.structure.identity import policy_id
from indexer.structure.issuers import (
    letterhead_bodies,
    passed_by,
    split_bodies,
    title_bodies,
    unique,
)
from indexer.structure.locality import is_national, region_by_text
from indexer.structure.metadata import Stated, stated
from indexer.structure.own_number import own_number
from indexer.structure.publicity import publicity_of
from indexer.structure.references import find_references
from indexer.structure.regions import (
    CENTRAL,
    Place,
    begins_central,
    leading_region,
    level_of,
    place_among,
    place_of,
    region_within,
)
from indexer.structure.signature import Tail, read_tail
from indexer.structure.terms import Term, read_term
from indexer.structure.text import fold, squeeze
from indexer.structure.topics import kind_of, themes_of
from policy_match.domain.document_number import issuer_of, parse_document_number
from policy_match.domain.policy import Event, EventKind, Policy, PolicyStatus, Source

__all__ = ["structure"]

_REPOST = re.compile(r"^[（(\[【]\s*(?:转载|转发|转)\s*[）)\]】]")
_DRAFT = re.compile(
    r"征求意见稿|送审稿|公开征求.{0,60}意见|征求.{0,60}意见的(?:公告|通知|函)|草案|讨论稿"
)
_ALL_PROVINCES = re.compile(r"^(?:有关|各)省、自治区、直辖市|^各省（?(?:自治区|区)")
_BEFORE_NAME = re.compile(
    r"^(?:解读|关于|印发|发布|公布|《|【[^】]{1,8}】|（[^）]{1,6}）|(?:19|20)\d{2}年度?)+"
)
_CONGRESS = re.compile(r"人民代表大会(?:常务委员会)?$")
_NATIONAL_LAW = re.compile(r"^中华人民共和国.{2,40}(?:法|条例|规定|细则|办法)(?:（[^）]*）)?$")
_QUOTED = r"《(?P<{}>(?:[^《》]|《[^《》]*》){{4,120}})》"
_PASSES_ON = re.compile(
    rf"现(?:将|把){_QUOTED.format('before')}\s*(?:印发|转发|公布|发布|下发)"
    rf"|(?:制定|编制|修订|形成)了?{_QUOTED.format('made')}，?(?:现|请)(?:予以|予)?(?:印发|发布|公布|下发)"
    rf"|{_QUOTED.format('after')}(?:已|业)经[^。]{{2,80}}现(?:予以|予|将其)?(?:印发|公布|发布)"
)
_FIRST_BLOCKS = 6
_DRAFT_BLOCKS = 6


def structure(document: Document) -> Policy:
    """
    Give a document its structure: title, number, issuers, dates, references (结构化).

    The status is DRAFT for a draft and UNKNOWN otherwise: it is derived from the events as of a
    day (`Policy.status_on`). Measures are empty.

    Raises:
        ClassifiedFile: the file bears a mark of secrecy; nothing of it is kept.
    """
    refuse_classified(document)
    blocks = document.blocks
    head = read_head(blocks)
    tail = read_tail(blocks, max(head.start, 1 if head.titles else 0))
    said = stated(document)
    title = _title(document, head, said)
    head.title = title
    text = document.text
    doc_no = own_number(blocks, head, said)
    issuers = _issuers(document, head, tail, said, doc_no, title)
    place = _place(document, head, issuers, doc_no, title)
    issued = _issued(document, head, tail, said)
    draft = _is_draft(title, document)
    term = Term(said.effective, said.expires) if draft else _term(text, said, issued)
    kinds = classify(blocks, head, tail)
    made = policy_blocks(blocks, kinds)
    return Policy(
        id=policy_id(issuers, doc_no, text, part=title if said.card else None),
        title=title,
        doc_no=doc_no,
        issuers=issuers,
        level=place.level if place else None,
        region=place.region if place else None,
        issued_on=issued,
        effective_on=term.effective,
        expires_on=term.expires,
        status=PolicyStatus.DRAFT if draft else PolicyStatus.UNKNOWN,
        publicity=publicity_of([block.text for block in blocks], document.meta),
        kind=kind_of(title, text),
        themes=themes_of(title, text),
        source=Source(file=document.name, url=document.url),
        events=_events(issued, term),
        references=find_references(text, own=(doc_no, title, inner_title(title))),
        blocks=made,
    )


def _title(document: Document, head: Head, said: Stated) -> str:
    """The title in the text, else the page's, else the file's name."""
    own = _REPOST.sub("", head.title or "")
    page = _REPOST.sub("", tidy_title(fold(said.title or "")))
    if own and (looks_like_title(own) or not page):
        return page if squeeze(page).endswith(squeeze(own)) and page else own
    if page:
        return page
    return own or _passed_on(document, head) or document.name.rsplit(".", 1)[0] or "（无标题）"


def _passed_on(document: Document, head: Head) -> str | None:
    """The name of what a notice without a title passes on: 现将《…》印发给你们."""
    first = document.blocks[head.start : head.start + _FIRST_BLOCKS]
    found = _PASSES_ON.search("".join(block.text[:300] for block in first))
    named = next((one for one in found.groups() if one), None) if found is not None else None
    return tidy_title(named) if named else None


def _issuers(
    document: Document, head: Head, tail: Tail, said: Stated, doc_no: str | None, title: str
) -> tuple[str, ...]:
    """
    Who issued it, by the surest source that names a body (发文机关).

    A card's label, then signature or title (the one that names more), the meta table, the lines
    of the head, the page's origin, and the number's agency code where it leaves no doubt.
    """
    if said.card and said.issuers:
        return said.issuers
    named, signed = title_bodies(title), tail.bodies
    if signed and not place_among(signed) and (named or said.issuers):
        signed = ()  # 市财政局: the others say which city's
    best = named if len(named) > len(signed) else signed
    sources = (best, said.issuers, _head_bodies(document, head), said.origin, _by_number(doc_no))
    return next((bodies for bodies in sources if bodies), ())


def _head_bodies(document: Document, head: Head) -> tuple[str, ...]:
    """The letterhead's bodies, the one that passed a law, or those under the title."""
    for line in texts(document.blocks, head.letterheads):
        if bodies := letterhead_bodies(line):
            return bodies
    passed = [
        bodies for line in texts(document.blocks, head.history) if (bodies := passed_by(line))
    ]
    if passed:
        return passed[-1]
    below = texts(document.blocks, head.bodies)
    return unique(body for line in below for body in split_bodies(line))


def _by_number(doc_no: str | None) -> tuple[str, ...]:
    number = parse_document_number(doc_no) if doc_no else None
    known = issuer_of(number) if number is not None else None
    return tuple(known[0].split("、")) if known is not None else ()


def _place(
    document: Document, head: Head, issuers: tuple[str, ...], doc_no: str | None, title: str
) -> Place | None:
    """Level and region: by the issuers, else the number, the title, the addressees, the text."""
    named = leading_region(title) if issuers and _CONGRESS.search(issuers[0]) else None
    if named is not None:  # 青岛市…条例, approved or revised by the province, is the city's
        return Place(level_of(named), named)
    place = place_among(issuers) or place_among(_by_number(doc_no)) or _place_of_title(title)
    if place is not None:
        return place
    addressee = head.addressee
    if addressee is not None and _ALL_PROVINCES.match(fold(document.blocks[addressee].text)):
        return CENTRAL
    code = region_within(title) or region_by_text(document.text)
    if code is None and is_national(document.text):
        return CENTRAL
    return Place(level_of(code), code) if code is not None else None


def _place_of_title(title: str) -> Place | None:
    """The place a title begins with, or that of a body whose document it explains."""
    bare = _BEFORE_NAME.sub("", title)
    code = leading_region(bare)
    if code is not None:
        return Place(level_of(code), code)
    if _NATIONAL_LAW.match(title) or begins_central(bare):
        return CENTRAL
    named = title_bodies(bare)
    return place_of(named[0]) if named else None


def _issued(document: Document, head: Head, tail: Tail, said: Stated) -> date | None:
    """成文日期 where it is known, else the day of publication or of print."""
    if said.card:
        return said.written or said.published
    under_title = [
        found.on
        for line in texts(document.blocks, head.history)
        for found in find_dates(line)
        if not re.match(r"起?(?:正式)?(?:起)?(?:施行|实施|生效)", line[found.end :].strip())
    ]
    passed = under_title[-1] if under_title else None
    return tail.signed or passed or said.written or said.published or tail.printed


def _term(text: str, said: Stated, issued: date | None) -> Term:
    read = read_term(text, issued)
    return Term(read.effective or said.effective, read.expires or said.expires)


def _is_draft(title: str, document: Document) -> bool:
    if _DRAFT.search(title):
        return True
    lines = (squeeze(block.text) for block in document.blocks[:_DRAFT_BLOCKS])
    return any(
        len(line) < 40 and re.search(r"[（(](?:征求意见稿|送审稿|草案|讨论稿)[）)]", line)
        for line in lines
    )


def _events(issued: date | None, term: Term) -> tuple[Event, ...]:
    days = (
        (EventKind.ISSUED, issued),
        (EventKind.EFFECTIVE, term.effective),
        (EventKind.EXPIRES, term.expires),
    )
    return tuple(Event(kind=kind, on=on) for kind, on in days if on is not None)

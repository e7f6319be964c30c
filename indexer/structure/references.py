"""The documents that a text names, and what for (引用文件与关系)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indexer.structure.head import TYPE_WORDS
from indexer.structure.own_number import written
from indexer.structure.text import squeeze
from policy_match.domain.document_number import find_document_numbers
from policy_match.domain.policy import Reference, Relation

_TITLE = re.compile(r"《((?:[^《》\n]|《[^《》\n]{1,120}》){2,160})》")
_DOCUMENT = re.compile(rf"(?:{TYPE_WORDS})(?:[（(〔\[][^）)〕\]]{{1,30}}[）)〕\]])*$")
_NO_DOCUMENT = re.compile(
    r"(?:申请|申报|登记|审批|汇总|统计|推荐|备案|评审|承诺|信息|情况|明细|基本|任务|绩效|自评|公示)?(?:表|书|证|单|函件|合同|协议|材料清单)$"
    r"|申请报告$|可行性研究报告$|审计报告$|检测报告$|工作报告$|总结报告$|告知书$|承诺书$"
)
_ALIAS = re.compile(r"(?:以下|下)[^《》。]{0,6}(?:简称|称)[^《》。]{0,3}$")
_CLAUSE_START = re.compile(r"[。；;！\n：:]")
_BASIS = re.compile(r"(?:根据|依据|按照|依照|遵照|参照|按|依|遵循)[^。；，,《》]{0,30}$")
_IMPLEMENTS = re.compile(r"(?:贯彻|落实|执行|实施|推进|推动)[^。；，,《》]{0,24}$")
_AMENDS = re.compile(
    r"(?<![制拟])(?<!加快|推动|组织|适时|及时|研究|启动|开展|完成|推进|抓紧|尽快|配合|参与|做好)"
    r"(?:修改|修订|修正|调整)(?:《|[^。；，,《》的]{0,10})$"
)
_REPEALS_BEFORE = re.compile(r"(?:废止|停止执行|代替|取代|替代)[^。；，,《》]{0,20}$")
_REPEALED = re.compile(
    r"(?:同时|即行|予以|均|一并|相应|自行|随之|自动|届时|已)?\s*(?:废止|停止执行|失效|不再执行|终止执行|作废|停止施行)"
)
_AMENDED = re.compile(
    r"^[^。；《》]{0,40}(?:作如下修改|修改为|作出(?:如下|以下)修改|予以修改|进行修改|作以下修改|修改如下|作部分修改|予以修订)"
)
_EXTENDS_BEFORE = re.compile(r"(?:延长|延续|顺延|续延)(?:执行|实施)?$")
_EXTENDED = re.compile(
    r"^[^。；《》]{0,40}(?:有效期|期限)限?[^。；《》]{0,8}(?:延长|延续|顺延|延期|展期)|^[^。；《》]{0,30}继续有效"
)
_VALIDITY = re.compile(r"^[^。；《》]{0,12}(?:有效期|期限|时间)")
_PARTIAL = re.compile(
    r"第[一二三四五六七八九十百零\d、和至第（）()条款项]{1,40}[条款项](?:的?规定)?\s*$"
)
_PAIR = re.compile(r"^[\s，,]*[（(\[【]?\s*$")
_LISTED = re.compile(
    r"^(?:[（(][^（）()《》]{0,60}[）)])?\s*(?:、|和|及|与|以及|，|,|等)?\s*(?:和|及|与|以及)?\s*$"
)
_STRENGTH = (
    Relation.REPEALS,
    Relation.AMENDS,
    Relation.BASIS,
    Relation.IMPLEMENTS,
    Relation.MENTIONS,
)
_BEFORE, _AFTER = 60, 160
_MOST = 400


@dataclass(frozen=True, slots=True)
class Named:
    """A document named in the text with its place (文中引用)."""

    title: str | None
    doc_no: str | None
    start: int
    end: int


def find_references(text: str, own: Iterable[str | None] = ()) -> tuple[Reference, ...]:
    """
    The documents a text names, each once with its strongest relation (查找引用).

    Args:
        text: the document's text.
        own: its own number and titles, which are no references.

    Forms, certificates and books of other kinds in 《》 are left out.
    """
    skip = {_key(one) for one in own if one}
    found: dict[str, Reference] = {}
    by_title: dict[str, str] = {}
    for named, relation in _related(text):
        title_key = _key(named.title or "")
        if title_key in skip or _key(named.doc_no or "") in skip:
            continue
        key = _key(named.doc_no) if named.doc_no else by_title.get(title_key, title_key)
        if named.title and named.doc_no:
            key = by_title.setdefault(title_key, key)
        before = found.get(key)
        found[key] = _merge(before, named, relation)
        if len(found) >= _MOST:
            break
    return tuple(found.values())


def _merge(before: Reference | None, named: Named, relation: Relation) -> Reference:
    if before is None:
        return Reference(doc_no=named.doc_no, title=named.title, relation=relation)
    strongest = min(before.relation, relation, key=_STRENGTH.index)
    return Reference(
        doc_no=before.doc_no or named.doc_no, title=before.title or named.title, relation=strongest
    )


def _key(text: str) -> str:
    return squeeze(text).strip("《》")


def _related(text: str) -> Iterator[tuple[Named, Relation]]:
    last: Named | None = None
    relation = Relation.MENTIONS
    for named in _named(text):
        listed = last is not None and bool(_LISTED.match(text[last.end : named.start]))
        relation = _relation(text, named, relation if listed else None)
        last = named
        yield named, relation


def _named(text: str) -> Iterator[Named]:
    """Titles in 《》 with the number that follows, and numbers that stand by themselves."""
    numbers = find_document_numbers(text)
    at = 0
    for hit in _TITLE.finditer(text):
        while at < len(numbers) and numbers[at].start < hit.start():
            if numbers[at].end <= hit.start():
                yield _lone(numbers[at].start, numbers[at].end, written(numbers[at].number))
            at += 1
        while at < len(numbers) and numbers[at].end <= hit.end():  # inside the title
            at += 1
        follows = at < len(numbers) and bool(_PAIR.match(text[hit.end() : numbers[at].start]))
        doc_no = written(numbers[at].number) if follows else None
        end = numbers[at].end if follows else hit.end()
        if text[end : end + 1] in "）)】]" and follows:
            end += 1
        at += 1 if follows else 0
        if doc_no or _is_document(hit[1], text[max(0, hit.start() - 20) : hit.start()]):
            yield Named(squeeze_title(hit[1]), doc_no, hit.start(), end)
    for found in numbers[at:]:
        yield _lone(found.start, found.end, written(found.number))


def _lone(start: int, end: int, doc_no: str) -> Named:
    return Named(None, doc_no, start, end)


def squeeze_title(title: str) -> str:
    """A title without stray blanks (标题去空白)."""
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", title)


def _is_document(title: str, before: str) -> bool:
    if len(title) < 4 or _ALIAS.search(before) or _NO_DOCUMENT.search(title):
        return False
    return bool(_DOCUMENT.search(title))


def _relation(text: str, named: Named, listed: Relation | None) -> Relation:
    """What a document is named for, from the clause around it; in a list as the one before."""
    before = _CLAUSE_START.split(text[max(0, named.start - _BEFORE) : named.start])[-1]
    after = _CLAUSE_START.split(text[named.end : named.end + _AFTER])[0]
    if _REPEALS_BEFORE.search(before):
        return Relation.REPEALS
    if _AMENDS.search(before) or _AMENDED.match(after) or _is_extended(before, after):
        return Relation.AMENDS
    repealed = _REPEALED.search(after)
    if repealed is not None and _repeals(before, after[: repealed.start()]):
        return Relation.AMENDS if _PARTIAL.search(after[: repealed.start()]) else Relation.REPEALS
    if _BASIS.search(before):
        return Relation.BASIS
    if _IMPLEMENTS.search(before):
        return Relation.IMPLEMENTS
    return listed if listed is not None else Relation.MENTIONS


def _is_extended(before: str, after: str) -> bool:
    """延长《甲》有效期, or 《甲》有效期延长至: its last day is set anew (延长有效期)."""
    if _EXTENDS_BEFORE.search(before):
        return bool(_VALIDITY.match(after))
    return bool(_EXTENDED.match(after))


def _repeals(before: str, between: str) -> bool:
    """
    Whether the repeal in a clause is that of this document.

    Only other titles and numbers may stand between: 《甲》《乙》（…号）同时废止. A document that
    the clause begins with as its basis repeals others.
    """
    if _BASIS.search(before):
        return False
    rest = re.sub(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》|[（(][^（）()]*[）)]", "", between)
    rest = _PARTIAL.sub("", rest)
    return len(re.sub(r"[\s、，,和及与等以文件同时规定的相关]", "", rest)) <= 12

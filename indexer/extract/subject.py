"""Whom a benefit sentence is for: 对…的企业，给予…, 支持…企业开展… (受益主体)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from indexer.extract.benefit import offers
from indexer.extract.lines import Item
from indexer.extract.logic import Reader
from indexer.extract.rows import RowUnit
from indexer.extract.sentences import sentences
from indexer.extract.units import Unit
from policy_match.domain.criterion import All, AnyOf, AttestLeaf, Criterion, FactLeaf, leaves_of

Span = tuple[int, int]
Defined = Callable[[int, int], list[Criterion]]
_TITLE = 40
_KINDS = frozenset({"entity_type", "size_class", "qualification", "industry", "theme"})
_GIFT = re.compile(r"给予|予以|奖励|补助|补贴|资助|减按|免征|减征")
_LISTS = re.compile(
    r"(?:符合|满足|具备)[^。;]{0,12}(?:条件|要求)[^。;]{0,24}:?$|(?:下列|以下)(?:条件|"
    r"情形)[^。;]{0,20}:?$|(?:须|应)(?:同时)?(?:符合|满足):$"
)
_LISTS_BEFORE_GIFT = re.compile(  # 企业同时符合以下条件的，按…给予补助，最高…:
    r"(?:符合|满足|具备)[^。;:]{0,12}(?:下列|以下)[^。;:]{0,12}(?:条件|要求)[^。:]{0,160}:$"
)
_GIVE = r"给予|予以|奖励|补助|补贴|资助|返还|减按|免征|减征|享受|实行|依法享受"
_HOW = (
    r"(?:[省市区县]级?|财政|分别|分档|一次性|可|最高|将|由|根据|择优|连续|每年|参照|"
    r"原则上|再|直接|于[^,。;]{1,10}后)*"
)
_THEN = (  # what follows those who are named: 给予…, or something that is set up for them
    rf"{_HOW}(?:{_GIVE}|按照?|优先|提供|不超过|每[个家项]|"
    r"(?:探索|试点)?(?:实施|实行|试行)|建立[^,。;]{0,12}(?:机制|通道))"
)
_FOR = re.compile(
    rf"(?:^|[,:)])(?:对于?|凡是?)(?P<who>[^。;]{{2,200}}?)"
    rf"(?:,{_THEN}|进行(?:重点)?(?:扶持|支持|奖励)|{_HOW}(?:给予|予以|奖励|补助|"
    rf"补贴|资助|按照|按不超过|按[^,。;]{{0,12}}(?:比例|标准)))"
)
_SUPPORT = re.compile(
    r"(?:^|[,:)])(?:积极|大力|重点|优先)?(?:支持|鼓励|引导|帮扶)(?P<who>[^,。;:]{4,80})"
)
_NOT_ASKED = re.compile(
    r"(?:项目)?(?:资金|经费)(?:主要)?用于|(?:支持)?周期|比例|总金额|再增加|单家|每[家人个]|即以|根据|"
    r"按照|具体|详见|其中[,，]?$|采取|内容包括|支持(?!对象)|鼓励|重点(?:支持|对|突出)|积极|可以?对|"
    r"由[^,。;]{2,8}(?:自主|统一)|(?:综合)?评估结果|各区"
)
_EACH = re.compile(r".?(?:对于|对)$")
_THAT = re.compile(
    rf"(?:^|[,:)])(?P<who>(?!对|支持|鼓励|获评)[^,。;:]{{4,80}}的),(?![^。;]{{0,6}}(?:再|"
    rf"增加|上浮|提高))"
    rf"(?=[^。;]{{0,30}}(?:{_GIVE}|按照|按))"
)
_WHO = re.compile(
    rf"^(?P<who>(?!对|支持|鼓励|获评)[^。;:]{{4,120}}?(?:的|企业|单位|机构|项目|工商户|"
    rf"合作社|基地|旅行社|(?:技术|创新|研究)中心|实验室\)?)),{_HOW}(?:{_GIVE}|按照|可以申请|可申请)"
)
_ANNOUNCES = re.compile(
    r"^(?:对于?)?(?P<who>[^。;:]{4,120}?(?:企业|单位|机构|组织|主体|工商户|合作社|园区|平台|的)),?"
    r"(?:可以?|均可|应当|将|按规定|依法|分别)*(?:申请|申报|享受|获得|给予|予以)[^。;:,]{0,12}"
    r"(?:以下|下列|如下|相应)[^。;:]{0,16}(?:补贴|补助|奖励|资助|支持|优惠|扶持|政策|措施)"
    r"[^。;:]{0,8}[。:]?$"
)

_TO = re.compile(  # 给予担保机构一定的补贴
    r"给予(?P<who>[^,。;:\d]{2,16}?(?:机构|院所|高校|医院|园区|基地))"
    r"(?=一定|适当|相应|一次性|不超过|最高|每|\d|奖励|补贴|补助)"
)
_DOES = re.compile(
    rf"^(?P<who>[^,。;:]{{0,30}}(?:企业|单位|机构|工商户|合作社|园区|平台)(?:开展|实施|建设|购置|购买|参加|参与|新增|引进|获得|"
    rf"承担|通过)[^,。;:]{{2,60}}),{_HOW}(?:{_GIVE}|按)"
)


def subject_of(unit: Unit, reader: Reader, defined: Defined) -> list[Criterion]:
    """
    The criteria of those whom the unit's sentences are for, any of them (读取受益主体).

    Args:
        unit: what is given.
        reader: of the document.
        defined: what the document means by the terms in a stretch.
    """
    if isinstance(unit, RowUnit):
        asked = [n for at in unit.conditions for n in reader.stretch(*at, "condition")]
        return [*asked, *defined(unit.start, unit.end)]
    found: list[Criterion] = []
    unasked: list[Criterion] = []
    own = [*_of_head(unit, reader)]
    own += [node for item in unit.items for node in _listed(item, reader)]
    for left, right in _sentences(unit, reader):
        for phrases, span in _beneficiaries(reader, left, right):
            nodes = [n for at in phrases for n in reader.sentence(*at, "subject")]
            asked = [n for n in nodes if not _asks_nothing(n)]
            if asked or nodes:
                (found if asked else unasked).append(All(all=(*(asked or nodes), *defined(*span))))
    if not any(
        leaf.fact in _KINDS
        for one in found
        for leaf in leaves_of(one)
        if isinstance(leaf, FactLeaf)
    ):
        own += _titled(unit, reader)
    found = found or unasked
    if not found:
        rest = [*_before_the_gift(unit, reader), *defined(unit.start, unit.end)]
        found = [All(all=tuple(rest))] if rest else []
    return [*own, *([AnyOf(any=tuple(found))] if len(found) > 1 else found)]


def _of_head(unit: Unit, reader: Reader) -> list[Criterion]:
    """Whom the line above names, when it announces what is given: …的机构可以申请以下补贴:"""
    if unit.head is None:
        return []
    start, end = unit.head
    named = _ANNOUNCES.match(reader.view.text[start:end])
    return reader.sentence(start, start + named.end("who"), "subject") if named else []


def _titled(unit: Unit, reader: Reader) -> list[Criterion]:
    """Whom the sentence names that only titles the unit, where no other names anybody."""
    every, told = _all_sentences(unit, reader), _sentences(unit, reader)
    if len(every) == len(told):
        return []
    spans = _phrases(reader, *every[0])
    nodes = [n for at in spans for n in reader.sentence(*at, "subject")]
    return [n for n in nodes if isinstance(n, FactLeaf) and n.fact in _KINDS]


def _asks_nothing(node: Criterion) -> bool:
    """Whether a phrase left to self-check says what money is for or how it is reckoned."""
    return isinstance(node, AttestLeaf) and bool(_NOT_ASKED.match(node.attest))


def _before_the_gift(unit: Unit, reader: Reader) -> list[Criterion]:
    """Facts that stand before 给予 in a sentence that names nobody (无主语的条件)."""
    for left, right in _sentences(unit, reader):
        gift = _GIFT.search(reader.view.text, left, right)
        if gift and gift.start() - left > _TITLE // 4:
            nodes = reader.sentence(left, gift.start(), "subject")
            facts = [n for n in nodes if not isinstance(n, AttestLeaf)]
            if facts:
                return [All(all=tuple(facts))]
    return []


def _listed(item: Item, reader: Reader) -> list[Criterion]:
    """Conditions that an item of benefits lists below itself: …的项目，同时符合下列条件的:"""
    if _has_conditions_below(item, reader):
        return reader.below(_without_rows(item, reader), "condition")
    return [node for child in item.children for node in _listed(child, reader)]


def _has_conditions_below(item: Item, reader: Reader) -> bool:
    """Whether an item lists conditions; what it gives may stand before the list, not in it."""
    text = item.text(reader.view)
    if not item.children:
        return False
    if _LISTS.search(text):
        return True
    return bool(_LISTS_BEFORE_GIFT.search(text)) and not any(
        offers(reader.view.text[child.start : child.last]) for child in item.children
    )


def _without_rows(item: Item, reader: Reader) -> Item:
    """The item without the rows of a table below it."""
    kept = [child for child in item.children if "|" not in child.text(reader.view)]
    return Item(item.start, item.end, item.rank, kept)


def _lists(unit: Unit, reader: Reader) -> list[tuple[int, int]]:
    """Where the unit's own lists of conditions lie."""
    stack, found = list(unit.items), []
    while stack:
        item = stack.pop()
        if _has_conditions_below(item, reader):
            found.append((item.end, item.last))
        else:
            stack.extend(item.children)
    return found


def _sentences(unit: Unit, reader: Reader) -> list[tuple[int, int]]:
    """The unit's sentences, without its lists of conditions and the one that only titles it."""
    found = _all_sentences(unit, reader)
    titled = len(found) > 1 and not offers(reader.view.text[slice(*found[0])])
    return found[1:] if titled and found[0][1] - found[0][0] <= _TITLE else found


def _all_sentences(unit: Unit, reader: Reader) -> list[tuple[int, int]]:
    lists = _lists(unit, reader)
    spans = [s for s in unit.spans if not any(a <= s[0] and s[1] <= b for a, b in lists)]
    return [at for span in spans for at in sentences(reader.view.text, *span)]


def _beneficiaries(reader: Reader, start: int, end: int) -> Iterator[tuple[list[Span], Span]]:
    """
    The phrases that name who a sentence is for, and the stretch that speaks of them (逐个受益者).

    对甲类企业给予…，对乙类企业给予…: what is asked of one never binds the other.
    """
    phrases = list(_phrases(reader, start, end))
    apart = [at for at in phrases if _EACH.match(reader.view.text, max(start, at[0] - 2), at[0])]
    if len(apart) < 2:
        yield phrases, (start, end)
        return
    rest = [at for at in phrases if at not in apart]
    yield from (([*rest, at], at) for at in apart)


def _phrases(reader: Reader, start: int, end: int) -> Iterator[tuple[int, int]]:
    text = reader.view.text[start:end]
    whole = _WHO.match(text) or _DOES.match(text)
    if whole:
        yield start, start + whole.end("who")
        return
    for form in (_SUPPORT, _FOR, _THAT, _TO):
        for hit in form.finditer(text):
            yield start + hit.start("who"), start + hit.end("who")

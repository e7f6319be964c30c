"""
What is applied for separately: the units of a benefit part (措施的划分).

A unit is an item with a support of its own. Steps of one support (一等奖100万元, 二等奖50万元) stay
together, and so does an item whose sentences share one cap for an applicant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from indexer.extract.benefit import caps_of, gives, is_concrete, kinds_of, offers
from indexer.extract.lines import DIRECTION_RANK, Item
from indexer.extract.sentences import sentences
from indexer.extract.view import View
from indexer.headings import Scheme

_VERB = re.compile(
    r"^(?:\(?[^,。;:]{0,12}\))?(?:支持|鼓励|推动|加快|加大|完善|促进|优化|强化|加强|提升|"
    r"引导|落实|减免|设立|对|给予|培育|积极|提高|实施|开展|推进|建立|发展|打造|扩大|降低|"
    r"大力|试行|拓展|建设)"
)
_FRAME = re.compile(
    r"^(?:支持|资助|补助|奖励|扶持|补贴)?(?:内容|方式|标准|范围|对象|额度|比例|条件)|^采取|"
    r"^资助方式|^按照|^本|^每项|^申请资助资金|^单[家个]|^租|^同一|^“?奖励资金"
)
_SHARED_CAP = re.compile(
    r"单(?:个|家)[^,。;]{0,20}(?:总(?:金)?额|合计|累计)|(?:每年|年度|合计|"
    r"累计)[^,。;]{0,16}总(?:金)?额|同一[^,。;]{0,10}(?:累计|最高)"
)
_HEADED = re.compile(r"^[^,。;:()]{2,16}[。:](?=.{8})|^[^,。;:()]{2,14}$")  # 冷链建设。新建…
_NAMED = re.compile(r"^[^,。;:]{2,22}:")
_OWN_START = re.compile(r"^(?:支持|鼓励|组织|围绕|建设|每年|遴选)")
_BENEFICIARY = re.compile(
    r"对(?:于)?(?!其中|上述|前述|以上|同一|每|一等|二等|三等|第)(?P<who>[^,。;:]{3,80}?(?:企业|机构|单位|平台|"
    r"基地|园区|项目|团队|合作社|商户|工商户|高校|院所|中心|孵化器))(?:的)?(?:,|给予|按|一次性|每|奖励|补助)"
)
_STEP_WORDS = re.compile(
    r"[\d.%()]|[一二三四五六七八九十两]|万元|亿元|以上|以下|不足|超过|达到|年度?|首次|新|获得?|评为|"
    r"认定|纳入|国家级?|[省市区县]级?|等级|等次|的|企业|机构|单位|平台|基地|园区|项目"
)


@dataclass(slots=True)
class Unit:
    """
    One thing to apply for (措施单元): where its text lies, and its title's place.

    `items` are the lines it was made of; a unit cut from sentences has none. `head` is where the
    line above it lies when that one only announces it: …的机构可以申请以下补贴:
    """

    start: int
    end: int
    title: tuple[int, int]
    spans: tuple[tuple[int, int], ...]
    items: tuple[Item, ...] = ()
    head: tuple[int, int] | None = None

    def text(self, view: View) -> str:
        """Its text in the view, stretch by stretch."""
        return "\n".join(view.text[a:b] for a, b in self.spans)

    def quote(self, view: View) -> str:
        """Its text as written."""
        return "\n".join(view.quote(a, b)[0] for a, b in self.spans)


def units_of(items: Sequence[Item], view: View) -> list[Unit]:
    """The units of a benefit part, in reading order (划分措施)."""
    if not items:
        return []
    separate = {item for item in items if _is_separate(item, view)}
    if len(separate) < 2 and not any(_named_children(item, view) for item in items):
        return _whole(items, view)
    found: list[Unit] = []
    leading: list[Item] = []
    for item in items:
        if _named_children(item, view):
            found.extend(_unit([child], view) for child in item.children)
        elif item in separate:
            found.extend(_of_item(item, view))
        elif found and item.rank != Scheme.ARTICLE:  # another article is another matter
            found[-1] = _widened(found[-1], item)
        elif found:
            continue
        else:
            leading.append(item)
    for item in leading:
        found[0] = _widened(found[0], item)
    return found


def _is_separate(item: Item, view: View) -> bool:
    text = item.text(view)
    whole = view.text[item.start : item.last]
    if _FRAME.match(text):
        return False
    if _HEADED.match(text) and item.rank > 0 and (offers(whole) or kinds_of(whole)):
        return True
    if len(whole) < 70 and not _VERB.match(text):
        return False
    return bool(_VERB.match(text)) or (item.rank > 0 and (offers(whole) or len(whole) > 120))


def _named_children(item: Item, view: View) -> bool:
    if sum(1 for child in item.children if child.rank == DIRECTION_RANK) >= 2:
        return True
    if _FRAME.match(item.text(view)):
        capped = [c for c in item.children if any(True for _ in caps_of(c.text(view)))]
        if len(capped) >= 2 and len(capped) == len(item.children):
            return True
    named = [child for child in item.children if _NAMED.match(child.text(view))]
    return len(named) >= 2 and any(True for child in named for _ in caps_of(child.text(view)))


def _whole(items: Sequence[Item], view: View) -> list[Unit]:
    if len(items) == 1:
        return _of_item(items[0], view)
    return [_unit(items, view)]


def _of_item(item: Item, view: View) -> list[Unit]:
    """An item, or its sentences where each offers something with a cap of its own."""
    whole = view.text[item.start : item.last]
    if _SHARED_CAP.search(whole) or item.children:
        return [_unit([item], view)]
    parts = list(_offers_in(item, view))
    if len(parts) < 2:
        return [_unit([item], view)]
    return [Unit(a, b, (a, b), ((a, b),)) for a, b in parts]


def _offers_in(item: Item, view: View) -> Iterator[tuple[int, int]]:
    """Sentences that open a support of their own, with those that only go on."""
    current: tuple[int, int] | None = None
    giving, kinds = False, list[frozenset[str]]()
    for left, right in sentences(view.text, item.start, item.end):
        text = view.text[left:right]
        starts = bool(_OWN_START.match(text)) and offers(text)
        starts = starts or _names_another(text, kinds)
        if starts and giving and current:
            yield current
            current = (left, right)
        else:
            current = (current[0], right) if current else (left, right)
        giving = giving or starts
    if current:
        yield current


def _names_another(text: str, kinds: list[frozenset[str]]) -> bool:
    """
    Whether a sentence gives to a kind of its own (另一类受益者): 对甲类企业给予…；对乙类企业给予….

    Steps of one support name the same kind in other figures or levels, and stay together.
    """
    named = _BENEFICIARY.match(text)
    if named is None or not is_concrete(text):
        return False
    own = _words(named["who"])
    another = all(2 * len(own & one) <= min(len(own), len(one)) for one in kinds)
    kinds.append(own)
    return another


def _words(text: str) -> frozenset[str]:
    bare = _STEP_WORDS.sub("", text)
    return frozenset(bare[n : n + 2] for n in range(len(bare) - 1))


def _unit(items: Sequence[Item], view: View) -> Unit:
    first = items[0]
    spans = tuple(span for item in items for span in _spans(item))
    end = max(item.last for item in items)
    return Unit(first.start, end, _title(first, view), spans, tuple(items))


def _spans(item: Item) -> Iterator[tuple[int, int]]:
    yield item.start, item.end
    for child in item.children:
        yield from _spans(child)


def _widened(unit: Unit, item: Item) -> Unit:
    spans = (*unit.spans, *_spans(item))
    return Unit(unit.start, item.last, unit.title, spans, (*unit.items, item))


def free_units(items: Sequence[Item], view: View, *, numbered_only: bool) -> Iterator[Unit]:
    """
    Units among items that no title calls benefits: articles and numbered lines that give money.

    Args:
        items: the tree of such lines.
        view: the document.
        numbered_only: whether lines without a number are left out, as in a notice whose
            conditions and benefits have sections of their own.
    """
    for item in items:
        if numbered_only and item.rank >= PLAIN_RANK:
            continue
        yield from _free_unit(item, view)


PLAIN_RANK = 99.0


def _free_unit(item: Item, view: View) -> Iterator[Unit]:
    own = item.text(view)
    inner = [child for child in item.children if _gives(view.text[child.start : child.last])]
    if any(child.rank == int(child.rank) for child in inner) or len(inner) > 1:
        if _gives(own):
            yield Unit(item.start, item.end, _title(item, view), ((item.start, item.end),))
        for unit in (unit for child in item.children for unit in _free_unit(child, view)):
            yield unit if unit.head else replace(unit, head=(item.start, item.end))
    elif inner and not _gives(own):
        yield _unit([item], view)
    elif _gives(own):
        yield from _of_item(item, view)


_FUND = re.compile(
    r"^(?:[县市区省]财政|设立|每年|统筹)(?![^。]{0,80}对)[^。;]{0,60}(?:资金|基金)|^政策奖励|"
    r"^对各(?:乡镇|区|县|镇|街道|部门|地)"
)


def _gives(text: str) -> bool:
    return gives(text) and not _FUND.match(text)


def _title(item: Item, view: View) -> tuple[int, int]:
    return next(sentences(view.text, item.start, item.end), (item.start, item.end))

"""
From condition items to a criterion tree (条件的组合).

Every sentence ends up in some leaf: as facts, where extractors read it, and as a question for
self-check where they don't.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.extract.context import Context
from indexer.extract.facts.compliance import GOOD_CONDITIONS
from indexer.extract.lines import Item
from indexer.extract.registry import Clause, Finding, findings
from indexer.extract.sentences import clauses, sentences, without_titles
from indexer.extract.view import View
from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
    leaves_of,
)

_ONE_OF = re.compile(
    r"(?:条件|要求|情形|情况|标准|指标)(?:中|之中)(?:的)?(?:任意|任何|任|其中|至少)?(?:一|1)(?:项|个|条)|之一|任[一意](?:一)?(?:项|个)|任一条件|至少(?:具备|满足|符合)(?:其中)?(?:一|1)(?:项|"
    r"个)"
)
_SOME_OF = re.compile(
    r"(?:任意|至少|其中)?(?:满足|具备|符合|达到)?[^,。;]{0,8}?([两二三四五六2-6])(?:项|个)(?:及|"
    r"或)?(?:以上)?(?:条件|的|以上)?"
)
_SOME_HEAD = re.compile(r"任意|至少|以上|中的")
_EXCLUDED = re.compile(
    r"不得(?:申报|申请|享受|参与|推荐|参评|作为|列入)|不予(?:支持|受理|资助|补助|补贴|奖励|"
    r"认定|安排|推荐|扶持|兑现)|"
    r"不(?:能|可|再|宜)(?:申报|申请|享受|参与|参评|受理|支持)|不(?:支持|资助|受理|纳入|属于|"
    r"适用|享受|列入)|不适用|除外|不在[^,。;]{0,8}范围|取消[^,。;]{0,6}资格|不接受"
)
_BRACKETED = re.compile(r"\([^()\n]{0,120}\)")
_BOXES = re.compile(r"[□☐☑][^□☐☑]{1,20}[□☐☑]")
_OBJECT = re.compile(r"不(?:接受|支持|资助|包括|含|受理)[\u4e00-\u9fff]{2}")
_PREFERRED = re.compile(
    r"侧重(?:于|选取|选中|支持)|可(?:以)?(?:适当|酌情)?(?:下浮|放宽|降低)|"
    r"可(?:以)?直接(?:确认|认定|申报|推荐|入库|评为)|(?:予以|给予|可|将)?优先(?:给予)?(?:资助|支持|考虑|安排|推荐|补助|扶持|认定|纳入|入选)|"
    r"优先$|平等适用"
)
_CASE = re.compile(
    r"(?:凡|对于?|对有?|如|若|但)?(?P<case>[^\n]{2,400}?)(?:的)?(?:企业|单位|项目|主体|情形|情况)?,?"
    r"(?:原则上|一律|均|将|则|本年度|当年|其|且|并|应|仍)*"
)
_DENIES = re.compile(r"不(?:属于|在|列入|纳入|接受|适用|享受)|除外")
_EXCLUDED_HEAD = re.compile(
    r"(?:情形|情况|行为|条件)[^。]{0,10}(?:之一)?[^。]{0,24}(?:不得|不予|不能|不可|不再|除外|"
    r"取消|不支持)|不(?:得|予|享受|支持|适用)[^:]{0,20}:$"
)
_INLINE_EXCLUSION = re.compile(
    r"[^。;:]{0,30}(?:下列|以下|如下)?(?:情形|情况|行为)[^。;:]{0,10}(?:不予|不得|不能|不再|"
    r"取消)[^。;:]{0,12}:|(?:不予|不得)[^。;:,]{0,12}的?(?:情形|情况):"
)
_FILLER = re.compile(
    r"(?:申请|申报|领取)[^,。;、的]{2,12}(?:的|时)(?=,)|\((?:以下|下)[^()]{0,24}称[^()]{0,24}\)|"
    r"经营、服务、管理|经济组织|创新主体|(?:其他区域的?)?参照(?:本[^,。;]{2,6})?执行|"
    r"申报|申请|主体|单位|企业|机构|组织|应当?|必须|须|需|为|是|在|于|的|且|并|和|或|及|与|"
    r"具有|具备|拥有|依法|登记|注册|成立|满|年|资格|符合|属于|"
    r"条件|要求|同时|以下|下列|基本|如下|范围|内|地区|行政区域|区域|设立|正常|经营|持续|已|"
    r"均|等|,|、|。|;|:|\(|\)|含|上|下|“|”|对于?|项目|以|所|地|者|之一|其|该|本|我|各类|"
    r"办理|工商|税务|实际|"
    r"行业|领域|产业|类|被|未|无|没有|情况|记录|行为|近|一|二|两|三|个|年度|上一|上年|获得|"
    r"认定|支持|主营业务|方向|本?政策|适用于?|国家级?|[省市区]级|严重|示范区|"
    r"各类|全部|相关业务|从事"
)
_FUNDED = re.compile(  # what else a sentence on funding twice says of the same funding
    r"中央|市|省|财政|专项|资金|扶持|奖励|补助|重复|再次|类似|同类|同|建设|内?容|不得|不予|他"
)
_ALTERNATIVE = re.compile(r"^(?:或者?|以及|或是)")
_INNER_OR = re.compile(r"或")
_PLACES = frozenset({"region", "zone"})
_EXCEPTION = re.compile(r"^(?!.*(?:不|已|除)).{2,120}等?(?:单位|企业)?除外$")
_DEFINES = re.compile(r"(?:企业|机构|单位|主体|组织)是?指")
_NEGLIGIBLE = 8
_SORTS = frozenset({"industry", "entity_type", "ownership"})
_HEADER = 60
_FOLLOW = re.compile(r"参照(?:执行|享受|本)")


@dataclass(slots=True)
class Reader:
    """
    Reads stretches of one document into criteria (条件读取).

    `role` of its methods says where the stretch stands: condition, target, subject or excluded.
    """

    view: View
    context: Context
    masked: str
    header: str = ""  # that of the list being read

    @classmethod
    def of(cls, view: View, context: Context) -> Reader:
        """A reader of a view, with the names of documents blanked out for the extractors."""
        return cls(view, context, without_titles(view.text))

    # items ---------------------------------------------------------------

    def items(self, items: Sequence[Item], role: str) -> list[Criterion]:
        """The criteria of items that all hold."""
        made = [(item.text(self.view), self.item(item, role)) for item in items]
        kept = [(head, nodes) for head, nodes in made if nodes]
        return _cases([head for head, _ in kept], [_together(nodes) for _, nodes in kept])

    def below(self, item: Item, role: str) -> list[Criterion]:
        """The criteria of the items below a header, together as it says; not its own text's."""
        above, self.header = self.header, item.text(self.view)[-_HEADER:]
        made = [(child.text(self.view), self.item(child, role)) for child in item.children]
        self.header = above
        kept = [(text, _together(nodes)) for text, nodes in made if nodes]
        parts = _combined(item.text(self.view), [part for _, part in kept])
        if len(parts) == len(kept) > 1:
            return _cases([text for text, _ in kept], parts)
        return parts

    def item(self, item: Item, role: str) -> list[Criterion]:
        """The criteria of an item: its own text's, and those below it as its header says."""
        head = item.text(self.view)
        if not item.children:
            return self.stretch(item.start, item.end, role)
        if _PREFERRED.search(head):
            return []
        if _EXCLUDED_HEAD.search(head):
            inline = _INLINE_EXCLUSION.match(head)
            own = (
                self.stretch(item.start, item.end, role)
                if inline and inline.end() < len(head)
                else []
            )
            return [*own, *self.items(item.children, "excluded")]
        own = [] if _is_bare_header(head) else self.stretch(item.start, item.end, role, header=True)
        return [*own, *self.below(item, role)]

    # text ----------------------------------------------------------------

    def stretch(self, start: int, end: int, role: str, *, header: bool = False) -> list[Criterion]:
        """The criteria of a stretch of text, sentence by sentence."""
        nodes: list[Criterion] = []
        defined: list[Criterion] = []
        for left, right in sentences(self.view.text, start, end):
            ruled = _INLINE_EXCLUSION.match(self.view.text, left, right)
            if ruled:
                role, left = "excluded", ruled.end()
            if header:
                right = _without_header_tail(self.view.text, left, right)
            if right <= left:
                continue
            text = self.view.text[left:right]
            if role == "condition" and nodes and _EXCEPTION.search(text):
                nodes[-1] = AnyOf(any=(nodes[-1], *self.sentence(left, right, "target")))
                continue
            made = self.sentence(left, right, role)
            if _FOLLOW.search(text):
                nodes, done = _follow(made, nodes)
                made = [] if done else made
                defined, done = _follow(made, defined) if not done else (defined, True)
            if role == "target" and _DEFINES.search(text):
                defined.append(_together(made))
            else:
                nodes.extend(made)
        return [*_undefined(nodes, defined), *_one_of(defined)]

    def sentence(self, start: int, end: int, role: str) -> list[Criterion]:
        """The criteria of one sentence."""
        text = self.view.text[start:end]
        if _BOXES.search(text):
            return []  # a form to tick
        outside = _BRACKETED.sub(lambda hit: "□" * len(hit[0]), text)
        if _PREFERRED.search(outside):
            return []  # who is served first is not who may apply
        if role == "condition" and (ruled := _EXCLUDED.search(outside)):
            cut = _own_exclusion(self.view.text, start, start + ruled.start())
            if cut is None:
                return self._excluded(start, end, role)
            return [*self.sentence(start, cut, role), *self._excluded(cut + 1, end, role)]
        if role == "excluded":
            return self._excluded(start, end, role)
        groups: list[list[Criterion]] = []
        for left, right, found in self._clauses(start, end, role):
            nodes = self._leaves(left, right, found)
            if nodes and groups and _ALTERNATIVE.match(self.view.text[left:right]):
                last = groups.pop()
                groups.append([AnyOf(any=(_together(last), _together(nodes)))])
            elif nodes:
                groups.append(nodes)
        made = [node for group in groups for node in group]
        if role == "target":
            made = _alternatives(made)
        return made

    def remarks(self, start: int, end: int) -> Iterator[Criterion]:
        """Facts that a sentence outside the conditions states in passing."""
        for left, right in sentences(self.view.text, start, end):
            clause = Clause(self.masked[left:right], left, "", "remark", self.context)
            for found in findings(clause):
                yield self._fact(left, right, found)

    def _clauses(self, start: int, end: int, role: str) -> Iterator[tuple[int, int, list[Finding]]]:
        """Clauses with what is read in them; clauses that say nothing are put together."""
        pending: tuple[int, int] | None = None
        for left, right in clauses(self.view.text, start, end):
            clause = Clause(
                self.masked[left:right],
                left,
                self.masked[start:left],
                role,
                self.context,
                self.header,
            )
            found = list(findings(clause))
            alternative = _ALTERNATIVE.match(clause.text)
            if found or alternative:
                if pending:
                    yield pending[0], pending[1], []
                pending = None
                if found:
                    yield left, right, found
                else:
                    pending = (left, right)
            else:
                pending = (pending[0], right) if pending else (left, right)
        if pending:
            yield pending[0], pending[1], []

    def _leaves(self, start: int, end: int, found: list[Finding]) -> list[Criterion]:
        """Leaves of one clause: its facts, and a self-check item for what they leave over."""
        facts = _joined(
            self.view.text, start, [self._fact(start, end, one) for one in found], found
        )
        rest = self._rest(start, end, found)
        if found and all(one.fact == "not_duplicate_funding" for one in found):
            rest = _FUNDED.sub("", rest)
        if len(rest) >= (5 if found else 2):
            attest = self._attest(start, end)
            return [*facts, attest] if attest else facts
        return facts

    def _rest(self, start: int, end: int, found: Iterable[Finding]) -> str:
        signs = list(self.view.text[start:end])
        for one in found:
            signs[one.start : one.end] = "," * (one.end - one.start)
        return _FILLER.sub("", "".join(signs))

    def _fact(self, start: int, end: int, found: Finding) -> Criterion:
        quote, at = self._quote(start, end)
        leaf = FactLeaf(
            fact=found.fact,
            op=found.op,
            value=found.value,
            quote=quote,
            at=at,
            how=found.how,
            confidence=round(found.sure, 2),
        )
        return Not(**{"not": leaf}) if found.negated else leaf

    def _attest(self, start: int, end: int) -> AttestLeaf | None:
        quote, at = self._quote(start, end)
        text = re.sub(r"\s+", "", quote)
        if not text:
            return None
        return AttestLeaf(attest=text[:200], quote=quote, at=at, how="self_check", confidence=0.6)

    def _quote(self, start: int, end: int) -> tuple[str, tuple[int, int]]:
        while start < end and self.view.text[start] in ",、;:。且":
            start += 1
        return self.view.quote(start, end)

    def _excluded(self, start: int, end: int, role: str) -> list[Criterion]:
        """A sentence that rules somebody out: the good condition where there is one, else a Not."""
        clause = Clause(self.masked[start:end], start, "", "excluded", self.context)
        for way in ("excluded", "condition"):
            clause = Clause(self.masked[start:end], start, "", way, self.context)
            found = [one for one in findings(clause) if one.fact in GOOD_CONDITIONS]
            if found:
                return [self._fact(start, end, one) for one in _one_each(found)]
        clause = Clause(self.masked[start:end], start, "", "excluded", self.context)
        found = [one for one in findings(clause) if not one.negated]
        if len(found) == 1 and len(self._rest(start, end, found)) <= _NEGLIGIBLE:
            return [Not(**{"not": self._fact(start, end, found[0])})]
        listed = [one for one in found if one.fact in _SORTS] if "、" in clause.text else []
        facts = [Not(**{"not": self._fact(start, end, one)}) for one in listed]
        attest = self._situation(start, end, role)
        return [*facts, attest] if attest else list[Criterion](facts)

    def _situation(self, start: int, end: int, role: str) -> Criterion | None:
        """
        What must not be the case, as something to answer for.

        …的，不得申报 asks whether the situation is absent; 不属于限制类 states by itself what is to
        be so; an item below 有下列情形的不予支持 is the situation.
        """
        attest = self._attest(start, end)
        if attest is None:
            return None
        denied = _EXCLUDED.search(self.view.text, start, end)
        if denied is None:
            return Not(**{"not": attest}) if role == "excluded" else attest
        case = _CASE.fullmatch(self.view.text[start : denied.start()])
        if case is None or _DENIES.match(denied[0]):
            return attest if role == "condition" else Not(**{"not": attest})
        return Not(**{"not": attest.model_copy(update={"attest": case["case"][:200]})})


def _own_exclusion(text: str, start: int, at: int) -> int | None:
    """The comma before an exclusion that names its own object: …企事业单位,不接受个人申报."""
    comma = text.rfind(",", start, at)
    if comma < 0 or at != comma + 1 or not _OBJECT.match(text, at):
        return None
    return None if text[comma - 1] == "的" else comma


def _one_each(found: Iterable[Finding]) -> list[Finding]:
    return list({one.fact: one for one in found}.values())


def _is_bare_header(head: str) -> bool:
    return len(_FILLER.sub("", head)) < 3


_HEADER_TAIL = re.compile(
    r"[,，]?(?:应|须|需|必须|还应|应当)?(?:同时)?(?:具备|符合|满足)[^,。;]{0,14}(?:条件|"
    r"要求)[^,。;]{0,6}:?$|:$"
)


def _without_header_tail(text: str, start: int, end: int) -> int:
    tail = _HEADER_TAIL.search(text, start, end)
    return tail.start() if tail else end


def _combined(head: str, parts: list[Criterion]) -> list[Criterion]:
    """Put the items below a header together as it says: 之一, 任意两项, else all."""
    if len(parts) < 2:
        return parts
    if _ONE_OF.search(head):
        return [AnyOf(any=tuple(parts))]
    some = _SOME_OF.search(head) if _SOME_HEAD.search(head) else None
    if some and ("条件" in head or "项" in head):
        count = "零一二三四五六".find(some[1].replace("两", "二"))
        count = int(some[1]) if some[1].isdigit() else count
        if 1 <= count <= len(parts):
            return [AtLeast(at_least=count, of=tuple(parts))]
    return parts


def _undefined(nodes: list[Criterion], defined: Sequence[Criterion]) -> list[Criterion]:
    """Leave out the kinds that definitions after them spell out."""
    if len(defined) < 2:
        return nodes
    return [n for n in nodes if not _is_kind(n)]


def _is_kind(node: Criterion) -> bool:
    return all(isinstance(leaf, FactLeaf) and leaf.fact in _KINDS for leaf in leaves_of(node))


def _one_of(nodes: Sequence[Criterion]) -> list[Criterion]:
    return [AnyOf(any=tuple(nodes))] if len(nodes) > 1 else list(nodes)


def _together(nodes: Sequence[Criterion]) -> Criterion:
    return nodes[0] if len(nodes) == 1 else All(all=tuple(nodes))


def _joined(text: str, start: int, nodes: list[Criterion], found: list[Finding]) -> list[Criterion]:
    """Facts of one clause: alternatives where 或 stands between two of them."""
    if len(nodes) < 2:
        return nodes
    order = sorted(range(len(nodes)), key=lambda n: found[n].start)
    groups: list[list[Criterion]] = [[nodes[order[0]]]]
    for left, right in pairwise(order):
        between = text[start + found[left].end : start + found[right].start]
        if {found[left].fact, found[right].fact} <= GOOD_CONDITIONS:
            groups.append([nodes[right]])  # 无事故或违法行为 denies both
            continue
        if {found[left].fact, found[right].fact} == {"industry", "theme"}:
            groups[-1].append(nodes[right])  # fields named side by side
            continue
        apart = found[left].fact != found[right].fact or found[left].op == found[right].op
        if apart and _INNER_OR.search(between):
            groups[-1].append(nodes[right])
        else:
            groups.append([nodes[right]])
    return [group[0] if len(group) == 1 else AnyOf(any=tuple(group)) for group in groups]


_KINDS = frozenset({"qualification", "entity_type", "size_class"})


def _alternatives(nodes: list[Criterion]) -> list[Criterion]:
    """Kinds of applicant named side by side are alternatives: 高新技术企业，以及高校、科研院所."""
    kinds = [n for n in nodes if isinstance(n, FactLeaf) and n.fact in _KINDS]
    sorts = [leaf for leaf in kinds if leaf.how != "enterprise"]
    if not sorts or len(kinds) < 2:
        return nodes
    others = [node for node in nodes if node not in kinds]
    if len({leaf.fact for leaf in sorts}) < 2 or not any(
        leaf.fact == "entity_type" for leaf in sorts
    ):
        return [*others, *sorts]
    return [*others, AnyOf(any=tuple(sorts))]


def _follow(made: list[Criterion], before: Sequence[Criterion]) -> tuple[list[Criterion], bool]:
    """…参照执行: another place is let in beside the one named before."""
    places = [n for n in made if isinstance(n, FactLeaf) and n.fact in _PLACES]
    if not places:
        return list(before), False
    widened = [_beside(node, places) for node in before]
    return widened, widened != list(before)


def _beside(node: Criterion, places: Sequence[FactLeaf]) -> Criterion:
    if isinstance(node, FactLeaf) and node.fact in _PLACES and node not in places:
        return AnyOf(any=(node, *places))
    if isinstance(node, All):
        return All(all=tuple(_beside(child, places) for child in node.all))
    if isinstance(node, AnyOf):
        return AnyOf(any=tuple(_beside(child, places) for child in node.any))
    return node


_SUBJECT = re.compile(
    r"^(?:\(?\d\)|[一二三四五六]、)?(?:申请|申报|对于?|"
    r"凡)?(?:本)?(?P<who>(?:(?!应当|应位|应由|应在|须在|[,。;:]).){2,30}?)(?:的(?:企业|单位|主体)?)?(?:在[^,。;:]{2,16}时)?,?"
    r"(?:还)?(?:应当?|须|需|必须|应同时)?(?:同时)?(?:具备|符合|满足)"
)
_DIRECTION = re.compile(
    r"^(?:申请|申报)(?P<who>[^,。;:]{2,30}?)(?:方向|类)?项目的(?:单位|企业)?,?(?:应|须|需)"
)
_ANYBODY = re.compile(
    r"^(?:申报|申请|参评|参选|被推荐|拟申报|推荐|承担)?(?:的)?(?:企业|单位|项目|主体|机构|"
    r"人|产品|对象|本项目|园区|平台|团队|一般|条件|除|还|均)?(?:原则上|一般|应|须|还)?$|"
    r"资助金?支持|同时|企业$|单位$|项目$"
)


def _cases(heads: Sequence[str], parts: Sequence[Criterion]) -> list[Criterion]:
    """
    Items that each head the conditions of another kind of applicant are alternatives (分类条件).

    申报领跑型的，应符合…／申报成长型的，应符合…; but 申请企业应…／申请项目应… both hold.
    """
    named = [n for n, head in enumerate(heads) if _names_a_case(head)]
    if len(named) < 2:
        return list(parts)
    cases = AnyOf(any=tuple(parts[n] for n in named))
    apart = set(named)
    return [*(part for n, part in enumerate(parts) if n not in apart), cases]


def _names_a_case(head: str) -> bool:
    if _DIRECTION.match(head):
        return True
    found = _SUBJECT.match(head)
    return bool(found) and not _ANYBODY.search(found["who"])  # type: ignore[index]  # found is a match here

"""国民经济行业 industry and 产业领域 theme."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from indexer.extract.registry import Clause, Finding, extractor
from indexer.extract.themes import FIELD_LIST, THEME, WIDE_LIST
from policy_match.domain.codes import IndustryMention, find_industries, industry_table

_ASPECT = re.compile(
    r"(?:属于|从事|符合|聚焦|面向|围绕|涉及|主营|主营业务|为主营业务|领域|产业|行业|企业|"
    r"单位|机构|方向|技术|业务|项目)"
)
_SECTOR_BEFORE = re.compile(
    r"(?:从事|属于|主营业务为?|所属行业为|所处行业为|归属于|行业为|"
    r"经营(?!资质|资格|者|许可|状况|场所|范围|主体|权))[^,;。]{0,14}$"
)
_SECTOR_AFTER = re.compile(
    r"(?:类|行业|领域)?的?(?:等)?(?:行业|领域)?的?(?:企业|法人|单位|为主营|个体工商户|市场主体|"
    r"经营主体)"
)
_OUTSIDE = re.compile(r"(?:类)?(?:企业|行业|业)?(?:、[^,;。、]{2,14}){0,3}(?:以外|除外|等除外)")
_NOT_BEFORE = re.compile(r"(?:非|除|不含|不包括|不属于)$")
_ABROAD = re.compile(r"在?(?:境外|海外|国外)(?:新?设立?|投资|并购|开展)[^,;。]{0,12}$")
_OTHERS_BEFORE = re.compile(r"(?:入驻|引进|引入|招引|孵化|培育|吸引|服务|带动)[^,;。]{0,12}$")
_OTHERS_AFTER = re.compile(r"[^,;。]{0,16}\d+(?:家|户)")  # 入驻电商企业20家以上: whom it takes in
_FEW = 3


@extractor(
    "industry",
    hints=("业", "典当", "贷款公司", "租赁公司", "从事", "经营", "旅行社", "主营"),
    roles=("condition", "target", "subject", "excluded"),
)
def industry(clause: Clause) -> Iterator[Finding]:
    """制造业企业, 从事餐饮业: an industry of the standard that the applicant belongs to."""
    codes: list[str] = []
    start = end = -1
    for mention in _belonging(clause):
        codes.extend(code for code in map(_sole, mention.codes) if code not in codes)
        start = mention.start if start < 0 else start
        end = mention.end
    if codes and not _of_others(clause.text, start, end):
        negated = bool(_OUTSIDE.match(clause.text[end:]) or _NOT_BEFORE.search(clause.text[:start]))
        yield Finding("industry", "in", tuple(codes), start, end, 0.8, negated)


def _of_others(text: str, start: int, end: int) -> bool:
    """Whether it is that of those whom the applicant takes in, by number, or sets up abroad."""
    if _ABROAD.search(text[:start]):
        return True  # 在境外设立商务服务业企业的: its subsidiary's
    return bool(_OTHERS_BEFORE.search(text[:start]) and _OTHERS_AFTER.match(text[end:]))


def _belonging(clause: Clause) -> list[IndustryMention]:
    """The mentions that name the applicant's industry; 、 joins those before to such a one."""
    found: list[IndustryMention] = []
    following = -1
    own = _own_names(clause.text)
    named = (
        *(one for one in find_industries(clause.text) if not any(_overlap(one, o) for o in own)),
        *own,
    )
    fields = (IndustryMention(hit[0], *hit.span(), ()) for hit in THEME.finditer(clause.text))
    for mention in sorted((*named, *fields), key=lambda one: -one.start):
        if not mention.codes:  # a field among industries keeps the list together
            if _SECTOR_AFTER.match(clause.text[mention.end :]):
                following = mention.start
            continue
        joined = following >= 0 and _JOINT.fullmatch(clause.text[mention.end : following])
        if mention.text in _AMBIGUOUS or len(mention.codes) > _FEW:
            continue
        if THEME.fullmatch(mention.text) and not joined:
            continue
        if joined or _is_industry(clause, mention.text, mention.end):
            found.append(mention)
            following = mention.start
    return found[::-1]


def _overlap(one: IndustryMention, other: IndustryMention) -> bool:
    return one.start < other.end and other.start < one.end


_JOINT = re.compile(r"(?:业|行业|服务|类|企业)?(?:、|和|及|与|或|以及)")


@cache
def _sole(code: str) -> str:
    """A group of one class is that class: 652 集成电路设计 holds 6520 alone."""
    table = industry_table()
    below = table.descendants(code) if len(code) == 3 else ()
    return below[0] if len(below) == 1 else code


_TRADES = {
    "典当行": ("6633",),
    "小额贷款公司": ("6635",),
    "融资租赁公司": ("6631",),
    "影视作品企业": ("8730",),
    "影视企业": ("8730",),
    "餐饮企业": ("62",),
    "零售企业": ("52",),
    "批发企业": ("51",),
    "知识产权服务机构": ("7520",),
    "住宿企业": ("61",),
    "建筑企业": ("E",),
    "物流企业": ("G",),
    **{"印刷企业": ("23",), "出版企业": ("862",), "广告企业": ("725",), "体育企业": ("89",)},
    **{"养殖企业": ("03",), "家具企业": ("21",), "服装企业": ("18",), "医药企业": ("27",)},
    **{"仓储企业": ("59",), "采矿企业": ("B",), "茶叶企业": ("153",), "汽车企业": ("36",)},
    **{"种植企业": ("01",), "保安企业": ("7271",), "燃气企业": ("45",), "供水企业": ("46",)},
    **{"影院企业": ("8760",), "演出企业": ("881",), "会展企业": ("728",), "旅行社": ("7291",)},
}
_DESIGN = re.compile(r"(?:服装|时尚|平面|工艺美术|展示|包装|动漫|广告|产品外观)设计")
_SOFTWARE = r"软件(?:和|与)?信息服务业"
_TRADE = re.compile("|".join((*_TRADES, _SOFTWARE)))
_AMBIGUOUS = frozenset(
    {
        "软件信息服务",
        "外贸",
        "进出口",
        "供应链管理",
        "外贸企业",
        "对外贸易",
        "商贸",
        "贸易",
        "影视",
    }
)


def _own_names(text: str) -> list[IndustryMention]:
    """Businesses named for their trade, which the standard's names don't hold."""
    return [
        IndustryMention(hit[0], hit.start(), hit.end(), _TRADES.get(hit[0], ("64", "65")))
        for hit in _TRADE.finditer(text)
        if not re.search(r"(?:向|与|从|通过|由|为|和)[^,;。]{0,8}$", text[: hit.start()])
    ] + [IndustryMention(hit[0], *hit.span(), ("7492",)) for hit in _DESIGN.finditer(text)]


def _is_industry(clause: Clause, name: str, end: int) -> bool:
    before, after = clause.text[: end - len(name)], clause.text[end:]
    if before.endswith("(") and re.match(r"[^()]{0,8}\d", after):
        return False  # 不少于15人(软件类企业30人): the figure for one kind
    if _SECTOR_BEFORE.search(before) and not re.match(
        r"(?:绩|务|链|化|局|主管|协会|基金|金|保险|市场|产品|用房|设施|管理部门|许可)", after
    ):
        return True
    return name.endswith("企业") or name in _TRADES or bool(_SECTOR_AFTER.match(after))


@extractor("theme", hints=("",), roles=("condition", "target", "subject"))
def theme(clause: Clause) -> Iterator[Finding]:
    """属于新一代信息技术、医药健康等高精尖产业领域: the text's own words, one by one."""
    names: list[str] = []
    start = end = -1
    lists = FIELD_LIST.finditer(clause.text) if "、" in clause.text else ()
    for hit in (*WIDE_LIST.finditer(clause.text), *lists):
        found = _listed(hit) if "items" in hit.groupdict() else THEME.findall(hit[0])
        if "items" not in hit.groupdict() and not _about_applicant(clause, hit):
            continue
        names.extend(name for name in found if not any(name in one for one in names))
        start = hit.start() if start < 0 else min(start, hit.start())
        end = max(end, hit.end())
    if names:
        yield Finding("theme", "in", tuple(names), start, end, 0.75)


def _listed(hit: re.Match[str]) -> list[str]:
    """The items of a list of fields: 工程技术、检验检测、科技咨询."""
    items = [item for item in re.split(r"[、和及]", hit["items"]) if len(item) >= 2]
    if any(_NOT_FIELD.search(item) for item in items):
        return []
    return [name for item in items if len(name := item.partition("等")[0]) >= 2]


_NOT_FIELD = re.compile(
    r"具备|已|其|所|消费|相关|企业|单位|机构|项目|设备|人员|产品|方向|政策|法律|规划|标准|"
    r"条件|管理|规定|资金|市场|收入|学校|的|省|市|区|县|行业|专利|是|以|研发|生产|推广|"
    r"应用$|制度|能力|安全|环保|质量"
)


def _about_applicant(clause: Clause, hit: re.Match[str]) -> bool:
    before, after = clause.text[: hit.start()], clause.text[hit.end() :]
    if re.match(
        r"(?:局|部|协会|人才|专业|学院|算力|发展规划|发展资金|专项资金|展览|大会|平台|园|"
        r"领域的?(?:专业|技术)?(?:人员|人才|奖|标准|高层次)|(?:核心|相关)?产业规模|学院|研究院|"
        r"创新中心|系统|奖项)|[^,;。]{0,14}占",
        after,
    ):
        return False
    if clause.role == "subject":
        return bool(_HEAD_NOUN.match(after))
    if _DOES.search(before) and _DOER.match(after):
        return True
    return bool(
        _ASPECT.search(before[-14:])
        or _ASPECT.match(after)
        or not before.strip(",")
        or _FIELD_AFTER.match(after)
    )


_DOES = re.compile(r"(?:开展|从事|专注|聚焦|深耕)(?:于)?$")
_DOER = re.compile(r"[^,;。]{0,30}(?:企业|单位|机构|主体|团队)$")
_HEAD_NOUN = re.compile(r"等?(?:重点)?(?:产业)?(?:领域|企业|产业领域|行业)(?!建设|基地|园)")
_FIELD_AFTER = re.compile(r"等?(?:重点)?(?:产业|领域|行业|技术)")

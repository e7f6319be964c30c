"""主体: legal_person, entity_type, ownership, listed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.registry import Clause, Finding, extractor

_LEGAL = re.compile(
    r"(?:独立)?(?:企业|事业)?法人(?:资格|主体资格|地位|单位|企业)|独立法人|(?:企业|事业)法人|"
    r"(?<=不)具备法人|法人(?=机构|实体)"
)
_NOT_LEGAL = re.compile(r"(?:不|不具(?:备|有)|无|未取得|非)(?:独立)?$")
_LEGAL_OTHERS = re.compile(r"营业执照|法人证书|法人代表|法定代表|视同|分支机构|证明")


@extractor("legal_person", hints=("法人",), roles=("condition", "target", "subject", "excluded"))
def legal_person(clause: Clause) -> Iterator[Finding]:
    """具有独立法人资格."""
    for hit in _LEGAL.finditer(clause.text):
        if _LEGAL_OTHERS.search(clause.text[hit.start() : hit.end() + 6]):
            continue
        negated = bool(_NOT_LEGAL.search(clause.text[: hit.start()]))
        if clause.role == "excluded" and not negated:
            continue
        yield Finding("legal_person", "==", True, hit.start(), hit.end(), 0.95, negated)
        return


_TYPES = (
    ("institution", r"事业单位|事业法人|企事业单位"),
    (
        "university",
        r"高等学校|高等院校|高校|大专院校|(?<!企业)大学(?!生|本科|专科|科技园|学历|以上|毕业)|"
        r"院校",
    ),
    (
        "research_institute",
        r"科研(?:院所|机构|单位|院校|组织)|研究院所|科研事业单位|研究(?:院|所)(?!设)|"
        r"新型研发机构|研究机构|科研院",
    ),
    (
        "social_org",
        r"社会组织|社会团体|社会服务机构|行业协会|协会(?=[、,]|$)|商协会|民办非企业(?:单位)?|"
        r"行业商会|商会",
    ),
    ("individual_business", r"个体(?:工商)?户|个体经营者"),
    ("cooperative", r"(?:农民)?(?:专业)?合作社"),
    ("medical", r"医疗卫生(?:机构|单位)|医疗机构|医院|卫生机构"),
    (
        "financial",
        r"金融(?:服务)?机构|金融(?:类)?企业|银行(?:业)?(?:金融)?机构|投资机构|担保机构|"
        r"创投机构|创业投资(?:机构|企业)|保险机构",
    ),
)
_TYPE = re.compile("|".join(f"(?P<{code}>{form})" for code, form in _TYPES))
_GIVER = re.compile(
    r"(?:(?<!参)与|和|联合|依托|通过|经|向|(?<![应须需位体人象者])为|从(?!事)|被|委托|引导|鼓励|会同|同|"
    r"借助|引入|引进|对接|获|获得|面向|帮助|联系|设置|设立(?!的)|设有|建有)"
    r"[^,;。]{0,16}$|(?<!所)在(?:(?!本|我|[京省市区县州])[^,;。、的]){0,4}$"
)
_PREDICATE = re.compile(
    r"(?:(?:应当?|须|需|必须|一般|主体|对象|单位|者|人)(?:为|是)|包括|限于|包含)"
)
_JOINT = re.compile(r"(?:[、,和及与或]|以及|或者)(?:各类|其他|相关|有关|等)?")
_NOT_APPLICANT = re.compile(
    r"^(?:[^,;。]{0,6}(?:出具|颁发|认定|认可|批准|贷款|鉴证|推荐|提供|合作|共建|证书|备案|"
    r"审计|毕业|组成|联合|建设|本科|学历|学生|围绕产业))"
)


@extractor(
    "entity_type",
    hints=(
        "事业",
        "院校",
        "高校",
        "大学",
        "学校",
        "科研",
        "研究",
        "研发机构",
        "社会",
        "协会",
        "商会",
        "民办",
        "个体",
        "合作社",
        "医疗",
        "医院",
        "卫生",
        "金融",
        "银行",
        "投资机构",
        "担保",
        "小额贷款",
        "租赁",
        "创投",
        "保险机构",
    ),
    roles=("condition", "target", "excluded", "subject"),
)
def entity_type(clause: Clause) -> Iterator[Finding]:
    """企事业单位, 高校, 科研院所, 社会组织; not those that only give, certify or cooperate."""
    codes: dict[str, tuple[int, int]] = {}
    last = -1
    for hit in _TYPE.finditer(clause.text):
        listed = last >= 0 and _JOINT.fullmatch(clause.text[last : hit.start()])
        if clause.role in ("condition", "subject") and not _applicant(clause, hit, bool(listed)):
            continue
        code = str(hit.lastgroup)
        last = hit.end()
        codes.setdefault(code, hit.span())
        if hit[0] == "企事业单位":
            codes.setdefault("enterprise", hit.span())
    if not codes:
        return
    if (
        "enterprise" not in codes
        and not _RECOGNISED.search(clause.text)
        and any(_joined_enterprise(clause, *span) for span in codes.values())
    ):
        codes["enterprise"] = (0, 0)
    start = min(s for s, e in codes.values() if e)
    end = max(e for _, e in codes.values())
    negated = _ruled_out(clause.text, start, end)
    value = tuple(sorted(codes))
    if negated:
        yield Finding("entity_type", "in", value, start, end, 0.8, True)
        return
    yield Finding("entity_type", "in", value, start, end, 0.85)


def _ruled_out(text: str, start: int, end: int) -> bool:
    """非金融企业, 除金融机构外, 金融机构以外."""
    return bool(
        re.search(r"(?:非|除|不含|不包括)$", text[:start])
        or re.match(r"(?:类)?(?:企业|机构)?(?:以外|除外)", text[end:])
    )


def _applicant(clause: Clause, hit: re.Match[str], listed: bool) -> bool:
    """Whether it applies itself; one that a list joins to an applicant does."""
    before, after = clause.text[: hit.start()], clause.text[hit.end() :]
    before = before[max((one.end() for one in _PREDICATE.finditer(before)), default=0) :]
    if re.search(r"由[^,;。]{0,60}$", before) and re.search(r"推荐|出具|认定", after):
        return False
    if clause.role == "subject" and re.match(
        r"(?:对|为|面向|加大|提供|开发|推出|创新|发放|给予|创新|与|"
        r"向(?![^,;。]{0,12}(?:集聚|聚集|布局|转移|落户)))",
        after,
    ):
        return False  # they give
    if re.match(r"(?:的)?(?:体制|转制|改制|改革)", after):
        return False
    if _NOT_APPLICANT.search(after):
        return False
    if clause.role == "subject" and not after and _OF.search(before):
        return True  # 获批…的驻济高校: whom the phrase is about stands at its end
    return listed or bool(_AFTER_ENTERPRISE.search(before)) or not _GIVER.search(before)


_OF = re.compile(r"的[\u4e00-\u9fff]{0,4}$")


_AFTER_ENTERPRISE = re.compile(r"(?:^|的)企业(?:、|和|及|与|或|以及)$")
_RECOGNISED = re.compile(
    r"高新技术|专精特新|小巨人|科技型|创新型|中小|小微|微型|瞪羚|独角兽|总部|龙头"
)


def _joined_enterprise(clause: Clause, start: int, end: int) -> bool:
    """企业、高校… in one list: the list names enterprises too."""
    return bool(
        re.search(r"企业(?:、|和|及|与|或|以及)(?:[^,;。]{0,8})?$", clause.text[:start])
    ) or bool(_ENTERPRISE_AFTER.match(clause.text[end:]))


_ENTERPRISE_AFTER = re.compile(
    r"(?:(?:[、和及或]|以及)[\u4e00-\u9fff]{2,10}?)?(?:[、和及或]|以及)(?:各类|涉农|相关|有关)?企业"
)
_ENTERPRISE = re.compile(
    r"企业(?:法人|集团|单位)?(?=$|[,;:、]|\(|(?:应|须|需|可|均|在|年|注册|成立|具|拥有|掌握|"
    r"有|已|上|近|经营|和|及|或|以及|自|建|开展|牵头|参与|申请|申报|为|"
    r"成功|首次|等[\u4e00-\u9fff]{0,8}(?:主体|单位|组织|机构)))"
)
_NAMED_AFTER = re.compile(r"^(?:为|对|向|与|和|联合)?$")
_SERVED = re.compile(
    r"(?:(?<![应须需位体人象者])为|向|与|和|服务|帮助|联合|面向|带动|入驻|引进|吸引|组织(?!、)|"
    r"推动|培育|孵化|国外|境外|海外|其他|多家|家|"
    r"名录库内的|占|针对|促进|助力|涉及|单家|每家|同一|对接|聚集|集聚|支撑|"
    r"辐射)(?:的)?[^,;。]{0,10}$|(?:合作|上下游|配套|控股|关联)(?:的)?[^,;。的]{0,10}$"
)


@extractor("enterprise", hints=("企业",), roles=("condition", "target", "subject"))
def enterprise(clause: Clause) -> Iterator[Finding]:
    """The applicant is an enterprise: …的企业, 企业应…; not those that it serves or works with."""
    for hit in _ENTERPRISE.finditer(clause.text):
        before = clause.text[: hit.start()]
        if re.search(r"\d家", clause.text):
            return  # how many firms, not which
        if "占" in clause.text and "比" in clause.text:
            return  # a share of some firms
        if not _SERVED.search(before) and not re.search(
            r"(?:中小|微|小型|大型|中型|高新技术|服务型|冠军|小巨人[”]?|专精特新[”]?|瞪羚|"
            r"独角兽|龙头)$",
            before,
        ):
            yield Finding("entity_type", "in", ("enterprise",), hit.start(), hit.end(), 0.6)
            return


_OWNERSHIP = (
    ("foreign", r"外商投资(?:企业)?|外资(?:企业|研发)|外商独资"),
    ("private", r"民营(?:企业|经济组织|中小企业)|私营企业"),
    ("state", r"国有(?:企业|控股企业|独资)|国企|央企|中央企业"),
)
_OWNER = re.compile("|".join(f"(?P<{code}>{form})" for code, form in _OWNERSHIP))


@extractor(
    "ownership",
    hints=("外商", "外资", "民营", "私营", "国有", "国企", "央企", "中央企业"),
    roles=("condition", "target", "excluded", "subject"),
)
def ownership(clause: Clause) -> Iterator[Finding]:
    """外商投资企业, 民营企业; a list of all kinds says nothing."""
    hits = {str(hit.lastgroup): hit for hit in _OWNER.finditer(clause.text) if _own(clause, hit)}
    if hits and len(hits) < 3:
        start = min(hit.start() for hit in hits.values())
        end = max(hit.end() for hit in hits.values())
        negated = bool(re.search(r"(?:非|不含|除)$", clause.text[:start]))
        yield Finding("ownership", "in", tuple(sorted(hits)), start, end, 0.8, negated)


def _own(clause: Clause, hit: re.Match[str]) -> bool:
    return not re.search(r"(?:与|和|联合|同|引进|利用)[^,;。]{0,6}$", clause.text[: hit.start()])


_LISTED = re.compile(
    r"(?P<no>(?:拟|未|非|"
    r"后备)(?:在[^,;。]{0,12})?)?上市(?:挂牌)?(?:[\u4e00-\u9fff]{0,4})?(?:公司|企业)(?!股权|"
    r"股份)|应(?:已)?在境内外?(?:主板)?(?:证券交易所)?上市"
)


@extractor("listed", hints=("上市",), roles=("condition", "target", "subject"))
def listed(clause: Clause) -> Iterator[Finding]:
    """上市公司, 未上市企业."""
    for hit in _LISTED.finditer(clause.text):
        if re.search(
            r"重点|后备|储备|培育|或者?$|等", clause.text[max(0, hit.start() - 6) : hit.start()]
        ):
            continue
        if hit["no"] and hit["no"][0] in "拟后":
            continue
        yield Finding("listed", "==", not hit["no"], hit.start(), hit.end(), 0.7)
        return

"""资质认定 qualification."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.registry import Clause, Finding, extractor

_Q = r"[“”\"‘’]?"
_FORMS = (
    ("little_giant", rf"(?:{_Q}专精特新{_Q}(?:重点)?{_Q})?小巨人{_Q}(?:企业)?"),
    ("specialized_sme", rf"{_Q}专精特新{_Q}(?:型)?(?:中小)?(?:企业)?(?!{_Q}(?:重点)?{_Q}小巨人)"),
    ("zgc_high_tech", r"中关村高新(?:技术企业)?"),
    ("high_tech", r"(?:国家(?:级|重点)?|(?<![\u4e00-\u9fff]))?高新技术(?:类)?企业|高企(?!业)"),
    ("tech_sme", r"科技型中小企业|科技型小微企业"),
    ("innovative_sme", r"创新型中小企业"),
    ("champion", r"(?:制造业)?单项冠军(?:示范|培育|产品)?(?:企业)?"),
    ("gazelle", r"瞪羚(?:企业)?"),
    ("unicorn", r"独角兽(?:企业)?"),
    ("hidden_champion", r"隐形冠军(?:企业)?"),
    ("tech_center", r"(?:企业|市级|省级|国家级)技术中心(?!服务)"),
    ("tech_service", r"技术先进型服务企业"),
    ("hq", r"总部(?:型)?企业|地区总部"),
    ("leading_agri", r"(?:农业产业化)(?:重点)?(?:国家|省级|市级)?龙头企业"),
    ("time_honored", rf"{_Q}(?:中华|北京)?{_Q}老字号{_Q}(?!工匠)(?:企业)?"),
    ("startup_incubator", r"(?:科技(?:企业)?)?孵化器|众创空间"),
)
_FORM = re.compile("|".join(f"(?P<{code}>{form})" for code, form in _FORMS))
_BOTH = re.compile(r"国家(?:级)?(?:和|、|或|及)中关村高新技术企业")
_GIVEN = re.compile(
    r"(?:境外|海外|国外)(?:新设|设立)[^,;。()对的]{0,16}$|"
    r"(?:申请|申报|争创|推荐|评为|成为|发展成?|升级为?|遴选|面向|"
    r"(?<![应须需位体人象者])(?<!创建)为|向|形成|支持创建)(?:一批|优质)?"
    r"(?:国家级|市级|省级|国家|北京市|重点)*[“”]?$|"
    r"(?:培育|引入|引进|引育|吸引|集聚|聚集|孵化|服务|入驻|带动|建设|组建|参与|打造|培养|"
    r"(?<!成功)(?:创建|筹建|申建)(?!为|成)|"
    r"壮大|拥有\d*家)[^,;。对]{0,40}$"
)
_DENIED = re.compile(
    r"(?:未(?:曾)?(?:被|获得?|取得)?(?:认定|评定)?为?|非|不属于|不是|未列入|"
    r"尚未[^,;。]{0,4}为?)(?:国家级?|省级|市级)?[“]?$"
)
_GOAL = re.compile(r"^(?:申请|申报)?(?:认定|评定)(?:为)?$")
_NOT_HOLDER = re.compile(
    r"^(?:[”]?(?:名录|培育库|集聚|认定(?:管理|标准|条件|工作|申请|机构)|园区|特色园|产业园|"
    r"名称|网|复审|资格(?:到|期|有效)|申请(?:材料|书|受理)|认定申报|"
    r"服务|信息|平台|高质量发展|建设|提供|评价(?:工作|系统|指标)|申报|培育|保|贷|险|板|"
    r"票据))"
)


@extractor(
    "qualification",
    hints=(
        "专精特新",
        "小巨人",
        "高新",
        "高企",
        "科技型",
        "创新型",
        "冠军",
        "瞪羚",
        "独角兽",
        "技术中心",
        "技术先进型",
        "总部",
        "龙头企业",
        "老字号",
        "孵化器",
        "众创空间",
    ),
    roles=("condition", "target", "subject", "excluded"),
)
def qualification(clause: Clause) -> Iterator[Finding]:
    """国家高新技术企业, 专精特新“小巨人”企业 …: those that the applicant must hold."""
    codes: list[str] = []
    start = end = -1
    for hit in _FORM.finditer(clause.text):
        if not _held(clause, hit):
            continue
        code = str(hit.lastgroup)
        if code not in codes:
            codes.append(code)
        if code == "zgc_high_tech" and _BOTH.search(clause.text) and "high_tech" not in codes:
            codes.append("high_tech")
        start = hit.start() if start < 0 else start
        end = hit.end()
    if codes:
        negated = bool(_DENIED.search(clause.text[:start]))
        yield Finding("qualification", "in", tuple(codes), start, end, 0.85, negated)


def _held(clause: Clause, hit: re.Match[str]) -> bool:
    before, after = clause.text[: hit.start()], clause.text[hit.end() :]
    if _NOT_HOLDER.match(after):
        return False
    if _GOAL.search(before) and re.match(r"(?:的)?(?:企业)?,?(?:必?须|应|需|条件|$)", after):
        return False  # 认定为高新技术企业须满足…: what one wants to become
    if clause.role == "condition" and re.search(r"(?<!已)(?<!经)(?:申请)?认定为?$", before):
        return not re.search(r"申请|申报|拟", before)
    return not _GIVEN.search(before)

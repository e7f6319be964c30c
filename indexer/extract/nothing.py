"""Documents that offer nothing to apply for (不含措施的文件)."""

from __future__ import annotations

import re

from policy_match.domain.policy import Policy

_TITLE = re.compile(
    r"解读|答记者问|问答|通报|会议(?:通知|纪要)?$|召开|批复|任免|任命|"
    r"成立[^,。]{0,20}(?:小组|机构)|公示$|(?:公布|公示|发布|确认|确定)[^,。]{0,40}名单|"
    r"名单$|讲话|工作报告|工作要点|新闻|简报|废止|情况的|督查"
)


def offers_nothing(policy: Policy) -> bool:
    """Whether the title says that the document only reports, explains or convenes."""
    return bool(_TITLE.search(policy.title))


_PEOPLE = re.compile(
    r"公共租赁住房|住房保障|保障性住房|养老金|失业保险金|(?:医疗|长期护理|居民养老|职工养老)保险|"
    r"入学|招生|幼儿园|生育津贴|社会保障卡|最低生活保障|低保|社会救助|临时救助|特困人员|"
    r"残疾人(?:两项)?补贴|老年人|入户|异地就医|居住证|家庭医生|人事争议|灵活就业|人才公寓"
)
_BODIES = re.compile(r"企业|单位|机构|产业|园区|基地|合作社|商户|服务业")


def is_for_people(policy: Policy) -> bool:
    """Whether the title says that it is for natural persons alone (只面向个人)."""
    return bool(_PEOPLE.search(policy.title)) and not _BODIES.search(policy.title)


_CHANGES = re.compile(
    r"(?:将|把)?(?:第[一二三四五六七八九十百\d]{1,5}[条章款项]|原文|[^。;:]{0,30}“[^”]{1,60}”)"
    r"[^。;]{0,60}(?:修改为|调整为|改为|删[去除])|增加[一二两三]?[条款项]|作为第[^。;]{1,6}[条款项]"
)


def changes_another(text: str) -> bool:
    """将第二条…修改为…: the new words of another document, which is their place (修改条文)."""
    return bool(_CHANGES.search(text))


_LAW = re.compile(r"(?:(?<!办)法|条例|办法实施细则|法实施细则)(?:\(.{0,20}\)|（.{0,20}）)?$")
_BUSINESS = re.compile(
    r"企业|纳税人|经营者|合作社|个体工商户|商户|公司|机构|科研单位|生产者|从事[^。;]{2,40}的|项目|用户"
)
_POLICY_ONLY = re.compile(
    r"(?:落实|完善|保障|推行|健全|采取|建立|安排)[^。;]{0,60}(?:政策|制度|措施|资金|办法|方式)"
)


def names_business(text: str) -> bool:
    """Whether a law's offer is to a business, and no promise of a policy to come (惠及企业)."""
    return bool(_BUSINESS.search(text)) and not _POLICY_ONLY.search(text)


_APPLYING = re.compile(
    r"申报|申请|认定|评定|评价|评估|备案|入库|征集|评选|遴选|推荐|培育|资助|奖励|奖补|补助|补贴|"
    r"扶持|支持|试点|示范|"
    r"资金|贴息|减免|减缴|优惠|条件"
)


def is_law(policy: Policy) -> bool:
    """Whether it is a law or a regulation, which offers only what it puts in figures (法律法规)."""
    return bool(_LAW.search(policy.title)) and not _APPLYING.search(policy.title)


def is_applied_for(policy: Policy) -> bool:
    """Whether conditions alone, without a benefit, are conditions to apply for something."""
    return bool(_APPLYING.search(policy.title))

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


_LAW = re.compile(r"(?:法|条例|办法实施细则|法实施细则)(?:\(.{0,20}\)|（.{0,20}）)?$")
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

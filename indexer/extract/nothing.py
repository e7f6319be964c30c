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

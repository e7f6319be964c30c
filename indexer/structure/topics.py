"""Kind and themes of a policy by simple words, a first version (政策类别与主题)."""

from __future__ import annotations

import re

_KINDS = (
    (
        "援企",
        re.compile(r"稳岗|返还|纾困|缓缴|援企|救助|复工复产|延期还本付息|共渡难关|渡过难关|疫情"),
    ),
    ("稳企", re.compile(r"稳企|稳增长|稳定(?:发展|经济|就业)|融资担保|应急转贷|保供|稳外[贸资]")),
    ("惠企", re.compile(r"补贴|补助|奖励|奖补|资助|扶持|贴息|减免|优惠|惠企|免征|减征|认定|申报")),
)
_THEMES = (
    ("减税降费", re.compile(r"减税|降费|免征|减征|税收优惠|税费|退税|加计扣除|免收|减免")),
    (
        "放管服",
        re.compile(r"放管服|简政放权|审批制度|营商环境|政务服务|证照分离|告知承诺|一网通办"),
    ),
    (
        "扶持实体经济",
        re.compile(
            r"实体经济|制造业|工业企业|技术改造|中小企业|民营经济|民营企业|产业链|专精特新|小微企业"
        ),
    ),
    (
        "促进经济增长",
        re.compile(r"经济增长|稳增长|促消费|扩大投资|高质量发展|稳经济|经济发展|扩大内需"),
    ),
)
THEMES = tuple(theme for theme, _ in _THEMES)
_BODY_LENGTH = 4_000


def kind_of(title: str, text: str) -> str | None:
    """
    稳企, 援企 or 惠企, where the title or the beginning of the text decides; else None (类别).

    Decided by the title if one of the kinds has a word there; else by the kind whose words come
    up most in the beginning, at least three times and more than those of any other.
    """
    named = [kind for kind, words in _KINDS if words.search(title)]
    if named:
        return named[0]
    counts = sorted(
        ((len(words.findall(text, 0, _BODY_LENGTH)), kind) for kind, words in _KINDS), reverse=True
    )
    (most, kind), (second, _) = counts[0], counts[1]
    return kind if most >= 3 and most > second else None


def themes_of(title: str, text: str) -> tuple[str, ...]:
    """The themes whose words the title holds, or the beginning of the text twice (主题)."""
    return tuple(
        theme
        for theme, words in _THEMES
        if words.search(title) or len(words.findall(text, 0, _BODY_LENGTH)) >= 2
    )

"""
Numbered headings of Chinese documents: 第一章, 第三条, 一、（一）1.（1）① (标题序号识别).

One line is looked at by itself here; `outline` makes the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_CN = "〇零一二三四五六七八九十百两"
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


class Scheme(IntEnum):
    """A way of numbering, from the widest to the narrowest (序号体系)."""

    ATTACHMENT = 1  # 附件1
    PART = 2  # 第一编
    CHAPTER = 3  # 第一章
    SECTION = 4  # 第一节
    ARTICLE = 5  # 第一条
    CHINESE = 6  # 一、
    CHINESE_PAREN = 7  # （一）
    ARABIC = 8  # 1. 1、
    DOTTED = 9  # 1.1
    ARABIC_PAREN = 10  # （1） 1）
    CIRCLED = 11  # ①
    LETTER = 12  # A. a)
    LABEL = 13  # 申报条件：


@dataclass(frozen=True, slots=True)
class Heading:
    """
    A number (or label) found at the start of a line (序号).

    `start` is where it begins in the line, `end` where the text after it begins; `number` is as
    written, without the blanks around it.
    """

    scheme: Scheme
    number: str
    ordinal: int | None
    start: int
    end: int


LABELS = (
    "申报条件|申请条件|支持条件|受理条件|认定条件|享受条件|条件要求|基本条件|申报要求|申请要求|"
    "申报对象|申请对象|支持对象|扶持对象|服务对象|适用对象|奖励对象|补贴对象|补助对象|资助对象|"
    "申报主体|申请主体|申报范围|适用范围|支持范围|支持领域|支持方向|服务内容|支持内容|政策内容|"
    "扶持内容|主要内容|支持标准|扶持标准|补助标准|补贴标准|奖励标准|资助标准|支持方式|资助方式|"
    "补助方式|支持政策|支持措施|扶持措施|优惠政策|申报材料要求|申请材料要求|申报材料|申请材料|所需材料|提交材料|办理材料|"
    "申报时间|申请时间|受理时间|申报期限|办理时限|时间频度|执行期限|有效期限|有效期|"
    "申报程序|申请程序|申报流程|申请流程|办理流程|办理程序|办理方式|申报方式|申请方式|受理方式|"
    "申报地点|办理地点|受理地点|受理单位|受理部门|责任单位|责任部门|牵头单位|主管部门|"
    "联系方式|联络方式|联系人|联系电话|咨询电话|咨询方式|政策依据|依据文件|发文机构|发文机关|"
    "发文字号|文号|发布日期|成文日期|发布机构|发布时间|工具分类|政策名称|事项名称|项目名称"
)

_NUMBERS = (
    (Scheme.PART, rf"第\s*[{_CN}\d]{{1,6}}\s*编(?=\s|$|[^码辑])"),
    (Scheme.CHAPTER, rf"第\s*[{_CN}\d]{{1,6}}\s*章(?=\s|$|[^程的规节第])"),
    (Scheme.SECTION, rf"第\s*[{_CN}\d]{{1,6}}\s*节(?=\s|$|[^的规第])"),
    (
        Scheme.ARTICLE,
        rf"第\s*(?:[{_CN}]{{1,7}}|\d(?:\s?\d){{0,3}})\s*条"
        rf"(?:之[一二三四五六七八九十]{{1,2}})?(?![第款项规的、和至之所中及与，,]|修改|改为|删)",
    ),
    (Scheme.CHINESE, rf"[{_CN}]{{1,4}}\s*[、.．](?![{_CN}]{{1,3}}[、级等类期产])(?![级等类产])"),
    (Scheme.CHINESE_PAREN, rf"[（(]\s*[{_CN}]{{1,4}}\s*[）)]"),
    (
        Scheme.DOTTED,
        r"\d{1,2}(?:[.．]\d{1,2}){1,3}[.．]?(?=\s|[\u4e00-\u9fff“《])(?!\s?[万亿元%％倍个米人年月日吨])",
    ),
    (Scheme.ARABIC, r"\d{1,3}\s*[.．、](?![\d%％])"),
    (Scheme.ARABIC_PAREN, r"[（(]\s*\d{1,2}\s*[）)]|\d{1,2}\s*[）)]"),
    (Scheme.CIRCLED, rf"[{_CIRCLED}]"),
    (Scheme.LETTER, r"[A-Za-z]\s*[.．、）)](?![A-Za-z0-9])"),
    (Scheme.LABEL, rf"[【\[]?(?:{LABELS})[】\]]?\s*[:：]|【(?:{LABELS})】|(?:{LABELS})(?=\s*$)"),
)
_HEADING = re.compile(
    r"[#\s]{0,8}(?:" + "|".join(f"(?P<{scheme.name}>{form})" for scheme, form in _NUMBERS) + r")\s*"
)
_FIRST = frozenset("第（(#【[ \t\u3000\u2002" + _CN + _CIRCLED + "0123456789") | {
    *"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    *(label[0] for label in LABELS.split("|")),
}
_INNER = re.compile(
    rf"(?<=\s)第\s?[{_CN}\d]{{1,6}}\s?[节条](?=\s)"
)  # 第一章 总则 第一条 … on one line
_SIGNS = re.compile(r"[\s#、.．:：【】\[\]]+")


def heading_of(text: str, start: int = 0) -> Heading | None:
    """
    The number or label at the start of a line, if there is one (行首序号).

    >>> heading_of("（二）申报条件。企业应当").number
    '（二）'
    >>> heading_of("1.5亿元以上的") is None
    True
    """
    if start >= len(text) or text[start] not in _FIRST:
        return None
    found = _HEADING.match(text, start)
    if found is None or found.lastgroup is None:
        return None
    scheme = Scheme[found.lastgroup]
    number = found[found.lastgroup].strip()
    return Heading(scheme, number, ordinal_of(number), found.start(scheme.name), found.end())


def headings_of(text: str) -> list[Heading]:
    """
    All headings that one line opens: 第一章 总则 第一条 … or 服务内容：1．… (同行多级序号).

    A line opens at most three.
    """
    first = heading_of(text)
    if first is None:
        return []
    found = [first]
    while len(found) < 3:
        following = _following(text, found[-1])
        if following is None:
            break
        found.append(following)
    return found


def _following(text: str, last: Heading) -> Heading | None:
    if last.scheme is Scheme.LABEL:
        return heading_of(text, last.end)
    if last.scheme in (Scheme.CHAPTER, Scheme.SECTION):
        inner = _INNER.search(text, last.end, last.end + 60)
        return heading_of(text, inner.start()) if inner else None
    return None


@lru_cache(maxsize=1024)  # the same few numbers open the lines of all documents
def ordinal_of(number: str) -> int | None:
    """
    The number's value (序数值); of 1.2 the last part, None for a label.

    >>> ordinal_of("第二十三条"), ordinal_of("（10）"), ordinal_of("③")
    (23, 10, 3)
    """
    if number[0] in _CIRCLED:
        return _CIRCLED.index(number[0]) + 1
    digits = re.findall(r"\d+", re.sub(r"(?<=\d)\s(?=\d)", "", number))
    if digits:
        return int(digits[-1])
    chinese = re.search(rf"[{_CN}]+", number)
    return chinese_number(chinese[0]) if chinese else None


def chinese_number(text: str) -> int:
    """
    A Chinese numeral below a thousand, by place or by digits (中文数字).

    >>> chinese_number("二十三"), chinese_number("一百零五"), chinese_number("二〇二四")
    (23, 105, 2024)
    """
    if not any(char in "十百" for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS[char]
    return total + digit


def bare(number: str) -> str:
    """The number without dots, commas and colons, for a path (去标点序号)."""
    return _SIGNS.sub("", number)

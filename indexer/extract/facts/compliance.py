"""
合规条件: no_dishonesty, no_major_violation, no_safety_accident and the like.

They are stated as the good condition, so 未列入失信名单 and, below “有下列情形之一的不得申报”,
列入失信名单 both give `== true`; `logic` does not negate them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.registry import Clause, Finding, extractor

GOOD_CONDITIONS = frozenset(
    {
        "no_dishonesty",
        "no_major_violation",
        "no_safety_accident",
        "tax_compliant",
        "not_duplicate_funding",
    }
)

_DISHONEST = re.compile(
    r"失信|黑名单|联合惩戒|不良(?:信用|诚信|征信)(?:信息)?记录|(?:信用|诚信)(?:记录|状况|"
    r"情况)?(?:良好|优良|不良)|"
    r"良好的?(?:商业|社会|企业)?(?:信用|信誉|诚信|征信)|不良信用|经营异常名录|无不良记录|"
    r"不诚信|诚信经营|诚实守信|(?:严重)?违约记录|信誉良好"
)
_VIOLATION = re.compile(
    r"(?:违法|违规|违纪|违反[^,;。]{0,20}(?:法律|法规|规定))(?:违规|违法|违纪)*(?:行为|记录|"
    r"经营|问题|案件|情况|情形)?|行政处罚|处罚记录|刑事(?:处罚|犯罪|责任)|"
    r"遵纪守法|守法经营|合法经营|依法经营|依法合规"
)
_DENIED = re.compile(r"无|未|没有|不存在|不得|非|不在|不处于|免")
_GOOD_WORDS = re.compile(
    r"遵纪守法|守法经营|合法经营|依法经营|依法合规|良好|优良|诚信经营|诚实守信"
)
_ACCIDENT = re.compile(
    r"(?:安全|环保|环境|质量|生产|群体性|责任)[^,;。]{0,14}?(?:事故|事件)|环境污染|(?:重大|"
    r"较大|一般)[^,;。]{0,10}事故"
)
_TAX = re.compile(
    r"(?:依法|照章|按时|按期|足额|如实|诚信)[^,;。]{0,4}(?:纳税|缴税|缴纳[^,;。]{0,8}税)|"
    r"纳税信用|(?:无|未|没有)[^,;。]{0,6}(?:欠税|偷税|偷逃骗?税|(?:涉税|纳税|税收)违[法规])|"
    r"(?:偷税|骗税|欠税|逃税|抗税)|税收违法|纳税记录良好"
)
_DUPLICATE = re.compile(
    r"(?:不得?|不能|不可|不予|不再|不应|未|没有|不)[^,;。]{0,6}重复(?:申报|申请|享受|支持|"
    r"资助|补助|奖励|补贴|安排|获得|兑现|领取)|"
    r"(?:就高|从高|从优|择优|择高)[^,;。]{0,4}不重复|"
    r"不得(?:再|接受|同时|以同一)[^。;]{0,24}(?:财政|专项)[^,;。]{0,8}|"
    r"已获(?:得)?[^。;]{0,30}(?:财政|专项)[^。;]{0,30}不得[^。;]{0,24}再次申报|"
    r"重复(?:申报|享受|支持|资助|补助|奖励|补贴)的?[^,;。]{0,8}(?:不予|除外|取消)|"
    r"(?:未|没有|无|未曾)(?:曾|再)?(?:获得?过?|享受过?|得到过?|列入|申请过?|申报过?|"
    r"取得过?)[^。;]{0,40}?"
    r"(?:财政|专项|政府|资金|扶持|资助|补助|奖励|补贴)[^,;。]{0,12}|"
    r"(?:已|已经|曾)(?:获得?过?|享受过?|得到过?|取得过?|列入)[^。;]{0,45}?(?:资金|资助|补助|"
    r"奖励|补贴|扶持|支持|政策)[^。;]{0,30}?(?:不再|不予|不得|不能|不纳入|取消|除外|不重复|"
    r"不可)"
)
_DUPLICATE_BAD = re.compile(
    r"已?(?:经|享受|获得?)过?[^。;]{0,30}?(?:财政|专项|市级|省级|区级|"
    r"同类)[^,;。]{0,10}(?:资金|补助|资助|奖励|补贴)(?:支持|政策)?(?:的|$)"
)
_PUBLIC_MONEY = re.compile(
    r"重复|财政|专项|同类|同级|相同|同一|其他|其它|省级|市级|区级|国家级|政府|相关资金|类似"
)
_OTHER_THING = re.compile(r"认定(?:称号)?$|处罚|惩戒|重复(?:建设|购置|计算)")


def _good(fact: str, hit: re.Match[str], sure: float) -> Finding:
    return Finding(fact, "==", True, hit.start(), hit.end(), sure)


@extractor(
    "no_dishonesty",
    hints=(
        "失信",
        "信用",
        "诚信",
        "诚实",
        "黑名单",
        "惩戒",
        "异常名录",
        "不良记录",
        "违约",
        "信誉",
        "征信",
    ),
    roles=("condition", "target", "excluded"),
)
def no_dishonesty(clause: Clause) -> Iterator[Finding]:
    """未被列入失信名单, 信用良好, 无不良信用记录."""
    hit = _DISHONEST.search(clause.text)
    if hit is None or ("信用信息" in clause.text and "公示系统" in clause.text):
        return
    if _says_good(clause, hit):
        yield _good("no_dishonesty", hit, 0.9)


@extractor(
    "no_major_violation",
    hints=(
        "违法",
        "违规",
        "违纪",
        "违反",
        "处罚",
        "刑事",
        "守法",
        "合法经营",
        "依法经营",
        "依法合规",
    ),
    roles=("condition", "target", "excluded"),
)
def no_major_violation(clause: Clause) -> Iterator[Finding]:
    """近三年无重大违法违规行为."""
    hit = _VIOLATION.search(clause.text)
    if hit is not None and _says_good(clause, hit):
        if "失信" in hit[0] or re.match(r"(?:违法)?失信", clause.text[hit.end() :]):
            return  # 严重违法失信 is about credit
        yield _good("no_major_violation", hit, 0.88)


@extractor(
    "no_safety_accident", hints=("事故", "事件", "污染"), roles=("condition", "target", "excluded")
)
def no_safety_accident(clause: Clause) -> Iterator[Finding]:
    """近三年未发生安全、环保、质量事故."""
    hit = _ACCIDENT.search(clause.text)
    if hit is not None and _says_good(clause, hit):
        yield _good("no_safety_accident", hit, 0.9)


@extractor("tax_compliant", hints=("税",), roles=("condition", "target", "excluded"))
def tax_compliant(clause: Clause) -> Iterator[Finding]:
    """依法纳税, 纳税信用良好."""
    hit = _TAX.search(clause.text)
    if hit is not None and "税务登记" not in hit[0]:
        yield _good("tax_compliant", hit, 0.88)


@extractor(
    "not_duplicate_funding",
    hints=("重复", "未", "没有", "已", "享受", "获得", "经", "不得"),
    roles=("condition", "target", "excluded", "remark"),
)
def not_duplicate_funding(clause: Clause) -> Iterator[Finding]:
    """未获得同级财政资金支持; 已享受…资金支持的不再支持."""
    hit = _DUPLICATE.search(clause.text)
    if hit is None and clause.role == "excluded":
        hit = _DUPLICATE_BAD.search(clause.text)
    if hit is not None and _PUBLIC_MONEY.search(hit[0]) and not _OTHER_THING.search(hit[0]):
        yield _good("not_duplicate_funding", hit, 0.85)


def _says_good(clause: Clause, hit: re.Match[str]) -> bool:
    """Whether the clause denies the bad thing, or says the good one, or stands under 不得."""
    if clause.role == "excluded" or _GOOD_WORDS.search(hit[0]):
        return True
    around = clause.text[max(0, hit.start() - 24) : hit.end() + 10]
    return bool(_DENIED.search(around) or _DENIED.search(clause.before[-30:]))

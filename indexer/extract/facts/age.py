"""成立年限 established_years, 成立日期 established_on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from indexer.extract.figures import Unit
from indexer.extract.measured import measured
from indexer.extract.registry import Clause, Finding, extractor
from policy_match.domain.criterion import Op

_FOUNDED = re.compile(
    r"(?:注册成立|登记成立|依法成立|注册登记|登记注册|依法登记|成立|注册|设立|登记|持续经营|"
    r"连续经营|正常经营|"
    r"经营|运营|运行|开业)(?:时间|年限|期限|存续期)?(?:\(含\))?(?:原则上|须|应|需|已|时间|均|并)?"
)
_OTHER_PARTY = re.compile(
    r"(?:被投|研发中心|部门|境外|国\(境\)外|园区|机构|项目|平台|基地|基金)[^,;、]{0,8}$|"
    r"合同|协议|团队"
)
_OF_A_THING = re.compile(
    r"的[\u4e00-\u9fff]{0,4}(?:车|车辆|产品|商标|专利|品种|药品|器械|作品)(?![\u4e00-\u9fff]{0,6}(?:企业|单位))"
)
_BETWEEN = re.compile(r"\d|[,;、](?!且|并)|业务|之日|以来|后")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日(?:\(含\))?(?P<side>以前|之前|前|以后|之后|后)")


@extractor("established_years", hints=("年", "月"))
def established_years(clause: Clause) -> Iterator[Finding]:
    """成立三年以上, 注册成立不超过5年(含), 持续经营满1年."""
    for unit in (Unit.YEARS, Unit.MONTHS):
        if any(one.unit is unit for one in clause.figures):
            for found in measured(
                clause, "established_years", _FOUNDED, unit, gap=6, avoid=_BETWEEN, sure=0.92
            ):
                if (
                    re.match(r"的(?:企业|单位)?(?:$|按|,|\))", clause.text[found.end :])
                    and found.op == "<"
                ):
                    continue  # 成立不满两年的, 自成立之日起…: a case, not a condition
                if _OF_A_THING.match(clause.text[found.end :]):
                    continue  # 登记在本人名下1年以上的车辆
                if found.value < 100 and not _foreign_subject(clause, found.start):  # type: ignore[operator]  # a number, as the pattern has it
                    yield found


def _foreign_subject(clause: Clause, start: int) -> bool:
    return bool(_OTHER_PARTY.search(clause.text[:start])) or clause.text[start:].startswith(
        "经营范围"
    )


@extractor("established_on", hints=("成立", "注册", "登记", "设立"))
def established_on(clause: Clause) -> Iterator[Finding]:
    """2023年1月1日前在本市注册成立."""
    for hit in _DAY.finditer(clause.text):
        after = clause.text[hit.end() : hit.end() + 16]
        before = clause.text[max(0, hit.start() - 8) : hit.start()]
        if (
            not re.search(r"成立|注册|设立|登记(?!备案)", after + before)
            or "项目" in after + before
        ):
            continue
        try:
            day = date(int(hit[1]), int(hit[2]), int(hit[3])).isoformat()
        except ValueError:
            continue  # no such day: the clause stays a question for people
        op: Op = ">="
        if "前" in hit["side"]:
            op = "<=" if "(含)" in hit[0] else "<"
        yield Finding("established_on", op, day, hit.start(), hit.end(), 0.75)


_YEAR_BEFORE = re.compile(r"上一?年度(?:之)?前[^,;。]{0,12}(?:登记|注册|成立|设立)")


@extractor("established_before_last_year", hints=("年度前", "年度之前"))
def established_before_last_year(clause: Clause) -> Iterator[Finding]:
    """上一年度前在本市登记: at least a year old."""
    hit = _YEAR_BEFORE.search(clause.text)
    if hit:
        yield Finding("established_years", ">=", 1, hit.start(), hit.end(), 0.6)

"""国民经济行业 industry and 产业领域 theme."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.registry import Clause, Finding, extractor
from indexer.extract.themes import THEME, WIDE_LIST
from policy_match.domain.codes import find_industries

_ASPECT = re.compile(
    r"(?:属于|从事|符合|聚焦|面向|围绕|涉及|主营|主营业务|为主营业务|领域|产业|行业|企业|单位|机构|方向|技术|业务|项目)"
)
_SECTOR_BEFORE = re.compile(
    r"(?:从事|属于|主营业务为?|所属行业为|所处行业为|归属于|行业为|经营)[^,;。]{0,14}$"
)
_SECTOR_AFTER = re.compile(r"(?:类|行业|领域)?的?(?:等)?(?:行业|领域)?的?(?:企业|法人|单位|为主营|个体工商户|市场主体|经营主体)")
_OUTSIDE = re.compile(r"(?:类)?(?:企业|行业|业)?(?:、[^,;。、]{2,14}){0,3}(?:以外|除外|等除外)")
_NOT_BEFORE = re.compile(r"(?:非|除|不含|不包括|不属于)$")
_FEW = 3


@extractor(
    "industry",
    hints=("业",),
    roles=("condition", "target", "subject", "excluded"),
)
def industry(clause: Clause) -> Iterator[Finding]:
    """制造业企业, 从事餐饮业: an industry of the standard that the applicant belongs to."""
    codes: list[str] = []
    start = end = -1
    for mention in find_industries(clause.text):
        if len(mention.codes) > _FEW or THEME.fullmatch(mention.text):
            continue
        if not _is_industry(clause, mention.text, mention.end):
            continue
        codes.extend(code for code in mention.codes if code not in codes)
        start = mention.start if start < 0 else start
        end = mention.end
    if codes:
        negated = bool(_OUTSIDE.match(clause.text[end:]) or _NOT_BEFORE.search(clause.text[:start]))
        yield Finding("industry", "in", tuple(codes), start, end, 0.8, negated)


def _is_industry(clause: Clause, name: str, end: int) -> bool:
    before, after = clause.text[: end - len(name)], clause.text[end:]
    if _SECTOR_BEFORE.search(before) and not re.match(r"(?:绩|务|链|化|局|主管|协会)", after):
        return True
    return name.endswith("企业") or bool(_SECTOR_AFTER.match(after))


@extractor("theme", hints=("",), roles=("condition", "target"))
def theme(clause: Clause) -> Iterator[Finding]:
    """属于新一代信息技术、医药健康等高精尖产业领域: the text's own words, one by one."""
    names: list[str] = []
    start = end = -1
    for hit in WIDE_LIST.finditer(clause.text):
        if not _about_applicant(clause, hit):
            continue
        for name in THEME.findall(hit[0]):
            if name not in names:
                names.append(name)
        start = hit.start() if start < 0 else start
        end = hit.end()
    if names:
        yield Finding("theme", "in", tuple(names), start, end, 0.75)


def _about_applicant(clause: Clause, hit: re.Match[str]) -> bool:
    before, after = clause.text[: hit.start()], clause.text[hit.end() :]
    if re.match(r"(?:局|部|协会|人才|专业|学院|发展规划|发展资金|专项资金|展览|大会|平台)", after):
        return False
    return bool(_ASPECT.search(before[-14:]) or _ASPECT.match(after) or re.match(r"等?(?:重点)?(?:产业|领域|行业|技术)", after))

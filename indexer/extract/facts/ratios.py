"""比例: revenue_growth, rd_ratio, rd_staff_ratio, college_staff_ratio."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.figures import Unit
from indexer.extract.measured import compared, measured
from indexer.extract.registry import Clause, Finding, extractor

_TURNOVER = r"(?:营业(?:总)?收入|销售(?:收入|额)|主营业务收入|营收|主营收入)"
_GROWTH = re.compile(
    rf"{_TURNOVER}(?:复合|年均|年平均|平均|同比|年度|年|的|总额|较上年|比上年|\(额\))*"
    r"(?:增长率|增长|增幅|增速)(?:率|幅度)?"
)
_COMPOUND = re.compile(rf"{_GROWTH.pattern}|(?<!利润)(?:年均|复合|年均复合)增长率")
_RD_RATIO = re.compile(
    r"(?:研究开发|研发|科技)(?:活动)?(?:费用?|投入|经费)(?:支出|投入)?(?:总?额|合计)?"
    r"(?:总和)?(?:的)?(?:占|/)[^,;。%]{0,18}?(?:收入|销售额|营收)(?:总额|总和|"
    r"之和)?(?:的)?(?:比例|比重|比)?|"
    r"(?:研究开发|研发)(?:投入|费用|经费)?(?:强度|占比|投入比|费用率)"
)
_RD_STAFF = re.compile(
    r"(?:研究开发|研发|科技|技术研发|"
    r"科研)(?:活动)?(?:的)?(?:和相关技术创新活动的科技)?(?:技术)?人员(?:数量?|总数|人数)?"
    r"(?:占[^,;。%]{0,18}?(?:职工|员工|从业人员|人员|人数|总数)(?:总?人?数|的|总量|比例|"
    r"比重|比)*|占比)"
)
_COLLEGE = re.compile(
    r"(?:大学)?(?:大专|专科|本科|大学专科|大学本科)[^,;。%]{0,16}?"
    r"(?:占[^,;。%]{0,18}?(?:职工|员工|从业人员|人员|人数|总数)(?:总?人?数|的|总量|比例|"
    r"比重|比)*|占比)"
)


@extractor("revenue_growth", hints=("增长", "增幅", "增速"))
def revenue_growth(clause: Clause) -> Iterator[Finding]:
    """近三年营业收入平均增长率不低于20%."""
    noun = _COMPOUND if "收入" in clause.text else _GROWTH
    yield from measured(clause, "revenue_growth", noun, Unit.RATIO, default=">=", sure=0.9)


@extractor("rd_ratio", hints=("研发", "研究开发", "科技"))
def rd_ratio(clause: Clause) -> Iterator[Finding]:
    """研发费用占营业收入的比例不低于3%."""
    yield from measured(clause, "rd_ratio", _RD_RATIO, Unit.RATIO, default=">=", sure=0.92)


_BARE = re.compile(r"(?:(?:的)?(?:比例|比重|占比)|强度)?(?:应|须|需)?(?:为|在|达到?)?$")


@extractor("rd_ratio_by_header", hints=("%", "百分之"))
def rd_ratio_by_header(clause: Clause) -> Iterator[Finding]:
    """收入低于5000万元的,不低于6%, below 研发费用占收入的比例符合如下要求."""
    if not _RD_RATIO.search(clause.header):
        return
    for figure in clause.figures:
        if figure.unit is Unit.RATIO and _BARE.fullmatch(clause.text[: figure.start]):
            yield from compared("rd_ratio", figure, 0, figure.end, 0.75)


@extractor("rd_staff_ratio", hints=("人员",))
def rd_staff_ratio(clause: Clause) -> Iterator[Finding]:
    """研发人员占职工总数的比例不低于10%."""
    yield from measured(clause, "rd_staff_ratio", _RD_STAFF, Unit.RATIO, default=">=", sure=0.92)


@extractor("college_staff_ratio", hints=("大专", "专科", "本科"))
def college_staff_ratio(clause: Clause) -> Iterator[Finding]:
    """具有大专以上学历的人员占职工总数的30%以上."""
    yield from measured(
        clause, "college_staff_ratio", _COLLEGE, Unit.RATIO, default=">=", sure=0.88
    )

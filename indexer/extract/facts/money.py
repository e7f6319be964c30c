"""经营数据: registered_capital, revenue, assets, profit, tax, export, rd_expense."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.figures import Unit
from indexer.extract.measured import measured
from indexer.extract.registry import Clause, Finding, extractor

_OWN = r"(?<![外子母])"
_CAPITAL = re.compile(r"(?:实缴|实收|到位)?注册资(?:本|金)(?:总额)?|实收资本|实缴资本")
_REVENUE = re.compile(
    r"(?:(?:年度?|上年|近[一二两三]年|企业|实现|总|合并|\d{4}年|的|,|、|;|且|均|并|其|^|或|"
    r"达到|单位|公司)"
    r"(?:应税|主营)?(?:业务)?(?:营业(?:总?收入|额)|销售(?:总?收入|总?额)|主营业务收入|"
    r"经营收入|总?营收)"
    r"|年(?:度)?收入|营业(?:总)?收入|主营业务收入)"
)
_NOT_REVENUE = re.compile(
    r"(?:服务|技术|产品|软件|出口|新增|研发设计|技术性|境外|海外|平台|项目|零售|网络)$"
)
_RATIO_TALK = re.compile(r"占|增|比例|比重|亩均|人均|新增|%")
_ASSETS = re.compile(r"(?<!净)(?:资产总额|总资产|资产总计|资产规模)")
_NET_ASSETS = re.compile(r"净资产(?:总额)?|所有者权益")
_PROFIT = re.compile(r"(?:利润总额|净利润|年利润|利润额|税前利润|营业利润)")
_POSITIVE = re.compile(
    rf"{_PROFIT.pattern}(?:应|须|均|必须)?(?:为正(?:数|值)?|大于(?:零|0)(?![.\d]))"
)
_TAX = re.compile(
    r"(?:纳税(?:总?额)?|缴税(?:总?额)?|税收(?:总额|贡献|额)?|上缴税(?:收|金|费)?(?:总额)?|"
    r"实缴税(?:金|额|费)?|"
    r"入库税(?:收|金)|缴纳(?:的)?(?:各项|各类)?税(?:收|金|款|费)(?:总额)?|应纳税额)"
)
_NOT_TAX = re.compile(r"所得额")
_EXPORT = re.compile(r"(?:出口(?:总)?额|出口总值|进出口(?:总)?额|出口规模|出口业绩|年出口)")
_RD = re.compile(r"(?:研究开发|研发)(?:活动)?(?:费用?|投入|经费)(?:支出|投入)?(?:总?额|合计)?")
_PER = re.compile(r"(?:亩均|人均|户均|单位面积)(?:年)?$")
_FOREIGN_SUBJECT = re.compile(
    r"(?:境外|境\)外|海外|母公司|子公司|投资方|控股股东|合作方|服务对象|银行|担保机构|园区|"
    r"基地|孵化器)[^,;。]{0,12}$"
)


def _amount(
    clause: Clause, fact: str, noun: re.Pattern[str], *, sure: float = 0.92, gap: int = 14
) -> Iterator[Finding]:
    for found in measured(
        clause, fact, noun, Unit.MONEY, gap=gap, avoid=_RATIO_TALK, default=">=", sure=sure
    ):
        if not _FOREIGN_SUBJECT.search(clause.text[: found.start]) and not _PER.search(
            clause.text[: found.start]
        ):
            yield found


@extractor("registered_capital", hints=("注册资", "实收资本", "实缴"))
def registered_capital(clause: Clause) -> Iterator[Finding]:
    """注册资本不低于500万元."""
    yield from _amount(clause, "registered_capital", _CAPITAL)


@extractor("revenue", hints=("收入", "营收", "销售额", "销售总额", "营业额"))
def revenue(clause: Clause) -> Iterator[Finding]:
    """年营业收入在2亿元(含)以下; not 服务收入 or 新产品销售收入, which are other figures."""
    for found in _amount(clause, "revenue", _REVENUE):
        noun = _REVENUE.match(clause.text, found.start)
        if not _NOT_REVENUE.search(clause.text[: found.start]) and noun is not None:
            yield found


@extractor("total_assets", hints=("资产",))
def total_assets(clause: Clause) -> Iterator[Finding]:
    """资产总额不超过2亿元."""
    yield from _amount(clause, "total_assets", _ASSETS)


@extractor("net_assets", hints=("净资产", "所有者权益"))
def net_assets(clause: Clause) -> Iterator[Finding]:
    """净资产不低于1000万元."""
    yield from _amount(clause, "net_assets", _NET_ASSETS)


@extractor("profit", hints=("利润",))
def profit(clause: Clause) -> Iterator[Finding]:
    """净利润不低于500万元."""
    yield from _amount(clause, "profit", _PROFIT, sure=0.85)
    for hit in _POSITIVE.finditer(clause.text):
        yield Finding("profit", ">", 0, hit.start(), hit.end(), 0.8)


@extractor("tax_paid", hints=("税",))
def tax_paid(clause: Clause) -> Iterator[Finding]:
    """年纳税额100万元以上."""
    for found in _amount(clause, "tax_paid", _TAX, sure=0.88):
        if not _NOT_TAX.search(clause.text[found.start : found.end]):
            yield found


@extractor("export_value", hints=("出口",))
def export_value(clause: Clause) -> Iterator[Finding]:
    """年出口额1000万元以上."""
    yield from _amount(clause, "export_value", _EXPORT, sure=0.85)


@extractor("rd_expense", hints=("研发", "研究开发"))
def rd_expense(clause: Clause) -> Iterator[Finding]:
    """上一年度研发投入不低于200万元; a sum over several years is another figure."""
    for found in _amount(clause, "rd_expense", _RD, sure=0.88):
        if not re.search(r"累计|合计|总计", clause.text[max(0, found.start - 12) : found.end]):
            yield found

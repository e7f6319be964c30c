"""项目投资额 project_investment, 贷款额 loan_amount."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.figures import Unit
from indexer.extract.measured import measured
from indexer.extract.registry import Clause, Finding, extractor

_INVESTMENT = re.compile(
    r"(?:固定资产(?:实际)?(?:总)?投资|项目(?:计划|实际)?总?投资|总投资|投资总额|计划投资|"
    r"实际投资|(?:实际)?完成投资|投资(?:金)?额|投资规模|设备投资"
    r"|(?:设备(?:和|及|与)?(?:技术|软件)?)(?:的)?(?:购置)?投(?:入|资)|升级改造投资)"
    r"(?:总?额|金额|规模|额度)?"
)
_NOT_PROJECT = re.compile(r"单笔|%|占|比例|强度|亩均|每亩|年均|创业投资|股权")
_LOAN = re.compile(
    r"(?:贷款|融资)(?:总?额度?|金额|本金|余额|规模)|(?:单户|单笔)(?:授信|贷款)(?:额度|金额|"
    r"总额)?"
)


@extractor("project_investment", hints=("投资", "投入"))
def project_investment(clause: Clause) -> Iterator[Finding]:
    """固定资产投资不低于500万元, 设备投资300万元以上."""
    for found in measured(
        clause, "project_investment", _INVESTMENT, Unit.MONEY, gap=12, avoid=_NOT_PROJECT, sure=0.85
    ):
        if clause.role != "subject" or found.op in (">=", ">"):
            yield found


@extractor("loan_amount", hints=("贷款", "融资", "授信"), roles=("condition", "target", "subject"))
def loan_amount(clause: Clause) -> Iterator[Finding]:
    """单户贷款额不超过1000万元; whoever is given something by 融资额度 may be the lender."""
    for found in measured(
        clause, "loan_amount", _LOAN, Unit.MONEY, gap=8, avoid=_NOT_PROJECT, sure=0.8
    ):
        if clause.role != "subject" or "贷款" in clause.text[found.start : found.end]:
            yield found

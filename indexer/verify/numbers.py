"""Numbers, units and comparisons of a quote beside those of a rule (数量核对)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from indexer.extract.figures import Figure, Unit, figures
from indexer.extract.view import view_of
from policy_match.domain.criterion import FactLeaf
from policy_match.domain.facts import FactSpec, FactType
from policy_match.wording import OPS

_UNITS: dict[FactType, frozenset[Unit]] = {
    FactType.MONEY: frozenset({Unit.MONEY}),
    FactType.RATIO: frozenset({Unit.RATIO}),
    FactType.COUNT: frozenset({Unit.PERSONS, Unit.PIECES}),
    FactType.NUMBER: frozenset({Unit.YEARS, Unit.MONTHS}),
}
_UNIT_WORDS = {
    Unit.MONEY: "元",
    Unit.FOREIGN: "外币",
    Unit.RATIO: "比例",
    Unit.PERSONS: "人",
    Unit.YEARS: "年",
    Unit.MONTHS: "年（按月折算）",
    Unit.PIECES: "件",
    Unit.OTHER: "其他单位",
    Unit.NONE: "无单位",
}
_NOUNS = {  # what a figure of each fact stands behind; the longer names first
    "registered_capital": r"注册资[本金]|实缴资本|实收资本",
    "net_assets": r"净资产",
    "total_assets": r"资产总[额计]|总资产",
    "export_value": r"(?:进?出口|外贸|创汇)[^,。;、]{0,4}额",
    "profit": r"利润",
    "tax_paid": r"纳税|税收|税额|缴税",
    "rd_ratio": r"(?:研发|研究开发|科研|研究与试验发展|R&D)[^,。;人]{0,14}(?:占|比|强度)",
    "rd_expense": r"(?:研发|研究开发|科研)[^,。;人]{0,10}(?:费|投入|支出|经费)",
    "rd_staff_ratio": r"(?:研发|科技|科研|技术|研究)[^,。;]{0,8}人员",
    "college_staff_ratio": r"大专|本科|学历",
    "revenue_growth": r"增长|增速|增幅",
    "revenue": r"(?:营业|销售|主营|业务|经营|服务)[^,。;]{0,8}(?:收入|额)|营收|年收入|产值",
    "invention_patents": r"发明专利",
    "patents": r"专利|知识产权",
    "employees": r"从业人员|职工|员工|在职|人员|就业",
    "established_years": r"成立|注册|设立|经营|运营|登记|存续",
    "project_investment": r"投资",
    "loan_amount": r"贷款",
}
_ANY_NOUN = re.compile("|".join(f"(?P<{fact}>{form})" for fact, form in _NOUNS.items()))
_DATE = re.compile(r"(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?)?")
_BEFORE_DAY = re.compile(r"(?:以前|之前|前)")
_SLACK = Decimal("1e-9")


def number_problem(leaf: FactLeaf, spec: FactSpec, quote: str) -> tuple[str, str] | None:
    """
    How a numeric leaf differs from its quote: the problem and what the quote says (数量是否一致).

    A number that the quote states with the fact's unit and the rule's comparison is right. A
    figure for which the quote names no comparison is a floor; so is the lower end of a range,
    and the upper end is a ceiling.
    """
    text = view_of(quote).text
    if spec.type is FactType.DATE:
        return _date_problem(leaf, text)
    try:
        wanted = Decimal(str(leaf.value))
    except ArithmeticError:
        return "number", str(leaf.value)
    stated = list(_bounds(text, leaf.fact))
    units = _units_of(spec)
    equal = [one for one in stated if abs(one[1] - wanted) <= _SLACK]
    right = [one for one in equal if one[2] in units]
    if any(leaf.op == op for op, _, _ in right):
        return None
    if right:
        return "op", _words(right)
    return ("unit", _words(equal)) if equal else ("number", _words(stated))


def _units_of(spec: FactSpec) -> frozenset[Unit]:
    if spec.type is FactType.COUNT:
        return frozenset({Unit.PERSONS}) if spec.unit == "人" else frozenset({Unit.PIECES})
    return _UNITS.get(spec.type, frozenset(Unit))


Bound = tuple[str, Decimal, Unit]


def _bounds(text: str, fact: str) -> Iterator[Bound]:
    """What a text compares a fact with: operator, number, unit."""
    for figure in _figures_of(fact, text):
        yield from _bounds_of(figure)


def _figures_of(fact: str, text: str) -> list[Figure]:
    """The figures whose nearest noun to the left is the fact's; all where none is."""
    found = list(figures(text))
    nouns = [(hit.start(), hit.lastgroup) for hit in _ANY_NOUN.finditer(text)]
    own = [one for one in found if _noun_before(one, nouns) == fact]
    return own or found


def _noun_before(figure: Figure, nouns: list[tuple[int, str | None]]) -> str | None:
    names = [name for start, name in nouns if start < figure.end - 1]
    return names[-1] if names else None


def _bounds_of(figure: Figure) -> Iterator[Bound]:
    if figure.is_range:
        low, high = sorted((figure.low, figure.high))
        yield ">=", low, figure.unit
        yield "<=", high, figure.unit
    else:
        yield figure.op or ">=", figure.low, figure.unit


def _date_problem(leaf: FactLeaf, text: str) -> tuple[str, str] | None:
    """A day in the quote must be the rule's; 以前 asks for an upper bound, else for a lower one."""
    try:
        wanted = date.fromisoformat(str(leaf.value))
    except ValueError:
        return "number", str(leaf.value)
    hits = [hit for hit in _DATE.finditer(text) if _is_day(hit, wanted)]
    if not hits:
        return "number", "、".join(hit[0] for hit in _DATE.finditer(text))
    for hit in hits:
        before = bool(_BEFORE_DAY.match(text[hit.end() :].lstrip("(不含)及")))
        if (leaf.op in ("<", "<=")) == before or leaf.op == "==":
            return None
    return "op", hits[0][0]


def _is_day(hit: re.Match[str], day: date) -> bool:
    if int(hit["year"]) != day.year or (hit["month"] and int(hit["month"]) != day.month):
        return False
    return not hit["day"] or int(hit["day"]) == day.day


def _words(bounds: list[Bound]) -> str:
    return "、".join(
        f"{OPS[op]} {number.normalize():f}{_UNIT_WORDS[unit]}" for op, number, unit in bounds
    )

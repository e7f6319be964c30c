"""
What most numeric facts share: a noun, then a figure that it is compared with (名词＋数量).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from indexer.extract.figures import Figure, Unit
from indexer.extract.registry import Clause, Finding
from policy_match.domain.criterion import Op

_OTHERS = re.compile(r"在孵|入孵|被投|入驻(?:的)?企业|园区内|服务对象|母公司|投资方|会员|联盟成员")
_STOP = re.compile(r"[。;!?\n]")


def plain(amount: Decimal) -> int | float:
    """A number as rules write it: whole ones without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def compared(fact: str, figure: Figure, start: int, end: int, sure: float) -> Iterator[Finding]:
    """One finding for a bound, two for a range; a range upside down is held for unsure."""
    if figure.is_range and figure.op is None:
        if figure.upside_down:
            return
        yield Finding(fact, ">=", plain(figure.low), start, end, sure - 0.1)
        yield Finding(fact, "<=", plain(figure.high), start, end, sure - 0.1)
    elif not figure.is_range and figure.op is not None:
        yield Finding(fact, figure.op, plain(figure.low), start, end, sure)


def measured(
    clause: Clause,
    fact: str,
    noun: re.Pattern[str],
    unit: Unit,
    *,
    gap: int = 14,
    avoid: re.Pattern[str] | None = None,
    default: Op | None = None,
    sure: float = 0.9,
) -> Iterator[Finding]:
    """
    Figures of a unit that follow a noun within a short gap (名词后的数量).

    Args:
        clause: where to look.
        fact: the fact it is about.
        noun: what is measured.
        unit: what the figure must count.
        gap: how many signs may stand between.
        avoid: what must not stand between noun and figure (another noun).
        default: the comparison where none is written; None leaves such a figure alone.
        sure: the confidence of a plain hit.
    """
    figures = [one for one in clause.figures if one.unit is unit]
    for hit in noun.finditer(clause.text):
        if _OTHERS.search(clause.before + clause.text[: hit.start()]):
            return
        for figure in figures:
            if figure.start < hit.start() or figure.end <= hit.end():
                continue  # 金额 in 贷款金额不超过… belongs to both
            between = clause.text[hit.end() : figure.start]
            if len(between) > gap or _STOP.search(between) or (avoid and avoid.search(between)):
                break
            if figure.op is None and not figure.is_range:
                if default is None:
                    break
                figure = Figure(
                    figure.unit, figure.low, figure.high, default, figure.start, figure.end
                )
            if _contradicted(clause, figure):
                break  # 300人以上且100人以下 can't be met: left to people
            yield from compared(fact, figure, hit.start(), figure.end, sure)
            yield from _second_bound(clause, fact, figure, hit.start(), sure)
            break


def _contradicted(clause: Clause, first: Figure) -> bool:
    """Whether the other end, close behind, leaves nothing between."""
    lower = first.op in (">=", ">")
    return any(
        figure.op in (("<=", "<") if lower else (">=", ">"))
        and (figure.low < first.low if lower else figure.low > first.low)
        for figure in clause.figures
        if first.op and figure.unit is first.unit and first.end <= figure.start <= first.end + 3
    )


def _second_bound(
    clause: Clause, fact: str, first: Figure, start: int, sure: float
) -> Iterator[Finding]:
    """The other end of 1年以上、3年以下, close behind the first."""
    lower = first.op in (">=", ">")
    for figure in clause.figures:
        if first.end <= figure.start <= first.end + 3 and figure.unit is first.unit:
            opposite = figure.op in (("<=", "<") if lower else (">=", ">"))
            ordered = figure.low >= first.low if lower else figure.low <= first.low
            if opposite and ordered and not figure.is_range:
                yield from compared(fact, figure, start, figure.end, sure)
            return

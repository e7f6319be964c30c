"""
The computable pieces of a benefit: rate × base, a fixed sum, an amount a unit (计算办法).

What is read here is reckoned for an enterprise by `policy_match.matching.estimate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.extract.benefit import caps_of
from indexer.extract.figures import Figure, Unit, figures
from indexer.extract.registry import Finding, read_clause
from indexer.extract.view import view_of
from policy_match.domain.facts import default_registry
from policy_match.domain.policy import BenefitTerm, TermCondition, TermForm

_SENTENCE = re.compile(r"[^。;\n]+")
_OF = tuple(  # what a rate is taken of, the narrower first
    (fact, re.compile(form))
    for fact, form in (
        ("loan_amount", r"贷款(?:本金|总?额|金额|余额)$"),
        ("rd_expense", r"(?:研发|研究开发)(?:实际)?(?:投入|费用|经费|支出)(?:总?额)?$"),
        ("registered_capital", r"注册资[本金]$"),
        ("export_value", r"出口(?:总?额|金额)$"),
        ("revenue", r"(?:(?:营业|销售|主营业务)收入|营收)(?:总?额)?$"),
        (
            "project_investment",
            r"(?:项目|固定资产|项目[^,]{0,8})(?:实际|核定|审定)?总?投资(?:总?额)?$|^总投资额?$",
        ),
    )
)
_PART = re.compile(r"增量|增长|增加|超过|部分|新增|设备|利息|贴息|差额|股|基金|前期|软件")
_LEAD = re.compile(
    r"^.*(?:按照|按|给予|不超过|不高于|最高|予以|核定的?|经认定的?|可以?|年度|近\d年)"
)
_TAIL = re.compile(r"(?:的|总额的?|(?:不超过|不高于|最高(?:不超过)?|最高)+)+$")
_RATE_VERB = re.compile(r"按|比例|给予|不超过|不高于|补助|补贴|奖励|支持|资助|最高|予以")
_NOT_RATE = re.compile(
    r"股|税率|利率|拨付|剩余|首期|占|比重|增长|增幅|增速|达到|完成|毛利|率不|每年按|优惠"
)
_STAGED = re.compile(r"先期|分期|首笔|第[一二三]年|第[一二三]期|前[两三\d]年|后[两三\d]年|中期")
_PER = re.compile(
    r"每(?:新增|引进|招用|吸纳|成功推荐)?[一1]?(?P<unit>[\u4e00-\u9fff]{1,6}?)"
    r"(?:每[年月])?(?:给予|补助|补贴|奖励|资助|奖补|不超过|最高|一次性|按)*$"
)
_PER_AFTER = re.compile(
    r"^/?每?(?P<unit>人|名|平方米|平米|㎡|亩|吨|千瓦时|度|件|台|套|辆|张|间|床|座公里)(?!民币)"
)
_NO_UNIT = re.compile(r"家|户|企业|单位|项目|机构|年|次|个$|主体|园区|平台|申请人")
_CASE = re.compile(r"的(?:企业|单位|项目|机构|主体)?,|企业,|,(?=给予|按)")
_TIER_CODES = frozenset({"qualification", "size_class"})
_NUMBERS = frozenset(
    name for name, spec in default_registry().items() if spec.type in ("money", "ratio", "count")
)
_MOST_WORDS = re.compile(r"(?:最高|不超过|限额|上限|总额)[^,。;]{0,10}$")
_MOST = 12


def terms_of(raw: str) -> tuple[BenefitTerm, ...]:
    """
    Read the computable pieces of a benefit, in reading order (读取计算办法).

    A sentence gives rates with their caps; without a rate, sums. A tier's condition is read from
    the words before it. What is not plain is left out: the estimate then says less, never wrong.

    Args:
        raw: the benefit as written.

    >>> [(t.rate, t.of, str(t.cap)) for t in terms_of("按照研发投入的10%给予补助，最高50万元")]
    [(0.1, 'rd_expense', '500000')]
    """
    view = view_of(raw)
    found: list[BenefitTerm] = []
    for hit in _SENTENCE.finditer(view.text):
        if _STAGED.search(hit[0]):
            continue  # what is paid when, not how much in all
        quote = view.quote(hit.start(), hit.end())[0]
        found.extend(one.model_copy(update={"quote": quote}) for one in _of_sentence(hit[0]))
        if len(found) >= _MOST:
            break
    return _choices(found[:_MOST])


def _choices(terms: Sequence[BenefitTerm]) -> tuple[BenefitTerm, ...]:
    """Several sums without conditions of their own are a choice: each is at most given."""
    plain = [one for one in terms if one.form is TermForm.FIXED and not one.when]
    if len(plain) < 2:
        return tuple(terms)
    return tuple(one.model_copy(update={"at_most": True}) if one in plain else one for one in terms)


def _of_sentence(text: str) -> list[BenefitTerm]:
    stated = list(figures(text))
    rates = [one for one in stated if _is_rate(text, one)]
    if rates:
        return [term for n, rate in enumerate(rates) for term in _rate(text, rates, n, stated)]
    return _sums(text, [one for one in stated if one.unit is Unit.MONEY and one.high > 0])


def _is_rate(text: str, figure: Figure) -> bool:
    if figure.unit is not Unit.RATIO or not 0 < figure.high <= 1 or figure.op in (">=", ">"):
        return False
    before = re.split(r"[,;]", text[max(0, figure.start - 30) : figure.end])[-1]
    return bool(_RATE_VERB.search(before)) and not _NOT_RATE.search(before)


def _rate(
    text: str, rates: Sequence[Figure], n: int, stated: Sequence[Figure]
) -> Iterator[BenefitTerm]:
    """A rate with its base, the cap that follows before the next rate, and its tier."""
    rate = rates[n]
    since = rates[n - 1].end if n else 0
    until = rates[n + 1].start if n + 1 < len(rates) else len(text)
    caps = [
        one.high
        for one in stated
        if one.unit is Unit.MONEY and one.op == "<=" and rate.end <= one.start < until
    ]
    base = _base(text[since : rate.start])
    if not base or "比例" in base:
        return
    of = None if _PART.search(base) else next((f for f, form in _OF if form.search(base)), None)
    when = _when(text[since : rate.start])
    if when is None:
        return
    yield BenefitTerm(
        form=TermForm.RATE,
        rate=float(rate.high),
        of=of,
        base=base,
        cap=min(caps) if caps else None,
        at_most=rate.op == "<=" or rate.is_range or "不超过" in text[since : rate.start][-14:],
        when=when,
    )


def _base(before: str) -> str:
    """What the rate is taken of, as the text calls it: 项目总投资 of 按照项目总投资的30%."""
    near = re.split(r"[,;:、]", before)[-1]
    return _TAIL.sub("", _LEAD.sub("", _TAIL.sub("", near)))[-24:]


def _when(before: str) -> tuple[TermCondition, ...] | None:
    """
    The tier's conditions; None where the words before name a figure that is no known fact's.

    A rate or a sum that hangs on such a figure can't be reckoned.
    """
    cases = list(_CASE.finditer(before))
    if not cases:
        return ()
    head = before[: cases[-1].end()]
    read = [one for one in read_clause(head, role="condition") if _is_tier(one)]
    asked = [one for one in figures(head) if one.unit not in (Unit.NONE, Unit.MONTHS)]
    covered = [one for one in read if one.fact in _NUMBERS]
    if len(asked) > len(covered):
        return None
    return tuple(TermCondition(fact=one.fact, op=one.op, value=one.value) for one in read)


def _is_tier(one: Finding) -> bool:
    return not one.negated and (one.fact in _NUMBERS or one.fact in _TIER_CODES)


def _sums(text: str, money: Sequence[Figure]) -> list[BenefitTerm]:
    """Fixed sums and amounts a unit."""
    given = set(caps_of(text))
    found: list[BenefitTerm] = []
    since = 0
    for one in money:
        unit = _unit(text, one)
        if unit is None and one.high not in given:
            continue
        when = _when(text[since : one.start])
        since = one.end
        if when is None:
            continue
        at_most = one.op == "<=" or one.is_range or bool(_MOST_WORDS.search(text[: one.start]))
        found.append(_sum(one, unit, when, at_most))
    return found


def _sum(
    figure: Figure, unit: str | None, when: tuple[TermCondition, ...], at_most: bool
) -> BenefitTerm:
    if unit is None:
        return BenefitTerm(form=TermForm.FIXED, amount=figure.high, at_most=at_most, when=when)
    return BenefitTerm(
        form=TermForm.PER_UNIT, amount=figure.high, base=unit, at_most=at_most, when=when
    )


def _unit(text: str, figure: Figure) -> str | None:
    """What an amount is for each of (人, 平方米, 件); None for a sum in all."""
    after = _PER_AFTER.match(text[figure.end :])
    if after:
        return after["unit"]
    before = _PER.search(text[max(0, figure.start - 20) : figure.start])
    if before is None or _NO_UNIT.search(before["unit"]):
        return None
    return before["unit"]

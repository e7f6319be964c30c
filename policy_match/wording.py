"""
The Chinese of the library, the digest and the admin, in one place (措辞).

The library returns codes; this module says them as an official or an enterprise would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from policy_match.domain.codes import code_table
from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
from policy_match.domain.policy import (
    BenefitKind,
    Measure,
    MeasureMode,
    PolicyLevel,
    PolicyStatus,
)
from policy_match.domain.verdict import Decision, Reason, Verdict, WindowState

VERDICTS = {
    Verdict.ELIGIBLE: "符合",
    Verdict.INELIGIBLE: "不符合",
    Verdict.UNKNOWN: "待核实",
}
SELF_CHECK = "符合条件，需自查"
NEAR_MISS = "差一项"
WINDOWS = {
    WindowState.UPCOMING: "未开始",
    WindowState.OPEN: "申报中",
    WindowState.CLOSED: "已截止",
    WindowState.ROLLING: "常年",
    WindowState.UNSTATED: "未注明",
}
LEVELS = {
    PolicyLevel.CENTRAL: "中央",
    PolicyLevel.PROVINCE: "省级",
    PolicyLevel.CITY: "市级",
    PolicyLevel.DISTRICT: "区县级",
}
STATUSES = {
    PolicyStatus.IN_FORCE: "有效",
    PolicyStatus.EXPIRED: "已过期",
    PolicyStatus.REPEALED: "已废止",
    PolicyStatus.DRAFT: "征求意见稿",
    PolicyStatus.UNKNOWN: "效力待核实",
}
MODES = {
    MeasureMode.AUTO: "免申即享",
    MeasureMode.INSTANT: "即申即享、快申快享",
    MeasureMode.SELF: "自行判别、申报享受",
    MeasureMode.APPLY: "申报",
}
BENEFITS = {
    BenefitKind.GRANT: "资金补助",
    BenefitKind.LOAN_INTEREST: "贷款贴息",
    BenefitKind.GUARANTEE: "融资担保",
    BenefitKind.INSURANCE: "保险支持",
    BenefitKind.TAX: "税收优惠",
    BenefitKind.FEE_CUT: "费用减免",
    BenefitKind.RECOGNITION: "资格认定",
    BenefitKind.TALENT: "人才支持",
    BenefitKind.LAND_ENERGY: "用地用能",
    BenefitKind.MARKET: "市场推广",
    BenefitKind.SERVICE: "服务支持",
    BenefitKind.EQUITY: "股权投资",
}
NO_AMOUNT = "金额未载明"
OPS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝"}


def verdict_words(decision: Decision) -> str:
    """The verdict as people read it: 符合, 符合条件，需自查, 待核实, 差一项, 不符合."""
    if decision.self_check:
        return SELF_CHECK
    if decision.near_miss is not None:
        return f"{VERDICTS[decision.verdict]}（{NEAR_MISS}）"
    return VERDICTS[decision.verdict]


def money_words(yuan: float) -> str:
    """
    An amount of yuan as people say it.

    >>> money_words(5_000_000), money_words(230_000_000), money_words(800)
    ('500万元', '2.3亿元', '800元')
    """
    for unit, name in ((1e8, "亿元"), (1e4, "万元")):
        if abs(yuan) >= unit:
            return f"{_trim(yuan / unit)}{name}"
    return f"{_trim(yuan)}元"


def _trim(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")


def date_words(day: date) -> str:
    """
    A day as people write it.

    >>> date_words(date(2026, 11, 24))
    '2026年11月24日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def code_words(codes: Iterable[Any], spec: FactSpec) -> str:
    """Codes by their names, with the code where there is no name."""
    table = code_table(spec.code_set)
    names = [_entry_words(code, table.label_of) for code in codes]
    return "、".join(names) if names else "无"


def _entry_words(entry: Any, label_of: Any) -> str:
    code = entry["code"] if isinstance(entry, dict) else str(entry)
    name = str(label_of(code) or code.removeprefix("other:"))
    until = entry.get("valid_until") if isinstance(entry, dict) else None
    return f"{name}（有效期至{date_words(date.fromisoformat(until))}）" if until else name


def value_words(value: Any, spec: FactSpec) -> str:
    """A fact's value, or a rule's, with its unit: 35人, 500万元, 3%, 高新技术企业."""
    if value is None:
        return "未知"
    if spec.is_set:
        return _set_words(value, spec)
    if spec.type is FactType.BOOL:
        return "是" if value else "否"
    if spec.type is FactType.DATE:
        return date_words(date.fromisoformat(str(value)))
    if spec.type is FactType.MONEY:
        return money_words(float(value))
    if spec.type is FactType.RATIO:
        return f"{_trim(float(value) * 100)}%"
    return f"{_trim(float(value))}{spec.unit}"


def _set_words(value: Any, spec: FactSpec) -> str:
    if not isinstance(value, dict):
        return code_words(value, spec)
    parts = []
    if value.get("has"):
        parts.append(code_words(value["has"], spec))
    if value.get("lacks"):
        parts.append(f"不是{code_words(value['lacks'], spec)}")
    return "，".join(parts) or "未知"


def need_words(reason: Reason, registry: FactRegistry | None = None) -> str:
    """What a condition asks for: “从业人员 ≥ 20人”."""
    if reason.fact is None:
        return f"{'不得：' if reason.negated else ''}{reason.attest}"
    spec = (registry or default_registry())[reason.fact]
    asked = value_words(
        list(reason.value) if isinstance(reason.value, tuple) else reason.value, spec
    )
    if spec.is_set:
        return f"{spec.label}{'不属于' if reason.negated else '属于'}{asked}"
    if spec.type is FactType.BOOL:
        holds = bool(reason.value) != reason.negated
        return spec.label if holds else f"不是“{spec.label}”"
    return f"{'不满足 ' if reason.negated else ''}{spec.label} {OPS[str(reason.op)]} {asked}"


def reason_words(reason: Reason, registry: FactRegistry | None = None) -> str:
    """
    One reason in words: “从业人员 35人，需 ≥ 20人：符合”.

    A coarse or computed answer adds its note.
    """
    outcome = VERDICTS[reason.verdict]
    if reason.fact is None:
        state = {True: "已承诺", False: "已否认"}.get(reason.have, "需自查")
        return f"{need_words(reason)}：{state}"
    spec = (registry or default_registry())[reason.fact]
    label = f"适用范围（{spec.label}）" if reason.scope else spec.label
    have = value_words(reason.have, spec)
    need = need_words(reason, registry).removeprefix(spec.label).strip()
    note = f"（{reason.note}）" if reason.note and reason.verdict is not Verdict.ELIGIBLE else ""
    if spec.type is FactType.BOOL:
        return f"{need_words(reason, registry)}：{outcome}{note}"
    return f"{label} {have}，需{_spaced(need)}：{outcome}{note}"


def decision_lines(decision: Decision, registry: FactRegistry | None = None) -> list[str]:
    """
    A decision's reasons as people read them: one line a fact, the items to attest in one.

    A quote is given once for the conditions that share it, and not where it only repeats the item.
    """
    lines, last = [], None
    for reason in decision.reasons:
        if reason.fact is None and reason.have is None:
            continue
        quote = f"（原文：“{reason.quote}”）" if reason.quote and reason.quote != last else ""
        last = reason.quote
        lines.append(f"{reason_words(reason, registry)}{quote}")
    items = [r.attest for r in decision.reasons if r.fact is None and r.have is None and r.attest]
    if items:
        lines.append(f"需自查 {len(items)} 项：{'；'.join(dict.fromkeys(items))}")
    return lines


def _spaced(text: str) -> str:
    return f" {text}" if text[:1] in "≥＞≤＜＝" else text


def benefit_words(measure: Measure) -> str:
    """What a measure gives in one phrase: “资金补助，最高50万元”."""
    benefit = measure.benefit
    kinds = "、".join(BENEFITS[kind] for kind in benefit.kinds)
    parts = [kinds] if kinds else []
    if benefit.rate is not None:
        parts.append(f"比例{_trim(benefit.rate * 100)}%")
    if benefit.max_amount is not None:
        parts.append(f"最高{money_words(float(benefit.max_amount))}")
    return "，".join(parts) or "见原文"


def window_words(measure: Measure, *, as_of: date) -> str:
    """The application window on a day: “申报中，2026年12月31日截止”."""
    window = measure.window
    state = WINDOWS[window.state_on(as_of)]
    if window.state_on(as_of) is WindowState.UPCOMING and window.opens_on:
        return f"{state}，{date_words(window.opens_on)}开始"
    if window.closes_on:
        return f"{state}，{date_words(window.closes_on)}截止"
    return state


def fact_names(names: Sequence[str], registry: FactRegistry | None = None) -> str:
    """Facts by their Chinese labels."""
    known = registry or default_registry()
    return "、".join(known[name].label if name in known else name for name in names)

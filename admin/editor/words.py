"""
Rules and their differences in words (规则措辞), for people who do not read JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admin.records.policy import Rule
from indexer.compare_rules import RuleChange, rule_changes
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.facts import FactRegistry
from policy_match.domain.policy import Measure
from policy_match.wording import value_words

GROUP_WORDS = {
    "all": "同时满足",
    "any": "满足任一",
    "not": "不得有",
    "at_least": "至少满足几项",
}
OP_WORDS = {
    "in": "属于",
    ">=": "不少于（≥）",
    ">": "超过（＞）",
    "<=": "不超过（≤）",
    "<": "少于（＜）",
    "==": "等于",
}
DATE_OPS = {
    ">=": "不早于",
    ">": "晚于",
    "<=": "不晚于",
    "<": "早于",
    "==": "就是",
}
_SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝", "in": "属于"}
_PARTS = {
    "attest": "自查事项",
    "logic": "条件的组合方式",
    "scope": "适用范围",
    "benefit.kinds": "支持方式",
    "benefit.max_amount": "最高金额",
    "benefit.rate": "补助比例",
    "window.opens_on": "开始日期",
    "window.closes_on": "截止日期",
    "window.rolling": "常年受理",
    "mode": "兑现方式",
    "open": "额度",
    "contact": "咨询方式",
    "how_to_apply": "申报方式",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, in words (差异); empty where there is nothing."""

    what: str
    before: str
    after: str


def rule_differences(
    before: Rule | None, after: Rule, registry: FactRegistry
) -> tuple[Difference, ...]:
    """In what two versions of a rule differ."""
    return measure_differences(_bare(before, registry), _bare(after, registry), registry)


def _bare(rule: Rule | None, registry: FactRegistry) -> Measure:
    """A measure of nothing but a rule."""
    if rule is None:
        return Measure(id="", title="")
    criteria = parse_criterion(rule.criteria, registry=registry)
    scope = parse_criterion(rule.scope, registry=registry) if rule.scope is not None else None
    return Measure(id="", title="", criteria=criteria, scope=scope)


def measure_differences(
    before: Measure, after: Measure, registry: FactRegistry
) -> tuple[Difference, ...]:
    """In what two versions of a measure differ: rule, benefit, window."""
    return tuple(difference(one, registry) for one in rule_changes(before, after))


def difference(change: RuleChange, registry: FactRegistry) -> Difference:
    """One change of a rule in words."""
    scoped, name = change.what.startswith("scope."), change.what.removeprefix("scope.")
    label = registry[name].label if name in registry else _PARTS.get(name, name)
    return Difference(
        f"适用范围的{label}" if scoped else label,
        _side(name, change.before, registry),
        _side(name, change.after, registry),
    )


def _side(name: str, value: Any, registry: FactRegistry) -> str:
    if value is None:
        return ""
    if isinstance(value, dict) and "attest" in value:
        return f"{'不得：' if value['op'] else ''}{value['attest']}"
    if isinstance(value, dict) and name in registry:
        negated = value["op"].startswith("not ")
        sign = _SIGNS.get(value["op"].removeprefix("not "), value["op"])
        return f"{'不满足 ' if negated else ''}{sign} {value_words(value['value'], registry[name])}"
    if name in ("logic", "scope"):
        return _shape_words(value, registry)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


_KINDS = {"All": "同时满足", "AnyOf": "任一", "Not": "不得"}


def _shape_words(shape: Any, registry: FactRegistry) -> str:
    """The tree of a rule on one line."""
    if isinstance(shape, str):
        fact, _, rest = shape.partition(" ")
        label = registry[fact].label if fact in registry else ""
        return f"{label} {rest}" if label else rest
    kind, *children = shape
    words = _KINDS.get(kind) or f"至少{kind.removeprefix('AtLeast')}项"
    return f"{words}（{'；'.join(_shape_words(child, registry) for child in children)}）"

"""`policy-match compare`: two versions of a document, clauses and rules (版本比较)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from policy_match import cli_support as cli

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.compare import ClauseChange, MeasureChange
    from indexer.compare_rules import RuleChange
    from policy_match.domain.policy import Policy

_CHANGES = {"added": "新增", "removed": "删去", "changed": "修改"}
_FIELDS = {
    "attest": "自查事项",
    "logic": "条件的组合",
    "scope": "适用范围",
    "benefit.kinds": "支持方式",
    "benefit.max_amount": "最高限额（元）",
    "benefit.rate": "比例",
    "window.opens_on": "开始日期",
    "window.closes_on": "截止日期",
    "window.rolling": "常年受理",
    "mode": "兑现方式",
    "open": "额度",
    "contact": "联系方式",
    "how_to_apply": "办理流程",
    "materials": "申报材料",
}


@click.command(short_help="比较一份文件的两个版本：条款差异与规则差异。")
@click.argument("before", metavar="旧版")
@click.argument("after", metavar="[新版]", required=False)
@cli.index_option
@cli.as_of_option
@cli.json_option
@cli.handles_errors
def compare(before: str, after: str | None, index: str | None, as_of: date, as_json: bool) -> None:
    """
    逐条比较两个版本的条款，并比较由它们读出的规则；旧版、新版写政策编号或文件。

    条款按内容对应，中间插入一条不会让后面的都算修改。--json 每处差异一行。
    只给一个编号时，比较这份文件发布时的文本与按别的文件修改后的现行文本。
    """
    from pathlib import Path

    from indexer.commands.opened import all_policies, one_policy
    from indexer.compare import compare as find

    by_id = not (Path(before).is_file() and after is not None and Path(after).is_file())
    policies = all_policies(index) if by_id else None
    old = one_policy(before, policies, as_of=as_of)
    if after is not None:
        new = one_policy(after, policies, as_of=as_of)
    else:
        old, new = _as_issued_and_now(old, policies or {}, as_of)
    found = find(old, new)
    if as_json:
        for clause in found.clauses:
            cli.emit_json(clause.to_json())
        for measure in found.measures:
            cli.emit_json(measure.to_json())
        return
    cli.line(f"旧版：{old.title}（{old.id}）\n新版：{new.title}（{new.id}）", bold=True)
    if found.same:
        cli.line("条款和规则都没有差异。")
        return
    cli.line(f"条款差异 {len(found.clauses)} 处，措施差异 {len(found.measures)} 项。")
    for clause in found.clauses:
        _show_clause(clause)
    for measure in found.measures:
        _show_measure(measure)


def _as_issued_and_now(
    policy: Policy, policies: Mapping[str, Policy], as_of: date
) -> tuple[Policy, Policy]:
    """One document before and after what others changed in it; what is still open is said."""
    from indexer.amend import as_issued, current_readings

    known = {**policies, policy.id: policy}
    now = next(one for one in current_readings(known.values(), as_of=as_of) if one.id == policy.id)
    for one in now.amendments:
        cli.say(one.told())
    return as_issued(now), now


def _show_clause(change: ClauseChange) -> None:
    cli.line()
    if change.before is None or change.after is None:
        block = change.after or change.before
        assert block is not None
        cli.line(f"[{_CHANGES[change.change.value]}] {block.text}")
        return
    marks = {"kept": "{}", "removed": "【删：{}】", "added": "【增：{}】"}
    text = "".join(marks[kind].format(piece) for kind, piece in change.pieces)
    cli.line(f"[修改] {text}")


def _show_measure(change: MeasureChange) -> None:
    measure = change.after or change.before
    assert measure is not None
    cli.line(f"\n[{_CHANGES[change.change.value]}措施] {measure.title}", bold=True)
    for rule in change.rules:
        cli.line(f"   · {_rule_words(rule)}")


def _rule_words(rule: RuleChange) -> str:
    from policy_match.domain.facts import default_registry

    head, _, tail = rule.what.partition(".")
    name = tail if head == "scope" and tail else rule.what
    known = default_registry()
    label = known[name].label if name in known else _FIELDS.get(name, name)
    label = f"适用范围（{label}）" if head == "scope" and tail else label
    return f"{label}：{_value(name, rule.before)} → {_value(name, rule.after)}"


def _value(name: str, value: Any) -> str:
    from policy_match.domain.facts import default_registry
    from policy_match.wording import OPS, value_words

    if value is None:
        return "无"
    known = default_registry()
    if isinstance(value, dict) and name in known:
        negated = value["op"].startswith("not ")
        op = value["op"].removeprefix("not ")
        sign = "" if op == "in" else f"{OPS[op]} "
        return f"{'不得：' if negated else ''}{sign}{value_words(value['value'], known[name])}"
    if isinstance(value, dict):
        return f"{'不得：' if value['op'] else ''}{value['attest']}"
    if isinstance(value, list):
        return "；".join(str(one) for one in value) or "无"
    return str(value)

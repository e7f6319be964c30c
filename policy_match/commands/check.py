"""`policy-match check`: how one enterprise stands, and what to ask it next (政策体检)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli
from policy_match.commands.inputs import open_matcher, read_one

if TYPE_CHECKING:
    from policy_match.domain.enterprise import Enterprise
    from policy_match.facade import CheckUp


@click.command(short_help="政策体检：结论汇总、差一项的政策、下一个最值得补的信息。")
@click.argument("enterprise", metavar="企业.json", type=click.Path(path_type=Path))
@cli.index_option
@cli.as_of_option
@cli.json_option
@cli.handles_errors
def check(enterprise: Path, index: str | None, as_of: date, as_json: bool) -> None:
    """
    政策体检：各结论有多少项、哪些只差一项、补充哪些信息最能得出结论。

    --json 逐行给出待补信息，最值得的在前。
    """
    one = read_one(enterprise)
    result = open_matcher(index).check(one, as_of=as_of)
    for note in result.notes:
        cli.say(f"提示：{note}")
    if as_json:
        for question in result.questions:
            cli.emit_json(question.to_json())
    else:
        _show(one, result)


def _show(enterprise: Enterprise, result: CheckUp) -> None:
    from policy_match import wording
    from policy_match.domain.verdict import Verdict

    out = cli.console()
    cli.line(enterprise.name or enterprise.id, bold=True)
    cli.line("，".join(f"{wording.VERDICTS[v]} {result.count(v)} 项" for v in Verdict))
    if result.reckoned:
        total = sum(float(found.estimate.amount or 0) for found in result.reckoned)
        cli.line(
            f"符合（含需自查）的措施中 {len(result.reckoned)} 项可测算金额，"
            f"合计至多 {wording.money_words(total)}："
        )
        for found in sorted(result.reckoned, key=lambda one: -(one.estimate.amount or 0))[:10]:
            cli.line(f"  · {found.measure.title}：{found.estimate.words()}")
    if result.near_misses:
        near = cli.table("差一项的措施", "差在哪里", "补上后的测算")
        for found in result.near_misses[:10]:
            assert found.decision.near_miss is not None
            near.add_row(
                found.measure.title,
                wording.reason_words(found.decision.near_miss),
                found.estimate.words(),
            )
        out.print(near)
    if not result.questions:
        cli.line("没有待补的信息：现有信息已能得出全部结论（自查事项除外）。")
        return
    asks = cli.table("最值得补充的信息", "能定下几项", "涉及金额")
    for question in result.questions[:10]:
        value = question.value_at_stake
        stake = wording.money_words(value) if value else wording.NO_AMOUNT
        asks.add_row(question.question, str(question.decides), stake)
    out.print(asks)

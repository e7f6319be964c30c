"""`policy-match simulate`: how many a draft rule would reach (政策模拟)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli
from policy_match.commands.inputs import read_as_roster

if TYPE_CHECKING:
    from policy_match.errors import InputError
    from policy_match.facade import Reach


@click.command(short_help="政策模拟：一条规则草案能覆盖多少企业、最多要多少钱。")
@click.argument("rules", metavar="规则", type=click.Path(path_type=Path))
@click.argument("enterprises", metavar="企业名录", type=click.Path(path_type=Path))
@cli.as_of_option
@click.option("--list", "with_ids", is_flag=True, help="连同企业编号。")
@cli.json_option
@cli.handles_errors
def simulate(rules: Path, enterprises: Path, as_of: date, with_ids: bool, as_json: bool) -> None:
    """
    政策模拟：规则文件是一条规则（.json），或每行一条（.jsonl），按行的顺序回答。

    规则后可附金额：{"criteria": …, "benefit": {"max_amount": 500000}}。
    """
    from policy_match.errors import InputError
    from policy_match.facade import simulate_on
    from policy_match.rule_files import read_rules

    failures = cli.Failures()
    drafts = list(read_rules(rules))
    good = [draft for draft in drafts if not isinstance(draft, InputError)]
    with read_as_roster(enterprises, failures, as_of=as_of) as roster:
        reaches = iter(simulate_on(good, roster))
    answers: list[Reach | InputError] = []
    for draft in drafts:
        if isinstance(draft, InputError):
            failures.add(draft)
        else:
            for doubt in draft.doubts:
                cli.say(f"提示：规则 {len(answers) + 1}：{doubt}")
        answers.append(draft if isinstance(draft, InputError) else next(reaches))
    if as_json:
        for n, answer in enumerate(answers, 1):
            cli.emit_json({"rule": n} | _json(answer, with_ids))
    else:
        _show(answers, with_ids)
    failures.leave()


def _json(answer: Reach | InputError, with_ids: bool) -> dict[str, object]:
    from policy_match.errors import InputError

    return (
        {"error": str(answer)} if isinstance(answer, InputError) else answer.to_json(ids=with_ids)
    )


def _show(answers: list[Reach | InputError], with_ids: bool) -> None:
    from policy_match import wording
    from policy_match.errors import InputError

    out = cli.console()
    rows = cli.table("规则", "符合", "待核实", "不符合", "最多需要")
    for n, answer in enumerate(answers, 1):
        if isinstance(answer, InputError):
            rows.add_row(str(n), "规则有误", "", "", "")
            continue
        budget = (
            wording.NO_AMOUNT
            if answer.budget_max is None
            else wording.money_words(answer.budget_max)
        )
        counts = (answer.eligible, answer.unknown, answer.ineligible)
        rows.add_row(str(n), *(str(count) for count in counts), budget)
    out.print(rows)
    for n, answer in enumerate(answers, 1):
        if with_ids and not isinstance(answer, InputError):
            cli.line(f"规则 {n} 符合：{'、'.join(answer.eligible_ids) or '无'}")
            cli.line(f"规则 {n} 待核实：{'、'.join(answer.unknown_ids) or '无'}")

"""`policy-match find-enterprises`: whom a policy fits (政策找企业)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli
from policy_match.commands.inputs import open_matcher, read_many

if TYPE_CHECKING:
    from policy_match.facade import Whom
    from policy_match.matching.match import EnterpriseMatch


@click.command("find-enterprises", short_help="政策找企业：一项政策适合哪些企业，附理由。")
@click.argument("policy_id", metavar="政策编号")
@click.argument("enterprises", metavar="企业名录", type=click.Path(path_type=Path))
@cli.index_option
@cli.as_of_option
@cli.json_option
@cli.handles_errors
def find_enterprises(
    policy_id: str, enterprises: Path, index: str | None, as_of: date, as_json: bool
) -> None:
    """
    政策找企业：对名录里的每家企业判断一项政策的每项措施。

    名录可以是 .csv、.xlsx、.jsonl 或 .parquet。--json 给出全部判断（含不符合）；
    屏幕上只列符合和待核实的企业。
    """
    matcher = open_matcher(index)
    failures = cli.Failures()
    people = list(read_many(enterprises, failures))
    if as_json:
        for one in matcher.find_enterprises(policy_id, people, as_of=as_of):
            cli.emit_json(one.to_json())
    else:
        found = matcher.whom(policy_id, people, as_of=as_of)
        _show(matcher.policy(policy_id).title, found)
    failures.leave()


def _show(title: str, found: Whom) -> None:
    from policy_match import wording

    rows = cli.table("企业", "措施", "结论", "理由或缺少的信息", title=f"《{title}》")
    for one in found.matches:
        rows.add_row(
            one.enterprise.name or one.enterprise.id,
            one.measure.title,
            wording.verdict_words(one.decision),
            _why(one),
        )
    out = cli.console()
    out.print(rows)
    counts = {wording.VERDICTS[verdict]: count for verdict, count in found.counts.items()}
    said = "，".join(f"{word} {count}" for word, count in counts.items() if count)
    cli.line(said or "没有企业")


def _why(one: EnterpriseMatch) -> str:
    from policy_match import wording

    decision = one.decision
    if decision.near_miss:
        return wording.reason_words(decision.near_miss)
    if decision.missing:
        return f"缺：{wording.fact_names(decision.missing)}"
    if decision.attest:
        return f"自查：{'；'.join(decision.attest)}"
    return "；".join(wording.reason_words(reason) for reason in decision.reasons[:3])

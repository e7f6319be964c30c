"""`policy-match match`: the policies for one enterprise (企业找政策)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli
from policy_match.commands.inputs import open_matcher, read_one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy_match.domain.enterprise import Enterprise
    from policy_match.matching.match import Match


@click.command(short_help="企业找政策：一家企业能享受哪些政策，附理由。")
@click.argument("enterprise", metavar="企业.json", type=click.Path(path_type=Path))
@cli.index_option
@cli.as_of_option
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), help="最多几条（默认 20；--all 时不限）。"
)
@click.option("--all", "everything", is_flag=True, help="连同不符合的和已失效政策的措施。")
@cli.json_option
@cli.handles_errors
def match(
    enterprise: Path,
    index: str | None,
    as_of: date,
    limit: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """
    企业找政策：列出一家企业的匹配结果，最值得的在前。

    结论有三种：符合、待核实（缺少哪些信息会写明）、不符合。申报期另列。
    """
    one = read_one(enterprise)
    for warning in one.warnings:
        cli.say(f"提示：{warning}")
    most = limit if limit or everything else 20
    matches = open_matcher(index).match(one, as_of=as_of, limit=most, all=everything)
    if as_json:
        for found in matches:
            cli.emit_json(found.to_json())
    else:
        _show(one, matches, as_of)


def _warnings(found: Match, as_of: date) -> Iterator[str]:
    """Why a measure is not to be relied on before somebody has looked (存疑提示)."""
    if not found.needs_review:
        return
    doubts = found.measure.review.doubts
    changes = [one.reason for one in doubts if one.kind == "amended" and one.reason]
    changes += [
        one.told() for one in found.policy.amendments if found.behind and one.is_open(as_of)
    ]
    yield from dict.fromkeys(changes)
    if any(one.kind != "amended" for one in doubts) and found.measure.review.state == "machine":
        yield "这项的条件读得没有把握，请先对照原文（policy-match verify）。"


def _show(enterprise: Enterprise, matches: list[Match], as_of: date) -> None:
    from policy_match import wording

    cli.line(f"{enterprise.name or enterprise.id}  （{wording.date_words(as_of)}）", bold=True)
    if not matches:
        cli.line(
            "没有匹配的政策。用 policy-match check 看看缺什么信息，或用 --all 查看不符合的原因。"
        )
    for n, found in enumerate(matches, 1):
        verdict = wording.verdict_words(found.decision)
        window = wording.window_words(found.measure, as_of=as_of)
        cli.line(f"\n{n}. {found.measure.title}  [{verdict}｜{window}]", bold=True)
        number = f" {found.policy.doc_no}" if found.policy.doc_no else ""
        cli.line(f"   《{found.policy.title}》{number}")
        cli.line(f"   {wording.benefit_words(found.measure)}")
        reckoned = found.estimate.words()
        if reckoned:
            cli.line(f"   测算：{reckoned}")
        for told in _warnings(found, as_of):
            cli.line(f"   提示：{told}")
        for line in wording.decision_lines(found.decision):
            cli.line(f"   · {line}")

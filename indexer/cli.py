"""The commands `extract`, `index` and `lineage` (读取与索引命令)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer.commands.with_model import improving, model_option
from policy_match import cli_support as cli

if TYPE_CHECKING:
    from indexer.lineage import Link
    from indexer.pipeline import FileReport
    from policy_match.domain.policy import Policy

_FILES = click.argument(
    "paths", metavar="文件或目录…", nargs=-1, required=True, type=click.Path(path_type=Path)
)
_WORKERS = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="读取进程数。"
)
_STATUS_WORDS = {
    "added": "新收录",
    "updated": "已更新",
    "unchanged": "未变化",
    "duplicate_of": "重复",
    "failed": "失败",
    "removed": "已移除",
}
_RELATION_WORDS = {
    "basis": "依据",
    "implements": "落实",
    "amends": "修改",
    "repeals": "废止",
    "mentions": "提及",
    "basis_of": "是其依据",
    "implemented_by": "由其落实",
    "amended_by": "被其修改",
    "repealed_by": "被其废止",
    "mentioned_by": "被其提及",
}


@click.command(short_help="读取政策文件并打印结构，不建索引。")
@_FILES
@cli.as_of_option
@_WORKERS
@model_option
@cli.json_option
@cli.handles_errors
def extract(
    paths: tuple[Path, ...], as_of: date, workers: int, with_model: bool, as_json: bool
) -> None:
    """
    读取政策文件（docx、html、pdf、txt、xlsx……），打印标题、文号、日期、条款和扶持措施。

    目录会逐级展开。读不了的文件在标准错误里写明原因，其余照常读取。
    """
    from indexer.pipeline import extract_files

    failures = cli.Failures()
    with improving(with_model) as improve:
        reports = extract_files(paths, as_of=as_of, workers=workers, improve=improve)
        for report in _watched("读取文件", reports):
            if report.policy is None:
                failures.add(report.reason)
                continue
            if report.reason:
                cli.say(f"提示：{report.file}：{report.reason}")
            if as_json:
                cli.emit_json(report.policy.to_json())
            else:
                _show(report.file, report.policy)
    failures.leave()


@click.command(short_help="读取政策文件并建立（更新）索引。")
@_FILES
@cli.index_option
@cli.as_of_option
@click.option("--again", is_flag=True, help="未变化的文件也重新读取（升级后会自动重读）。")
@click.option("--prune", is_flag=True, help="文件已从目录里消失的政策，从索引里移除。")
@_WORKERS
@model_option
@cli.json_option
@cli.handles_errors
def index(
    paths: tuple[Path, ...],
    index: str | None,
    as_of: date,
    again: bool,
    prune: bool,
    workers: int,
    with_model: bool,
    as_json: bool,
) -> None:
    """
    读取政策文件并收入索引；没有变化的文件跳过，重复的文件指明与哪一份相同。

    中途停止后再次运行即可接着做完。升级后，旧版本读过的文件会重新读取。

    目录里已消失的文件会逐一指出，其政策仍留在索引里；加 --prune 移除。
    """
    from indexer.pipeline import index_files
    from policy_match.search.registry import open_configured
    from policy_match.settings import load_settings

    failures = cli.Failures()
    missing: list[str] = []
    counts: dict[str, int] = {}
    with (
        closing(open_configured(load_settings().index, index, write=True)) as opened,
        improving(with_model) as improve,
    ):
        reports = index_files(
            paths, opened, as_of=as_of, again=again, prune=prune, workers=workers, improve=improve
        )
        for report in _watched("建立索引", reports):
            if report.status == "missing":
                missing.append(report.file)
                continue
            counts[report.status] = counts.get(report.status, 0) + 1
            if report.error is not None:
                failures.add(report.reason)
            if as_json:
                cli.emit_json(report.to_json())
    if not as_json:
        _summarise(counts)
    _tell_missing(missing)
    failures.leave()


@click.command(short_help="一份政策的脉络：依据、落实、修改、废止。")
@click.argument("policy_id", metavar="政策编号")
@cli.index_option
@cli.as_of_option
@click.option(
    "--picture",
    metavar="文件",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把脉络画成图：.mmd（mermaid）、.dot（Graphviz）、.svg（需要 dot）。",
)
@cli.json_option
@cli.handles_errors
def lineage(
    policy_id: str, index: str | None, as_of: date, picture: Path | None, as_json: bool
) -> None:
    """
    列出一份政策依据、落实、修改、废止了哪些文件，又被哪些文件落实、修改、废止。

    政策编号见 index、search 的输出（p- 开头）。
    """
    from indexer.lineage import lineage as find_links
    from indexer.picture import chart_of, write_picture
    from policy_match.errors import NotFound
    from policy_match.search.registry import open_configured
    from policy_match.settings import load_settings

    with closing(open_configured(load_settings().index, index)) as opened:
        policy = opened.get(policy_id)
        if policy is None:
            raise NotFound(
                f"索引里没有编号为“{policy_id}”的政策", advice="请用 policy-match search 查找编号"
            )
        policies = {one.id: one for one in opened.iter_policies()}
    links = find_links(policy_id, policies.values(), as_of=as_of)
    if picture is not None:
        write_picture(chart_of(policy_id, links, policies, as_of=as_of), picture)
        cli.say(f"已画成 {picture}")
    if as_json:
        for link in links:
            cli.emit_json(link.to_json())
    else:
        _show_links(policy, links, as_of)
        _show_amendments(policy, policies, as_of)


def _tell_missing(files: list[str]) -> None:
    for file in files:
        cli.say(f"提示：{file} 已不在磁盘上，其政策仍在索引里")
    if files:
        cli.say(f"要移除这 {len(files)} 个文件的政策，请加 --prune 再运行一次")


def _watched(title: str, reports: Iterable[FileReport]) -> Iterator[FileReport]:
    """Reports with a progress bar on stderr."""
    with cli.progress(title, None) as advance:
        for report in reports:
            advance(1)
            yield report


def _show(file: str, policy: Policy) -> None:
    from policy_match import wording

    cli.line(policy.title, bold=True)
    rows = (
        ("编号", policy.id),
        ("文号", policy.doc_no),
        ("发文机关", "、".join(policy.issuers)),
        ("层级", wording.LEVELS[policy.level] if policy.level else None),
        ("地区", _region_words(policy.region)),
        ("成文日期", policy.issued_on),
        ("施行日期", policy.effective_on),
        ("有效期至", policy.expires_on),
        ("效力", wording.STATUSES[policy.status]),
        ("文件", file),
    )
    for label, value in rows:
        if value:
            cli.line(f"  {label}：{value}")
    if policy.measures:
        cli.line(f"  扶持措施 {len(policy.measures)} 项：")
        for measure in policy.measures:
            cli.line(f"    · {measure.title}")
    cli.line()


def _region_words(region: str | None) -> str | None:
    if region is None:
        return None
    from policy_match.domain.codes import code_table

    label = code_table("region").label_of(region)
    return f"{label}（{region}）" if label else region


def _summarise(counts: dict[str, int]) -> None:
    shown = cli.table("结果", "文件数")
    for status, words in _STATUS_WORDS.items():
        if counts.get(status):
            shown.add_row(words, str(counts[status]))
    shown.add_row("合计", str(sum(counts.values())))
    cli.console().print(shown)


def _show_amendments(policy: Policy, policies: dict[str, Policy], as_of: date) -> None:
    """What others changed in the text, and what of it the current reading does not hold."""
    from indexer.amend import current_readings

    now = next(
        one for one in current_readings(policies.values(), as_of=as_of) if one.id == policy.id
    )
    if not now.amendments:
        return
    done = sum(one.reason is None for one in now.amendments)
    cli.line(f"\n被修改 {len(now.amendments)} 处，其中 {done} 处已并入现行文本：", bold=True)
    for one in now.amendments:
        cli.line(f"  · {one.told()}")
    cli.line("逐条对照请用 policy-match compare 加编号。")


def _show_links(policy: Policy, links: list[Link], as_of: date) -> None:
    from policy_match import wording

    out = cli.console()
    status = wording.STATUSES[policy.status_on(as_of)]
    cli.line(f"{policy.title}（{as_of.isoformat()} {status}）", bold=True)
    if not links:
        cli.line("没有找到与其他文件的关系。")
        return
    shown = cli.table("关系", "文件", "文号", "索引中的编号")
    for link in links:
        relation = _RELATION_WORDS[link.relation]
        shown.add_row(relation, link.of or "", link.doc_no or "", link.resolved or "未收录")
    out.print(shown)

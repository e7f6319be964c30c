"""`policy-match search`: find policies and clauses (检索)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli
from policy_match.commands.inputs import open_for_reading

if TYPE_CHECKING:
    from policy_match.search.ports import Hit
    from policy_match.search.query import PolicyQuery

LEVELS = ("central", "province", "city", "district")


@click.command(short_help="检索政策：按词句、文号、层级、地区、主题查找。")
@click.argument("query", metavar="检索词", required=False)
@click.option("--queries", type=click.Path(path_type=Path), help="检索词文件，每行一条。")
@cli.index_option
@click.option("--level", type=click.Choice(LEVELS), help="政策层级。")
@click.option("--region", metavar="代码或名称", help="地区（含下级），如 530115 或 晋宁区。")
@click.option("--theme", help="主题。")
@click.option("--as-of", type=cli.Day(), help="只要这一天有效的政策。")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=10, show_default=True)
@cli.json_option
@cli.handles_errors
def search(
    query: str | None,
    queries: Path | None,
    index: str | None,
    level: str | None,
    region: str | None,
    theme: str | None,
    as_of: date | None,
    limit: int,
    as_json: bool,
) -> None:
    """检索政策：文号不论写成哪种括号，完全一致的排在最前。"""
    texts = _texts(query, queries)
    with open_for_reading(index) as opened:
        for text in texts:
            asked = _query(text, level, region, theme, as_of)
            hits = opened.search(asked, limit=limit)
            if as_json:
                for hit in hits:
                    cli.emit_json(hit.to_json(text))
            else:
                _show(text, hits)


def _texts(query: str | None, queries: Path | None) -> list[str]:
    from policy_match.enterprises import read_text

    if (query is None) == (queries is None):
        raise click.UsageError("请给出检索词，或用 --queries 给出检索词文件（二者选一）。")
    if queries is None:
        return [(query or "").encode("utf-8", "replace").decode("utf-8")]
    return [line.strip() for line in read_text(queries).split("\n") if line.strip()]


def _query(
    text: str, level: str | None, region: str | None, theme: str | None, as_of: date | None
) -> PolicyQuery:
    from policy_match.domain.policy import PolicyLevel
    from policy_match.search.query import PolicyQuery

    return PolicyQuery(
        text=text,
        level=PolicyLevel(level) if level else None,
        region=_region(region) if region else None,
        theme=theme,
        as_of=as_of,
    )


def _region(named: str) -> str:
    """A region by code, or by a name that means only one."""
    from policy_match.domain.codes import code_table
    from policy_match.errors import CodeError

    table = code_table("region")
    if named.isdigit():
        return table.require(named)
    found = table.find(named)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "、".join(f"{table.label_of(code)}（{code}）" for code in found[:5])
        raise CodeError(f"“{named}”不止一处", advice=f"请写代码：{listed}")
    return table.require(named)


def _show(text: str, hits: Sequence[Hit]) -> None:
    out = cli.console()
    if not hits:
        cli.line(f"“{text}”没有结果。换个说法，或去掉筛选条件再试。")
        return
    rows = cli.table("政策", "文号", "发布日期", "摘录", title=f"“{text}”")
    for hit in hits:
        day = hit.issued_on.isoformat() if hit.issued_on else ""
        rows.add_row(f"{hit.title}\n{hit.policy_id}", hit.doc_no or "", day, hit.marked())
    out.print(rows)

"""`policy-match search`: find policies and clauses (检索)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    form = _form(level, region, theme, as_of)
    failures = cli.Failures()
    asked = list(_asked(form, query, queries, failures))
    with open_for_reading(index) as opened:
        for one in asked:
            hits = opened.search(one, limit=limit)
            if as_json:
                for hit in hits:
                    cli.emit_json(hit.to_json(one.text))
            else:
                _show(one.text, hits)
    failures.leave()


def _asked(
    form: PolicyQuery, query: str | None, queries: Path | None, failures: cli.Failures
) -> Iterator[PolicyQuery]:
    """The query, or those of the file; a line of it that can't be asked is named and left out."""
    from policy_match.errors import QueryError

    if (query is None) == (queries is None):
        raise click.UsageError("请给出检索词，或用 --queries 给出检索词文件（二者选一）。")
    if query is not None:
        if not query.strip():
            raise QueryError("检索词是空的", advice="请写出要找的词句或文号")
        yield form.with_text(query.encode("utf-8", "replace").decode("utf-8"))
        return
    for place, text in _lines(queries):
        try:
            yield form.with_text(text)
        except QueryError as error:
            failures.add(error.at(place))


def _lines(queries: Path | None) -> list[tuple[str, str]]:
    """The file's lines that are not blank, each with its place."""
    from policy_match.enterprises import read_text
    from policy_match.errors import InputError

    assert queries is not None
    lines = enumerate(read_text(queries).split("\n"), 1)
    found = [(f"{queries} 第 {n} 行", line.strip()) for n, line in lines if line.strip()]
    if not found:
        raise InputError("检索词文件是空的", where=str(queries), advice="每行写一条检索词")
    return found


def _form(
    level: str | None, region: str | None, theme: str | None, as_of: date | None
) -> PolicyQuery:
    from policy_match.domain.policy import PolicyLevel
    from policy_match.search.query import PolicyQuery

    return PolicyQuery(
        level=PolicyLevel(level) if level else None,
        region=_region(region) if region else None,
        theme=theme,
        as_of=as_of,
    )


def _region(named: str) -> str:
    """A region by code, or by a name that means only one."""
    from policy_match.domain.codes import code_table
    from policy_match.errors import CodeError, QueryError

    table = code_table("region")
    found = () if named.isdigit() else table.find(named)
    if len(found) > 1:
        listed = "、".join(f"{table.label_of(code)}（{code}）" for code in found[:5])
        raise QueryError(f"--region：“{named}”不止一处", advice=f"请写代码：{listed}")
    try:
        return found[0] if found else table.require(named)
    except CodeError as error:  # what was typed, not what a file holds
        raise QueryError(f"--region：{error.what}", advice=error.advice) from None


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

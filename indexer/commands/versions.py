"""`policy-match versions`: near-identical documents and new versions in an index (近似与版本)."""

from __future__ import annotations

import click

from policy_match import cli_support as cli

_WORDS = {"copy": "同一文件的另一份", "version": "新旧版本", "like": "内容相近"}


@click.command(short_help="查找索引里近似重复的文件和同一文件的新旧版本。")
@click.argument("policy_id", metavar="[政策编号]", required=False)
@cli.index_option
@click.option(
    "--least",
    metavar="比例",
    type=click.FloatRange(0.2, 1),
    default=0.5,
    show_default=True,
    help="共有内容至少占多少才列出。",
)
@cli.json_option
@cli.handles_errors
def versions(policy_id: str | None, index: str | None, least: float, as_json: bool) -> None:
    """
    按内容（MinHash）找出近似的文件：同一文件的另一份、新旧版本、内容相近。

    给出编号时只列与它有关的。两个版本的差异用 policy-match compare 查看。
    """
    from indexer.commands.opened import all_policies
    from indexer.versions import find_kin

    policies = all_policies(index)
    if policy_id is not None and policy_id not in policies:
        from policy_match.errors import NotFound

        raise NotFound(
            f"索引里没有编号为“{policy_id}”的政策", advice="请用 policy-match search 查找编号"
        )
    found = [
        one
        for one in find_kin(policies.values(), least=least)
        if policy_id is None or policy_id in (one.newer, one.older)
    ]
    if as_json:
        for one in found:
            cli.emit_json(one.to_json())
        return
    cli.line(f"{len(policies)} 份政策中有 {len(found)} 对近似。")
    if found:
        shown = cli.table("关系", "共有内容", "（较新的）文件", "（较旧的）文件")
        for one in found:
            newer, older = policies[one.newer], policies[one.older]
            shown.add_row(
                _WORDS[one.kinship.value],
                f"{one.share:.0%}",
                f"{newer.title}（{newer.id}）",
                f"{older.title}（{older.id}）",
            )
        cli.console().print(shown)

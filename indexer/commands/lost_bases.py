"""`policy-match lost-bases`: policies in use whose basis is repealed or expired (依据已失效)."""

from __future__ import annotations

from datetime import date

import click

from policy_match import cli_support as cli


@click.command("lost-bases", short_help="清理：列出依据已失效的政策。")
@cli.index_option
@cli.as_of_option
@cli.json_option
@cli.handles_errors
def lost_bases(index: str | None, as_of: date, as_json: bool) -> None:
    """
    列出整个索引里依据已被废止或已过期、自身仍在用的政策，连同失效日期和废止它的文件。

    依据的依据也算，中间经过的文件会列出。--json 每处一行。
    """
    from indexer.bases import lost_bases as find
    from indexer.commands.opened import all_policies
    from policy_match import wording

    policies = all_policies(index)
    found = find(policies.values(), as_of=as_of)
    if as_json:
        for one in found:
            cli.emit_json(one.to_json())
        return
    cli.line(f"{len(policies)} 份政策中有 {len(found)} 处依据已失效（{as_of.isoformat()}）。")
    if found:
        shown = cli.table("政策", "依据", "依据的效力", "自何时", "由何文件")
        for one in found:
            status = wording.STATUSES[one.status]
            through = f"（经 {'、'.join(one.through)}）" if one.through else ""
            shown.add_row(
                f"{one.policy.title}（{one.policy.id}）",
                f"{one.basis.title}（{one.basis.id}）{through}",
                status,
                one.since.isoformat() if one.since else "未注明",
                one.by or "",
            )
        cli.console().print(shown)

"""`policy-match rollback`: take back the last rebuild of an index (退回上一代索引)."""

from __future__ import annotations

import click

from policy_match import cli_support as cli


@click.command(short_help="退回上一代索引（Elasticsearch）。")
@cli.index_option
@cli.json_option
@cli.handles_errors
def rollback(index: str | None, as_json: bool) -> None:
    """
    撤销最近一次重建：读者立即改读上一代索引，不停机。

    只有 Elasticsearch 保留上一代；内置引擎请重新运行 policy-match index。
    """
    from policy_match.errors import ServiceError
    from policy_match.search.ports import Reversible
    from policy_match.search.registry import open_configured
    from policy_match.settings import load_settings

    with open_configured(load_settings().index, index, write=True) as opened:
        if not isinstance(opened, Reversible):
            raise ServiceError(
                "这种索引不保留上一代，不能退回", advice="请用 policy-match index 重新建立"
            )
        name, count = opened.roll_back(), opened.count()
    if as_json:
        cli.emit_json({"generation": name, "policies": count})
    else:
        cli.line(f"已退回到 {name}，共 {count} 个政策。")

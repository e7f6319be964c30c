"""`policy-match bench`: our speed, each figure beside its yardstick in one run (基准测试)."""

from __future__ import annotations

import click

from policy_match import cli_support as cli


@click.command(short_help="基准测试：每个数字都与同一次运行中的参照并列。")
@click.argument("names", metavar="名称…", nargs=-1)
@click.option("--scale", type=click.Choice(["small", "full"]), default="full", show_default=True)
@cli.json_option
@cli.handles_errors
def bench(names: tuple[str, ...], scale: str, as_json: bool) -> None:
    """基准测试：不写名称就全部运行。ratio 大于 1 表示比参照好。"""
    from policy_match.bench import run_benchmarks

    rows = cli.table("名称", "我们", "参照", "单位", "比值", "目标", "达标", "峰值内存")
    for row in run_benchmarks(names, scale=scale):
        if as_json:
            cli.emit_json(row.to_json())
            continue
        rows.add_row(
            row.name,
            f"{row.ours:,.4g}",
            f"{row.yardstick:,.4g} {row.yardstick_name}",
            row.unit,
            f"{row.ratio:.2f}",
            str(row.bar),
            "是" if row.ok else "否",
            f"{row.peak_mb:.0f} MB" if row.peak_mb else "",
        )
    if not as_json:
        cli.console().print(rows)

"""`policy-match verify`: whether rules and text agree, over an index (规则与原文核对)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli

if TYPE_CHECKING:
    from indexer.verify import Divergence

_WORDS = {
    "unbound": "没有引文",
    "quote_gone": "引文不在原文里",
    "quote_moved": "引文位置变了",
    "number": "数不一致",
    "unit": "单位不一致",
    "op": "比较方向不一致",
    "code": "代码不一致",
    "code_left_out": "漏了代码",
    "flag": "是否不一致",
    "unknown_fact": "事实表里没有",
}


@click.command(short_help="核对规则与原文：引文还在不在，数、单位、代码是否一致。")
@click.argument("policy_ids", metavar="[政策编号…]", nargs=-1)
@cli.index_option
@cli.json_option
@cli.handles_errors
def verify(policy_ids: tuple[str, ...], index: str | None, as_json: bool) -> None:
    """
    逐条核对规则与原文，列出不一致之处；不给编号时核对整个索引。

    引文须逐字在原文的原位；引文里的数、单位、比较方向和代码须与规则相同。--json 每处一行。
    """
    from indexer.commands.opened import all_policies
    from indexer.verify import verify as find
    from policy_match.domain.criterion import leaves_of
    from policy_match.errors import NotFound

    policies = all_policies(index)
    missing = [name for name in policy_ids if name not in policies]
    if missing:
        raise NotFound(
            f"索引里没有编号为“{missing[0]}”的政策", advice="请用 policy-match search 查找编号"
        )
    chosen = [policies[name] for name in policy_ids] if policy_ids else list(policies.values())
    found: list[Divergence] = []
    leaves = 0
    with cli.progress("核对", len(chosen)) as advance:
        for policy in chosen:
            found.extend(find(policy))
            leaves += sum(1 for m in policy.measures for _ in leaves_of(m.criteria))
            advance(1)
    if as_json:
        for one in found:
            cli.emit_json(one.to_json())
    else:
        _show(found, len(chosen), leaves)


def _show(found: list[Divergence], policies: int, leaves: int) -> None:
    cli.line(f"核对了 {policies} 份政策的 {leaves} 个条件，{len(found)} 处不一致。")
    for one in found:
        cli.line(f"\n{one.measure_id}  [{_WORDS[one.problem.value]}]", bold=True)
        cli.line(f"   规则：{one.rule}")
        if one.quote:
            cli.line(f"   引文：“{one.quote}”")
        if one.text:
            cli.line(f"   读到：{one.text}")
        if one.found_at:
            cli.line(f"   现在位于第 {one.found_at[0]}–{one.found_at[1]} 字")

"""`policy-match doctor`: what is wrong with this installation, and what to do (自检)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_match import cli_support as cli

if TYPE_CHECKING:
    from policy_match.settings import IndexSettings, Settings

Check = tuple[str, bool, str]

_PARTS = {
    "读取 docx": ("docx", "documents"),
    "读取 pdf": ("pypdfium2", "documents"),
    "读取网页": ("lxml", "documents"),
    "读取 xlsx": ("python_calamine", "documents"),
    "读取 parquet": ("pyarrow", "tables"),
    "Elasticsearch 客户端": ("elasticsearch", "elasticsearch"),
}


@click.command(short_help="自检：设置、索引、组件哪里不对，怎么办。")
@cli.json_option
@cli.handles_errors
def doctor(as_json: bool) -> None:
    """自检：逐项检查，说明哪里不对、怎么办。有一项不对则退出码为 1。"""
    from policy_match.settings import load_settings

    checks = list(_checks(load_settings()))
    if as_json:
        for name, ok, advice in checks:
            cli.emit_json({"check": name, "ok": ok, "advice": advice})
    else:
        rows = cli.table("检查", "结果", "说明")
        for name, ok, advice in checks:
            rows.add_row(name, "正常" if ok else "不对", advice)
        cli.console().print(rows)
    if not all(ok for _, ok, _ in checks):
        raise SystemExit(cli.EXIT_SOME_FAILED)


def _checks(settings: Settings) -> Iterator[Check]:
    yield "设置", True, f"数据放在 {settings.home}"
    yield _home(settings.home)
    yield from _index(settings.index)
    yield from (_part(label, *names) for label, names in _PARTS.items())
    yield _converter()
    yield from _installed(settings)


def _installed(settings: Settings) -> Iterator[Check]:
    """What installed parts add: functions of the settings in the group `policy_match.checks`."""
    from importlib.metadata import entry_points

    for found in sorted(entry_points(group="policy_match.checks"), key=lambda one: one.name):
        try:
            checks = found.load()
        except ImportError:
            yield "管理端", True, "未安装（可选）：pip install 'policy-match[admin]'"
            continue
        yield from checks(settings)


def _home(home: Path) -> Check:
    from policy_match.errors import os_reason

    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return (
            "数据目录",
            False,
            f"不能写入（{os_reason(error)}）：请改 POLICY_MATCH_HOME 或目录权限",
        )
    return "数据目录", True, "可以写入"


def _index(settings: IndexSettings) -> Iterator[Check]:
    from policy_match.errors import NotFound, PolicyMatchError
    from policy_match.search.registry import engine_name, open_configured

    if engine_name(settings.location) == "elasticsearch":
        yield from _server(settings)
        return
    try:
        with open_configured(settings) as opened:
            yield "索引", True, f"{settings.location}：{opened.count()} 个政策"
    except NotFound:
        yield "索引", True, "还没有索引：用 policy-match index 建立"
    except PolicyMatchError as error:
        yield "索引", False, str(error)


def _server(settings: IndexSettings) -> Iterator[Check]:
    try:
        from policy_match.search.elastic.status import server_report
    except ImportError:
        yield "索引", False, "缺少组件：请运行 pip install 'policy-match[elasticsearch]'"
        return
    yield from server_report(settings.location, settings)


def _part(label: str, module: str, extra: str) -> Check:
    from importlib.util import find_spec

    if find_spec(module) is not None:
        return label, True, "已安装"
    return label, True, f"未安装（可选）：pip install 'policy-match[{extra}]'"


def _converter() -> Check:
    from shutil import which

    found = next((name for name in ("soffice", "antiword", "catdoc") if which(name)), None)
    if found:
        return "读取 .doc/.wps", True, f"用 {found} 转换"
    return "读取 .doc/.wps", True, "没有转换程序（可选）：安装 libreoffice 或 antiword"

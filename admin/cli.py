"""
`policy-match admin …`, `serve` (管理端命令): thin commands over plain functions.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from admin.principal import ROLE_KEYS, Role
from policy_match import cli_support as cli
from policy_match.errors import InputError

if TYPE_CHECKING:
    from flask import Flask


@click.group(short_help="管理端：建库、用户、样例、导入。", subcommand_metavar="命令 …")
def admin() -> None:
    """管理端：建立或升级数据库，新建用户，写入样例，把文件送到审核台。"""


@admin.command(short_help="建立或升级数据库，写入角色与初始数据。")
@cli.handles_errors
def init() -> None:
    """建立或升级数据库，写入角色、权限和初始数据。可反复运行。"""
    from admin.setup import init_database

    for text in init_database(_settings()):
        cli.line(text)


@admin.command("create-user", short_help="新建用户。")
@click.option("--username", required=True, help="用户名。")
@click.option("--role", required=True, help=f"角色：{'、'.join(role.value for role in Role)}。")
@click.option("--organisation", help="所属机构的全称（部门、乡镇、专员必填，决定能看到哪些数据）。")
@click.option("--name", help="姓名。")
@click.option(
    "--person",
    help="已登记的人员（如企业专员）的姓名：账号归他，不另建；同名的再写单位。",
)
@click.option("--password-stdin", is_flag=True, help="从标准输入读取口令。")
@cli.handles_errors
def create_user(
    username: str,
    role: str,
    organisation: str | None,
    name: str | None,
    person: str | None,
    password_stdin: bool,
) -> None:
    """新建用户；口令从提示或标准输入读取，不出现在命令行里。"""
    from admin.setup import add_user

    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else click.prompt("口令", hide_input=True, confirmation_prompt="再输一次")
    )
    add_user(
        _app(),
        username=username,
        password=password,
        role=read_role(role),
        organisation=organisation,
        name=name,
        person=person,
    )
    cli.line(f"已新建用户 {username}（{read_role(role).value}）")


@admin.command("seed", short_help="写入样例：机构、企业、专员、政策、活动、诉求。")
@cli.handles_errors
def seed_() -> None:
    """写入自带的样例，都标明“样例”：企业与政策为虚构。可反复运行，已有的不重复写入。"""
    from admin.clock import utc_now
    from admin.seed import seed
    from admin.setup import check_database, sessions_for

    settings = _settings()
    check_database(settings)
    with sessions_for(settings) as sessions:
        for text in seed(sessions, now=utc_now()):
            cli.line(text)


@admin.command("import", short_help="把政策文件送到审核台。")
@click.argument(
    "paths", metavar="文件或目录…", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--organisation", help="由哪个机构审核（机构的全称）；不写则由区营商环境办审核。")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@cli.as_of_option
@cli.json_option
@cli.handles_errors
def import_(
    paths: tuple[Path, ...],
    organisation: str | None,
    workers: int,
    as_of: date,
    as_json: bool,
) -> None:
    """
    读取政策文件，送到政策审核台，等工作人员核对后发布。目录会逐级展开。

    已收录的文件跳过；内容有变的文件重新读取，只改动草稿，已发布的规则不变。
    """
    from admin.clock import utc_now
    from admin.importing import import_files
    from admin.setup import check_database, sessions_for

    settings = _settings()
    check_database(settings)
    failures = cli.Failures()
    counts: dict[str, int] = {}
    with sessions_for(settings) as sessions:
        for report in import_files(
            sessions,
            paths,
            as_of=as_of,
            now=utc_now(),
            organisation=organisation,
            workers=workers,
        ):
            counts[report.status] = counts.get(report.status, 0) + 1
            if report.error is not None:
                failures.add(report.reason)
            if as_json:
                cli.emit_json(report.to_json())
    if not as_json:
        done = [f"{_IMPORTED[status]} {count}" for status, count in sorted(counts.items())]
        cli.line("，".join(done))
    failures.leave()


_IMPORTED = {
    "added": "新收录",
    "updated": "重新读取",
    "unchanged": "未变化",
    "duplicate_of": "重复",
    "failed": "失败",
}


def read_role(text: str) -> Role:
    """
    A role by its name or its English key.

    Raises:
        InputError: there is no such role; lists them.
    """
    if text.lower() in ROLE_KEYS:
        return ROLE_KEYS[text.lower()]
    if text in set(Role):
        return Role(text)
    allowed = "、".join(f"{role.value}（{key}）" for key, role in ROLE_KEYS.items())
    raise InputError(f"没有“{text}”这个角色", where="--role", advice=f"可以写：{allowed}")


@click.command(short_help="打开管理端网页。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8080, show_default=True, type=int, help="端口。")
@cli.handles_errors
def serve(host: str, port: int) -> None:
    """启动管理端网页：gunicorn 线程；SQLite 时一个进程，PostgreSQL 时多个。"""
    from admin.server import run

    run(_settings(), host=host, port=port)


@click.command(short_help="运行后台任务：读取、匹配、索引、推送。")
@click.option("--no-beat", is_flag=True, help="不带定时；定时由另一进程 policy-match beat 负责。")
@cli.handles_errors
def worker(no_beat: bool) -> None:
    """运行后台任务进程；用文件传递消息时自带定时，用 Redis 时另外运行 policy-match beat。"""
    from admin.worker import beat_advice, run_worker

    settings = _settings()
    cli.line("后台任务进程已启动（按 Ctrl+C 停止）")
    advice = None if no_beat else beat_advice(settings)
    if advice:
        cli.say(advice)
    run_worker(settings, beat=not no_beat)


@click.command(short_help="定时：每分钟提醒一次后台任务进程。")
@cli.handles_errors
def beat() -> None:
    """每分钟提醒一次后台任务进程；同时运行几个也只有一个生效。"""
    from admin.worker import run_beat

    cli.line("定时进程已启动（按 Ctrl+C 停止）")
    run_beat(_settings())


@click.command(short_help="推送：选取、编写、投递到期的推送。")
@click.option("--dry-run", is_flag=True, help="只说会推送什么，不写入、不投递。")
@cli.json_option
@cli.handles_errors
def push(dry_run: bool, as_json: bool) -> None:
    """把新匹配的政策编成推送并投递；邮件等渠道只在工作日和非免打扰时段发出，未到时间的留待后台投递。"""
    from admin.push.run import run_push

    report = run_push(_settings(), dry_run=dry_run)
    for row in report.rows:
        if as_json:
            cli.emit_json(row)
    if not as_json:
        for text in report.lines():
            cli.line(text)


def _settings() -> Any:
    from policy_match.settings import load_settings

    return load_settings()


def _app() -> Flask:
    from admin.app import create_app

    return create_app(_settings())

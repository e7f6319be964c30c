"""`policy-match demo` (演示): the library's story, then the same sample in an admin of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer.demo import tell
from policy_match import cli_support as cli

if TYPE_CHECKING:
    from policy_match.settings import Settings

USER = "demo"


@click.command(short_help="演示：在自带样例上走完全程，三分钟内看到匹配结果和管理后台。")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="索引、数据库和推送写到哪里（默认在数据目录的 demo 下）。",
)
@cli.as_of_option
@cli.handles_errors
def demo(folder: Path | None, as_of: date) -> None:
    """演示：读取样例政策、匹配样例企业、写出推送，再把同一份样例放进管理后台。"""
    from policy_match.settings import load_settings

    target = folder or load_settings().home / "demo"
    tell(target, as_of)
    cli.line("\n⑤ 管理后台", bold=True)
    if find_spec("flask_appbuilder") is None:
        cli.line("  没有安装管理后台；请运行 pip install 'policy-match[admin]' 后再运行演示")
        return
    home = target / "admin"
    settings = load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None)
    for line in fill(settings):
        cli.line(f"  {line}")
    cli.line(f"\n打开管理后台：POLICY_MATCH_HOME={home} policy-match serve")
    cli.line(f"  网址 {settings.admin.base_url} ；用户名 {USER}；口令 {_user(settings)}")
    cli.line("  口令只显示这一次；再次运行演示会换一个新的。")


def fill(settings: Settings) -> Iterator[str]:
    """Make the database, write the sample, publish, match, push to files (准备演示数据)."""
    from admin.clock import utc_now
    from admin.jobs import run_due
    from admin.push.run import run_push
    from admin.seed import seed
    from admin.setup import init_database, open_sessions

    yield from init_database(settings)
    sessions = open_sessions(settings)
    try:
        yield from seed(sessions, now=utc_now())
        report = run_due(sessions, settings, utc_now())
        yield f"后台任务：完成 {len(report.done)} 项，失败 {len(report.failed)} 项"
    finally:
        sessions.kw["bind"].dispose()
    yield from run_push(settings).lines()


def _user(settings: Settings) -> str:
    """The demo's user with a new password, which is printed and kept nowhere."""
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select

    from admin.accounts import set_password
    from admin.app import create_app
    from admin.principal import SYSTEM, Role, acting_as
    from admin.seed import OFFICE
    from admin.setup import add_user

    password = f"Demo-{secrets.token_urlsafe(9)}-1"
    app = create_app(settings)
    with app.app_context(), acting_as(SYSTEM):
        session = app.appbuilder.session  # type: ignore[attr-defined]  # set by Flask-AppBuilder
        user = session.scalars(select(User).where(User.username == USER)).one_or_none()
        if user is not None:
            set_password(session, user, password)
            session.commit()
            return password
    add_user(app, username=USER, password=password, role=Role.OFFICE, organisation=OFFICE)
    return password

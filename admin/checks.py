"""
What `policy-match doctor` says of the admin (管理端自检): database, broker, worker, mail, calendar.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from admin.clock import today, utc_now
from admin.principal import SYSTEM, acting_as
from policy_match.errors import PolicyMatchError
from policy_match.settings import Settings, check_admin

Check = tuple[str, bool, str]
QUIET = timedelta(minutes=5)
SECONDS = 3.0


def checks(settings: Settings) -> Iterator[Check]:
    """Each thing that the admin leans on: its name, whether it is well, what to do."""
    from admin.setup import check_database, is_unmade

    yield from _settings(settings)
    if is_unmade(settings):
        yield "数据库", True, "管理端还没有建立：需要时运行 policy-match admin init"
    else:
        try:
            check_database(settings)
        except PolicyMatchError as error:
            yield "数据库", False, str(error)
        else:
            yield "数据库", True, _database_words(settings)
            yield _broker(settings)
            yield from _from_rows(settings)
    yield _mail(settings)


def _settings(settings: Settings) -> Iterator[Check]:
    """What the admin would refuse to start with; said whether it was set up or not."""
    try:
        check_admin(settings)
    except PolicyMatchError as error:
        yield "管理端设置", False, str(error)


def _database_words(settings: Settings) -> str:
    kind = settings.admin.database_url.value.split(":")[0].split("+")[0]
    return f"{kind}，已是最新版本"


def _broker(settings: Settings) -> Check:
    from admin.celery_app import is_filesystem, make_celery

    name = "文件" if is_filesystem(settings) else "Redis"
    try:
        with make_celery(settings).connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=SECONDS)
    except Exception as error:  # whatever the broker's client raises, the advice is the same
        advice = "请检查 POLICY_MATCH_BROKER_URL，并确认 Redis 已启动；定时任务会推迟，不会丢失"
        return "消息中间件", False, f"{name}连不上（{type(error).__name__}）：{advice}"
    return "消息中间件", True, f"用{name}传递"


def _from_rows(settings: Settings) -> Iterator[Check]:
    from admin.calendar import calendar_warning
    from admin.setup import open_sessions

    sessions = open_sessions(settings)
    try:
        with acting_as(SYSTEM), sessions() as session:
            yield _worker(session)
            yield from _troubles(session)
            warning = calendar_warning(session, today())
            yield "工作日历", warning is None, warning or "今年的放假安排齐全"
    finally:
        sessions.kw["bind"].dispose()


def _worker(session: Any) -> Check:
    from admin.jobs import workers_seen

    now = utc_now()
    alive = [name for name, seen in workers_seen(session).items() if now - seen < QUIET]
    if alive:
        return "后台任务进程", True, f"{len(alive)} 个在运行"
    return "后台任务进程", False, "五分钟内没有动静：请运行 policy-match worker"


def _troubles(session: Any) -> Iterator[Check]:
    """What a person has to look at; said once, with where."""
    from admin.records.delivery import Delivery
    from admin.records.job import Job

    failed = session.scalar(select(func.count(Job.id)).where(Job.state == "failed")) or 0
    yield "失败的任务", not failed, f"{failed} 个：见“后台任务”页" if failed else "没有"
    unsure = (
        session.scalar(select(func.count(Delivery.id)).where(Delivery.state == "uncertain")) or 0
    )
    yield "结果不明的投递", not unsure, f"{unsure} 个：见“投递”页" if unsure else "没有"


def _mail(settings: Settings) -> Check:
    if "mail" not in settings.admin.channels:
        return "邮件", True, "没有启用邮件渠道：推送写成文件"
    from admin.push.channels.smtp import read_mail_url

    url = settings.admin.channel_urls.get("mail")
    if url is None:
        return "邮件", False, "没有给出邮件服务器：请设 POLICY_MATCH_MAIL_URL，如 smtp://主机:25"
    try:
        server = read_mail_url(url.value)
    except PolicyMatchError as error:
        return "邮件", False, str(error)
    kind = smtplib.SMTP_SSL if server.tls else smtplib.SMTP
    try:
        with kind(server.host, server.port, timeout=SECONDS) as connection:
            connection.noop()
    except (OSError, smtplib.SMTPException) as error:
        return "邮件", False, f"连不上邮件服务器（{error}）：请检查 POLICY_MATCH_MAIL_URL"
    return "邮件", True, "邮件服务器有应答"

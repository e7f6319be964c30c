"""
Making and upgrading the database (建库): migrations, roles, the plan's values, users.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from admin.db import make_engine, make_sessions
from admin.principal import SYSTEM, Role, acting_as
from policy_match.errors import InputError, ServiceUnavailable, SettingsError
from policy_match.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"


def init_database(settings: Settings) -> Iterator[str]:
    """Make or upgrade the database, roles and first rows; says what it did, line by line."""
    settings.home.mkdir(parents=True, exist_ok=True)
    upgrade(settings)
    yield "数据库已是最新版本"
    from admin.app import create_app
    from admin.security import sync_roles

    app = create_app(settings)
    with app.app_context(), acting_as(SYSTEM):
        sync_roles(app.appbuilder)  # type: ignore[attr-defined]  # set by Flask-AppBuilder
        session = app.appbuilder.session  # type: ignore[attr-defined]  # as above
        yield "角色与权限已写入"
        made = seed_schedules(session)
        session.commit()
        yield f"定时计划 {made} 项已写入" if made else "定时计划已有，未改动"


def alembic_config(settings: Settings) -> Config:
    """Alembic's configuration for the database of the settings."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = make_engine(settings.admin.database_url.value)
    return config


def upgrade(settings: Settings, revision: str = "head") -> None:
    """
    Bring the database to a revision.

    Raises:
        ServiceUnavailable: the database can't be reached.
    """
    config = alembic_config(settings)
    try:
        command.upgrade(config, revision)
    except OperationalError as error:
        raise _unreachable(error) from error
    finally:
        config.attributes["engine"].dispose()


def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to a revision."""
    config = alembic_config(settings)
    command.downgrade(config, revision)
    config.attributes["engine"].dispose()


def check_database(settings: Settings) -> None:
    """
    Hold the database to the newest revision.

    Raises:
        SettingsError: it is not there or older; says which command to run.
        ServiceUnavailable: it can't be reached.
    """
    engine = make_engine(settings.admin.database_url.value)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            missing = _missing_tables(connection)
    except OperationalError as error:
        raise _unreachable(error) from error
    finally:
        engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if current != ScriptDirectory.from_config(config).get_current_head():
        raise SettingsError(
            "数据库还没有建立或不是最新版本", advice="请先运行 policy-match admin init"
        )
    if missing:
        raise SettingsError(
            f"数据库缺少表或列：{'、'.join(missing[:5])}；它是用较早的开发版建立的",
            advice="请备份，换一个新的数据库（POLICY_MATCH_DATABASE_URL），"
            "再运行 policy-match admin init",
        )


def _missing_tables(connection: Connection) -> list[str]:
    """Tables and columns of the models that the database lacks."""
    from admin.db import Base
    from admin.records import load_records

    load_records()
    seen = inspect(connection)
    have = set(seen.get_table_names())
    missing: list[str] = []
    for _, table in sorted(Base.metadata.tables.items()):
        if table.name not in have:
            missing.append(table.name)
            continue
        columns = {one["name"] for one in seen.get_columns(table.name)}
        missing += [f"{table.name}.{c.name}" for c in table.columns if c.name not in columns]
    return missing


def is_unmade(settings: Settings) -> bool:
    """Whether the admin's database is a file of the home that nobody has made yet (未建库)."""
    url = settings.admin.database_url.value
    return url.startswith("sqlite:///") and not (settings.home / "policy-match.db").exists()


def require_made(settings: Settings) -> None:
    """
    Stop a command that needs the admin where it was never set up.

    Raises:
        SettingsError: says which command to run.
    """
    if is_unmade(settings):
        raise SettingsError("管理端还没有建立", advice="请先运行 policy-match admin init")


def _unreachable(error: OperationalError) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"连不上数据库：{str(error.orig).strip().splitlines()[0]}",
        where="POLICY_MATCH_DATABASE_URL",
        advice="请检查网址，并确认数据库已启动",
    )


SCHEDULES: tuple[dict[str, Any], ...] = (
    {"kind": "match", "name": "夜间匹配", "hour": 2, "weekdays": "1,2,3,4,5,6,7"},
    {
        "kind": "push",
        "name": "政策推送",
        "hour": 9,
        "weekdays": "1,2,3,4,5",
        "working_days_only": True,
    },
    {"kind": "prune", "name": "清理旧记录", "hour": 4, "weekdays": "7", "keep_days": 180},
)


def seed_schedules(session: Session) -> int:
    """The schedules that staff may then edit; gives how many were new."""
    from admin.records.job import Schedule

    have = set(session.scalars(select(Schedule.kind)))
    new = [Schedule(**row) for row in SCHEDULES if row["kind"] not in have]
    session.add_all(new)
    return len(new)


def add_user(
    app: Flask,
    *,
    username: str,
    password: str,
    role: Role,
    organisation: str | None = None,
    name: str | None = None,
    person: str | None = None,
) -> Any:
    """
    A user, and the person behind it where a unit or a person is named (新建用户).

    Raises:
        InputError: the name is taken, the password too weak, the unit unknown or left out.
    """
    from admin.records.organisation import Organisation
    from admin.records.person import Person
    from admin.security import create_user

    with app.app_context(), acting_as(SYSTEM):
        session = app.appbuilder.session  # type: ignore[attr-defined]  # set by Flask-AppBuilder
        unit = None
        if organisation:
            unit = session.scalars(
                select(Organisation).where(Organisation.name == organisation)
            ).one_or_none()
            if unit is None:
                raise InputError(f"没有机构“{organisation}”", where="--organisation")
        known = _known_person(session, person, unit) if person else None
        try:
            user = create_user(
                session,
                app.appbuilder.sm,  # type: ignore[attr-defined]  # as above
                username=username,
                password=password,
                role=role,
            )
        except ValueError as error:
            raise InputError(str(error), where="admin create-user") from None
        if known is not None:
            known.user_id = user.id
            session.commit()
        elif unit is not None:
            session.add(Person(name=name or username, organisation=unit, user_id=user.id))
            session.commit()
        return user


def _known_person(session: Session, name: str, unit: Any) -> Any:
    """The one person on record of that name, in that unit where one is named."""
    from admin.records.person import Person

    found = select(Person).where(Person.name == name)
    if unit is not None:
        found = found.where(Person.organisation_id == unit.id)
    people = session.scalars(found).all()
    if not people:
        raise InputError(
            f"没有登记过人员“{name}”", where="--person", advice="请核对姓名和 --organisation"
        )
    if len(people) > 1:
        units = "、".join(sorted({one.organisation.name for one in people}))
        raise InputError(
            f"有 {len(people)} 个人员叫“{name}”（{units}）",
            where="--person",
            advice="请用 --organisation 写明单位；同一单位也有同名的，请在管理端“账号”页选择",
        )
    if people[0].user_id is not None:
        raise InputError(f"人员“{name}”已有账号", where="--person")
    return people[0]


def open_sessions(settings: Settings) -> Any:
    """Sessions for commands and the worker, outside the web."""
    return make_sessions(make_engine(settings.admin.database_url.value))


@contextmanager
def sessions_for(settings: Settings) -> Iterator[Any]:
    """Sessions of one command, whose connections end with it."""
    sessions = open_sessions(settings)
    try:
        yield sessions
    finally:
        sessions.kw["bind"].dispose()

"""
Engine, session and column types of the admin's database (数据库): SQLite by default, PostgreSQL.

SQLite: WAL, foreign keys, `synchronous=FULL`; a transaction that may write begins IMMEDIATE, one
that only reads begins deferred and is held to it by `query_only` (a deferred transaction that
reads and then writes fails at once, in spite of any timeout).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask_appbuilder.models.sqla import Base as FabBase
from sqlalchemy import JSON, DateTime, Engine, Integer, Numeric, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from admin.clock import utc_now
from policy_match.errors import SettingsError

BUSY_MILLISECONDS = 15_000
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Yuan = Numeric(18, 2)  # 元

_reading_only: ContextVar[bool] = ContextVar("reading_only", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database (时刻)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; SQLite keeps UTC without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's form
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table of ours; shares its metadata with Flask-AppBuilder's own tables."""

    registry = FabBase.registry  # one metadata, so that a record can refer to ab_user
    __abstract__ = True


class Record(Base):
    """
    Base of what staff keep (记录): a surrogate id, who and when, and a version for locking.

    `version` is checked on every UPDATE: two people who edit the same record do not overwrite
    each other unseen.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if not cls.__dict__.get("__abstract__"):
            cls.__mapper_args__ = {
                "version_id_col": cls.__dict__.get("version", Record.version),
                **cls.__dict__.get("__mapper_args__", {}),
            }
        super().__init_subclass__(**kwargs)


@contextmanager
def reading_only() -> Iterator[None]:
    """Transactions begun inside only read (只读)."""
    token = _reading_only.set(True)
    try:
        yield
    finally:
        _reading_only.reset(token)


def is_reading_only() -> bool:
    """Whether transactions begun now only read."""
    return _reading_only.get()


def set_reading_only(value: bool) -> None:
    """Say whether transactions begun from here on, in this context, only read."""
    _reading_only.set(value)


def read_url(text: str) -> URL:
    """
    The database's address.

    Raises:
        SettingsError: it is no SQLAlchemy URL of a database we know.
    """
    try:
        url = make_url(text)
    except Exception:
        url = None
    if url is None or url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(
            "不是可用的数据库网址",
            where="POLICY_MATCH_DATABASE_URL",
            advice="写 sqlite:///文件 或 postgresql+psycopg://用户:口令@主机/库名",
        )
    return url.set(drivername="postgresql+psycopg") if _plain_postgres(url) else url


def _plain_postgres(url: URL) -> bool:
    return url.drivername == "postgresql"


def engine_options(url: URL) -> dict[str, Any]:
    """How an engine for that database is made."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False}}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}


def make_engine(text: str) -> Engine:
    """An engine of its own, for commands and the worker."""
    url = read_url(text)
    engine = create_engine(url, **engine_options(url))
    configure_engine(engine)
    return engine


def configure_engine(engine: Engine) -> None:
    """Set SQLite up as the module's docstring says; nothing to do for PostgreSQL."""
    if engine.dialect.name != "sqlite" or event.contains(engine, "connect", _on_connect):
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions outside the web, with row scope and audit like the web's."""
    from admin.audit import install_audit
    from admin.facts import install_facts
    from admin.scope import install_scope

    sessions = sessionmaker(engine, expire_on_commit=False)
    install_scope(sessions)
    install_audit(sessions)
    install_facts(sessions)
    return sessions


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    only = _reading_only.get()
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if only else "BEGIN IMMEDIATE")

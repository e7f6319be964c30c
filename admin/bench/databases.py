"""Databases of a benchmark's own (基准测试的数据库): SQLite, and PostgreSQL where there is one."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from admin.db import read_url

SERVER = "DATABASE_URL"  # a server on which databases may be made


def databases() -> Iterator[tuple[str, dict[str, str]]]:
    """The name of each kind of database and the environment of a fresh home with one."""
    with tempfile.TemporaryDirectory() as home:
        yield "SQLite", {"POLICY_MATCH_HOME": home}
    server = os.environ.get(SERVER)
    if server:
        with tempfile.TemporaryDirectory() as home, own_database(server) as url:
            yield "PostgreSQL", {"POLICY_MATCH_HOME": home, "POLICY_MATCH_DATABASE_URL": url}


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """A database of its own on a server, dropped afterwards."""
    name = f"bench_{secrets.token_hex(4)}"
    engine = create_engine(read_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield read_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()

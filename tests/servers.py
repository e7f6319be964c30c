"""Places of one's own on the test servers: a PostgreSQL schema, a Redis database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote
from uuid import uuid4

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from admin.db import read_url

_CLAIM_SECONDS = 3600  # a run that died gives its Redis database back after that


def postgres_url() -> URL:
    """The server of DATABASE_URL; skips where none is named."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgresql"):
        pytest.skip("DATABASE_URL names no PostgreSQL")
    return read_url(given)


@contextmanager
def own_schema() -> Iterator[tuple[str, str]]:
    """A schema with a name that no other run has, dropped afterwards: its name and address."""
    server = postgres_url()
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"t_{uuid4().hex[:12]}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield name, address_of(server, name)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


def address_of(server: URL, schema: str) -> str:
    """The server's address with every table looked for in the schema, and in no other."""
    plain = server.render_as_string(hide_password=False)
    options = quote(f"-csearch_path={schema} -csynchronous_commit=off")
    return f"{plain}{'&' if '?' in plain else '?'}options={options}"


@contextmanager
def own_redis() -> Iterator[str]:
    """A database of Redis that no other run uses meanwhile, emptied afterwards: its address."""
    given = os.environ.get("REDIS_URL")
    if not given:
        pytest.skip("REDIS_URL is not set")
    base = given.rsplit("/", 1)[0]
    with redis.Redis.from_url(f"{base}/0") as claims:
        number, token = _claim(claims), uuid4().hex
        try:
            with redis.Redis.from_url(f"{base}/{number}") as own:
                own.flushdb()
                own.set("owner", token)
                yield f"{base}/{number}"
                assert own.get("owner") == token.encode(), "another run wrote into this database"
                own.flushdb()
        finally:
            claims.delete(_claim_name(number))


def _claim_name(number: int) -> str:
    return f"policy-match-tests:database:{number}"


def _claim(claims: redis.Redis) -> int:
    count = int(claims.config_get("databases")["databases"])  # type: ignore[index]  # redis types it as awaitable or dict
    for number in range(1, count):
        if claims.set(_claim_name(number), os.getpid(), nx=True, ex=_CLAIM_SECONDS):
            return number
    pytest.fail("all databases of Redis are in use by other runs")

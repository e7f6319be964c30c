"""
The night over several workers: one and two processes on Redis and PostgreSQL (分布式匹配基准).

Both servers have to be named (`REDIS_URL`, `DATABASE_URL`); without them there is no row.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from admin.bench.databases import own_database
from admin.bench.world import Size, fill
from admin.celery_app import make_celery
from admin.clock import utc_now
from admin.jobs import LONG, enqueue, workers_seen
from admin.principal import SYSTEM, acting_as
from admin.records.job import Job, Schedule
from admin.records.match import Match
from admin.setup import init_database, open_sessions
from admin.tasks import send_ring
from policy_match.bench import Row, benchmark, faster
from policy_match.settings import load_settings

_SIZES = {"small": Size(600, 100, 0), "full": Size(6_000, 200, 0)}
_SHARDS = 12
_LONGEST = 1200.0  # seconds
_REDIS_DATABASE = 3


@benchmark("workers")
def workers(scale: str) -> Iterator[Row]:
    """The first night of a register, which writes every match, by one worker and by two."""
    server, redis = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not server or not redis:
        return
    size = _SIZES[scale]
    one, two = (_night(server, redis, size, count) for count in (1, 2))
    assert one[1] == two[1], "两次夜间匹配的结果数不同"
    yield faster(
        f"workers：夜间匹配 {size.enterprises} 家 × {size.measures} 条规则，"
        f"写入 {one[1]} 条，两个进程",
        size.enterprises / two[0],
        size.enterprises / one[0],
        "一个进程",
        "家/秒",
    )


def _night(server: str, redis: str, size: Size, count: int) -> tuple[float, int]:
    """Seconds from asking to the last shard, and how many matches there are."""
    with tempfile.TemporaryDirectory() as home, own_database(server) as url:
        broker = f"{redis.rsplit('/', 1)[0]}/{_REDIS_DATABASE}"
        given = {
            "POLICY_MATCH_HOME": home,
            "POLICY_MATCH_DATABASE_URL": url,
            "POLICY_MATCH_BROKER_URL": broker,
        }
        settings = load_settings(given, dotenv=None)
        list(init_database(settings))
        sessions, app = open_sessions(settings), make_celery(settings)
        fill(sessions.kw["bind"], size)
        with _started(given, count):
            _wait(app, lambda: _alive(sessions) == count)
            start = time.perf_counter()
            _ask(sessions, size)
            _wait(app, lambda: _done(sessions))
            spent = time.perf_counter() - start
        with acting_as(SYSTEM), sessions() as session:
            written = session.scalar(select(func.count(Match.id))) or 0
        sessions.kw["bind"].dispose()
        return spent, written


@contextmanager
def _started(given: dict[str, str], count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "policy_match", "worker", "--no-beat"]
    running = [
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=os.environ | given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def _ask(sessions: Any, size: Size) -> None:
    with acting_as(SYSTEM), sessions() as session:
        enqueue(session, "match", "night", payload={"shard": size.enterprises // _SHARDS})
        session.commit()


def _alive(sessions: Any) -> int:
    with acting_as(SYSTEM), sessions() as session:
        session.execute(update(Schedule).values(enabled=False))  # the night of its own
        session.commit()
        return len(workers_seen(session, since=utc_now() - timedelta(minutes=3)))


def _done(sessions: Any) -> bool:
    with acting_as(SYSTEM), sessions() as session:
        states = session.scalars(select(Job.state).where(Job.kind == "match_shard")).all()
        return len(states) == _SHARDS and set(states) == {"done"}


def _wait(app: Any, what: Any) -> None:
    """Ring and look, until it is so."""
    end = time.monotonic() + _LONGEST
    while not what():
        if time.monotonic() > end:
            raise RuntimeError("the workers did not come to an end")
        send_ring(app, LONG)
        time.sleep(0.1)

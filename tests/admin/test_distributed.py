"""Matching by several worker processes over Redis and PostgreSQL; one of them is killed."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text, update

from admin.bench.world import Size, fill
from admin.celery_app import make_celery
from admin.clock import today, utc_now
from admin.db import make_engine, read_url
from admin.facts import facts_known, to_enterprise
from admin.jobs import LONG, enqueue, workers_seen
from admin.matching import load_published
from admin.principal import SYSTEM, acting_as
from admin.records.enterprise import Enterprise
from admin.records.job import Job, Schedule
from admin.records.match import Match
from admin.setup import init_database, open_sessions
from admin.tasks import send_ring
from policy_match.domain.encode import encode
from policy_match.settings import load_settings
from tests.servers import own_redis

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not os.environ.get("REDIS_URL"), reason="REDIS_URL is not set"),
    pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="DATABASE_URL is not set"),
]
WORLD = Size(enterprises=600, measures=100, matches=0)
SHARD = 30


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home, a database and a Redis database of the test's own."""
    name = f"test_{secrets.token_hex(4)}"
    server = read_url(os.environ["DATABASE_URL"])
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    with own_redis() as broker:
        yield {
            "POLICY_MATCH_HOME": str(tmp_path),
            "POLICY_MATCH_DATABASE_URL": url,
            "POLICY_MATCH_BROKER_URL": broker,
        }
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def start(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Starts a worker process; all are ended with the test."""
    workers: list[subprocess.Popen[bytes]] = []

    def run() -> Any:
        log = (tmp_path / f"worker{len(workers)}.log").open("wb")
        command = [sys.executable, "-m", "policy_match", "worker", "--no-beat"]
        workers.append(subprocess.Popen(command, env=os.environ | environ, stdout=log, stderr=log))
        log.close()
        return workers[-1]

    yield run
    for worker in workers:
        worker.kill()
        worker.wait()


def wait_for(what: Callable[[], bool], app: Any, seconds: float) -> None:
    """Ring and look, until it is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come about in time"
        send_ring(app, LONG)
        time.sleep(0.2)


def test_two_workers_match_the_register_and_one_is_killed(
    environ: dict[str, str], start: Any
) -> None:
    """Every pair is there once, as one process alone would decide; every shard is done."""
    settings = load_settings(environ, dotenv=None)
    list(init_database(settings))
    engine = make_engine(environ["POLICY_MATCH_DATABASE_URL"])
    fill(engine, WORLD)
    engine.dispose()
    sessions, app = open_sessions(settings), make_celery(settings)
    with acting_as(SYSTEM), sessions() as session:  # the night of its own would add a shard
        session.execute(update(Schedule).values(enabled=False))
        session.commit()

    def alive() -> int:
        with acting_as(SYSTEM), sessions() as session:
            return len(workers_seen(session))

    def states() -> dict[str, int]:
        with acting_as(SYSTEM), sessions() as session:
            rows = session.execute(
                select(Job.state, func.count()).where(Job.kind == "match_shard").group_by(Job.state)
            )
            return {str(state): count for state, count in rows}

    victim, survivor = start(), start()
    wait_for(lambda: alive() == 2, app, 240)
    with acting_as(SYSTEM), sessions() as session:
        enqueue(session, "match", "night", payload={"shard": SHARD})
        session.commit()
    wait_for(lambda: states().get("running", 0) == 2, app, 60)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with acting_as(SYSTEM), sessions() as session:  # as if the lease's two minutes were over
        session.execute(
            update(Job)
            .where(Job.state == "running")
            .values(lease_until=utc_now() - timedelta(seconds=1))
        )
        session.commit()
    wait_for(lambda: states() == {"done": WORLD.enterprises // SHARD}, app, 180)
    assert survivor.poll() is None
    with acting_as(SYSTEM), sessions() as session:
        kept = session.execute(
            select(Match.enterprise_id, Match.measure_id, Match.verdict).order_by(
                Match.enterprise_id, Match.measure_id
            )
        ).all()
        assert [tuple(row) for row in kept] == expected(session)
    sessions.kw["bind"].dispose()


def expected(session: Any) -> list[tuple[int, int, str]]:
    """What one process alone decides."""
    published = load_published(session, as_of=today())
    found = []
    for record in session.scalars(select(Enterprise)):
        encoded = encode(to_enterprise(record), as_of=today(), registry=facts_known())
        for outcome in published.outcomes(encoded):
            verdict = published.decide(outcome.place, encoded).verdict.value
            found.append((record.id, published.rules[outcome.place].measure_id, verdict))
    return sorted(found)

"""
A push to many enterprises by real processes, and what is done to them (故障).

`policy-match worker` and, with Redis, `policy-match beat` run as in an installation: on SQLite
with the filesystem broker, or on PostgreSQL with a Redis of the test's own. Time is let pass in
the database: leases run out and retries come due without anybody waiting.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, insert, select, text, update

from admin.clock import today, utc_now
from admin.db import read_url
from admin.jobs import enqueue
from admin.principal import SYSTEM, acting_as
from admin.push import outbox
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.job import Holiday, Job, Lease, Schedule
from admin.records.match import Match
from admin.records.preference import Preference
from admin.setup import init_database, open_sessions
from policy_match.settings import Settings, load_settings
from tests.admin.push.sink import Sink
from tests.admin.push.world import populate
from tests.admin.world import credit_code

ENTERPRISES = 1000
SENDER = "zc@office.test"
PAUSE = 0.02
_ID = re.compile(rb"(?mi)^Message-ID: *(<\S+>)")


class Counting(Sink):
    """A mail server that counts letters by their Message-ID and keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def keep(self, content: bytes) -> None:
        """Count a letter that was taken over."""
        found = _ID.search(content)
        assert found is not None, content[:500]
        self.counts[found[1].decode()] += 1

    @property
    def total(self) -> int:
        """How many letters were taken over."""
        return self.counts.total()


def fill_world(settings: Settings, count: int) -> None:
    """A home with enterprises that one measure fits: one matched for real, the others like it."""
    list(init_database(settings))
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as session:
        populate(session, settings, 1)
        match = session.scalars(select(Match).where(Match.verdict == "eligible")).one()
        columns = [column.key for column in Match.__table__.columns if column.key != "id"]
        rows = [
            {"credit_code": credit_code(n), "name": f"测试{n}公司", "region": "530115"}
            for n in range(100, 100 + count - 1)
        ]
        session.execute(insert(Enterprise), rows)
        everyone = session.scalars(select(Enterprise.id)).all()
        others = [one for one in everyone if one != match.enterprise_id]
        session.execute(
            insert(EnterpriseContact),
            [
                {"enterprise_id": n, "name": "联系人", "email": f"c{n}@enterprise.test"}
                for n in others
            ],
        )
        session.execute(
            insert(Match),
            [{key: getattr(match, key) for key in columns} | {"enterprise_id": n} for n in others],
        )
        _never_closed(session, everyone)
        session.commit()
    sessions.kw["bind"].dispose()


def _never_closed(session: Any, enterprises: Any) -> None:
    """No quiet hours and no day off, whenever the test runs; no schedule but what it asks for."""
    session.execute(
        insert(Preference),
        [{"enterprise_id": n, "quiet_from": 0, "quiet_until": 0} for n in enterprises],
    )
    session.execute(
        insert(Holiday),
        [
            {"day": today() + timedelta(days=n), "is_working": True, "name": "测试"}
            for n in range(3)
        ],
    )
    session.execute(update(Schedule).values(enabled=False))


def port_of_its_own() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OwnRedis:
    """A Redis of the test's own, which may be killed and started again (自己的 Redis)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, port_of_its_own()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address as a broker."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(lambda: _answers(self.port), 30, "Redis did not start")

    def kill(self) -> None:
        """`kill -9`: what it held is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(
    what: Any, seconds: float = 400, complaint: str = "it did not come about in time"
) -> None:
    """Look until it is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, complaint
        time.sleep(PAUSE)


@dataclass(slots=True)
class Outcome:
    """What came of one run (一次运行的结果); written into docs/explanation/reliability.md."""

    setup: str
    seed: int
    enterprises: int
    kills: int = 0
    redis_kills: int = 0
    sent: int = 0
    uncertain: int = 0
    uncertain_taken: int = 0  # of these the mail server had taken over
    dead: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object."""
        return asdict(self)


@dataclass(slots=True)
class Installation:
    """Database, broker and processes of one run (一套装置)."""

    name: str
    environ: dict[str, str]
    redis: OwnRedis | None
    log: Path
    sessions: Any = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return load_settings(self.environ, dotenv=None)

    def start(self) -> None:
        """Start the worker, and the beat where it is a process of its own."""
        self._run("worker")
        if self.redis is not None and not any(
            "beat" in str(one.args) and one.poll() is None for one in self.processes
        ):
            self._run("beat")

    def _run(self, command: str) -> None:
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "policy_match", command],
                    env=os.environ | self.environ,
                    stdout=log,
                    stderr=log,
                )
            )

    @property
    def worker(self) -> subprocess.Popen[bytes]:
        """The worker that was started last."""
        return [one for one in self.processes if "worker" in str(one.args)][-1]

    def kill_worker(self) -> None:
        """`kill -9`."""
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()

    def stop(self) -> None:
        """End all that was started here."""
        for one in self.processes:
            one.kill()
            one.wait()
        if self.redis is not None:
            self.redis.kill()
        if self.sessions is not None:
            self.sessions.kw["bind"].dispose()

    def count(self, *states: str) -> int:
        """How many deliveries are in these states; all where none is named."""
        chosen = select(func.count(Delivery.id))
        if states:
            chosen = chosen.where(Delivery.state.in_(states))
        with acting_as(SYSTEM), self.sessions() as session:
            return int(session.scalar(chosen) or 0)

    def ask_for_push(self) -> None:
        """The push of today, as its schedule asks for it."""
        with acting_as(SYSTEM), self.sessions() as session:
            enqueue(session, "push", today().isoformat())
            session.commit()

    def let_time_pass(self, **by: float) -> None:
        """Leases run out and retries come due: what has been written lies further back."""
        before, now = timedelta(**(by or {"hours": 1})), utc_now()
        with acting_as(SYSTEM), self.sessions() as session:
            for row in session.scalars(select(Delivery).where(Delivery.state == "sending")):
                row.claimed_at -= before
            for job in session.scalars(select(Job).where(Job.state == "running")):
                job.lease_until -= before
            for lease in session.scalars(select(Lease)):
                lease.until -= before
            for table, waiting in ((Delivery, outbox.WAITING), (Job, outbox.WAITING)):
                session.execute(
                    update(table)
                    .where(table.state.in_(waiting), table.next_attempt_at > now)
                    .values(next_attempt_at=now)
                )
            session.commit()


@contextmanager
def on_files(template: Path, folder: Path, port: int) -> Iterator[Installation]:
    """SQLite and the filesystem broker."""
    home = folder / "home"
    shutil.copytree(template, home)
    environ = {"POLICY_MATCH_HOME": str(home)} | mail_environ(port)
    with _running(Installation("SQLite + 文件", environ, None, folder / "log")) as made:
        yield made


@contextmanager
def on_servers(template: str, folder: Path, port: int) -> Iterator[Installation]:
    """PostgreSQL and Redis; `template` is a database that was filled."""
    redis = OwnRedis(folder / "redis")
    with database_like(template) as url:
        environ = {
            "POLICY_MATCH_HOME": str(folder / "home"),
            "POLICY_MATCH_DATABASE_URL": url,
            "POLICY_MATCH_BROKER_URL": redis.url,
        } | mail_environ(port)
        redis.start()
        with _running(Installation("PostgreSQL + Redis", environ, redis, folder / "log")) as made:
            yield made


@contextmanager
def _running(made: Installation) -> Iterator[Installation]:
    made.sessions = open_sessions(made.settings)
    try:
        yield made
    finally:
        made.stop()


def mail_environ(port: int) -> dict[str, str]:
    """The settings of the mail channel to a server on this machine."""
    return {
        "POLICY_MATCH_CHANNELS": "mail",
        "POLICY_MATCH_MAIL_URL": f"smtp://127.0.0.1:{port}?from={SENDER}",
    }


@contextmanager
def database_like(template: str = "") -> Iterator[str]:
    """A database of its own on the server of DATABASE_URL; a copy of another by its name."""
    server = read_url(os.environ["DATABASE_URL"])
    name, like = f"test_{secrets.token_hex(4)}", f" TEMPLATE {template}" if template else ""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(  # a database that somebody is connected to can't be copied
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": template},
        )
        connection.execute(text(f"CREATE DATABASE {name}{like}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def run_seed(
    made: Installation, sink: Counting, seed: int, *, count: int, kills: int, redis_dies: bool
) -> Outcome:
    """Push to all, with the worker killed at random moments; gives what came of it."""
    began, chance = time.monotonic(), random.Random(seed)
    outcome = Outcome(made.name, seed, count)
    made.ask_for_push()
    made.start()
    for _ in range(kills):
        if not _at_a_random_moment(made, sink, chance, count):
            break
        if redis_dies and made.redis is not None and not outcome.redis_kills:
            made.redis.kill()
            outcome.redis_kills += 1
            time.sleep(chance.random())
            made.redis.start()
        made.kill_worker()
        outcome.kills += 1
        made.let_time_pass()
        made.start()
    until_done(made, count)
    _judge(made, sink, outcome)
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


def _at_a_random_moment(
    made: Installation, sink: Counting, chance: random.Random, count: int
) -> bool:
    """Wait for a moment while digests are composed or sent; False where all is over before."""
    composing = made.count() < count and chance.random() < 0.5
    already = made.count() if composing else sink.total
    goal = already + chance.randrange(max(1, count - already))
    while made.count("sent", "uncertain", "dead") < count:
        assert made.worker.poll() is None, made.log.read_text(errors="replace")[-3000:]
        if (made.count() if composing else sink.total) >= goal:
            time.sleep(chance.random() * 0.05)
            return True
        time.sleep(PAUSE)
    return False


def until_done(made: Installation, count: int, seconds: float = 240) -> None:
    """Until nothing waits; what was put off to later comes due."""
    end, last = time.monotonic() + seconds, -1
    while (done := made.count("sent", "uncertain", "dead", "cancelled")) < count:
        assert made.worker.poll() is None, made.log.read_text(errors="replace")[-3000:]
        assert time.monotonic() < end, (
            f"{made.name}: only {done} of {count}\n" + made.log.read_text(errors="replace")[-3000:]
        )
        if done != last:
            end, last = time.monotonic() + seconds, done
        time.sleep(PAUSE * 10)


def _judge(made: Installation, sink: Counting, outcome: Outcome) -> None:
    """Count what came of it, by delivery."""
    with acting_as(SYSTEM), made.sessions() as session:
        rows = session.execute(
            select(Delivery.id, Delivery.state, Digest.number).join(
                Digest, Digest.id == Delivery.digest_id
            )
        ).all()
        items = session.scalar(select(func.count(DigestItem.id))) or 0
    outcome.lost = outcome.enterprises - min(len(rows), items)
    for delivery_id, state, number in rows:
        taken = sink.counts[f"<{delivery_id}.{number}@office.test>"]
        outcome.sent += state == "sent"
        outcome.dead += state == "dead"
        outcome.doubled += taken > 1
        outcome.lost += state == "sent" and taken == 0
        if state == "uncertain":
            outcome.uncertain += 1
            outcome.uncertain_taken += taken

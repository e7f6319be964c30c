"""`kill -9` of the push at random moments: each digest once, but the one in flight at a kill."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from admin.push import outbox
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.match import Match
from tests.admin.push.sink import Sink, serve
from tests.admin.push.world import populate
from tests.admin.world import credit_code

SEEDS = int(os.environ.get("POLICY_MATCH_SOAK_SEEDS", "5"))
KILLS = int(os.environ.get("POLICY_MATCH_SOAK_KILLS", "2"))
ENTERPRISES = int(os.environ.get("POLICY_MATCH_SOAK_ENTERPRISES", "60"))
PUSH = """
from datetime import datetime, timedelta
from admin.push.run import run_push
from policy_match.settings import load_settings
import time
start, base = time.monotonic(), datetime.fromisoformat({now!r})
clock = lambda: base + timedelta(seconds=time.monotonic() - start)
run_push(load_settings(dotenv=None), clock=clock)
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    controller = serve(made)
    made.port = controller.port  # type: ignore[attr-defined] - set by the fixture
    yield made
    controller.stop()


def many(session: Any, settings: Any, count: int) -> None:
    """One enterprise matched for real; the others are its likeness."""
    (one,) = populate(session, settings, 1)
    match = session.scalars(select(Match).where(Match.verdict == "eligible")).one()
    columns = [column.key for column in Match.__table__.columns if column.key != "id"]
    session.execute(
        insert(Enterprise),
        [
            {"credit_code": credit_code(n), "name": f"测试{n}公司", "region": "530115"}
            for n in range(100, 100 + count - 1)
        ],
    )
    ids = session.scalars(select(Enterprise.id).where(Enterprise.id != one.id)).all()
    session.execute(
        insert(EnterpriseContact),
        [{"enterprise_id": n, "name": "联系人", "email": f"c{n}@enterprise.test"} for n in ids],
    )
    session.execute(
        insert(Match),
        [{name: getattr(match, name) for name in columns} | {"enterprise_id": n} for n in ids],
    )


def push(settings: Any, sink: Sink, now: datetime) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "POLICY_MATCH_HOME": str(settings.home),
        "POLICY_MATCH_DATABASE_URL": settings.admin.database_url.value,
        "POLICY_MATCH_CHANNELS": "mail",
        "POLICY_MATCH_MAIL_URL": f"smtp://127.0.0.1:{sink.port}?from=zc@office.test",  # type: ignore[attr-defined] - set by the fixture
    }
    return subprocess.Popen([sys.executable, "-c", PUSH.format(now=now.isoformat())], env=environ)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_moments(session: Any, settings: Any, sink: Sink, seed: int) -> None:
    """Nothing is lost, nothing doubled; what was in flight is uncertain and shown."""
    many(session, settings, ENTERPRISES)
    chance = random.Random(seed)
    now = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    kills = 0
    while kills < KILLS:
        before = len(sink.taken)
        process = push(settings, sink, now)
        while process.poll() is None and len(sink.taken) == before and chance.random() < 0.995:
            time.sleep(0.02)  # most kills fall into the sending
        time.sleep(chance.random() * 0.4)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
        now += timedelta(seconds=outbox.LEASE_SECONDS + 60)
        if session.scalar(select(func.count()).where(Delivery.state == "sent")) == ENTERPRISES:
            break
    assert push(settings, sink, now).wait() == 0
    check(session, sink, kills)


def check(session: Any, sink: Sink, kills: int) -> None:
    states = Counter(session.scalars(select(Delivery.state)))
    assert set(states) <= {"sent", "uncertain"}
    assert sum(states.values()) == ENTERPRISES
    assert states["uncertain"] <= kills
    assert session.scalar(select(func.count(DigestItem.id))) == ENTERPRISES
    taken = sink.ids
    assert set(taken.values()) == {1}
    rows = session.execute(
        select(Delivery.id, Delivery.state, Digest.number).join(
            Digest, Digest.id == Delivery.digest_id
        )
    )
    for delivery_id, state, number in rows:
        got = taken[f"<{delivery_id}.{number}@office.test>"]
        assert got == 1 or state == "uncertain"


def test_uncertain_ones_stay_until_a_person_repeats_them(
    session: Any, settings: Any, sink: Sink
) -> None:
    many(session, settings, 3)
    now = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert push(settings, sink, now).wait() == 0
    session.execute(update(Delivery).where(Delivery.id == 1).values(state="uncertain"))
    assert push(settings, sink, now + timedelta(hours=2)).wait() == 0
    assert len(sink.taken) == 3

"""
`kill -9` of the worker, Redis gone, mail that fails: each digest once, but what was in flight.

Five seeds in every run of the tests; `make soak` runs sixty and writes what came of them into
docs/explanation/reliability.md.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from admin.principal import SYSTEM, acting_as
from admin.push.outbox import INTERRUPTED
from admin.records.delivery import Delivery
from admin.records.enterprise import EnterpriseContact
from policy_match.settings import load_settings
from tests.admin.push import faults
from tests.admin.push.faults import Counting, Installation, Outcome
from tests.admin.push.sink import serve

pytestmark = pytest.mark.timeout(900)
FEW, MANY = 5, int(os.environ.get("SOAK_SEEDS", "60"))
ENTERPRISES = int(os.environ.get("SOAK_ENTERPRISES", str(faults.ENTERPRISES)))
REPORT = os.environ.get("SOAK_REPORT", "")
SETUPS = ("files", "servers")
Start = Callable[[int], AbstractContextManager[Installation]]


@pytest.fixture
def sink() -> Iterator[Counting]:
    made = Counting()
    controller = serve(made)
    made.port = controller.port  # type: ignore[attr-defined] - set by the fixture
    yield made
    controller.stop()


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose SQLite database holds the enterprises."""
    home = tmp_path_factory.mktemp("faults") / "home"
    faults.fill_world(load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None), ENTERPRISES)
    return home


@pytest.fixture(scope="module")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL database that holds the enterprises, by its name."""
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL is not set")
    with faults.database_like() as url:
        environ = {
            "POLICY_MATCH_HOME": str(tmp_path_factory.mktemp("faults")),
            "POLICY_MATCH_DATABASE_URL": url,
        }
        faults.fill_world(load_settings(environ, dotenv=None), ENTERPRISES)
        yield url.rsplit("/", 1)[1]


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    """Makes the set-up that the test asks for by its name."""
    if request.param == "files":
        home = request.getfixturevalue("filled_home")
        return lambda port: faults.on_files(home, tmp_path, port)
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    name = request.getfixturevalue("filled_database")
    return lambda port: faults.on_servers(name, tmp_path, port)


def killed_at_random(start: Start, sink: Any, seed: int) -> Outcome:
    """One seed: one to three kills of the worker; with every third one Redis dies too."""
    with start(sink.port) as made:
        return faults.run_seed(
            made, sink, seed, count=ENTERPRISES, kills=1 + seed % 3, redis_dies=seed % 3 == 1
        )


def hold(outcome: Outcome) -> None:
    """The law: nothing lost, nothing doubled; what was in flight at a kill is uncertain."""
    assert (outcome.lost, outcome.doubled, outcome.dead) == (0, 0, 0), outcome
    assert outcome.sent + outcome.uncertain == outcome.enterprises, outcome
    assert outcome.uncertain <= outcome.kills, outcome


@pytest.mark.parametrize(
    ("seed", "start"), [(n, SETUPS[n % 2]) for n in range(FEW)], indirect=["start"]
)
def test_killed_at_random_moments(start: Start, sink: Counting, seed: int) -> None:
    """Nothing is lost, nothing doubled; what was in flight is uncertain; set-ups in turn."""
    hold(killed_at_random(start, sink, seed))


@pytest.mark.slow
@pytest.mark.parametrize("start", SETUPS, indirect=True)
@pytest.mark.parametrize("seed", range(FEW, FEW + MANY))
def test_killed_at_many_random_moments(start: Start, sink: Counting, seed: int) -> None:
    """The same, sixty times; what came of each is kept for the page."""
    outcome = killed_at_random(start, sink, seed)
    if REPORT:
        with Path(REPORT).open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome.to_json(), ensure_ascii=False) + "\n")
    hold(outcome)


@pytest.mark.slow
@pytest.mark.parametrize("start", SETUPS, indirect=True)
def test_mail_fails_in_every_phase(start: Start, sink: Counting) -> None:
    """Refused for good: dead, and the contact marked; cut off after its end: uncertain."""
    first: set[str] = set()

    def once(answer: str, address: str) -> str:
        fresh = address not in first
        first.add(address)
        return answer if fresh else ""

    def number(address: str) -> int:
        return int(address[1:].split("@")[0])

    def rcpt(address: str) -> str:
        kind = number(address) % 10
        if kind == 1:
            return "550 no such user"
        return once({2: "451 try later", 3: "close"}.get(kind, ""), address)

    def data(address: str) -> str:
        kind = number(address) % 10
        if kind == 5:
            return "close"  # taken over, and no answer
        return once("452 full", address) if kind == 4 else ""

    sink.rcpt, sink.data = rcpt, data
    with start(sink.port) as made:  # type: ignore[attr-defined] - set by the fixture
        made.ask_for_push()
        made.start()
        faults.wait_until(lambda: made.count() - made.count("pending", "sending") == ENTERPRISES)
        made.let_time_pass()
        made.kill_worker()
        made.start()
        faults.until_done(made, ENTERPRISES)
        with acting_as(SYSTEM), made.sessions() as session:
            rows = session.execute(
                select(
                    Delivery.address,
                    Delivery.state,
                    Delivery.reason,
                    EnterpriseContact.bounced_at,
                ).join(EnterpriseContact, EnterpriseContact.id == Delivery.contact_id)
            ).all()
    assert len(rows) == ENTERPRISES
    for address, state, reason, bounced_at in rows:
        kind = number(address) % 10
        assert state == {1: "dead", 5: "uncertain"}.get(kind, "sent"), (address, reason)
        assert (bounced_at is not None) == (kind == 1)
        assert kind != 1 or reason.startswith("收件地址被拒绝：550")
    assert set(sink.counts.values()) == {1}
    assert sink.total == sum(state != "dead" for _, state, _, _ in rows)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["servers"], indirect=True)
def test_the_bell_works_again_after_redis_was_gone(start: Start, sink: Counting) -> None:
    """Redis dies and comes back empty: the same worker hears the next ring and delivers."""
    from admin.celery_app import make_celery
    from admin.tasks import send_ring

    with start(sink.port) as made:  # type: ignore[attr-defined] - set by the fixture
        assert made.redis is not None
        made.ask_for_push()
        made.start()
        faults.wait_until(lambda: made.count("sent") > 0)
        made.redis.kill()
        faults.wait_until(lambda: made.count("sent") == ENTERPRISES, 300)  # needs no bell
        made.redis.start()
        with acting_as(SYSTEM), made.sessions() as session:
            one = session.scalars(select(Delivery).limit(1)).one()
            one.state, one.token = "pending", None
            session.commit()
        app = make_celery(made.settings)

        def is_sent() -> bool:
            made.let_time_pass()
            send_ring(app, tick=True)
            return made.count("sent") == ENTERPRISES

        faults.wait_until(is_sent, 120)
        assert made.worker.poll() is None
    assert sorted(sink.counts.values())[-2:] == [1, 2]  # the one that was put back by hand


@pytest.mark.slow
@pytest.mark.parametrize("start", ["files"], indirect=True)
def test_what_is_uncertain_says_so_and_stays(start: Start, sink: Counting) -> None:
    """Killed in the middle of a send: marked, with what to do; only a person sends it again."""
    with start(sink.port) as made:  # type: ignore[attr-defined] - set by the fixture
        sink.data = lambda _address: "hang" if sink.total >= 10 else ""
        made.ask_for_push()
        made.start()
        faults.wait_until(lambda: sink.total > 10)
        made.kill_worker()
        sink.data = lambda _address: ""
        made.let_time_pass()
        made.start()
        faults.until_done(made, ENTERPRISES)
        with acting_as(SYSTEM), made.sessions() as session:
            reasons = session.scalars(
                select(Delivery.reason).where(Delivery.state == "uncertain")
            ).all()
        assert reasons == [INTERRUPTED]
        assert set(sink.counts.values()) == {1}

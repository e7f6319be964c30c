"""The outbox under any order of events: sends, failures, crashes, stale claims, what people do."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, event, select

from admin.principal import SYSTEM, acting_as
from admin.pruning import old_deliveries
from admin.push import outbox
from admin.push.channels import Letter, Outcome, Result
from admin.push.deliver import drain
from admin.records.delivery import Delivery
from admin.setup import open_sessions
from policy_match.settings import load_settings
from tests.admin.push.world import SIGNER, Box, Clock, compose, populate

RESULTS = (
    Result(Outcome.SENT),
    Result(Outcome.RETRY, "451"),
    Result(Outcome.RETRY, "连不上", is_down=True),
    Result(Outcome.DEAD, "554"),
    Result(Outcome.UNCERTAIN, "没有答复"),
)


class Crash(BaseException):
    """The process is gone."""


@pytest.fixture(scope="module")
def composed(template_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three digests that wait."""
    home = tmp_path_factory.mktemp("machine") / "home"
    shutil.copytree(template_home, home)
    made = load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None)
    sessions = open_sessions(made)
    with acting_as(SYSTEM):
        with sessions() as session:
            populate(session, made, 3)
        compose(sessions, {"mail": Box()})
    with sessions.kw["bind"].connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    sessions.kw["bind"].dispose()
    return home


def test_any_order_of_events(composed: Path) -> None:
    """Nothing lost, and nothing sent twice but by a person."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = Path(tempfile.mkdtemp())
            shutil.copytree(composed, self.folder / "home")
            made = load_settings({"POLICY_MATCH_HOME": str(self.folder / "home")}, dotenv=None)
            self.sessions: Any = open_sessions(made)
            self.clock = Clock()
            self.taken: Counter[str] = Counter()  # what the other side has, or may have
            self.repeated: Counter[str] = Counter()
            self.closed: dict[int, int] = {}  # what the other side had of it then
            self.pruned: set[int] = set()

        @rule(results=st.lists(st.sampled_from(RESULTS), min_size=1, max_size=4))
        def deliver(self, results: list[Result]) -> None:
            box = Box(self._answer(results))
            with acting_as(SYSTEM):
                drain(self.sessions, {"mail": box}, SIGNER, clock=self.clock, jitter=lambda: 1.0)

        @rule(nth=st.integers(1, 5), before=st.booleans())
        def crash(self, nth: int, before: bool) -> None:
            seen = [0]

            def at(_session: Any) -> None:
                seen[0] += 1
                if seen[0] == nth:
                    raise Crash

            name = "before_commit" if before else "after_commit"
            event.listen(self.sessions, name, at)
            try:
                self.deliver([Result(Outcome.SENT)])
            except Crash:
                pass
            finally:
                event.remove(self.sessions, name, at)

        @rule(seconds=st.sampled_from([30, 300, outbox.LEASE_SECONDS + 1]))
        def wait(self, seconds: float) -> None:
            self.clock.later(seconds=seconds)

        @rule(which=st.integers(0, 2))
        def repeat(self, which: int) -> None:
            with acting_as(SYSTEM), self.sessions() as session:
                row = self._row(session, which)
                if row is not None and outbox.resend(session, row, now=self.clock()):
                    self.repeated[str(row.id)] += 1
                session.commit()

        @rule(which=st.integers(0, 2))
        def give_up(self, which: int) -> None:
            """A person says that it is not to go out: it never does again."""
            with acting_as(SYSTEM), self.sessions() as session:
                row = self._row(session, which)
                if row is not None and outbox.give_up(session, row, by="陈"):
                    self.closed[row.id] = self.taken[str(row.id)]
                session.commit()

        @rule()
        def pause(self) -> None:
            """The channel is not in use for a while: nothing goes out, nothing is lost."""
            before = self.taken.total()
            with acting_as(SYSTEM):
                drain(self.sessions, {}, SIGNER, clock=self.clock)
            assert self.taken.total() == before

        @rule()
        def prune(self) -> None:
            """Long after, what was sent may go; what waits for a person or for its turn stays."""
            is_over = old_deliveries(self.clock() + timedelta(days=1000), 30)
            with acting_as(SYSTEM), self.sessions() as session:
                gone = session.execute(select(Delivery.id, Delivery.state).where(is_over)).all()
                session.execute(delete(Delivery).where(is_over))
                session.commit()
            assert {state for _, state in gone} <= {"sent"}
            self.pruned.update(one for one, _ in gone)

        def _row(self, session: Any, which: int) -> Delivery | None:
            rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
            return rows[which] if which < len(rows) else None

        @invariant()
        def nothing_lost_or_doubled(self) -> None:
            with acting_as(SYSTEM), self.sessions() as session:
                rows = session.execute(select(Delivery.id, Delivery.state)).all()
            assert len(rows) + len(self.pruned) == 3
            for delivery_id, state in rows:
                key = str(delivery_id)
                assert self.taken[key] <= 1 + self.repeated[key]
                assert state != "sent" or self.taken[key] >= 1
                waiting = state in ("pending", "retry")
                assert not waiting or self.taken[key] <= self.repeated[key]
                if delivery_id in self.closed:
                    assert (state, self.taken[key]) == ("closed", self.closed[delivery_id])

        def teardown(self) -> None:
            self.sessions.kw["bind"].dispose()
            shutil.rmtree(self.folder)

        def _answer(self, results: list[Result]) -> Any:
            left = iter(results)

            def answer(letter: Letter) -> Result:
                result = next(left, Result(Outcome.SENT))
                if result.outcome in (Outcome.SENT, Outcome.UNCERTAIN):
                    self.taken[letter.id] += 1
                return result

            return answer

    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis ships none for it
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""A state machine over jobs: workers that claim, advance, die and come back late."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import delete, func, select

from admin.audit import AuditEntry
from admin.db import Base, make_engine, make_sessions
from admin.jobs import HANDLERS, Handler, LeaseLost, enqueue, try_again
from admin.jobs.run import RunReport, _claim, _fail, _finish
from admin.principal import SYSTEM, acting_as
from admin.pruning import old_jobs
from admin.records import load_records
from admin.records.job import Job, Lease, Upload
from policy_match.settings import load_settings
from tests.admin.test_jobs import Clock

KIND = "machine"
LEASE = 60
STEPS = 3
TABLES: Any = [one.__table__ for one in (Job, Lease, Upload, AuditEntry)]


class Jobs(RuleBasedStateMachine):
    """
    One kind of job whose work is three steps; each step is counted in a table with its cursor.

    Whatever order things happen in: a pair of kind and key has one active row, each asking is
    followed by one whole run, and no step is counted that its worker no longer held.
    """

    def __init__(self) -> None:
        super().__init__()
        load_records()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'jobs.db'}"
        self.settings = load_settings({"POLICY_MATCH_HOME": self.folder.name}, dotenv=None)
        self.engine = make_engine(url)
        Base.metadata.create_all(self.engine, tables=TABLES)
        self.sessions = make_sessions(self.engine)
        self.clock = Clock()
        self.live: list[Any] = []  # claims whose worker has not ended, stale ones too
        HANDLERS[KIND] = Handler(KIND, lambda run: None, lease_seconds=LEASE)
        self.asked = self.finished = self.pruned = 0
        self.open_ask = False

    def teardown(self) -> None:
        HANDLERS.pop(KIND, None)
        self.engine.dispose()
        self.folder.cleanup()

    @rule()
    def ask(self) -> None:
        with acting_as(SYSTEM), self.sessions() as session:
            enqueue(session, KIND, "k", now=self.clock())
            session.commit()
        self.open_ask = True
        self.asked += 1

    @rule()
    def claim(self) -> None:
        with acting_as(SYSTEM):
            run = _claim(self.sessions, self.settings, self.clock(), [KIND], self.clock)
        if run is not None:
            assert run.cursor is None or 0 < run.cursor <= STEPS
            self.live.append(run)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def step(self, data: Any) -> None:
        """One step of some worker; the one that lost its job is told so."""
        run = data.draw(st.sampled_from(self.live))
        with acting_as(SYSTEM):
            try:
                with run.session() as session:
                    done = (run.cursor or 0) + 1
                    if done <= STEPS:
                        run.progress(session, done=done, total=STEPS, cursor=done)
                        session.commit()
            except LeaseLost:
                assert self._token() != run.token
                self.live.remove(run)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def finish(self, data: Any) -> None:
        run = data.draw(st.sampled_from(self.live))
        held, report = self._token() == run.token, RunReport()
        with acting_as(SYSTEM):
            _finish(run, report, {})
        self.live.remove(run)
        assert bool(report.lost) != held
        if held:
            self.finished += 1
            self.open_ask = bool(report.again)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def fail(self, data: Any) -> None:
        """Given up; only the one that holds the job can."""
        run = data.draw(st.sampled_from(self.live))
        held, report = self._token() == run.token, RunReport()
        with acting_as(SYSTEM):
            _fail(run, report, "坏了")
        self.live.remove(run)
        assert bool(report.failed) == held
        if held:
            self.open_ask = False

    @rule()
    def try_again(self) -> None:
        """A person presses the button on the last failed job, perhaps twice."""
        with acting_as(SYSTEM), self.sessions() as session:
            found = select(Job).where(Job.state == "failed").order_by(Job.id.desc())
            job = session.scalars(found).first()
            if job is None:
                return
            done = try_again(session, job, requested_by="陈", now=self.clock())
            assert done == (not self.open_ask)
            assert not try_again(session, job, requested_by="陈", now=self.clock())
            session.commit()
        self.open_ask = True
        self.asked += done

    @rule()
    def prune(self) -> None:
        """What is done goes; what failed and was not done since stays, and what is active."""
        with acting_as(SYSTEM), self.sessions() as session:
            is_over = old_jobs(self.clock() + timedelta(days=400), 30)
            states = session.scalars(select(Job.state).where(is_over)).all()
            session.execute(delete(Job).where(is_over))
            session.commit()
        assert set(states) <= {"done", "failed"}
        self.pruned += states.count("done")

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def die(self, data: Any) -> None:
        self.live.remove(data.draw(st.sampled_from(self.live)))

    @rule(seconds=st.integers(1, 2 * LEASE))
    def wait(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def _token(self) -> str | None:
        with acting_as(SYSTEM), self.sessions() as session:
            return session.scalar(select(Job.token).where(Job.state == "running"))

    @invariant()
    def one_active_row(self) -> None:
        with acting_as(SYSTEM), self.sessions() as session:
            active = session.scalars(
                select(Job).where(Job.state.in_(("pending", "running", "retry")))
            ).all()
            done = session.scalar(select(func.count(Job.id)).where(Job.state == "done")) or 0
        assert len(active) <= 1
        assert bool(active) == self.open_ask
        assert done + self.pruned <= self.asked

    @invariant()
    def one_holder(self) -> None:
        token = self._token()
        assert sum(run.token == token for run in self.live) <= 1


TestJobs = Jobs.TestCase
TestJobs.settings = hypothesis_settings(max_examples=25, stateful_step_count=30, deadline=None)

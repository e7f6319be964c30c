"""The drain: each digest once, whatever breaks; what can't be known is uncertain and stays so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from admin.audit import AuditEntry
from admin.push import outbox
from admin.push.channels import Letter, Outcome, Result
from admin.push.deliver import DrainReport, drain
from admin.push.jobs import ask_for_delivery
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from admin.records.enterprise import EnterpriseContact
from admin.records.job import Holiday, Job
from admin.records.policy import Measure, Policy
from admin.records.preference import Preference
from policy_match.errors import InputError
from tests.admin.push.world import SIGNER, TODAY, Box, Clock, compose, deliveries, populate


class Crash(BaseException):
    """The process is gone."""


def run(sessions: Any, box: Box, clock: Clock, **more: Any) -> DrainReport:
    return drain(sessions, {"mail": box}, SIGNER, clock=clock, jitter=lambda: 1.0, **more)


def ready(session: Any, sessions: Any, settings: Any, count: int = 3) -> Box:
    populate(session, settings, count)
    box = Box()
    compose(sessions, {"mail": box})
    return box


def states(session: Any) -> list[str]:
    return [one.state for one in deliveries(session)]


def test_each_is_sent_once(session: Any, sessions: Any, settings: Any) -> None:
    """A second drain sends nothing; the Message-ID is the delivery's id."""
    box = ready(session, sessions, settings)
    report = run(sessions, box, Clock())
    assert report.counts == {"sent": 3}
    assert run(sessions, box, Clock()).counts == {}
    assert [one.id for one in box.letters] == [str(one.id) for one in deliveries(session)]
    assert set(session.scalars(select(Digest.state))) == {"sent"}
    assert all(one.message_id and one.sent_at for one in deliveries(session))


def test_later_with_backoff_then_dead_with_a_reason(
    session: Any, sessions: Any, settings: Any
) -> None:
    box, clock = ready(session, sessions, settings, 1), Clock()
    box.answer = lambda _: Result(Outcome.RETRY, "451 忙")
    waits = []
    for _ in range(outbox.MAX_ATTEMPTS):
        run(sessions, box, clock)
        (one,) = deliveries(session)
        waits.append((one.next_attempt_at - clock.now).total_seconds())
        clock.now = max(one.next_attempt_at, clock.now)
        if clock.now.hour >= 12:  # past eight in the evening: the drain postpones it
            run(sessions, box, clock)
            clock.now = deliveries(session)[0].next_attempt_at
    assert waits[:4] == [60, 240, 960, 3840]
    assert max(waits) == outbox.LONGEST_DELAY_SECONDS
    (one,) = deliveries(session)
    assert one.state == "dead"
    assert "已尝试 8 次" in (one.reason or "")
    assert session.scalars(select(Digest.state)).one() == "failed"


def test_a_channel_that_is_down_rests_and_costs_no_attempt(
    session: Any, sessions: Any, settings: Any
) -> None:
    box, clock = ready(session, sessions, settings), Clock()
    box.answer = lambda _: Result(Outcome.RETRY, "连不上", is_down=True)
    report = run(sessions, box, clock)
    assert report.counts == {"retry": 1}
    assert report.down == {"mail": "连不上"}
    assert [one.attempts for one in deliveries(session)] == [0, 0, 0]
    box.answer = lambda _: Result(Outcome.SENT)
    clock.later(seconds=outbox.DOWN_DELAY_SECONDS)
    assert run(sessions, box, clock).counts == {"sent": 3}


def test_a_bounce_marks_the_contact(session: Any, sessions: Any, settings: Any) -> None:
    """5xx on RCPT: dead at once, the contact is marked, other mail to it is cancelled."""
    box = ready(session, sessions, settings, 1)
    box.answer = lambda _: Result(Outcome.DEAD, "550 无此用户", bounced=True)
    run(sessions, box, Clock())
    contact = session.scalars(select(EnterpriseContact)).one()
    session.refresh(contact)
    assert contact.bounced_at is not None
    assert contact.bounce_reason == "550 无此用户"
    with pytest.raises(InputError, match="曾退信"):
        outbox.resend(session, deliveries(session)[0], now=Clock()())


def test_a_corrected_address_may_be_written_to_again(
    session: Any, sessions: Any, settings: Any
) -> None:
    """The mark goes with the old address; what is sent again goes to the new one."""
    box = ready(session, sessions, settings, 1)
    box.answer = lambda _: Result(Outcome.DEAD, "550 无此用户", bounced=True)
    run(sessions, box, Clock())
    contact = session.scalars(select(EnterpriseContact)).one()
    session.refresh(contact)
    assert contact.mail_state == "退信，请改正邮箱：550 无此用户"
    contact.email = "new@enterprise.test"
    session.commit()
    assert (contact.bounced_at, contact.mail_state) == (None, "")
    box.answer = lambda _: Result(Outcome.SENT)
    assert outbox.resend(session, deliveries(session)[0], now=Clock()())
    assert run(sessions, box, Clock()).counts == {"sent": 1}
    assert [letter.address for letter in box.letters] == ["new@enterprise.test"]


def test_a_person_may_say_that_it_is_not_to_go_out(
    session: Any, sessions: Any, settings: Any
) -> None:
    """Dead or uncertain, seen and closed: no longer shown as waiting, recorded in the trail."""
    box = ready(session, sessions, settings, 1)
    box.answer = lambda _: Result(Outcome.UNCERTAIN, "没有答复")
    run(sessions, box, Clock())
    (one,) = deliveries(session)
    assert outbox.give_up(session, one, by="陈")
    assert not outbox.give_up(session, one, by="陈")
    assert (one.state, one.reason) == ("closed", "陈：不再投递。没有答复")
    assert session.scalars(select(Digest.state)).one() == "failed"
    trail = session.scalars(select(AuditEntry.changes).where(AuditEntry.action == "不再投递"))
    assert trail.all() == [{"state": ["uncertain", "closed"]}]
    assert not outbox.resend(session, one, now=Clock()())


def test_uncertain_is_repeated_only_by_a_person(session: Any, sessions: Any, settings: Any) -> None:
    """The repetition is in the audit trail."""
    box, clock = ready(session, sessions, settings, 1), Clock()
    box.answer = lambda _: Result(Outcome.UNCERTAIN, "没有答复")
    run(sessions, box, clock)
    clock.later(days=2)
    box.answer = lambda _: Result(Outcome.SENT)
    assert run(sessions, box, clock).counts == {}
    assert session.scalars(select(Digest.state)).one() == "uncertain"
    (one,) = deliveries(session)
    assert outbox.resend(session, one, now=clock())
    session.flush()
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "重发")).all()
    assert trail[0].changes == {"state": ["uncertain", "pending"]}
    assert run(sessions, box, clock).counts == {"sent": 1}
    assert [letter.id for letter in box.letters] == [str(one.id)] * 2
    assert not outbox.resend(session, deliveries(session)[0], now=clock())


def test_a_late_finisher_records_under_its_token(
    session: Any, sessions: Any, settings: Any
) -> None:
    box, clock = ready(session, sessions, settings, 1), Clock()

    def slow(_letter: Letter) -> Result:
        clock.later(seconds=outbox.LEASE_SECONDS + 1)
        assert run(sessions, Box(), clock).counts == {"uncertain": 1}
        return Result(Outcome.SENT)

    box.answer = slow
    assert run(sessions, box, clock).counts == {"sent": 1}
    assert states(session) == ["sent"]


def test_a_late_finisher_does_not_undo_what_a_person_did(
    session: Any, sessions: Any, settings: Any
) -> None:
    box, clock = ready(session, sessions, settings, 1), Clock()

    def slow(_letter: Letter) -> Result:
        clock.later(seconds=outbox.LEASE_SECONDS + 1)
        run(sessions, Box(), clock)
        assert outbox.resend(session, deliveries(session)[0], now=clock())
        return Result(Outcome.SENT)

    box.answer = slow
    report = run(sessions, box, clock)
    assert report.counts == {"late": 1}
    assert states(session) == ["pending"]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.execute(update(Measure).values(review="withdrawn")),
        lambda s: s.execute(update(Measure).values(is_open=False)),
        lambda s: s.execute(update(Measure).values(closes_on=TODAY - timedelta(days=1))),
        lambda s: s.execute(update(Policy).values(expires_on=TODAY - timedelta(days=1))),
        lambda s: s.execute(update(EnterpriseContact).values(receives_digest=False)),
        lambda s: s.add(Preference(enterprise_id=1, unsubscribed_at=datetime.now(UTC))),
    ],
)
def test_what_changed_meanwhile_is_heeded(
    session: Any, sessions: Any, settings: Any, change: Any
) -> None:
    """Withdrawn, used up, closed, not wanted any more: cancelled before it goes out."""
    box = ready(session, sessions, settings, 1)
    change(session)
    session.flush()
    assert run(sessions, box, Clock()).counts == {"cancelled": 1}
    assert box.letters == []
    assert session.scalars(select(Digest.state)).one() == "cancelled"


def test_quiet_hours_and_days_off_are_kept(session: Any, sessions: Any, settings: Any) -> None:
    """The hours of the enterprise, the days of the offices."""  # mission 2
    box = ready(session, sessions, settings, 1)
    night = Clock(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    assert run(sessions, box, night).counts == {"postponed": 1}
    session.add(Holiday(day=TODAY + timedelta(days=1), is_working=False, name="测试假"))
    session.flush()
    morning = Clock(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))
    assert run(sessions, box, morning).counts == {"postponed": 1}
    (one,) = deliveries(session)
    assert one.next_attempt_at == datetime(2026, 11, 26, 0, 0, tzinfo=UTC)
    assert run(sessions, box, Clock(one.next_attempt_at)).counts == {"sent": 1}


def test_a_limit_stops_between_sends(session: Any, sessions: Any, settings: Any) -> None:
    box = ready(session, sessions, settings)
    assert run(sessions, box, Clock(), limit=2).counts == {"sent": 2}
    assert Counter(states(session)) == {"sent": 2, "pending": 1}


def test_a_drain_is_asked_for_when_something_waits(
    session: Any, sessions: Any, settings: Any
) -> None:
    box, clock = ready(session, sessions, settings, 1), Clock()
    with sessions() as own:
        assert ask_for_delivery(own, clock()) is not None
        own.commit()
    assert session.scalars(select(Job.kind).where(Job.kind == "deliver")).all() == ["deliver"]
    run(sessions, box, clock)
    with sessions() as own:
        assert ask_for_delivery(own, clock()) is None


@contextmanager
def crashing_at(sessions: Any, nth: int, *, before: bool) -> Iterator[list[int]]:
    """The process dies at its n-th commit, just before or just after it took effect."""
    seen = [0]

    def at(_session: Any) -> None:
        seen[0] += 1
        if seen[0] == nth:
            raise Crash

    name = "before_commit" if before else "after_commit"
    event.listen(sessions, name, at)
    try:
        yield seen
    finally:
        event.remove(sessions, name, at)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("nth", range(1, 6))
def test_a_crash_at_any_commit_loses_and_doubles_nothing(
    session: Any, sessions: Any, settings: Any, nth: int, before: bool
) -> None:
    """At most the one in flight is uncertain; every other one is delivered exactly once."""
    box, clock = ready(session, sessions, settings), Clock()
    with crashing_at(sessions, nth, before=before), pytest.raises(Crash):
        run(sessions, box, clock)
    clock.later(seconds=outbox.LEASE_SECONDS + 1)
    run(sessions, box, clock)
    _no_one_lost_or_doubled(session, box, in_flight=1)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_while_composing_loses_and_doubles_nothing(
    session: Any, sessions: Any, settings: Any, nth: int, before: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A batch is written whole or not at all; the next run composes what is missing."""
    monkeypatch.setattr("admin.push.prepare.BATCH", 2)
    populate(session, settings, 3)
    box = Box()
    with crashing_at(sessions, nth, before=before), pytest.raises(Crash):
        compose(sessions, {"mail": box})
    assert len(deliveries(session)) in (0, 2, 3)
    compose(sessions, {"mail": box})
    run(sessions, box, Clock())
    _no_one_lost_or_doubled(session, box, in_flight=0)
    assert len(box.letters) == len(session.scalars(select(DigestItem.id)).all()) == 3


def _no_one_lost_or_doubled(session: Any, box: Box, *, in_flight: int) -> None:
    sent = Counter(letter.id for letter in box.letters)
    rows = deliveries(session)
    assert sum(one.state == "uncertain" for one in rows) <= in_flight
    for one in rows:
        assert one.state in ("sent", "uncertain")
        assert sent[str(one.id)] <= 1
        assert sent[str(one.id)] == 1 or one.state == "uncertain"


@pytest.mark.parametrize("nth", [3, 4])
def test_a_database_that_is_locked_for_a_while_loses_no_record(
    session: Any, sessions: Any, settings: Any, nth: int
) -> None:
    """The commit fails after a send: the record is written by itself, the rest goes on later."""
    box, clock = ready(session, sessions, settings), Clock()
    seen = [0]

    def locked(_session: Any) -> None:
        seen[0] += 1
        if seen[0] in (nth, nth + 1):
            raise OperationalError("COMMIT", {}, Exception("database is locked"))

    event.listen(sessions, "before_commit", locked)
    try:
        run(sessions, box, clock)
    finally:
        event.remove(sessions, "before_commit", locked)
    run(sessions, box, clock)
    assert set(states(session)) == {"sent"}
    assert len(box.letters) == 3


def test_two_drains_at_once_share_the_work(session: Any, sessions: Any, settings: Any) -> None:
    box, clock = ready(session, sessions, settings, 4), Clock()
    inner = Box()

    def also(_letter: Letter) -> Result:
        run(sessions, inner, clock, limit=1)
        return Result(Outcome.SENT)

    box.answer = also
    run(sessions, box, clock)
    assert set(states(session)) == {"sent"}
    assert Counter(one.id for one in (*box.letters, *inner.letters)).most_common(1)[0][1] == 1


def test_deliveries_of_a_channel_not_in_use_wait(
    session: Any, sessions: Any, settings: Any
) -> None:
    ready(session, sessions, settings, 1)
    assert drain(sessions, {}, SIGNER, clock=Clock()).counts == {}
    assert session.scalars(select(Delivery.state)).all() == ["pending"]

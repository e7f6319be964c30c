"""
What the worker does when it is rung (任务): thin calls of plain functions.

`ring` runs what is due in one slot. A slot is a lock of the process: while its jobs run, another
ring of the slot returns at once, so a night of matching holds up neither reading nor the push.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from threading import Lock
from typing import Any

from admin.clock import utc_now
from admin.jobs import (
    LONG,
    SHORT,
    beat_heart,
    due_slots,
    enqueue_due_schedules,
    kinds_of,
    load_handlers,
    run_due,
    take_lease,
    workers_seen,
)
from admin.jobs.handlers import SLOTS
from admin.jobs.leases import TICK, TICK_SECONDS
from admin.jobs.queue import RING
from admin.principal import SYSTEM, acting_as
from admin.push.jobs import ask_for_delivery

log = logging.getLogger(__name__)

RINGS_A_WORKER = 2  # a busy worker may take a ring and answer that it is busy

_slots = {slot: Lock() for slot in SLOTS}
_opening = Lock()
_sessions: dict[int, Any] = {}


def register(app: Any) -> None:
    """Add the tasks to a Celery application."""

    @app.task(name="ring", shared=False)  # of this application alone
    def ring(slot: str = SHORT, tick: bool = False) -> str:
        return ring_slot(app, slot, tick=tick)


def ring_slot(app: Any, slot: str, *, tick: bool = False) -> str:
    """Run what is due in a slot, and ring the others that have something to do."""
    sessions = sessions_of(app)
    load_handlers()
    with acting_as(SYSTEM):
        _look_around(app, sessions, slot, tick=tick)
        lock = _slots[slot]
        if not lock.acquire(blocking=False):
            return "正在运行"
        try:
            report = run_due(sessions, app.policy_match_settings, utc_now(), kinds=kinds_of(slot))
        finally:
            lock.release()
        if report.count:
            log.info("ring", extra={"slot": slot, "report": str(report)})
            _ring_others(app, sessions, slot)  # its jobs may have asked for others
    return str(report)


def _look_around(app: Any, sessions: Any, slot: str, *, tick: bool) -> None:
    from admin.celery_app import worker_name

    now = utc_now()
    with sessions() as session:
        beat_heart(session, worker_name(), now=now)
        holder = f"{worker_name()}:{secrets.token_hex(4)}"
        if tick and take_lease(session, TICK, holder, now=now, seconds=TICK_SECONDS):
            enqueue_due_schedules(session, now)
            ask_for_delivery(session, now)
        session.commit()
    if tick:
        _ring_others(app, sessions, slot)


def _ring_others(app: Any, sessions: Any, slot: str) -> None:
    with sessions() as session:
        waiting = due_slots(session, utc_now())
        workers = len(workers_seen(session, since=utc_now() - timedelta(minutes=3)))
    for other in sorted(waiting - {slot}):
        for _ in range(RINGS_A_WORKER * max(1, workers) if other == LONG else 1):
            send_ring(app, other)


def send_ring(app: Any, slot: str = SHORT, *, tick: bool = False) -> bool:
    """Ring the worker; where the bell is out of order the next tick does it."""
    from admin.celery_app import RING_EXPIRES_SECONDS

    try:
        app.send_task("ring", kwargs={"slot": slot, "tick": tick}, expires=RING_EXPIRES_SECONDS)
    except Exception as error:  # whatever a broker raises, nothing is lost but a minute
        log.warning("ring failed", extra={"slot": slot, "error": str(error)})
        return False
    return True


def install_bell(sessions: Any, app: Any) -> None:
    """Ring each slot after each commit of these sessions that asked for work; none waits a tick."""
    from sqlalchemy import event

    def after_commit(session: Any) -> None:
        if session.info.pop(RING, False):
            for slot in SLOTS:
                send_ring(app, slot)

    def after_rollback(session: Any) -> None:
        session.info.pop(RING, None)

    event.listen(sessions, "after_commit", after_commit)
    event.listen(sessions, "after_soft_rollback", lambda session, _: after_rollback(session))


def sessions_of(app: Any) -> Any:
    """The worker's sessions; one engine a process."""
    from admin.setup import open_sessions

    key = id(app)
    with _opening:
        if key not in _sessions:
            _sessions[key] = open_sessions(app.policy_match_settings)
        return _sessions[key]

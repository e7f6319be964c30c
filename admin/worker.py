"""
The worker and the beat as processes (后台进程): `policy-match worker`, `policy-match beat`.

The worker's pool is threads, one a slot: a kill ends the whole of it, and its jobs are resumed
from their rows. The beat is a thread of the worker only with the filesystem broker, which one
machine has; with Redis it is a process of its own. The tick is leased, so that two beats are one.
"""

from __future__ import annotations

from typing import Any

from admin.celery_app import flask_app, is_filesystem, make_celery
from admin.jobs.handlers import SLOTS, load_handlers
from admin.tasks import send_ring
from policy_match.settings import Settings


def run_worker(settings: Settings, *, beat: bool = True) -> None:
    """Work until stopped; the beat is embedded only with the filesystem broker."""
    from admin.setup import check_database

    check_database(settings)
    app = make_celery(settings)
    flask_app(app)  # made before the threads: each of them would make its own
    load_handlers()
    if beat and is_filesystem(settings):
        _embed_beat(app)
    worker = app.Worker(
        pool="threads",
        concurrency=len(SLOTS) + 1,  # one more, so that a ring of a busy slot is answered at once
        hostname=f"policy-match-{_short_name()}@localhost",
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    send_ring(app, tick=True)  # what a former worker left is resumed at once
    worker.start()


def run_beat(settings: Settings) -> None:
    """Beat the minute until stopped."""
    from admin.setup import check_database

    check_database(settings)
    app = make_celery(settings)
    app.Beat(loglevel="WARNING", quiet=True).run()


def beat_advice(settings: Settings) -> str | None:
    """What to say about the beat when a worker starts: Redis needs one of its own."""
    if is_filesystem(settings):
        return None
    return "使用 Redis：请在一台机器上另外运行 policy-match beat，定时计划才会执行"


def _embed_beat(app: Any) -> None:
    from celery.beat import EmbeddedService

    EmbeddedService(app, thread=True).start()


def _short_name() -> str:
    from admin.celery_app import worker_name

    return worker_name().replace(":", "-")

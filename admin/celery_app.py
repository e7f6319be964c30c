"""
The task queue (消息队列): a doorbell that may lose or repeat any message.

With the filesystem broker the messages are files in the home and no server is needed; with Redis
any number of workers on any machine listens. There is one beat entry, a minute tick. No task
carries work: it rings, and the rows of the table `job` say what is to be done.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from celery import Celery, Task

from policy_match.settings import Settings

TICK_SECONDS = 60.0
RING_EXPIRES_SECONDS = 55  # a ring that nobody heard within the minute is replaced by the next


class ContextTask(Task):  # type: ignore[misc]  # Celery ships no types
    """Pushes an application context only if there is none: inside a request its session counts."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task."""
        from flask import has_app_context

        if has_app_context():
            return super().__call__(*args, **kwargs)
        with flask_app(self.app).app_context():
            return super().__call__(*args, **kwargs)


def make_celery(settings: Settings, *, flask: Any = None) -> Celery:
    """A Celery application over the broker of the settings; `flask` is the web's, if any."""
    from admin.tasks import register

    app = Celery("policy_match", task_cls=ContextTask, set_as_current=False)
    app.conf.update(_config(settings))
    app.policy_match_settings = settings
    app.policy_match_flask = flask
    register(app)
    return app


def flask_app(app: Celery) -> Any:
    """The web application that tasks run in; made once a process."""
    if app.policy_match_flask is None:
        from admin.app import create_app

        app.policy_match_flask = create_app(app.policy_match_settings)
    return app.policy_match_flask


def is_filesystem(settings: Settings) -> bool:
    """Whether messages are files in the home."""
    return settings.admin.broker_url.value.startswith("filesystem://")


def worker_name() -> str:
    """How the process is called among the workers."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "broker_url": _broker(settings),
        "broker_transport_options": _transport(settings),
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 2,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": False,
        "task_create_missing_queues": True,
        "task_default_queue": "policy-match",
        "task_publish_retry": False,  # a lost ring only waits for the next tick
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "worker_enable_remote_control": False,
        "timezone": "Asia/Shanghai",
        "beat_schedule": {
            "tick": {
                "task": "ring",
                "schedule": TICK_SECONDS,
                "kwargs": {"tick": True},
                "options": {"expires": RING_EXPIRES_SECONDS},
            }
        },
        "beat_schedule_filename": str(settings.home / "beat-schedule"),
    }


def _broker(settings: Settings) -> str:
    """The broker's address; files have a host too, or each ring would be warned about."""
    return "filesystem://localhost/" if is_filesystem(settings) else settings.admin.broker_url.value


def _transport(settings: Settings) -> dict[str, Any]:
    if not is_filesystem(settings):
        return {
            "global_keyprefix": "policy-match:",
            "visibility_timeout": 3600,
            "socket_connect_timeout": 2,
            "socket_timeout": 10,
        }
    folder = settings.home / "broker"
    options: dict[str, Any] = {"store_processed": False}
    for name in ("data_folder_in", "data_folder_out"):
        options |= {name: str(_folder(folder / "messages"))}  # one folder: we send to ourselves
    return options | {
        "processed_folder": str(_folder(folder / "processed")),
        "control_folder": str(_folder(folder / "control")),
    }


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path

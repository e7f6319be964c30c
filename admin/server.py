"""The web server (网页服务): gunicorn with threads, one process on SQLite."""

from __future__ import annotations

import os
from typing import Any

from gunicorn.app.base import BaseApplication

from admin.db import read_url
from policy_match.settings import Settings


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings, self._options = settings, options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        from admin.app import create_app

        return create_app(self._settings)


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve the admin until stopped; refuses to start on a database that is not up to date."""
    from admin.setup import check_database

    check_database(settings)
    sqlite = read_url(settings.admin.database_url.value).get_backend_name() == "sqlite"
    options = {
        "bind": f"{host}:{port}",
        "workers": 1 if sqlite else max(2, os.cpu_count() or 2),
        "threads": 8,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": 20,
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "policy-match",
        "limit_request_line": 8190,
    }
    print(f"管理端已启动：http://{host}:{port}（按 Ctrl+C 停止）", flush=True)
    _Server(settings, options).run()

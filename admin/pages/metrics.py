"""监控指标页: for a monitoring program, with a token or from the same machine only."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Response, abort, current_app, request
from flask_appbuilder.baseviews import BaseView, expose

from admin.clock import utc_now
from admin.metrics import gather, render
from admin.principal import SYSTEM, acting_as

LOCAL = ("127.0.0.1", "::1")


class MetricsView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """Figures for Prometheus; no account, but a token or the same machine."""

    route_base = "/metrics"
    default_view = "metrics"
    base_permissions: tuple[str, ...] = ()

    @expose("")
    def metrics(self) -> Any:
        """The figures as text; 404 to whoever may not see them."""
        if not _allowed():
            abort(404)
        with acting_as(SYSTEM):
            text = render(gather(self.appbuilder.session, now=utc_now()))
        return Response(text, mimetype="text/plain")


def _allowed() -> bool:
    """With a token set, only with it; else only from this machine and not through a proxy."""
    token = current_app.extensions["policy_match_settings"].admin.metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.value.encode())
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded"))
    return request.remote_addr in LOCAL and not forwarded

"""`/healthz` (健康检查): what a load balancer or a container engine asks; needs no sign-in."""

from __future__ import annotations

from flask import Flask, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

PATH = "/healthz"


def install_health(app: Flask) -> None:
    """Add the address."""
    app.add_url_rule(PATH, "healthz", _answer)


def _answer() -> tuple[Response, int]:
    """200 while the database answers, else 503; says nothing of where it is."""
    engine = current_app.extensions["sqlalchemy"].engine
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        current_app.logger.exception("the database does not answer")
        return jsonify(status="database"), 503
    return jsonify(status="ok"), 200

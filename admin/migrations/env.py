"""Run migrations on the engine that `admin.setup` hands in."""

from __future__ import annotations

from typing import Any

import flask_appbuilder.security.sqla.models  # noqa: F401 - its tables belong to ours
from alembic import context

import admin.audit
from admin.db import Base
from admin.records import load_records

load_records()
assert admin.audit.AuditEntry.__table__ is not None


def include_object(thing: Any, _name: Any, kind: Any, _reflected: bool, _other: Any) -> bool:
    """Compare tables; sequences and the like of Flask-AppBuilder are its own."""
    return kind != "sequence" and thing is not None


def run() -> None:
    """Migrate in one transaction; SQLite in batch mode, since it can't alter a table."""
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            include_object=include_object,
            compare_type=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()

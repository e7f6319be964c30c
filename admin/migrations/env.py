"""Run migrations on the engine that `admin.setup` hands in."""

from __future__ import annotations

from typing import Any

import flask_appbuilder.security.sqla.models  # noqa: F401 - its tables belong to ours
from alembic import context

import admin.audit
from admin.db import Base
from admin.lowcode.finding import is_of_search
from admin.records import load_records

load_records()
assert admin.audit.AuditEntry.__table__ is not None


def include_object(thing: Any, name: Any, kind: Any, reflected: bool, _other: Any) -> bool:
    """Compare tables; sequences are Flask-AppBuilder's, and no model holds a search index."""
    if reflected and kind in ("table", "index") and is_of_search(str(name)):
        return False
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

"""A PostgreSQL schema that is as it was before each test."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from admin.db import Base

_LOCK_SECONDS = 20  # a connection that some test left open is a failure, not a wait


@dataclass
class Template:
    """A filled schema, and the statements that put its rows back (样板)."""

    schema: str
    url: str
    home: Path
    engine: Engine = field(init=False)
    _back: str = field(init=False, default="")
    _names: Any = field(init=False, default_factory=count)

    def __post_init__(self) -> None:
        self.engine = create_engine(self.url, isolation_level="AUTOCOMMIT")

    def keep(self) -> None:
        """Copy every table that has rows, and note where the sequences stand."""
        tables = [table.name for table in Base.metadata.sorted_tables]
        with self.engine.connect() as connection:
            full = []
            for name in tables:
                if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {name})")):
                    connection.execute(text(f"CREATE TABLE {name}_as_new AS TABLE {name}"))
                    full.append(name)
            sequences = connection.execute(
                text(
                    "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = :schema"
                ),
                {"schema": self.schema},
            ).all()
        self._back = ";\n".join(
            [
                f"SET lock_timeout = '{_LOCK_SECONDS}s'",
                "BEGIN",
                "ALTER TABLE audit_entry DISABLE TRIGGER USER",
                *(f"DELETE FROM {name}" for name in reversed(tables)),
                "ALTER TABLE audit_entry ENABLE TRIGGER USER",
                *(f"INSERT INTO {name} SELECT * FROM {name}_as_new" for name in full),
                *(
                    f"SELECT setval('{name}', {value or 1}, {'true' if value else 'false'})"
                    for name, value in sequences
                ),
                "COMMIT",
            ]
        )

    def restored(self) -> str:
        """Put the rows back; an address that no test before had (caches go by it)."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self._back)
        return f"{self.url}&application_name=test_{next(self._names)}"

    def close(self) -> None:
        """Let go of the connection."""
        self.engine.dispose()

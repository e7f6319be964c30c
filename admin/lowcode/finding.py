"""
Which records hold a text (全文查找): an index of the columns that a type's search looks into.

SQLite: an FTS5 table of trigrams, kept by triggers; a shorter text is looked up among the trigrams
that begin with it. PostgreSQL: a GIN index of characters and pairs of characters; pg_trgm does not
serve, since it knows no word of two characters (docs/adr/0035-indexes-from-declarations.md).

What is found is a superset: the statement of the list still compares the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import DDL, event, text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from admin.lowcode.record_type import RecordType

ENOUGH = 2000  # above this a text is common: a walk in the list's order finds a page at once
_TRIGRAMS = 256  # more beginnings than this are no narrowing
_GRAMS = 24  # so many parts of a long text narrow it enough
SUFFIX = "_search"
FUNCTION = "search_grams"
_MAKE_FUNCTION = """
CREATE OR REPLACE FUNCTION search_grams(given text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000 AS $$
  SELECT array_agg(DISTINCT gram) FROM (
    SELECT unnest(ARRAY[one, one || following]) AS gram FROM (
      SELECT one, lead(one, 1, '') OVER (ORDER BY place) AS following
      FROM unnest(string_to_array(lower(given), NULL)) WITH ORDINALITY AS each(one, place)
    ) AS pairs
  ) AS grams
$$"""


def declare_search(record_type: RecordType) -> None:
    """Have a table that is made from the model get its search index, as the migrations give it."""
    if not record_type.search:
        return
    table: Any = record_type.model.__table__
    for dialect in ("sqlite", "postgresql"):
        for sql in create_search(dialect, table.name, record_type.search):
            event.listen(table, "after_create", _ddl(sql, dialect))
    for sql in drop_search("sqlite", table.name):
        event.listen(table, "after_drop", _ddl(sql, "sqlite"))


def _ddl(sql: str, dialect: str) -> Any:
    made: Any = DDL  # its __init__ has no types
    return made(sql.replace("%", "%%")).execute_if(dialect=dialect)


def create_search(dialect: str, table: str, columns: Sequence[str]) -> list[str]:
    """The statements that make the search index of a table, its rows included."""
    if dialect == "postgresql":
        index = f'CREATE INDEX ix_{table}{SUFFIX} ON "{table}" USING gin ({_grams(columns)})'
        return [_MAKE_FUNCTION, index]
    name, place = f"{table}{SUFFIX}", f"{table}{SUFFIX}(rowid, words)"
    old, new = _joined("old.", columns), _joined("new.", columns)
    changed = ", ".join(f'"{column}"' for column in columns)
    add = _insert(place, f"VALUES (new.id, {new})")
    remove = _insert(f"{name}({name}, rowid, words)", f"VALUES ('delete', old.id, {old})")
    return [
        f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', detail=none, tokenize=trigram)",
        f"CREATE VIRTUAL TABLE {name}_terms USING fts5vocab('{name}', 'row')",
        f'CREATE TRIGGER {name}_added AFTER INSERT ON "{table}" BEGIN {add}; END',
        f'CREATE TRIGGER {name}_changed AFTER UPDATE OF {changed} ON "{table}" '
        f"BEGIN {remove}; {add}; END",
        f'CREATE TRIGGER {name}_deleted AFTER DELETE ON "{table}" BEGIN {remove}; END',
        f'INSERT INTO {place} SELECT id, {_joined("", columns)} FROM "{table}"',  # noqa: S608 - names of ours
    ]


def _insert(place: str, rows: str) -> str:
    return f"INSERT INTO {place} {rows}"


def drop_search(dialect: str, table: str) -> list[str]:
    """The statements that take it away; the triggers and PostgreSQL's index go with the table."""
    name = f"{table}{SUFFIX}"
    return [f"DROP TABLE {name}_terms", f"DROP TABLE {name}"] if dialect == "sqlite" else []


def drop_function(dialect: str) -> list[str]:
    """The statements that take away what the search indexes share."""
    return [f"DROP FUNCTION {FUNCTION}(text)"] if dialect == "postgresql" else []


def is_of_search(name: str) -> bool:
    """Whether a table or an index of that name is a search index, or a part of one."""
    return re.search(rf"{SUFFIX}(_(terms|data|idx|docsize|config|content))?$", name) is not None


def _joined(prefix: str, columns: Sequence[str]) -> str:
    """The columns as one text; the blanks behind each let its last characters begin a trigram."""
    return " || ".join(f"coalesce({prefix}\"{column}\", '') || '  '" for column in columns)


def _grams(columns: Sequence[str]) -> str:
    return f"{FUNCTION}({_joined('', columns)})"


def candidates(session: Session, record_type: RecordType, wanted: str) -> list[int] | None:
    """
    The ids of the records that may hold a text, in scope or not; None where there are too many.

    Only to narrow a statement of the ORM, which carries the row scope.
    """
    if not wanted or not record_type.search:
        return None
    find = _in_sqlite if session.get_bind().dialect.name == "sqlite" else _in_postgresql
    found = find(session, record_type, wanted.lower())
    return found if found is not None and len(found) <= ENOUGH else None


def _in_sqlite(session: Session, record_type: RecordType, wanted: str) -> list[int] | None:
    name = f"{record_type.model.__tablename__}{SUFFIX}"
    match = " ".join(map(_quoted, _parts(wanted, 3)))
    if len(wanted) < 3:
        terms = _terms(session, name, wanted)
        if not terms:
            return []
        if len(terms) > _TRIGRAMS:
            return None
        match = " OR ".join(map(_quoted, terms))
    sql = text(f"SELECT rowid FROM {name} WHERE {name} MATCH :match LIMIT :most")  # noqa: S608 - a table of ours
    return list(session.scalars(sql, {"match": match, "most": ENOUGH + 1}))


def _terms(session: Session, name: str, beginning: str) -> list[str]:
    """The trigrams that begin with one or two characters."""
    end = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    sql = text(
        f"SELECT term FROM {name}_terms WHERE term >= :start AND term < :end LIMIT :most"  # noqa: S608 - a table of ours
    )
    return list(session.scalars(sql, {"start": beginning, "end": end, "most": _TRIGRAMS + 1}))


def _quoted(term: str) -> str:
    escaped = term.replace('"', '""')
    return f'"{escaped}"'


def _in_postgresql(session: Session, record_type: RecordType, wanted: str) -> list[int]:
    table = record_type.model.__tablename__
    sql = text(
        f'SELECT id FROM "{table}" WHERE {_grams(record_type.search)} '  # noqa: S608 - names of ours
        "@> CAST(:grams AS text[]) LIMIT :most"
    )
    grams = list(_parts(wanted, 2)) if len(wanted) > 1 else [wanted]
    # the planner prices the function's recheck, which an exact bitmap never runs, and so walks the
    # table for a common word: 2 s at 100k rows instead of 20 ms
    session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"))
    found = list(session.scalars(sql, {"grams": grams, "most": ENOUGH + 1}))
    session.execute(text("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on"))
    return found


def _parts(wanted: str, length: int) -> Iterator[str]:
    """The parts of a text of that length; enough of them from a long one."""
    last = len(wanted) - length
    step = max(1, last // _GRAMS)
    for start in range(0, last + 1, step):
        yield wanted[start : start + length]

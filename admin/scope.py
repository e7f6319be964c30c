"""
Row scope, in one place (数据范围): which rows of a table the one who acts may see.

A `Scoped` table says who sees its rows; every ORM statement gets that as a loader criterion, so
lists, details, related fields, exports and the API inherit it. Statements that go around the ORM
(`text`, Core tables) are not scoped, and `tests/architecture` forbids them in pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, event, false, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria

from admin.clock import today
from admin.principal import NOBODY, Principal, current_principal, peek_principal

_AT_ONCE = 500  # ids in one statement


class Scoped:
    """A table whose rows are not for everybody (受范围限制的表)."""

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:  # noqa: ARG003 - overridden
        """Which rows a principal that does not see all may see; none unless overridden."""
        return false()

    @classmethod
    def changeable_by(cls, principal: Principal) -> ColumnElement[bool]:
        """Which of them it may also change; all it sees unless overridden."""
        return cls.visible_to(principal)


def is_changeable(session: Any, record: Any) -> bool:
    """
    Whether the one who acts may change a record (可修改): to see it is not always enough.

    A record that was written is asked for after its flush, so that nobody writes one away.
    """
    return record.id in changeable_ids(session, type(record), [record.id])


def changeable_ids(session: Any, table: Any, ids: Sequence[int]) -> set[int]:
    """Those of a table's records, by id, that the one who acts may change."""
    principal = current_principal()
    wanted = select(table.id)
    if issubclass(table, Scoped) and not principal.sees_all:
        wanted = wanted.where(table.changeable_by(principal))
    found: set[int] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found.update(session.scalars(wanted.where(table.id.in_(some))))
    return found


def scoped_tables() -> Iterator[type[Scoped]]:
    """Every mapped table with a row scope."""
    stack = list(Scoped.__subclasses__())
    while stack:
        table = stack.pop()
        stack.extend(table.__subclasses__())
        if hasattr(table, "__mapper__"):
            yield table


def install_scope(sessions: Any) -> None:
    """Have every ORM statement of these sessions scoped (a sessionmaker or scoped session)."""
    event.listen(sessions, "do_orm_execute", _scope)


def _scope(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return  # the criteria of the first load travel along
    if not (state.is_select or state.is_update or state.is_delete):
        return
    if peek_principal() is None and not _may_touch_scoped(state):
        return
    principal = current_principal()
    if principal.sees_all:
        return
    state.statement = state.statement.options(
        *_criteria(principal, tuple(scoped_tables()), today())
    )


def _may_touch_scoped(state: ORMExecuteState) -> bool:
    """Whether a statement may give scoped rows; one over subqueries alone says nothing of it."""
    mappers = list(state.all_mappers)
    return (
        not mappers
        or any(issubclass(mapper.class_, Scoped) for mapper in mappers)
        or _reaches_scoped(state)
    )


def _reaches_scoped(state: ORMExecuteState) -> bool:
    """Whether an eager load or a later one from these rows may touch a scoped table."""
    return any(
        issubclass(relation.mapper.class_, Scoped)
        for mapper in state.all_mappers
        for relation in mapper.relationships
    )


@lru_cache(maxsize=128)
def _criteria(
    principal: Principal,
    tables: tuple[type[Scoped], ...],
    day: date,  # noqa: ARG001 - of the cache's key: an assignment ends with its day
) -> tuple[Any, ...]:
    """What a principal may see of each table; kept, since building it takes 70 ms."""
    return tuple(
        with_loader_criteria(
            table,
            false() if principal == NOBODY else table.visible_to(principal),
            include_aliases=True,
            propagate_to_loaders=True,
        )
        for table in tables
    )

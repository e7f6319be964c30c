"""
Who acts (主体): a signed-in member of staff, or the system itself.

Every query of a scoped table asks for it; where there is none the query is an error, so that a
forgotten check shows at once instead of showing everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff may do (角色); the value is the name people see."""

    ADMIN = "系统管理员"
    OFFICE = "区营商环境办"
    DEPARTMENT = "部门"
    TOWNSHIP = "乡镇（街道）"
    OFFICER = "企业专员"
    VIEWER = "只读"


ROLE_KEYS = {role.name.lower(): role for role in Role}
SEES_ALL = frozenset({Role.ADMIN, Role.OFFICE})
SEES_PERSONAL = frozenset({Role.OFFICE, Role.DEPARTMENT, Role.TOWNSHIP, Role.OFFICER})


class NoPrincipal(RuntimeError):
    """A scoped table was read with nobody acting: a defect of the program."""


@dataclass(frozen=True, slots=True)
class Principal:
    """
    Who acts, and what rows that opens (主体).

    `organisations` are the ids of the person's unit and the units below it.
    """

    name: str
    user_id: int | None = None
    person_id: int | None = None
    organisation_id: int | None = None
    roles: frozenset[Role] = frozenset()
    organisations: frozenset[int] = frozenset()
    is_system: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether no row is hidden."""
        return self.is_system or bool(self.roles & SEES_ALL)

    @property
    def sees_personal(self) -> bool:
        """Whether phone numbers and mail addresses are shown in full."""
        return self.is_system or bool(self.roles & SEES_PERSONAL)

    @property
    def is_only_officer(self) -> bool:
        """Whether only the enterprises assigned to the person are open to it."""
        wider = SEES_ALL | {Role.DEPARTMENT, Role.TOWNSHIP, Role.VIEWER}
        return Role.OFFICER in self.roles and not self.roles & wider


SYSTEM = Principal("系统", is_system=True)
NOBODY = Principal("未登录")

_current: ContextVar[Principal | None] = ContextVar("principal", default=None)


def current_principal() -> Principal:
    """
    Who acts now.

    Raises:
        NoPrincipal: nobody was named.
    """
    principal = _current.get()
    if principal is None:
        raise NoPrincipal("a scoped table was read with nobody acting; use acting_as(...)")
    return principal


def peek_principal() -> Principal | None:
    """Who acts now, or None."""
    return _current.get()


def set_principal(principal: Principal | None) -> None:
    """Name who acts, for the rest of this context (a web request)."""
    _current.set(principal)


@contextmanager
def acting_as(principal: Principal) -> Iterator[None]:
    """Act as somebody: background work runs as SYSTEM."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)

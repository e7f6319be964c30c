"""
Accounts of staff (账号): made, changed, locked, given a new password; plain functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import Role as FabRole
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.security import generate_password_hash

from admin import audit
from admin.lowcode.values import read_id
from admin.principal import Role
from admin.records.organisation import Organisation
from admin.records.person import Person
from admin.security import check_password


@dataclass(frozen=True, slots=True)
class Account:
    """One account with the person and the unit behind it (账号)."""

    user: Any
    roles: tuple[str, ...]
    person: Person | None


class AccountError(ValueError):
    """An account can't be made or changed so; says why in Chinese."""


def accounts(session: Session) -> list[Account]:
    """All accounts, by name: three queries, however many there are."""
    users = session.scalars(
        select(User).options(selectinload(User.roles)).order_by(User.username)
    ).all()
    people = {
        p.user_id: p for p in session.scalars(select(Person).where(Person.user_id.is_not(None)))
    }
    return [
        Account(user, tuple(role.name for role in user.roles), people.get(user.id))
        for user in users
    ]


def save_account(session: Session, form: Mapping[str, str], *, user_id: int | None = None) -> Any:
    """
    Make an account, or change one: its role, its person and unit, whether it may sign in.

    Raises:
        AccountError: the name is taken, the password too weak, role or unit missing.
    """
    username = form.get("username", "").strip()
    role = _role(session, form.get("role", ""))
    unit = _unit(session, form.get("organisation", ""))
    user = session.get(User, user_id) if user_id else None
    if user is None:
        user = _new_user(session, username, form.get("password", ""))
    name = form.get("name", "").strip() or username
    user.roles = [role]
    user.active = form.get("active", "是") == "是"
    user.first_name, user.last_name = name, role.name
    _keep_one_admin(session, user)
    session.flush()
    _link_person(session, user, name, unit)
    return user


def _new_user(session: Session, username: str, password: str) -> Any:
    if not 2 <= len(username) <= 64 or not username.replace("_", "").replace(".", "").isalnum():
        raise AccountError("用户名用 2 到 64 个字母、数字、汉字、点或下划线")
    if session.scalars(select(User.id).where(User.username == username)).first():
        raise AccountError(f"用户名“{username}”已被使用")
    user = User(username=username, email=f"{username}@localhost.invalid", active=True)
    set_password(session, user, password)
    session.add(user)
    return user


def set_password(session: Session, user: Any, password: str) -> None:
    """
    Give an account a new password, and note that it was done, never what it is.

    Raises:
        AccountError: it is too weak.
    """
    try:
        check_password(password)
    except ValueError as error:
        raise AccountError(str(error)) from None
    user.password = generate_password_hash(password, method="scrypt", salt_length=16)
    user.fail_login_count = 0
    if user.id:
        audit.note(session, "重设口令", user)


def _role(session: Session, name: str) -> Any:
    role = session.scalars(select(FabRole).where(FabRole.name == name)).first()
    if role is None or name not in set(Role):
        raise AccountError("请选择角色")
    return role


def _unit(session: Session, text: str) -> Organisation | None:
    number = read_id(text)
    return session.get(Organisation, number) if number is not None else None


def _keep_one_admin(session: Session, user: Any) -> None:
    """The last account that can manage accounts is neither locked nor demoted."""
    with session.no_autoflush:
        others = session.scalars(
            select(User.id).where(
                User.roles.any(FabRole.name == Role.ADMIN.value),
                User.active.is_(True),
                User.id != (user.id or 0),
            )
        ).first()
    still = user.active and any(role.name == Role.ADMIN.value for role in user.roles)
    if others is None and not still:
        raise AccountError("至少要保留一个可登录的系统管理员")


def _link_person(session: Session, user: Any, name: str, unit: Organisation | None) -> None:
    person = session.scalars(select(Person).where(Person.user_id == user.id)).first()
    if person is None and unit is not None:
        session.add(Person(name=name, organisation=unit, user_id=user.id))
    elif person is not None:
        person.name = name
        if unit is not None:
            person.organisation = unit

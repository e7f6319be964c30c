"""
Accounts of staff (账号): made, changed, locked, given a new password; plain functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import Role as FabRole
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.security import generate_password_hash

from admin import audit
from admin.lowcode.values import read_id
from admin.principal import Role
from admin.records.organisation import Organisation
from admin.records.person import Person
from admin.security import check_password

NEEDS_UNIT = frozenset({Role.DEPARTMENT, Role.TOWNSHIP, Role.OFFICER, Role.VIEWER})


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
    user = session.get(User, user_id) if user_id else None
    person = _chosen(session, form.get("person", ""), user)
    unit = _unit(session, form.get("organisation", "")) if person is None else None
    active = form.get("active", "是") == "是"
    if active and unit is None and person is None and Role(role.name) in NEEDS_UNIT:
        raise AccountError(f"角色“{role.name}”必须选单位（或选一个人员）：单位决定能看到哪些数据")
    if user is None:
        user = _new_user(session, username, form.get("password", ""))
    name = form.get("name", "").strip() or (person.name if person else username)
    user.roles = [role]
    user.active = active
    user.first_name, user.last_name = name, role.name
    _keep_one_admin(session, user)
    session.flush()
    if person is not None:
        link_person(session, user, person)
        person.name = name
    else:
        _keep_person(session, user, name, unit)
    return user


def free_people(session: Session, user: Any = None) -> list[Person]:
    """People whom an account may be given to: those without one, and the account's own."""
    own = Person.user_id == user.id if user is not None else false()
    found = select(Person).where(or_(Person.user_id.is_(None), own))
    return list(
        session.scalars(found.options(joinedload(Person.organisation)).order_by(Person.name))
    )


def link_person(session: Session, user: Any, person: Person) -> None:
    """
    Give a person who is on record an account (关联人员).

    Raises:
        AccountError: the person has another account.
    """
    if person.user_id not in (None, user.id):
        raise AccountError(f"“{person.name}”已有账号，一个人员只能有一个账号")
    before = _person_of(session, user)
    if before is not None and before is not person:
        before.user_id = None
        session.flush()  # one account a person: the database would refuse two for a moment
    person.user_id = user.id


def _chosen(session: Session, text: str, user: Any) -> Person | None:
    if not text.strip():
        return None
    number = read_id(text)
    person = session.get(Person, number) if number is not None else None
    if person is None:
        raise AccountError("选中的人员不存在，请重新选择")
    if person.user_id is not None and (user is None or person.user_id != user.id):
        raise AccountError(f"“{person.name}”已有账号，一个人员只能有一个账号")
    return person


def _person_of(session: Session, user: Any) -> Person | None:
    return session.scalars(select(Person).where(Person.user_id == user.id)).first()


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


def _keep_person(session: Session, user: Any, name: str, unit: Organisation | None) -> None:
    """The person behind an account; without a unit there is none, though it stays on record."""
    person = _person_of(session, user)
    if person is None:
        if unit is not None:
            session.add(Person(name=name, organisation=unit, user_id=user.id))
    elif unit is None:
        person.user_id = None
    else:
        person.name, person.organisation = name, unit

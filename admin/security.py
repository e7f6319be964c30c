"""
Roles, permissions and who acts in a request (安全): deny by default.

What a role may do stands in the declarations: a record type's `access`, a page's `access`.
`sync_roles` writes it into Flask-AppBuilder's tables; a view asks Flask-AppBuilder, which reads
all permissions of a user in one query a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app, g, jsonify, request, session
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    User,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_appbuilder.security.sqla.models import (
    Role as FabRole,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.lowcode.values import storable
from admin.principal import SYSTEM, Principal, Role, acting_as, set_principal
from admin.sign_in import STAMP, WRONG_SIGN_IN, SignInView, Throttle, is_stamped, stamp_of


class LoginApi(SecurityApi):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """Signing in to the API (接口登录): its answers in Chinese."""

    @expose("/login", methods=["POST"])
    def login(self) -> Any:
        """Sign in; too many failures are told before Flask-AppBuilder makes a 500 of them."""
        body = request.get_json(silent=True)
        name = body.get("username") if isinstance(body, dict) else None
        if isinstance(name, str) and current_app.config["RATELIMIT_ENABLED"]:
            self.appbuilder.sm.throttle(name).check()
        return super().login()

    login.__doc__ = SecurityApi.login.__doc__  # the OpenAPI is read from it

    def response_400(self, message: Any = None) -> Any:  # noqa: ARG002 - Flask-AppBuilder's form
        """A body that is no sign-in."""
        words = "请以 JSON 给出 username、password，provider 写 db"
        return self.response(400, message=words)

    def response_401(self) -> Any:
        """A wrong name or password, or a locked account."""
        return self.response(401, message=WRONG_SIGN_IN)


class StaffSecurityManager(SecurityManager):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """Flask-AppBuilder's security with our principal and one query for all permissions."""

    security_api = LoginApi
    authdbview = SignInView

    def create_jwt_manager(self, app: Any) -> Any:
        """The token manager, with answers in Chinese."""
        manager = super().create_jwt_manager(app)
        manager.additional_claims_loader(
            lambda identity: {STAMP: stamp_of(self.get_user_by_id(int(identity)))}
        )
        for loader, words in (
            (manager.unauthorized_loader, "请先登录：请求头 Authorization 应为 Bearer 加令牌"),
            (manager.invalid_token_loader, "令牌无效，请重新登录"),
        ):
            loader(lambda _reason, words=words: (jsonify(message=words), 401))
        manager.expired_token_loader(
            lambda _header, _data: (jsonify(message="令牌已过期，请重新登录"), 401)
        )
        ended = "令牌已失效：账号已停用，或口令已修改；请重新登录"
        manager.user_lookup_error_loader(lambda _header, _data: (jsonify(message=ended), 401))
        return manager

    def auth_user_db(self, username: Any, password: Any) -> Any:
        """Check a name and a password; after many failures it waits (登录限速)."""
        if not isinstance(username, str) or storable(username) != username:
            return None
        if not current_app.config["RATELIMIT_ENABLED"]:
            return super().auth_user_db(username, password)
        limits = self.throttle(username)
        limits.check()
        user = super().auth_user_db(username, password)
        if user is None:
            limits.failed()
        return user

    def throttle(self, username: str) -> Throttle:
        """How often that name may still fail from the address of this request."""
        return Throttle(self.limiter.limiter, username, request.remote_addr or "")

    def register_views(self) -> None:
        """Only the sign-in, by page and by API: accounts, password and roles are pages of ours."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)
        if self.is_auth_limited:
            for view in (self.auth_view, self.security_api):
                blueprint = getattr(view, "blueprint", None) or _blueprint_of(self, view)
                self.limiter.limit(self.auth_rate_limit, methods=["POST"])(blueprint)

    def load_user(self, pk: Any) -> Any:
        """The signed-in user of a page; it acts from here on. A new password ends the session."""
        user = super().load_user(pk)
        if user is None or not is_stamped(user, session.get(STAMP)):
            return None
        return self._acting(user)

    def load_user_jwt(self, jwt_header: Any, jwt_data: Any) -> Any:  # noqa: ARG002 - Flask-AppBuilder's form
        """The signed-in user of the API; it acts from here on. A new password ends the token."""
        user = super().load_user(jwt_data["sub"])
        if user is None or not is_stamped(user, jwt_data.get(STAMP)):
            return None
        g.user = user
        return self._acting(user)

    def _acting(self, user: Any) -> Any:
        if user is not None and user.is_active:
            set_principal(principal_of(self.session, user))
        return user

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the one who is signed in may do that."""
        user = self.current_user
        if user is None or not user.is_authenticated or not user.is_active:
            return False
        return (permission_name, view_name) in self._allowed(user)

    def _allowed(self, user: Any) -> frozenset[tuple[str, str]]:
        cached: tuple[int, frozenset[tuple[str, str]]] | None = getattr(g, "allowed", None)
        if cached is None or cached[0] != user.id:
            cached = (user.id, permissions_of(self.session, user.id))
            g.allowed = cached
        return cached[1]


def _blueprint_of(security: Any, view: type[Any]) -> Any:
    """The blueprint of a view that was added by its class."""
    return next(one.blueprint for one in security.appbuilder.baseviews if isinstance(one, view))


def permissions_of(session: Session, user_id: int) -> frozenset[tuple[str, str]]:
    """All (permission, view) pairs of a user: one query."""
    rows = session.execute(
        select(Permission.name, ViewMenu.name)
        .select_from(assoc_user_role)
        .join(
            assoc_permissionview_role,
            assoc_permissionview_role.c.role_id == assoc_user_role.c.role_id,
        )
        .join(
            PermissionView,
            PermissionView.id == assoc_permissionview_role.c.permission_view_id,
        )
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(assoc_user_role.c.user_id == user_id)
    )
    return frozenset((str(name), str(view)) for name, view in rows)


def principal_of(session: Session, user: Any) -> Principal:
    """The principal of a signed-in user, with the units whose rows it may see."""
    from admin.records.person import Person
    from admin.records.units import subtree

    with acting_as(SYSTEM):
        person = session.scalars(select(Person).where(Person.user_id == user.id)).first()
        unit = person.organisation_id if person else None
        return Principal(
            name=person.name if person else user.username,
            user_id=user.id,
            person_id=person.id if person else None,
            organisation_id=unit,
            roles=_known_roles(role.name for role in user.roles),
            organisations=subtree(session, unit),
        )


def _known_roles(names: Iterable[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names if name in set(Role))


def sync_roles(appbuilder: Any) -> None:
    """Write roles and what they may do into the database, as the declarations say."""
    session = appbuilder.session
    rows = {role: _fab_role(session, role) for role in Role}
    session.commit()
    appbuilder.add_permissions(update_perms=True)
    wanted = _wanted(appbuilder.baseviews)
    for role, row in rows.items():
        row.permissions = [
            pair
            for pair in session.scalars(select(PermissionView))
            if (pair.permission.name, pair.view_menu.name) in wanted[role]
        ]
    session.commit()


def _fab_role(session: Session, role: Role) -> Any:
    row = session.scalars(select(FabRole).where(FabRole.name == role.value)).first()
    if row is None:
        row = FabRole(name=role.value)
        session.add(row)
    return row


def _wanted(views: Iterable[Any]) -> dict[Role, set[tuple[str, str]]]:
    wanted: dict[Role, set[tuple[str, str]]] = {role: set() for role in Role}
    for view in views:
        access: Mapping[Role, frozenset[str]] = getattr(view, "access", {})  # none: nobody
        for role, acts in access.items():
            wanted[role] |= {(f"can_{act}", view.class_permission_name) for act in acts}
    return wanted


def create_user(
    session: Session, security: Any, *, username: str, password: str, role: Role
) -> Any:
    """
    A user who may sign in (新建用户).

    Raises:
        ValueError: the name is taken or the password too weak, in Chinese.
    """
    if session.scalars(select(User).where(User.username == username)).first():
        raise ValueError(f"用户“{username}”已存在")
    check_password(password)
    row = session.scalars(select(FabRole).where(FabRole.name == role.value)).first()
    if row is None:
        raise ValueError("数据库里还没有角色；请先运行 policy-match admin init")
    return security.add_user(
        username, username, role.value, f"{username}@localhost.invalid", row, password=password
    )


def check_password(password: str) -> None:
    """
    Hold a password to the rule: 10 characters, of three kinds.

    Raises:
        ValueError: it does not meet it, in Chinese.
    """
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    met = sum(any(kind(c) for c in password) for kind in kinds)
    if len(password) < 10 or met < 3:
        raise ValueError("口令太弱：至少 10 个字符，并包含大写、小写、数字、符号中的三种")

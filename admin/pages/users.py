"""账号: the accounts of staff, for 系统管理员; and one's own password."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_login import current_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from admin.accounts import AccountError, accounts, free_people, save_account, set_password
from admin.lowcode.record_type import Access, access
from admin.principal import Role
from admin.records.organisation import Organisation
from admin.records.person import Person


class UsersView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The accounts of staff (账号)."""

    route_base = "/accounts"
    class_permission_name = "accounts"
    default_view = "list"
    access: ClassVar[Access] = {Role.ADMIN: frozenset({"list", "edit"})}
    title, menu, icon = "账号", "系统", "user"

    def db(self) -> Session:
        """The request's session."""
        session: Session = self.appbuilder.session
        return session

    @expose("/")
    @has_access
    def list(self) -> Any:
        """All accounts."""
        return render_template("admin/accounts.html", accounts=accounts(self.db()))

    @expose("/add", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def add(self) -> Any:
        """A new account."""
        return self._save(None) if request.method == "POST" else self._form(None)

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def edit(self, pk: int) -> Any:
        """Change an account, lock it, or give it a new password."""
        user = self.db().get(User, pk)
        if user is None:
            abort(404)
        return self._save(user) if request.method == "POST" else self._form(user)

    def _save(self, user: Any) -> Any:
        session = self.db()
        try:
            saved = save_account(session, request.form, user_id=user.id if user else None)
            if user is not None and request.form.get("password"):
                set_password(session, saved, request.form["password"])
            session.commit()
        except AccountError as error:
            session.rollback()
            return self._form(session.get(User, user.id) if user else None, str(error)), 422
        flash(f"已保存账号 {saved.username}", "success")
        return redirect(url_for("UsersView.list"))

    def _form(self, user: Any, error: str = "") -> Any:
        session = self.db()
        person = None
        if user is not None:
            person = session.scalars(select(Person).where(Person.user_id == user.id)).first()
        units = session.execute(
            select(Organisation.id, Organisation.name).order_by(Organisation.id)
        )
        return render_template(
            "admin/account.html",
            user=user,
            person=person,
            roles=[role.value for role in Role],
            units=units.all(),
            people=free_people(session, user),
            error=error,
        )


class PasswordView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """One's own password (改口令)."""

    route_base = "/password"
    class_permission_name = "password"
    default_view = "change"
    access: ClassVar[Access] = dict.fromkeys(access(), frozenset({"change"}))

    @expose("/", methods=["GET", "POST"])
    @has_access
    def change(self) -> Any:
        """Change it; every other session of the account ends with the next request."""
        error = self._changed() if request.method == "POST" else ""
        if request.method == "POST" and not error:
            logout_user()
            flash("口令已修改，请用新口令登录", "success")
            return redirect(url_for("SignInView.login"))
        return render_template("admin/password.html", error=error), 422 if error else 200

    def _changed(self) -> str:
        session = self.appbuilder.session
        user = session.get(User, current_user.id)
        form = request.form
        if not check_password_hash(user.password, form.get("old", "")):
            return "原口令不对"
        if form.get("new", "") != form.get("again", ""):
            return "两次输入的新口令不一样"
        try:
            set_password(session, user, form.get("new", ""))
        except AccountError as error:
            return str(error)
        session.commit()
        return ""

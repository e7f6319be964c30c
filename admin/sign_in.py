"""
Signing in and out (登录与退出): what ends a session, how often one may fail, the page.

A session and a token carry a stamp of the password they were made with, so that a new password
ends all that were made with the old one.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from typing import Any

from flask import current_app, flash, g, redirect, session, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.const import FLAMSG_ERR_SEC_ACCESS_DENIED
from flask_appbuilder.security.views import AuthDBView
from flask_login import logout_user, user_logged_in
from limits import RateLimitItem, parse

from admin.web import TooOften

STAMP = "password_stamp"
WRONG_SIGN_IN = "用户名或口令不对，或账号已停用"
PER_ADDRESS = parse("10 per 15 minutes")  # failures of one name from one address
PER_NAME = parse("200 per hour")  # of one name from all: guessing from many, not a way to lock out


def stamp_of(user: Any) -> str:
    """What a session or token is bound to: changes with the password, tells nothing of it."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    stored = str(user.password if user is not None else "").encode()
    return hmac.new(secret, stored, hashlib.sha256).hexdigest()[:32]


def is_stamped(user: Any, stamp: Any) -> bool:
    """Whether a stamp is of the password that the user has now."""
    return isinstance(stamp, str) and hmac.compare_digest(stamp.encode(), stamp_of(user).encode())


def install_stamp(app: Any) -> None:
    """Stamp each session when somebody signs in."""
    user_logged_in.connect(_stamp, app)


def _stamp(_app: Any, user: Any, **_more: Any) -> None:
    session[STAMP] = stamp_of(user)


class Throttle:
    """How often signing in may fail (登录限速): strict by name and address, loose by name."""

    def __init__(self, limiter: Any, username: str, address: str) -> None:
        name = username.lower()[:64]
        self._limiter = limiter
        self._keys: tuple[tuple[RateLimitItem, tuple[str, ...]], ...] = (
            (PER_ADDRESS, ("sign-in", name, address)),
            (PER_NAME, ("sign-in", name)),
        )

    def check(self) -> None:
        """
        Refuse where there were too many failures.

        Raises:
            TooOften: says how long to wait.
        """
        for item, key in self._keys:
            if not self._limiter.test(item, *key):
                until = self._limiter.get_window_stats(item, *key).reset_time
                minutes = max(1, math.ceil((until - time.time()) / 60))
                raise TooOften(
                    f"这个账号登录失败次数太多，请 {minutes} 分钟后再试；忘记口令请联系系统管理员。"
                )

    def failed(self) -> None:
        """Count a failure."""
        for item, key in self._keys:
            self._limiter.hit(item, *key)


class SignInView(AuthDBView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The sign-in page (登录), and leaving by a button (退出)."""

    invalid_login_message = WRONG_SIGN_IN

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """Sign in; who came by a link goes back to it afterwards."""
        _say_please()
        return super().login()

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """Sign out; a POST, so that no other site's picture or link can do it."""
        logout_user()
        session.pop(STAMP, None)
        g.user = None
        flash("已退出", "success")
        return redirect(url_for("SignInView.login"))


def _say_please() -> None:
    """Where a page sent somebody here who is not signed in, say so instead of 访问被拒绝."""
    denied = str(FLAMSG_ERR_SEC_ACCESS_DENIED)
    flashes = session.get("_flashes", [])
    said = [one for one in flashes if one[1] != denied]
    if len(said) < len(flashes):
        session["_flashes"] = [*said, ("info", "请先登录；登录后会回到刚才要打开的页面")]

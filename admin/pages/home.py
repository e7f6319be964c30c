"""首页: what waits for me."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_login import current_user


class HomeView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The home page (首页)."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """What waits for the one who is signed in; others are asked to sign in."""
        if not current_user.is_authenticated:
            return redirect(url_for("AuthDBView.login"))
        return render_template("admin/home.html", appbuilder=self.appbuilder)

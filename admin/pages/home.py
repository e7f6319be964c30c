"""首页: what waits for me."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_login import current_user

from admin import waiting
from admin.clock import today
from admin.lowcode.record_type import REGISTRY
from admin.lowcode.views import may, view_name

QUICK = (
    ("enterprise", "import", "import_", "导入企业"),
    ("enterprise", "list", "list", "企业"),
    ("policy", "list", "list", "政策"),
    ("appeal", "add", "add", "登记诉求"),
    ("activity", "add", "add", "登记走访与活动"),
)


class HomeView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The home page (首页)."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """What waits for the one who is signed in; others are asked to sign in."""
        if not current_user.is_authenticated:
            return redirect(url_for("SignInView.login"))
        session = self.appbuilder.session
        charts = [
            ("match", "verdict", "匹配结论", waiting.verdict_counts),
            ("enterprise", "size_class", "企业规模", waiting.size_counts),
        ]
        return render_template(
            "admin/home.html",
            appbuilder=self.appbuilder,
            waiting=waiting.what_waits(session, self._may, as_of=today()),
            charts=[
                (self._list_url(name), by, title, rows)
                for name, by, title, count in charts
                if self._may(name, "list") and (rows := count(session))
            ],
            quick=[
                (label, url_for(f"{view_name(REGISTRY[name])}.{route}"))
                for name, act, route, label in QUICK
                if self._may(name, act)
            ],
            list_url=self._list_url,
        )

    def _may(self, name: str, act: str) -> bool:
        return name in REGISTRY and may(self.appbuilder, REGISTRY[name], act)

    def _list_url(self, name: str, **filters: Any) -> str:
        return url_for(f"{view_name(REGISTRY[name])}.list", **filters)

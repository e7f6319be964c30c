"""政策检索: search over the published policies."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import current_app, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy.orm import Session

from admin.clock import today
from admin.lowcode.record_type import Access, access
from admin.searching import Results, read_query, search_policies
from policy_match.domain.codes import code_table
from policy_match.errors import PolicyMatchError
from policy_match.wording import LEVELS, date_words


class SearchView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """Search for staff of every role (政策检索)."""

    route_base = "/search"
    class_permission_name = "search"
    default_view = "list"
    access: ClassVar[Access] = dict.fromkeys(access(), frozenset({"list"}))
    title, menu, icon = "政策检索", "政策", "search"

    @expose("/")
    @has_access
    def list(self) -> Any:
        """What was searched for, or the newest policies."""
        results, problem = self._search()
        region = request.args.get("region", "")
        return render_template(
            "admin/search.html",
            results=results,
            problem=problem,
            levels={level.value: words for level, words in LEVELS.items()},
            region_label=code_table("region").label_of(region) or region,
            date_words=date_words,
            this_year=today().year,
        ), (422 if problem else 200)

    def _search(self) -> tuple[Results, str]:
        session: Session = self.appbuilder.session
        settings = current_app.extensions["policy_match_settings"].admin.index
        try:
            query = read_query(request.args, as_of=today())
            return search_policies(session, settings, query), ""
        except PolicyMatchError as error:
            return Results([], 0, 0), str(error)

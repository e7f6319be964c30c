"""政策审核台: hand files in, see what was read, publish, withdraw."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from sqlalchemy.orm import Session

from admin import desk
from admin.clock import today, utc_now
from admin.facts.state import facts_known
from admin.lowcode.record_type import Access
from admin.lowcode.service import NOT_YOURS
from admin.policies import problems_of, publish, to_policy, withdraw
from admin.principal import Role, current_principal
from admin.records.policy import PUBLICITY, STATES, Policy
from admin.roster import RosterKeeper, keeper_of
from admin.roster.job import ask_for_roster
from admin.scope import is_changeable
from admin.uploads import MAX_FILE_BYTES, MAX_FILES, receive
from admin.web import NotYours
from indexer.drawing import to_svg
from policy_match.errors import InputError
from policy_match.wording import LEVELS, date_words

ACTS = frozenset({"list", "edit", "publish"})
DESK_PERMISSIONS = [f"can_{act}" for act in sorted(ACTS)]  # of both views, which share a name
DESK_ACCESS: Access = {
    Role.ADMIN: ACTS,
    Role.OFFICE: ACTS,
    Role.DEPARTMENT: ACTS,
}
RELATIONS = {
    "basis": "依据",
    "implements": "落实",
    "amends": "修改",
    "repeals": "废止",
    "mentions": "提及",
    "basis_of": "是其依据",
    "implemented_by": "由其落实",
    "amended_by": "被其修改",
    "repealed_by": "被其废止",
    "mentioned_by": "被其提及",
}
KINSHIPS = {"copy": "同一文件的另一份", "version": "同一文件的另一版本", "like": "内容相近"}


def keeper() -> RosterKeeper:
    """The application's roster of enterprises."""
    return keeper_of(current_app.extensions["policy_match_settings"].home)


def _only_unread() -> bool:
    """Whether the page shows only the files that were not read: where the home page leads."""
    return request.args.get("files") == "unread"


class DeskView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The policy desk (政策审核台)."""

    route_base = "/desk"
    class_permission_name = "desk"
    default_view = "list"
    base_permissions = DESK_PERMISSIONS
    access: ClassVar[Access] = DESK_ACCESS
    title, menu, icon = "政策审核台", "政策", "inbox"

    def db(self) -> Session:
        """The request's session."""
        session: Session = self.appbuilder.session
        return session

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Files being read, and policies by state."""
        state = request.args.get("state", "review")
        number = request.args.get("page", "0")
        page = desk.desk_page(
            self.db(),
            state=state if state in dict(STATES) else "review",
            search=request.args.get("q", "").strip()[:100],
            page=int(number) if number.isdigit() and len(number) < 7 else 0,
        )
        return render_template(
            "admin/desk.html",
            page=page,
            state=state,
            states=STATES,
            uploads=desk.recent_uploads(self.db(), unread=_only_unread()),
            only_unread=_only_unread(),
            may_see_job=self._may_see_job(),
            max_bytes=MAX_FILE_BYTES,
            max_files=MAX_FILES,
        )

    @expose("/uploads")
    @has_access
    @permission_name("list")
    def uploads(self) -> Any:
        """The progress of files being read; the page asks again while any is."""
        return render_template(
            "admin/_uploads.html",
            uploads=desk.recent_uploads(self.db(), unread=_only_unread()),
            only_unread=_only_unread(),
            may_see_job=self._may_see_job(),
        )

    @expose("/upload", methods=["POST"])
    @has_access
    @permission_name("edit")
    def upload(self) -> Any:
        """Take files in; each is read in the background."""
        files = [(f.filename or "", f.stream.read) for f in request.files.getlist("files")]
        received = receive(
            self.db(), [one for one in files if one[0]], current_principal(), utc_now()
        )
        self.db().commit()
        for one in received:
            if one.problem:
                flash(f"{one.name}：{one.problem}" if one.name else one.problem, "danger")
        taken = sum(not one.problem for one in received)
        if taken:
            flash(f"已收下 {taken} 个文件，正在读取", "success")
        elif not received:
            flash("没有选择文件：请先选择一个或多个政策文件", "danger")
        return redirect(url_for("DeskView.list"))

    @expose("/policy/<int:pk>")
    @has_access
    @permission_name("list")
    def policy(self, pk: int) -> Any:
        """One policy: its measures, what differs from the text, publishing."""
        record = self._get(pk)
        return render_template(
            "admin/desk_policy.html",
            policy=record,
            reach=desk.reach_of(keeper(), self.db(), record, as_of=today()),
            mismatches=desk.mismatches(record),
            chosen=desk.publishable(record),
            problems=problems_of(record, desk.publishable(record)),
            editable=is_changeable(self.db(), record),
            publicity=dict(PUBLICITY),
            date_words=date_words,
            levels={level.value: words for level, words in LEVELS.items()},
        )

    @expose("/roster", methods=["POST"])
    @has_access
    @permission_name("list")
    def roster(self) -> Any:
        """Ask for the roster, and say how far it is; once it is there the page counts anew."""
        page = request.args.get("page", "")
        if keeper().current(self.db(), today()) is not None:
            done = {"HX-Refresh": "true"} if page == "policy" else {"HX-Trigger": "rule-changed"}
            return "", 200, done
        progress = ask_for_roster(self.db(), requested_by=current_principal().name)
        self.db().commit()
        return render_template("admin/_preparing.html", progress=progress, page=page)

    @expose("/policy/<int:pk>/family")
    @has_access
    @permission_name("list")
    def family(self, pk: int) -> Any:
        """What the policy rests on, and its near versions; asked for when the page is open."""
        record = self._get(pk)
        found = desk.family_of(self.db(), record, as_of=today())
        return render_template(
            "admin/_family.html",
            policy=record,
            family=found,
            picture=_picture(found, record),
            relations=RELATIONS,
            kinships=KINSHIPS,
        )

    @expose("/policy/<int:pk>/compare/<int:other>")
    @has_access
    @permission_name("list")
    def compare(self, pk: int, other: int) -> Any:
        """Two versions clause by clause, and measure by measure."""
        from admin.editor.words import measure_differences
        from indexer.compare import compare

        before, after = self._get(other), self._get(pk)
        found = compare(
            to_policy(before, published_only=False), to_policy(after, published_only=False)
        )
        registry = facts_known()
        rules = [
            (one, measure_differences(one.before, one.after, registry))
            for one in found.measures
            if one.before is not None and one.after is not None
        ]
        return render_template(
            "admin/desk_compare.html", before=before, after=after, found=found, rules=rules
        )

    @expose("/policy/<int:pk>/publish", methods=["POST"])
    @has_access
    @permission_name("publish")
    def publish(self, pk: int) -> Any:
        """Publish the measures that were chosen."""
        record = self._get_own(pk)
        wanted = set(request.form.getlist("measure"))
        measures = [one for one in record.measures if str(one.id) in wanted]
        try:
            publish(self.db(), record, measures, current_principal(), utc_now())
        except InputError as error:
            self.db().rollback()
            flash(str(error), "danger")
            return redirect(url_for("DeskView.policy", pk=pk))
        self.db().commit()
        flash(f"已发布 {len(measures)} 项措施，正在更新索引并匹配企业", "success")
        return redirect(url_for("DeskView.policy", pk=pk))

    @expose("/policy/<int:pk>/withdraw", methods=["POST"])
    @has_access
    @permission_name("publish")
    def withdraw(self, pk: int) -> Any:
        """Take the policy, or the measures that were chosen, back."""
        record = self._get_own(pk)
        wanted = set(request.form.getlist("measure"))
        measures = [one for one in record.measures if str(one.id) in wanted] or None
        withdraw(self.db(), record, current_principal(), utc_now(), measures=measures)
        self.db().commit()
        flash("已撤回：企业不再看到，也不再推送", "success")
        return redirect(url_for("DeskView.policy", pk=pk))

    def _may_see_job(self) -> bool:
        return bool(self.appbuilder.sm.has_access("can_show", "job"))

    def _get(self, pk: int) -> Policy:
        found = desk.get_policy(self.db(), pk)
        if found is None:
            abort(404)
        return found

    def _get_own(self, pk: int) -> Policy:
        found = self._get(pk)
        if not is_changeable(self.db(), found):
            raise NotYours(NOT_YOURS)
        return found


def _picture(family: desk.Family, record: Policy) -> Markup:
    """The chain drawn, each document that is on record leading to its page."""

    def address(key: str) -> str | None:
        row = family.rows.get(key)
        return url_for("DeskView.policy", pk=row) if row is not None else None

    return Markup(to_svg(family.chart, link=address, label=f"《{record.title}》的脉络图"))  # noqa: S704 - all text in it is escaped

"""审核一项措施: the text on the left, the rule as an editable tree on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session

from admin import desk
from admin.clock import today, utc_now
from admin.editor.acts import act
from admin.editor.fields import LABELS
from admin.editor.sheet import (
    Checked,
    Sheet,
    check,
    conflict_of,
    open_sheet,
    own_scope,
    rebase,
    save,
    typed_sheet,
)
from admin.editor.tree import EditNode
from admin.editor.values import EXAMPLES
from admin.editor.words import DATE_OPS, GROUP_WORDS, OP_WORDS, rule_differences
from admin.facts.state import facts_known
from admin.lowcode.record_type import Access
from admin.lowcode.service import NOT_YOURS
from admin.pages.desk import DESK_ACCESS, DESK_PERMISSIONS, keeper
from admin.policies import newest_rule, reject, restore, to_policy
from admin.policies.content import newest_content
from admin.policies.doubts import READ_AT_ALL, SURE
from admin.policies.text import Line, Mark, draft_text, lines_of, locate, text_as_read
from admin.principal import current_principal
from admin.reach import Reached, count_reach
from admin.records.policy import MODES, REVIEWS, RULE_STATES, Measure
from admin.roster.job import Preparing
from admin.scope import is_changeable
from admin.web import NotYours, reads_on_post
from policy_match.domain.codes import code_table
from policy_match.domain.criterion import Criterion
from policy_match.domain.facts import FactRegistry
from policy_match.errors import InputError
from policy_match.matching.scope import whole_rule

SEARCHED = frozenset({"region", "industry", "qualification"})  # too many codes for a plain list


@dataclass(frozen=True, slots=True)
class Words:
    """What the tree's template says and offers (编辑器用语)."""

    registry: FactRegistry
    groups: dict[str, str]
    ops: dict[str, str]
    date_ops: dict[str, str]
    examples: dict[Any, str]
    sure: float = SURE
    read_at_all: float = READ_AT_ALL

    def facts_by_group(self) -> list[tuple[str, list[Any]]]:
        """All facts in their groups, for the picker."""
        groups: dict[str, list[Any]] = {}
        for spec in self.registry.values():
            groups.setdefault(spec.group or "其他", []).append(spec)
        return list(groups.items())

    def is_searched(self, code_set: str) -> bool:
        """Whether codes are looked up, not listed."""
        return code_set in SEARCHED

    def codes(self, code_set: str) -> list[tuple[str, str]]:
        """All codes of a small table with their names."""
        table = code_table(code_set)
        return [(code, str(table.label_of(code))) for code in table]

    def code_label(self, code_set: str, code: str) -> str:
        """A code's name, or the code where there is none."""
        return str(code_table(code_set).label_of(code) or code)

    def level(self, node: EditNode) -> str:
        """How sure the program was of a leaf: sure, unsure, or hand for a person's."""
        confidence = node.origin.get("confidence")
        if confidence is None:
            return "hand"
        least = self.sure if node.kind == "fact" else self.read_at_all
        return "sure" if confidence >= least else "unsure"


def words() -> Words:
    """The words for this request."""
    return Words(facts_known(), GROUP_WORDS, OP_WORDS, DATE_OPS, dict(EXAMPLES))


class ReviewView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """Review of one measure (审核措施)."""

    route_base = "/desk/measure"
    class_permission_name = "desk"
    base_permissions = DESK_PERMISSIONS
    access: ClassVar[Access] = DESK_ACCESS

    def db(self) -> Session:
        """The request's session."""
        session: Session = self.appbuilder.session
        return session

    @expose("/<int:pk>")
    @has_access
    @permission_name("list")
    def show(self, pk: int) -> Any:
        """The measure as it stands."""
        return self._page(open_sheet(self._get(pk), facts_known()))

    @reads_on_post
    @expose("/<int:pk>/tree", methods=["POST"])
    @has_access
    @permission_name("edit")
    def tree(self, pk: int) -> Any:
        """Do one act to the tree as it was typed; nothing is saved."""
        sheet = self._typed(pk)
        name, _, key = request.form.get("act", "refresh:0").partition(":")
        registry = facts_known()
        if name == "own_scope":
            sheet.scope = own_scope(sheet.measure.policy.region, registry)
            focus = sheet.scope.key
        elif name == "policy_scope":
            sheet.scope, focus = None, 0
        else:
            number = int(key) if key.isdigit() else 0
            focus = act(sheet.has(number), name, number, registry)
        check(sheet, registry, author=current_principal().name)
        return render_template(
            "admin/_rule.html", sheet=sheet, words=words(), focus=focus, editable=True
        )

    @reads_on_post
    @expose("/<int:pk>/reach", methods=["POST"])
    @has_access
    @permission_name("list")
    def reach(self, pk: int) -> Any:
        """How many enterprises the rule would reach as it was typed."""
        measure = self._get(pk)
        if not is_changeable(self.db(), measure):
            sheet = open_sheet(measure, facts_known())  # a page that is only read posts no fields
        else:
            sheet = self._typed(pk)
        checked = check(sheet, facts_known(), author=current_principal().name)
        rule = self._whole(sheet, checked)
        if rule is None:
            return render_template("admin/_reach.html", reached=None)
        reached = self._reached(rule)
        if reached is None:
            progress = Preparing(0, 0)
            return render_template("admin/_preparing.html", progress=progress, page="review")
        return render_template("admin/_reach.html", reached=reached)

    @expose("/<int:pk>/save", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, pk: int) -> Any:
        """Save as a new draft; approve it too where the button says so."""
        sheet = self._typed(pk)
        registry, principal = facts_known(), current_principal()
        checked = check(sheet, registry, author=principal.name)
        conflict = conflict_of(self.db(), sheet, registry)
        if conflict is not None:
            rebase(sheet)
            return self._page(sheet, conflict=conflict), 409
        if not checked.ok:
            return self._page(sheet, refused=True), 422
        approved = request.form.get("then") == "approve"
        try:
            save(self.db(), sheet, checked, principal, utc_now(), approved=approved)
        except InputError as error:
            self.db().rollback()
            flash(str(error), "danger")
            return redirect(url_for("ReviewView.show", pk=pk))
        self.db().commit()
        return self._after_saving(sheet.measure, approved=approved)

    def _after_saving(self, measure: Measure, *, approved: bool) -> Any:
        if not approved:
            flash("已存为新的草稿", "success")
            return redirect(url_for("ReviewView.show", pk=measure.id))
        following = desk.next_waiting(measure)
        if following is None:
            flash("已审核通过；这份政策没有待审核的措施了，可以发布", "success")
            return redirect(url_for("DeskView.policy", pk=measure.policy_id))
        flash(f"已审核通过《{measure.title}》，下面是下一项", "success")
        return redirect(url_for("ReviewView.show", pk=following.id))

    @expose("/<int:pk>/reject", methods=["POST"])
    @has_access
    @permission_name("edit")
    def reject(self, pk: int) -> Any:
        """Set a measure aside, with the reason."""
        measure = self._get_own(pk)
        try:
            reason = request.form.get("reason", "")
            reject(self.db(), measure, current_principal(), utc_now(), reason=reason)
        except InputError as error:
            self.db().rollback()
            flash(str(error), "danger")
            return redirect(url_for("ReviewView.show", pk=pk))
        self.db().commit()
        flash(f"《{measure.title}》不采用；可随时恢复", "success")
        return redirect(url_for("DeskView.policy", pk=measure.policy_id))

    @expose("/<int:pk>/restore", methods=["POST"])
    @has_access
    @permission_name("edit")
    def restore(self, pk: int) -> Any:
        """Take a measure that was set aside back into review."""
        measure = self._get_own(pk)
        restore(self.db(), measure)
        self.db().commit()
        return redirect(url_for("ReviewView.show", pk=pk))

    def _page(self, sheet: Sheet, **more: Any) -> str:
        measure = sheet.measure
        registry = facts_known()
        newest = newest_rule(measure)
        return render_template(
            "admin/review.html",
            sheet=sheet,
            measure=measure,
            policy=measure.policy,
            lines=_lines(sheet, whole=request.args.get("whole") == "1"),
            whole=request.args.get("whole") == "1",
            words=words(),
            labels=LABELS,
            modes=MODES,
            reviews=dict(REVIEWS),
            rule_states=dict(RULE_STATES),
            mismatches=[one for one in desk.mismatches(measure.policy) if one.measure is measure],
            since_published=(
                rule_differences(measure.rule, newest, registry)
                if measure.rule is not None and newest is not None and newest is not measure.rule
                else ()
            ),
            editable=is_changeable(self.db(), measure),
            waits=measure.rule is not None and measure.pending is not None,
            focus=0,
            **more,
        )

    def _whole(self, sheet: Sheet, checked: Checked) -> Criterion | None:
        """The rule as typed, scope and criteria together; None where it can't be read."""
        if checked.rule.rule is None or (checked.scope is not None and checked.scope.rule is None):
            return None
        policy = to_policy(sheet.measure.policy, published_only=False)
        place = sheet.measure.policy.measures.index(sheet.measure)
        scope = checked.scope.rule if checked.scope is not None else None
        typed = policy.measures[place].model_copy(
            update={"criteria": checked.rule.rule, "scope": scope}
        )
        return whole_rule(policy, typed)

    def _reached(self, rule: Criterion) -> Reached | None:
        """Whom it would reach, those of one's own units beside; None without a roster."""
        principal = current_principal()
        units = None if principal.sees_all else principal.organisations
        counted = count_reach(keeper(), self.db(), [rule], as_of=today(), units=units)
        return counted[0] if counted is not None else None

    def _typed(self, pk: int) -> Sheet:
        measure = self._get_own(pk)
        try:
            return typed_sheet(measure, request.form, facts_known())
        except InputError as error:
            abort(422, str(error))

    def _get(self, pk: int) -> Measure:
        found = desk.get_measure(self.db(), pk)
        if found is None:
            abort(404)
        return found

    def _get_own(self, pk: int) -> Measure:
        found = self._get(pk)
        if not is_changeable(self.db(), found):
            raise NotYours(NOT_YOURS)
        return found


def _lines(sheet: Sheet, *, whole: bool) -> list[Line]:
    read = text_as_read(sheet.measure.policy, draft_text(sheet.measure))
    text, says = read.text, words()
    nodes = [*sheet.tree.walk(), *(sheet.scope.walk() if sheet.scope is not None else ())]
    marks = [
        Mark(*place, node.key, says.level(node) == "unsure")
        for node in nodes
        if (place := locate(text, node.origin.get("quote", ""), node.origin.get("at")))
    ]
    said = newest_content(sheet.measure)
    span = locate(text, said.quote or "", said.span)
    return lines_of(read.blocks, marks, span, whole=whole)

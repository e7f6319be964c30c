"""企业页面: one enterprise with its facts, matches, digests and officer; facts are stated here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from admin import enterprise_page as page
from admin.clock import today, utc_now
from admin.facts import facts_known, parse_fact, state_fact, withdraw_fact
from admin.lowcode.record_type import REGISTRY, Field, Kind
from admin.lowcode.values import read_text
from admin.lowcode.views import RecordView
from admin.principal import current_principal
from admin.records.enterprise import FactValue
from policy_match.domain.facts import FactSpec
from policy_match.errors import PolicyMatchError
from policy_match.wording import date_words, money_words, value_words

SOURCES = ("登记", "年报", "自报", "部门核实", "走访", "名录")


class EnterprisePage(RecordView):
    """The pages of an enterprise (企业)."""

    def more(self, record: Any) -> dict[str, Any]:
        """Facts, what is missing, matches, digests, officer."""
        session, day = self.db(), today()
        asked, problem = page.questions(session, record, as_of=day)
        return {
            "facts": page.fact_rows(session, record, as_of=day),
            "questions": asked,
            "problem": problem,
            "groups": page.match_groups(session, record),
            "digests": page.digests(session, record.id),
            "officers": page.officers(session, record.id, as_of=day),
            "registry": facts_known(),
            "sources": SOURCES,
            "typed_fact": request.args,
            "digest_type": REGISTRY["digest"],
            "fact_words": _fact_words,
            "money_words": lambda yuan: money_words(float(yuan)),
            "date_words": date_words,
        }

    @expose("/fact/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def fact(self, pk: int) -> Any:
        """State a fact as people write it: 35, 500万元, 3%, 是, 2019年3月1日."""
        record, form = self.get_to_change(pk), request.form
        name = form.get("fact", "")
        back = url_for(f"{self.endpoint}.show", pk=pk)
        try:
            statement = state_fact(
                self.db(),
                record,
                name,
                parse_fact(name, form.get("value", "").strip()),
                source=form.get("source", "").strip()[:200] or "自报",
                as_of=read_text(Field("as_of", "日期"), Kind.DATE, form.get("as_of")),
                now=utc_now(),
                verified_by=current_principal().name if form.get("verified") else None,
                stated_by=current_principal().name,
            )
            label = facts_known()[statement.fact].label
        except (PolicyMatchError, ValueError) as error:
            self.db().rollback()
            flash(str(error), "danger")
            typed: dict[str, Any] = {
                key: form.get(key, "")[:200] for key in ("fact", "value", "source", "as_of")
            }
            return redirect(url_for(f"{self.endpoint}.show", pk=pk, **typed) + "#state")
        self.db().commit()
        flash(f"已登记“{label}”，匹配随后自动更新", "success")
        return redirect(back + "#facts")

    @expose("/fact/withdraw/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def withdraw(self, pk: int) -> Any:
        """Take a wrong statement out."""
        statement = self.db().get(FactValue, pk)
        record = self.get_to_change(statement.enterprise_id if statement else 0)
        if statement is not None and statement.superseded_at is None:
            withdraw_fact(statement, now=utc_now())
            self.db().commit()
            flash("已撤销这条事实，匹配随后自动更新", "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=record.id) + "#facts")


def _fact_words(spec: FactSpec, value: Any) -> str:
    """A statement's value in words."""
    return value_words([value] if spec.is_set and isinstance(value, str) else value, spec)

"""政策页面: the text with its anchors, the measures, whom they reach, and a sheet to call by."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from admin import policy_page as page
from admin.audit import note
from admin.lowcode.record_type import REGISTRY
from admin.lowcode.views import XLSX, RecordView
from admin.policy_text import NEWEST, shown_text
from admin.principal import current_principal
from policy_match.wording import money_words


class PolicyPage(RecordView):
    """The pages of a policy (政策)."""

    def more(self, record: Any) -> dict[str, Any]:
        """Text, measures with counts, and whom the chosen measure reaches."""
        session = self.db()
        table = page.counts(session, record.id)
        want = page.chosen(request.args, page.first_kind(table))
        return {
            "text": shown_text(session, record, request.args.get("text")),
            "newest_text": NEWEST,
            "counts": table,
            "kinds": page.KINDS,
            "chosen": want,
            "chart": page.chart(table, want.measure),
            "reached": page.reached(session, record, want),
            "needed": page.needed_facts(session, record.id),
            "enterprise_type": REGISTRY["enterprise"],
            "measure_type": REGISTRY["measure"],
            "money_words": lambda yuan: money_words(float(yuan)),
        }

    @expose("/callsheet/<int:pk>.xlsx", methods=["POST"])
    @has_access
    @permission_name("export")
    def call_sheet(self, pk: int) -> Any:
        """The enterprises of a kind as a workbook; who took it away is recorded."""
        record, want = self._get(pk), page.chosen(request.form)
        personal = current_principal().sees_personal
        rows = page.call_sheet(self.db(), record, want, personal=personal)
        content = write_sheet(rows)
        note(self.db(), "导出", record, 电话表=(None, dict(page.KINDS)[want.kind]))
        self.db().commit()
        return send_file(content, XLSX, as_attachment=True, download_name=f"电话表-{pk}.xlsx")


def write_sheet(rows: Any) -> BytesIO:
    """Rows of text as a workbook; every cell a string, so that none is a formula."""
    import xlsxwriter

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("电话表")
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        sheet.freeze_panes(1, 1)
        for column, (_, width) in enumerate(page.CALL_SHEET):
            sheet.set_column(column, column, width)
        for n, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(n, column, text[:32_000], wrapped if n else bold)
    content.seek(0)
    return content

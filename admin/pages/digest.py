"""政策推送 and 投递 with pages of their own: what was sent, what became of it, sending again."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from admin.clock import utc_now
from admin.lowcode.record_type import REGISTRY
from admin.lowcode.views import RecordView
from admin.principal import current_principal
from admin.push.compose import item_from
from admin.push.jobs import ask_for_delivery, signer_of
from admin.push.links import fill
from admin.push.outbox import REPEATABLE, give_up, resend
from admin.push.sheet import build_sheet
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from policy_match.errors import InputError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DigestPage(RecordView):
    """A digest as it was sent, its deliveries and what came back (政策推送)."""

    def more(self, record: Digest) -> dict[str, Any]:
        """The page that was sent, with its links taken out; items with their counts."""
        return {
            "sent_html": fill(record.html, lambda _purpose, _n: "about:blank"),
            "items": self.db()
            .scalars(
                select(DigestItem)
                .where(DigestItem.digest_id == record.id)
                .order_by(DigestItem.position)
            )
            .all(),
            "deliveries": self.db()
            .scalars(select(Delivery).where(Delivery.digest_id == record.id).order_by(Delivery.id))
            .all(),
            "repeatable": REPEATABLE,
            "record_types": REGISTRY,
        }

    @expose("/sheet/<int:pk>")
    @has_access
    @permission_name("show")
    def sheet(self, pk: int) -> Any:
        """The one-page sheet."""
        digest: Digest = self._get(pk)
        signer = signer_of(current_app.extensions["policy_match_settings"])
        content = build_sheet(
            number=digest.number,
            enterprise=digest.enterprise.name,
            day=digest.day,
            sender=digest.sender,
            caller=digest.caller,
            verify_url=signer.verify_url(digest.number),
            items=[item_from(one.content) for one in digest.items],
            questions=[one["question"] for one in digest.questions],
        )
        return send_file(
            content, DOCX, as_attachment=True, download_name=f"{digest.number}推送单.docx"
        )


class DeliveryPage(RecordView):
    """A delivery, which a person may have made once more (投递)."""

    @expose("/resend/<int:pk>", methods=["POST"])
    @has_access
    def resend(self, pk: int) -> Any:
        """Send again what is uncertain or dead; recorded in the trail."""
        delivery: Delivery = self._get(pk)
        now = utc_now()
        try:
            is_queued = resend(self.db(), delivery, now=now)
        except InputError as error:
            self.db().rollback()
            flash(str(error), "danger")
            return self._back(pk)
        if is_queued:
            ask_for_delivery(self.db(), now)
            self.db().commit()
            flash("已重新排队，将在可投递的时间发出", "success")
        else:
            self.db().rollback()
            flash("这条投递已不是“结果不明”或“投递失败”，没有重发", "warning")
        return self._back(pk)

    @expose("/close/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("resend")
    def close(self, pk: int) -> Any:
        """Say that what is uncertain or dead was seen and is not to go out again."""
        delivery: Delivery = self._get(pk)
        if give_up(self.db(), delivery, by=current_principal().name):
            self.db().commit()
            flash("已记为“不再投递”", "success")
        else:
            self.db().rollback()
            flash("这条投递已不是“结果不明”或“投递失败”，没有改动", "warning")
        return self._back(pk)

    def _back(self, pk: int) -> Any:
        back = request.form.get("back", "")
        return redirect(f"/digest/show/{back}" if back.isdigit() else self._url("show", pk=pk))

"""后台任务 with a page of its own: how far it is, why it failed, trying again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from admin.clock import utc_now
from admin.jobs import try_again
from admin.jobs.queue import ACTIVE
from admin.lowcode.views import RecordView
from admin.principal import current_principal
from admin.records.job import Job


class JobPage(RecordView):
    """A job with its progress (后台任务)."""

    def more(self, record: Job) -> dict[str, Any]:
        """Whether it is still under way."""
        return {"job": record, "is_active": record.state in ACTIVE}

    @expose("/progress/<int:pk>")
    @has_access
    @permission_name("show")
    def progress(self, pk: int) -> Any:
        """How far it is; the page asks again while it is under way."""
        job: Job = self._get(pk)
        return render_template(
            "admin/_job_progress.html", view=self, job=job, is_active=job.state in ACTIVE
        )

    @expose("/retry/<int:pk>", methods=["POST"])
    @has_access
    def retry(self, pk: int) -> Any:
        """Have a failed job done once more; recorded in the trail."""
        job: Job = self._get(pk)
        if try_again(self.db(), job, requested_by=current_principal().name, now=utc_now()):
            self.db().commit()
            flash("已重新排队，从上次中断的地方接着做", "success")
        else:
            self.db().rollback()
            flash("这项任务没有失败，或同样的任务已在排队、进行中，没有重复安排", "warning")
        return redirect(self._url("show", pk=pk))

"""
The pages of a record type: list, show, add, edit, delete, workbook, choices (页面).

`make_view` turns a declaration into a Flask-AppBuilder view. A page reads its arguments, calls
one function of `service` or `workbook`, and renders.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from admin.clock import utc_now
from admin.lowcode import import_job, listing, service, workbook
from admin.lowcode.record_type import REGISTRY, Field, Kind, RecordType, Related
from admin.lowcode.values import read_id
from admin.principal import current_principal
from admin.scope import is_changeable
from admin.web import NotYours

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RecordView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The pages of one record type; made by `make_view`."""

    record_type: RecordType
    default_view = "list"

    @property
    def access(self) -> Any:
        """Who may do what, for `security.sync_roles`."""
        return self.record_type.access

    def db(self) -> Session:
        """The request's session."""
        session: Session = self.appbuilder.session
        return session

    def may(self, act: str) -> bool:
        """Whether the one who is signed in may do that here."""
        return may(self.appbuilder, self.record_type, act)

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """The list, searched, filtered and in order."""
        query = listing.narrowed(
            self.db(), self.record_type, listing.list_query(self.record_type, request.args)
        )
        chart, total = None, None
        if self.record_type.chart and not query.page and not query.is_common:
            chart = listing.counts_by(self.db(), self.record_type, query)
            total = sum(count for _, _, count in chart)  # saves a second walk of the table
        return self._render(
            "admin/list.html",
            page=listing.list_page(self.db(), self.record_type, query, total=total),
            query=query,
            chart=chart,
            filter_choices=self._filter_choices(),
        )

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk: int) -> Any:
        """One record with what refers to it."""
        record = self._get(pk)
        related = [
            (one, REGISTRY[one.type], listing.list_page(self.db(), REGISTRY[one.type], query))
            for one, query in self._related_queries(pk)
        ]
        changeable = is_changeable(self.db(), record)
        return self._render(
            self.record_type.show_template,
            record=record,
            related=related,
            changeable=changeable,
            may_change=changeable and self.may("edit"),
            **self.more(record),
        )

    def more(self, _record: Any) -> dict[str, Any]:
        """What a type's own page shows besides; overridden by pages of their own."""
        return {}

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """The form of a new record."""
        record = service.new_record(self.record_type)
        if request.method == "GET":
            return self._form(record, prefill=request.args)
        return self._save(record)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """The form of a record; the version it was opened at comes back with it."""
        record = self.get_to_change(pk)
        if request.method == "GET":
            return self._form(record)
        opened_at = request.form.get("version", "")
        if opened_at != str(record.version):
            return self._changed_meanwhile(record)
        return self._save(record)

    @expose("/delete/<int:pk>", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Delete a record that nothing refers to."""
        record = self.get_to_change(pk)
        self.db().delete(record)
        problem = service.commit(self.db(), self.record_type)
        flash(problem or f"已删除{self.record_type.label}", "danger" if problem else "success")
        return redirect(self._url("list") if not problem else self._url("show", pk=pk))

    @expose("/options")
    @has_access
    @permission_name("list")
    def options(self) -> Any:
        """Choices for a field that refers to this type, by what was typed."""
        found = listing.options(self.db(), self.record_type, request.args.get("q", "")[:50])
        return jsonify([{"value": key, "label": label} for key, label in found])

    @expose("/export.xlsx")
    @has_access
    @permission_name("export")
    def export(self) -> Any:
        """The list as a workbook, with the same conditions."""
        query = listing.list_query(self.record_type, request.args)
        content = workbook.export(
            self.db(), self.record_type, query, personal=current_principal().sees_personal
        )
        return send_file(
            content, XLSX, as_attachment=True, download_name=f"{self.record_type.label}.xlsx"
        )

    @expose("/template.xlsx")
    @has_access
    @permission_name("import")
    def template(self) -> Any:
        """An empty workbook to fill in."""
        return send_file(
            workbook.template(self.record_type),
            XLSX,
            as_attachment=True,
            download_name=f"{self.record_type.label}导入模板.xlsx",
        )

    @expose("/import", methods=["GET", "POST"])
    @has_access
    @permission_name("import")
    def import_(self) -> Any:
        """Read a filled workbook; rows with errors are shown and nothing of them is written."""
        file = request.files.get("file")
        if request.method == "POST" and file:
            kept = import_job.start_import(
                self.db(),
                self.record_type,
                file.stream.read(),
                file.filename or "",
                current_principal(),
                utc_now(),
            )
            return redirect(self._url("imported", pk=kept.id))
        if request.method == "POST":
            flash("请选择要导入的 xlsx 文件", "danger")
        return self._render("admin/import.html", kept=None, report=None)

    @expose("/import/<int:pk>")
    @has_access
    @permission_name("import")
    def imported(self, pk: int) -> Any:
        """What became of an import, or how far it is."""
        kept = self._import(pk)
        return self._render("admin/import.html", kept=kept, report=import_job.report_of(kept))

    @expose("/import/<int:pk>/errors.xlsx")
    @has_access
    @permission_name("import")
    def errors(self, pk: int) -> Any:
        """The workbook with its wrong cells marked."""
        kept = self._import(pk)
        name = f"{PurePath(kept.name).stem}-需要修改.xlsx"
        content = import_job.marked_workbook(kept)
        return send_file(content, XLSX, as_attachment=True, download_name=name)

    def _import(self, pk: int) -> Any:
        kept = import_job.find_import(self.db(), pk, current_principal())
        if kept is None or kept.record_type != self.record_type.name:
            abort(404)
        return kept

    def _get(self, pk: int) -> Any:
        record = service.get_record(self.db(), self.record_type, pk)
        if record is None:
            abort(404)
        return record

    def get_to_change(self, pk: int) -> Any:
        """A record that the one who is signed in may also change; else the page says why not."""
        record = self._get(pk)
        if not is_changeable(self.db(), record):
            raise NotYours(service.NOT_YOURS)
        return record

    def _save(self, record: Any) -> Any:
        """Write what was typed, or show the form again with what is wrong."""
        is_new = inspect(record).transient
        try:
            values = service.read_form(self.db(), self.record_type, request.form, record=record)
            service.apply_values(self.record_type, record, values)
        except service.FormErrors as error:
            return self._form(record, errors=error.errors, typed=request.form)
        with self.db().no_autoflush:
            problem = service.duplicate_of(self.db(), self.record_type, record)
        if problem:
            self.db().rollback() if not is_new else None
            return self._form(record, errors={"": problem}, typed=request.form)
        self.db().add(record)
        try:
            problem = service.save(self.db(), self.record_type, record)
        except StaleDataError:
            self.db().rollback()
            return self._changed_meanwhile(self._get(int((request.view_args or {})["pk"])))
        if problem:
            return self._form(record, errors={"": problem}, typed=request.form)
        flash(f"已保存{self.record_type.label}", "success")
        return redirect(self._url("show", pk=record.id))

    def _changed_meanwhile(self, record: Any) -> Any:
        """Show the second of two editors what the first one changed."""
        changes = service.changes_since(
            self.db(), self.record_type, record, request.form.get("version", "")
        )
        return self._form(
            record,
            errors={"": "您编辑期间，别人已修改这条记录。下面是对方的修改，请核对后再保存一次。"},
            typed=request.form,
            meanwhile=changes,
            status=409,
        )

    def _form(
        self,
        record: Any,
        *,
        errors: dict[str, str] | None = None,
        typed: Any = None,
        prefill: Any = None,
        meanwhile: Any = (),
        status: int = 0,
    ) -> Any:
        body = self._render(
            "admin/form.html",
            record=record,
            errors=errors or {},
            typed=typed,
            prefill=prefill or {},
            meanwhile=meanwhile,
            choices=self._reference_choices(),
        )
        return (body, status or 422) if errors else body

    def _related_queries(self, pk: int) -> Any:
        for one in self.record_type.related:
            if one.type in REGISTRY and may(self.appbuilder, REGISTRY[one.type], "list"):
                yield one, related_query(one, pk)

    def _reference_choices(self) -> dict[str, Any]:
        """For each reference to a small type all its records; None says: look up as you type."""
        found = {}
        for one in self.record_type.typed:
            if self.record_type.kind_of(one) in (Kind.REFERENCE, Kind.REFERENCES):
                found[one.name] = self._choices_of(self.record_type.target(one))
        return found

    def _choices_of(self, model: Any) -> Any:
        target = REGISTRY.of(model)
        if target is None:
            return []
        rows = listing.options(self.db(), target, limit=listing.SMALL_TABLE + 1)
        return rows if len(rows) <= listing.SMALL_TABLE else None

    def _label_of_reference(self, record_type: RecordType, one: Field, value: Any) -> str:
        """What stands in a picker for the id that is chosen."""
        number = read_id(value or "")
        if number is None:
            return ""
        model = record_type.target(one)
        record = self.db().scalars(select(model).where(model.id == number)).one_or_none()
        return str(record) if record is not None else ""

    def _options_url(self, record_type: RecordType, one: Field) -> str:
        target = REGISTRY.of(record_type.target(one))
        return url_for(f"{view_name(target)}.options") if target else ""

    def _filter_choices(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self.record_type.filters:
            one = self.record_type.fields[name]
            kind = self.record_type.kind_of(one)
            if kind is Kind.REFERENCE:
                rows = self._choices_of(self.record_type.target(one)) or []
                found[name] = [(str(key), label) for key, label in rows]
            elif kind is Kind.BOOL:
                found[name] = [("是", "是"), ("否", "否")]
            elif kind is Kind.CHOICE:
                found[name] = one.choices
        return found

    def _url(self, act: str, **values: Any) -> str:
        return url_for(f"{self.endpoint}.{act}", **values)

    def _render(self, template: str, **values: Any) -> str:
        return render_template(
            template,
            appbuilder=self.appbuilder,
            record_type=self.record_type,
            view=self,
            personal=current_principal().sees_personal,
            may=lambda other, act: may(self.appbuilder, other, act),
            view_name=view_name,
            read_only_names=[
                f.name for f in self.record_type.fields.values() if self.record_type.is_read_only(f)
            ],
            label_of_reference=self._label_of_reference,
            options_url=self._options_url,
            pairs=lambda records: [(one.id, str(one)) for one in records],
            **values,
        )


def related_query(one: Related, pk: int) -> listing.ListQuery:
    """The records of a type that refer to a record."""
    return listing.ListQuery(filters={one.by: str(pk)})


def may(appbuilder: Any, record_type: RecordType, act: str) -> bool:
    """Whether the one who is signed in may do that with a type."""
    return bool(appbuilder.sm.has_access(f"can_{act}", record_type.name))


_ROUTES = {
    "list": ("list", "options"),
    "show": ("show",),
    "add": ("add",),
    "edit": ("edit",),
    "delete": ("delete",),
    "export": ("export",),
    "import": ("template", "import_", "imported", "errors"),
}


def make_view(record_type: RecordType, base: type[RecordView] = RecordView) -> type[RecordView]:
    """The view of a type; an act that no role may do has no address at all."""
    acts = frozenset[str]().union(*record_type.access.values())
    routes = {route for act in acts for route in _ROUTES.get(act, ())}
    own = {name for name in vars(base) if hasattr(getattr(base, name), "_urls")}
    if base is not RecordView:
        routes |= own
    return type(
        view_name(record_type),
        (base,),
        {
            "record_type": record_type,
            "route_base": f"/{record_type.name}",
            "class_permission_name": record_type.name,
            "base_permissions": [f"can_{act}" for act in sorted(acts)],
            "include_route_methods": routes,
            "__doc__": record_type.label,
        },
    )


def view_name(record_type: RecordType) -> str:
    """The endpoint's name: `EnterpriseView` for `enterprise`."""
    return "".join(part.title() for part in record_type.name.split("_")) + "View"

"""操作记录: who changed what, when, from what to what; can only be read."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import Select, func, select

from admin.audit import AuditEntry
from admin.lowcode.listing import PAGE_SIZE, Page
from admin.lowcode.record_type import REGISTRY, Access, Field, Kind
from admin.lowcode.values import read_id, read_text, storable
from admin.pages.trail_words import Words
from admin.principal import Role

OTHER_LABELS = {"ab_user": "账号", "ab_role": "角色", "upload": "上传文件"}


class TrailView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The audit trail (操作记录)."""

    route_base = "/trail"
    class_permission_name = "trail"
    default_view = "list"
    access: ClassVar[Access] = {Role.ADMIN: frozenset({"list"}), Role.OFFICE: frozenset({"list"})}
    title, menu, icon = "操作记录", "系统", "shield"

    @expose("/")
    @has_access
    def list(self) -> Any:
        """The trail, newest first, by who, what and when."""
        session = self.appbuilder.session
        found = _matching(request.args)
        number = min(read_id(request.args.get("page", "0"), least=0) or 0, 1_000_000)
        total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery()))
        rows = session.scalars(found.offset(number * PAGE_SIZE).limit(PAGE_SIZE)).all()
        words = Words(session)
        words.learn(rows)
        return render_template(
            "admin/trail.html",
            page=Page(rows, total or 0, number),
            labels=type_labels(),
            field_label=field_label,
            shown=words.shown,
        )


def _matching(args: Any) -> Select[Any]:
    found = select(AuditEntry).order_by(AuditEntry.id.desc())
    if actor := storable(args.get("actor", "")).strip():
        found = found.where(AuditEntry.actor.contains(actor, autoescape=True))
    if kind := storable(args.get("type", "")):
        found = found.where(AuditEntry.record_type == kind)
    if (record := read_id(args.get("record", ""))) is not None:
        found = found.where(AuditEntry.record_id == record)
    for name, compare in (("since", "__ge__"), ("until", "__lt__")):
        try:
            moment = read_text(Field(name, name), Kind.MOMENT, args.get(name))
        except ValueError:
            continue
        if moment is not None:
            found = found.where(getattr(AuditEntry.at, compare)(moment))
    return found


def type_labels() -> dict[str, str]:
    """What people call each table."""
    return {one.model.__tablename__: one.label for one in REGISTRY} | OTHER_LABELS


def field_label(table: str, column: str) -> str:
    """What people call a column of a table."""
    record_type = next((one for one in REGISTRY if one.model.__tablename__ == table), None)
    if record_type is None:
        return _USER_FIELDS.get(column, OTHER)
    for name in (column, column.removesuffix("_id")):
        if name in record_type.fields:
            return record_type.fields[name].label
    return _USER_FIELDS.get(column, OTHER)


OTHER = "其他内容"  # a column that no form shows
_USER_FIELDS = {
    "name": "名称",
    "key": "编号",
    "title": "标题",
    "criteria": "规则条件",
    "scope": "适用范围",
    "document": "读取的全文",
    "rule_id": "规则版本",
    "fact": "事实",
    "value": "值",
    "source": "来源",
    "as_of": "所属日期",
    "stated_by": "登记人",
    "verified_by": "核实人",
    "username": "用户名",
    "first_name": "姓名",
    "last_name": "角色",
    "active": "可登录",
    "email": "邮箱",
    "id": "序号",
    "position": "次序",
    "attested": "自查承诺",
    "facts_changed_at": "事实变更时间",
    "user_id": "账号",
    "created_on": "建立时间",
    "changed_on": "修改时间",
    "created_by_fk": "建立人",
    "changed_by_fk": "修改人",
}

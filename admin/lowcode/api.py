"""
The REST resource of a record type (接口): `/api/v1/NAME/`, beside `/api/v1/security/login`.

Flask-AppBuilder's ModelRestApi with our reading of values, row scope by the session, personal
data masked by role, ETag and If-Match against lost updates.
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder import ModelRestApi
from flask_appbuilder.models.sqla.interface import SQLAInterface

from admin.lowcode.record_type import Kind, RecordType

_PERMISSIONS = {
    "get_list": "list",
    "get": "show",
    "info": "list",
    "post": "add",
    "put": "edit",
    "delete": "delete",
}


def make_api(record_type: RecordType) -> type[Any]:
    """The resource of a type; a method that no role may use has no address."""
    acts = frozenset[str]().union(*record_type.access.values())
    columns = ["id", "version", *_columns(record_type)]
    typed = [f.name for f in record_type.typed if _plain(record_type, f)]
    return type(
        f"{record_type.name.title().replace('_', '')}Api",
        (ModelRestApi,),
        {
            "datamodel": SQLAInterface(record_type.model),
            "resource_name": record_type.name,
            "class_permission_name": record_type.name,
            "base_permissions": [f"can_{act}" for act in sorted(acts)],
            "method_permission_name": _PERMISSIONS,
            "include_route_methods": {m for m, act in _PERMISSIONS.items() if act in acts},
            "list_columns": columns,
            "show_columns": columns,
            "add_columns": typed,
            "edit_columns": typed,
            "label_columns": {f.name: f.label for f in record_type.fields.values()},
            "access": record_type.access,
            "openapi_spec_tag": record_type.label,
        },
    )


def _columns(record_type: RecordType) -> list[str]:
    found = []
    for one in record_type.fields.values():
        kind = record_type.kind_of(one)
        if kind is Kind.REFERENCE:
            found.append(f"{one.name}.id")
        elif kind not in (Kind.REFERENCES, Kind.COMPUTED):
            found.append(one.name)
    return found


def _plain(record_type: RecordType, one: Any) -> bool:
    return record_type.kind_of(one) is not Kind.REFERENCES

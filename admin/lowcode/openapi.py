"""What the OpenAPI says of a record type (接口说明), from its declaration."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from admin.lowcode.exchange import MAX_PAGE_SIZE
from admin.lowcode.listing import PAGE_SIZE
from admin.lowcode.record_type import Field, Kind, RecordType

_PLAIN: dict[Kind, dict[str, Any]] = {
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.MONEY: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.BOOL: {"type": "boolean"},
}
_ERRORS = {
    "400": "请求正文不是 JSON，或请求头有误",
    "401": "没有登录，或令牌已过期",
    "403": "角色没有权限",
    "404": "没有这条记录，或不在数据范围内",
    "409": "与已有的记录重复，或幂等键已用于另一个请求",
    "412": "If-Match 与记录现在的状态不符",
    "422": "填写有误：errors 按字段说明",
    "428": "缺少 If-Match",
}
_ERROR_SCHEMA = {
    "type": "object",
    "properties": {
        "message": {"type": "string"},
        "msg": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_ID = {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "读取记录时 ETag 的值",
    "schema": {"type": "string"},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "同一个键只新增一次，七天内重发得到同样的回答",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
}


def component(record_type: RecordType, *, written: bool = False) -> str:
    """The name of a type's schema: `Enterprise`, `EnterpriseWrite`."""
    return record_type.model.__name__ + ("Write" if written else "")


def schemas_of(record_type: RecordType) -> dict[str, dict[str, Any]]:
    """The schemas of a type: as given, and as taken where something can be typed."""
    given = {one.name: _given(record_type, one) for one in record_type.fields.values()}
    given |= {extra.name: extra.schema for extra in record_type.extras}
    found = {
        component(record_type): {
            "type": "object",
            "title": record_type.label,
            "properties": {"id": {"type": "integer"}, "version": {"type": "integer"}, **given},
        }
    }
    if record_type.typed:
        found[component(record_type, written=True)] = _written(record_type)
    return found


def _written(record_type: RecordType) -> dict[str, Any]:
    typed = {one.name: _taken(record_type, one) for one in record_type.typed}
    typed |= {extra.name: extra.schema for extra in record_type.extras}
    return {
        "type": "object",
        "title": f"{record_type.label}（填写）",
        "properties": typed,
        "additionalProperties": False,
    }


def _given(record_type: RecordType, one: Field) -> dict[str, Any]:
    kind = record_type.kind_of(one)
    described = {"title": one.label, **_words(kind, one)}
    pair = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    }
    if kind is Kind.REFERENCE:
        return {**pair, **described, "nullable": True}
    if kind is Kind.REFERENCES:
        return {"type": "array", "items": pair, **described}
    return {**_PLAIN.get(kind, {"type": "string"}), **described, "nullable": True}


def _taken(record_type: RecordType, one: Field) -> dict[str, Any]:
    kind = record_type.kind_of(one)
    described = {"title": one.label, **_words(kind, one)}
    if kind is Kind.REFERENCE:
        return {"type": "integer", "minimum": 1, **described, "nullable": True}
    if kind is Kind.REFERENCES:
        return {"type": "array", "items": {"type": "integer", "minimum": 1}, **described}
    schema: dict[str, Any] = {**_PLAIN.get(kind, {"type": "string"}), **described}
    if kind is Kind.CHOICE:
        schema["enum"] = [key for key, _ in one.choices]
    length = getattr(
        getattr(record_type.model.__table__.columns.get(one.name), "type", None), "length", None
    )
    if length and kind is Kind.TEXT:
        schema["maxLength"] = length
    return schema if record_type.is_required(one) else {**schema, "nullable": True}


def _words(kind: Kind, one: Field) -> dict[str, str]:
    parts = [one.help]
    if kind is Kind.MONEY:
        parts.append("单位：元")
    if kind is Kind.CHOICE:
        parts.append("；".join(f"{key} {label}" for key, label in one.choices))
    if kind is Kind.CODE:
        parts.append(f"代码表：{one.code_set}")
    if one.personal:
        parts.append("个人信息：按角色脱敏")
    text = "。".join(part for part in parts if part)
    return {"description": text} if text else {}


def paths_of(
    record_type: RecordType, methods: Collection[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The paths of a type with the operations that exist."""
    base = f"/api/v1/{record_type.name}/"
    operations = {
        "get_list": (base, "get", _list(record_type)),
        "post": (base, "post", _post(record_type)),
        "get": (base + "{pk}", "get", _get(record_type)),
        "put": (base + "{pk}", "put", _put(record_type)),
        "delete": (base + "{pk}", "delete", _delete(record_type)),
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, (path, verb, operation) in operations.items():
        if name in methods:
            shared = {"tags": [record_type.label], "security": [{"jwt": []}]}
            found.setdefault(path, {})[verb] = {**operation, **shared}
    return found


def _list(record_type: RecordType) -> dict[str, Any]:
    page = {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "description": "范围内符合条件的总数"},
            "page": {"type": "integer"},
            "page_size": {"type": "integer"},
            "result": {"type": "array", "items": _ref(record_type)},
        },
    }
    return {
        "summary": f"{record_type.label}列表",
        "parameters": _conditions(record_type),
        "responses": {"200": _json("一页", page), **_errors("401", "403", "422")},
    }


def _conditions(record_type: RecordType) -> list[dict[str, Any]]:
    size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
    found = [
        _query("q", {"type": "string", "maxLength": 100}, "搜索"),
        _query("page", {"type": "integer", "minimum": 0, "maximum": 1_000_000}, "页，从 0 起"),
        _query("page_size", size, "每页条数"),
        _query("order", {"type": "string", "enum": list(record_type.columns)}, "排序字段"),
        _query("desc", {"type": "string", "enum": ["0", "1"]}, "1 为降序"),
    ]
    for name in record_type.filters:
        one = record_type.fields[name]
        kind = record_type.kind_of(one)
        schema: dict[str, Any] = {"type": "string"}
        if kind is Kind.REFERENCE:
            schema = {"type": "integer", "minimum": 1}
        elif kind is Kind.CHOICE:
            schema = {"type": "string", "enum": [key for key, _ in one.choices]}
        found.append(_query(name, schema, one.label))
    return found


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _get(record_type: RecordType) -> dict[str, Any]:
    return {
        "summary": f"读取一条{record_type.label}",
        "parameters": [_ID],
        "responses": {
            "200": _one(record_type, "记录，响应头 ETag 标明状态"),
            "304": {"description": "未改变（If-None-Match）"},
            **_errors("401", "403", "404"),
        },
    }


def _post(record_type: RecordType) -> dict[str, Any]:
    return {
        "summary": f"新增{record_type.label}",
        "parameters": [_KEY],
        "requestBody": _body(record_type),
        "responses": {
            "201": _one(record_type, "已新增"),
            **_errors("400", "401", "403", "409", "412", "422"),
        },
    }


def _put(record_type: RecordType) -> dict[str, Any]:
    return {
        "summary": f"修改{record_type.label}；没有给出的字段不变",
        "parameters": [_ID, _IF_MATCH],
        "requestBody": _body(record_type),
        "responses": {
            "200": _one(record_type, "已修改"),
            **_errors("400", "401", "403", "404", "409", "412", "422", "428"),
        },
    }


def _delete(record_type: RecordType) -> dict[str, Any]:
    return {
        "summary": f"删除{record_type.label}",
        "parameters": [_ID, _IF_MATCH],
        "responses": {
            "200": _json("已删除", _ERROR_SCHEMA),
            **_errors("401", "403", "404", "409", "412", "428"),
        },
    }


def _body(record_type: RecordType) -> dict[str, Any]:
    schema = _ref(record_type, written=True) if record_type.typed else {"type": "object"}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _one(record_type: RecordType, description: str) -> dict[str, Any]:
    shape = {"id": {"type": "integer"}, "result": _ref(record_type)}
    return _json(description, {"type": "object", "properties": shape})


def _ref(record_type: RecordType, *, written: bool = False) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component(record_type, written=written)}"}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _errors(*codes: str) -> dict[str, Any]:
    return {code: _json(_ERRORS[code], _ERROR_SCHEMA) for code in codes}

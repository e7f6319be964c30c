"""
Records as JSON (记录的交换形式): what the API gives and takes.

Money is in yuan here, dates are ISO, moments are UTC, references are ids. What is taken goes
through the same readers as forms and workbooks, so that the rules and the sentences are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session, joinedload

from admin.lowcode import listing, service
from admin.lowcode.record_type import Field, Kind, RecordType
from admin.lowcode.values import masked, read_id, show

MAX_PAGE_SIZE = 100


def to_json(record_type: RecordType, record: Any, *, personal: bool, whole: bool) -> dict[str, Any]:
    """
    A record as the API gives it.

    Args:
        record_type: its type.
        record: the record, in scope.
        personal: whether personal data is shown in full.
        whole: with computed fields, lists of references and what the type gives besides.
    """
    given: dict[str, Any] = {"id": record.id, "version": record.version}
    for one in record_type.fields.values():
        kind = record_type.kind_of(one)
        if whole or kind not in (Kind.REFERENCES, Kind.COMPUTED):
            given[one.name] = _out(record_type, one, kind, record, personal)
    if whole:
        given |= {extra.name: extra.read(record) for extra in record_type.extras}
    return given


def _out(record_type: RecordType, one: Field, kind: Kind, record: Any, personal: bool) -> Any:
    if kind is Kind.COMPUTED:
        return show(record_type, one, record, personal=personal)
    value = getattr(record, one.name)
    if kind is Kind.REFERENCES:
        return [_reference(item) for item in value]
    if kind is Kind.REFERENCE:
        return _reference(value) if value is not None else None
    return _plain(value if personal or not isinstance(value, str) else masked(one, value))


def _reference(record: Any) -> dict[str, Any]:
    return {"id": record.id, "name": str(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def loads(record_type: RecordType) -> list[Any]:
    """What a list of the API loads at once, so that it asks no query a row."""
    return [
        joinedload(getattr(record_type.model, name))
        for name, one in record_type.fields.items()
        if record_type.kind_of(one) is Kind.REFERENCE
    ]


def read_json(
    session: Session, record_type: RecordType, body: Any, *, is_new: bool, record: Any = None
) -> Any:
    """
    What a POST or PUT brings, read by field (读取接口数据); a field left out is not touched.

    Personal data that comes back masked, as `record` was given, is not touched either.

    Raises:
        FormErrors: what is wrong, by field, in Chinese.
    """
    if not isinstance(body, dict):
        raise service.FormErrors({"": "请求正文应为一个 JSON 对象"})
    typed = {one.name: one for one in record_type.typed}
    extras = {extra.name for extra in record_type.extras}
    unknown = [name for name in body if name not in typed and name not in extras]
    if unknown:
        allowed = "、".join([*typed, *extras])
        raise service.FormErrors(
            {n: f"{n}：没有这个字段，或不能填写；可填：{allowed}" for n in unknown}
        )
    names = [name for name in typed if name in body or (is_new and _asked(record_type, name))]
    form: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in names:
        try:
            form[name] = _in(record_type.kind_of(typed[name]), body.get(name))
        except ValueError as error:
            errors[name] = f"{typed[name].label}：{error}"
    if errors:
        raise service.FormErrors(errors)
    if not names:
        return {}
    return service.read_form(session, record_type, form, names=names, record=record)


def _asked(record_type: RecordType, name: str) -> bool:
    return record_type.is_required(record_type.fields[name])


def _in(kind: Kind, value: Any) -> Any:
    """A JSON value in the form that the readers know: money with its unit, references as ids."""
    if value is None:
        return None
    if kind is Kind.REFERENCES:
        if not isinstance(value, list):
            raise ValueError("应为编号（id）的列表")
        return [_id(item) for item in value]
    if kind is Kind.REFERENCE:
        return _id(value)
    if kind is Kind.BOOL:
        if not isinstance(value, bool):
            raise ValueError("应为 true 或 false")
        return value
    if isinstance(value, bool | list | dict):
        raise ValueError("应为文字或数字")  # noqa: TRY004 - what people get wrong is a ValueError
    return _yuan(value) if kind is Kind.MONEY else value


def _id(value: Any) -> int:
    if isinstance(value, Mapping):
        value = value.get("id")
    found = read_id(value) if not isinstance(value, bool) else None
    if found is None:
        raise ValueError("应为对方的编号（id）")
    return found


def _yuan(value: Any) -> str:
    text = str(value).strip()
    return text if text.endswith(("元", "万", "亿")) else f"{_plain_number(text)}元"


def _plain_number(text: str) -> str:
    """1e6 as 1000000: JSON writes large numbers so."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    return f"{number:f}" if number.is_finite() and abs(number.adjusted()) < 40 else text


def list_query(record_type: RecordType, args: Mapping[str, str]) -> tuple[listing.ListQuery, int]:
    """
    The conditions of a list and its page size (接口列表条件); unlike a page's they are strict.

    Raises:
        FormErrors: a parameter that is unknown or makes no sense.
    """
    known = {"q", "page", "page_size", "order", "desc", *record_type.filters}
    errors = {
        name: f"{name}：没有这个参数；可用：{'、'.join(sorted(known))}"
        for name in args
        if name not in known
    }
    size = _number(args, "page_size", listing.PAGE_SIZE, 1, MAX_PAGE_SIZE, errors)
    _number(args, "page", 0, 0, 1_000_000, errors)
    if args.get("desc", "0") not in ("0", "1"):
        errors["desc"] = "desc：应为 0 或 1"
    if args.get("order", "") not in ("", *record_type.columns):
        errors["order"] = f"order：可用：{'、'.join(record_type.columns)}"
    query = listing.list_query(record_type, args)
    for name, text in query.filters.items():
        problem = listing.filter_problem(record_type, record_type.fields[name], text)
        if problem:
            errors[name] = f"{name}：{problem}"
    if errors:
        raise service.FormErrors(errors)
    return query, size


def _number(
    args: Mapping[str, str],
    name: str,
    default: int,
    least: int,
    most: int,
    errors: dict[str, str],
) -> int:
    if name not in args:
        return default
    found = read_id(args[name], least=least)
    if found is None or found > most:
        errors[name] = f"{name}：应为 {least} 到 {most} 的整数"
        return default
    return found


def etag_of(record_type: RecordType, record: Any) -> str:
    """What stands for a record's state; it changes with what the record gives besides, too."""
    parts: Sequence[str] = [
        str(record.id),
        str(record.version),
        *(extra.state(record) for extra in record_type.extras),
    ]
    return "-".join(parts)

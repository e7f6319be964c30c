"""
What of a measure is typed beside its rule (措施的其他内容): benefit, window, materials, contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from admin.editor.values import read_date, read_number, say_number
from admin.policies.content import change, newest_content
from admin.records.policy import MODES, Measure
from policy_match.domain.facts import FactSpec, FactType

LABELS = {
    "title": "名称",
    "max_amount": "最高金额",
    "rate": "补助比例",
    "mode": "兑现方式",
    "opens_on": "开始日期",
    "closes_on": "截止日期",
    "rolling": "常年受理",
    "is_open": "尚有额度",
    "how_to_apply": "申报方式",
    "materials": "申报材料",
    "contact": "咨询方式",
}
_MONEY = FactSpec(name="amount", label="金额", type=FactType.MONEY, unit="元", question="金额")
_RATIO = FactSpec(name="rate", label="比例", type=FactType.RATIO, question="比例")
_LONGEST = {"title": 500, "contact": 300, "how_to_apply": 5000, "materials": 10_000}
_FLAGS = ("rolling", "is_open")


def say_fields(measure: Measure) -> dict[str, str]:
    """The fields as they stand in the form: those of the newest reading."""
    said = newest_content(measure)
    amount, rate = said.max_amount, said.rate
    return {
        "title": said.title,
        "max_amount": "" if amount is None else say_number(float(amount), _MONEY),
        "rate": "" if rate is None else say_number(rate, _RATIO),
        "mode": said.mode,
        "opens_on": said.opens_on.isoformat() if said.opens_on else "",
        "closes_on": said.closes_on.isoformat() if said.closes_on else "",
        "rolling": "是" if said.rolling else "否",
        "is_open": "是" if said.is_open else "否",
        "how_to_apply": said.how_to_apply or "",
        "materials": "\n".join(said.details.get("materials", ())),
        "contact": said.contact or "",
    }


def typed_fields(form: Mapping[str, str]) -> dict[str, str]:
    """The fields as they were typed; line ends as we keep them."""
    return {name: form.get(name, "").replace("\r\n", "\n").strip() for name in LABELS}


def read_fields(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of the fields, and what is wrong with which, in Chinese."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, text in typed.items():
        try:
            values[name] = _read(name, text)
        except ValueError as error:
            errors[name] = str(error)
    opens, closes = values.get("opens_on"), values.get("closes_on")
    if opens and closes and opens > closes:
        errors["closes_on"] = "截止日期早于开始日期"
    return values, errors


def _read(name: str, text: str) -> Any:
    if name in _LONGEST and len(text) > _LONGEST[name]:
        raise ValueError(f"太长：最多 {_LONGEST[name]} 字，这里有 {len(text)} 字")
    if name == "title" and not text:
        raise ValueError("必须填写")
    if name == "mode":
        return _mode(text)
    if name in _FLAGS:
        return text == "是"
    if name == "materials":
        return [line.strip() for line in text.split("\n") if line.strip()]
    return _value(name, text) if text else None if name != "title" else text


def _mode(text: str) -> str:
    if text not in dict(MODES):
        raise ValueError("请选择一种兑现方式")
    return text


def _value(name: str, text: str) -> Any:
    if name == "max_amount":
        amount = read_number(text, _MONEY)
        if not 0 <= amount < 10**15:
            raise ValueError("金额超出范围")
        return Decimal(str(amount))
    if name == "rate":
        rate = read_number(text, _RATIO)
        if not 0 <= rate <= 10:
            raise ValueError("比例超出范围，如 30%")
        return float(rate)
    if name in ("opens_on", "closes_on"):
        return date.fromisoformat(read_date(text))
    return text


def apply_fields(measure: Measure, values: Mapping[str, Any]) -> None:
    """Put read values into a measure; where a newer reading waits, into that."""
    said = newest_content(measure)
    materials = values.get("materials", list(said.details.get("materials", ())))
    if materials != list(said.details.get("materials", ())):
        values = {**values, "details": {**said.details, "materials": materials}}
    given = {name: value for name, value in values.items() if name != "materials"}
    change(measure, given, replace(said, **given))

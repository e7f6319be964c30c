"""
Values of fields, between people and the database (字段值): one reader for forms, workbooks and API.

A reader takes what a person typed and gives the value, or raises ValueError with a Chinese
sentence that says what to write. Money is typed and shown in 万元 and kept in yuan.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from admin.clock import SHANGHAI, local
from admin.lowcode.record_type import Field, Kind, RecordType
from policy_match import wording
from policy_match.domain.codes import code_table

YES = frozenset({"是", "1", "true", "y", "yes", "on", "√", "有"})
NO = frozenset({"否", "0", "false", "n", "no", "off", "×", "无"})
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$")
_MOMENT = re.compile(r"^(.+?)(?:T|\s+|(?<=[日号])\s*)(\d{1,2})[:：时点](\d{2})?(?::\d{2}|分)?$")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?")
_UNIT = re.compile(r"^([\d.,，\s]+)\s*(亿元|万元|元|亿|万)?$")
_FACTORS = {"亿元": 10**8, "亿": 10**8, "万元": 10**4, "万": 10**4, "元": 1}
MAX_TEXT = 20_000
MAX_INTEGER = 2**31 - 1


def read_text(one: Field, kind: Kind, text: Any) -> Any:
    """
    Read what was typed into a field (读取).

    Raises:
        ValueError: in Chinese: what is wrong and what to write.
    """
    if isinstance(text, str):
        text = text.strip()
    if text in (None, ""):
        return None
    value = _READERS[kind](one, text)
    if one.check is None:
        return value
    return _checked(one, value)


def _checked(one: Field, value: Any) -> Any:
    assert one.check is not None
    try:
        return one.check(value)
    except ValueError:
        raise
    except Exception as error:  # a check of the library raises its own errors, in Chinese
        raise ValueError(str(error)) from None


def read_id(value: Any, *, least: int = 1) -> int | None:
    """An id or another whole number that fits the database, or None."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if least <= number <= MAX_INTEGER else None


def storable(text: str) -> str:
    """A text without what no database takes: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _text(_one: Field, value: Any) -> str:
    text = str(value)
    if storable(text) != text:
        raise ValueError("含有不能保存的字符（空字符或残缺的字符）")
    if len(text) > MAX_TEXT:
        raise ValueError(f"太长：最多 {MAX_TEXT} 字")
    return text


def _choice(one: Field, value: Any) -> str:
    by_label = {label: key for key, label in one.choices}
    key = by_label.get(str(value), str(value))
    if key not in dict(one.choices):
        allowed = "、".join(label for _, label in one.choices)
        raise ValueError(f"“{value}”不在选项里；可以填：{allowed}")
    return key


def _integer(_one: Field, value: Any) -> int:
    try:
        number = Decimal(str(value).replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise ValueError(f"“{value}”不是整数") from None
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError(f"“{value}”不是整数")
    if abs(number) > MAX_INTEGER:
        raise ValueError(f"“{value}”太大")
    return int(number)


def _number(_one: Field, value: Any) -> float:
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        raise ValueError(f"“{value}”不是数字") from None
    if number != number or abs(number) == float("inf"):
        raise ValueError(f"“{value}”不是数字")
    return number


def _money(_one: Field, value: Any) -> Decimal:
    """Bare numbers are 万元; a unit that is written counts."""
    found = _UNIT.match(str(value))
    if not found:
        raise ValueError(
            f"“{value}”不是金额；请填以万元为单位的数字，如 500，或写明单位，如 5000000元"
        )
    try:
        number = Decimal(re.sub(r"[,，\s]", "", found[1]))
    except InvalidOperation:
        raise ValueError(f"“{value}”不是金额") from None
    yuan = number * _FACTORS[found[2] or "万元"]
    if yuan >= 10**15:
        raise ValueError(f"“{value}”太大，请检查单位")
    return yuan


def _date(_one: Field, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DATE.match(str(value))
    if found:
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            raise ValueError(f"“{value}”：没有这一天") from None
    raise ValueError(f"“{value}”不是日期；请写成 2026年11月24日，也可以写 2026-11-24 或 2026/11/24")


def _moment(one: Field, value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    text = str(value)
    found = _MOMENT.match(text)
    day = _date(one, found[1] if found else text)
    hour, minute = (int(found[2]), int(found[3] or 0)) if found else (0, 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"“{value}”：没有这个时刻")
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def _bool(_one: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise ValueError(f"“{value}”：请填“是”或“否”")


def _code(one: Field, value: Any) -> str:
    """A code, or its name where only one code has that name."""
    table = code_table(str(one.code_set))
    text = str(value)
    if table.label_of(text):
        return text
    named = list(table.find(text))
    if len(named) == 1:
        return str(named[0])
    if named:
        raise ValueError(f"“{value}”有多个代码：{'、'.join(named[:5])}；请填代码")
    raise ValueError(f"“{value}”不是已知的代码或名称；请从列表中选择")


_READERS: dict[Kind, Callable[[Field, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.BOOL: _bool,
    Kind.CODE: _code,
}


def show(record_type: RecordType, one: Field, record: Any, *, personal: bool) -> str:
    """A field's value as people read it; personal data is masked unless `personal`."""
    value = getattr(record, one.name)
    text = one.show(value) if one.show else _shown(record_type.kind_of(one), one, value)
    return text if personal else masked(one, text)


def masked(one: Field, text: str) -> str:
    """
    A field's text for those who may not see personal data (脱敏规则).

    The one rule of lists, details, forms, workbooks, API and histories.
    """
    if one.personal:
        return mask(text)
    return mask_within(text) if one.mentions else text


def _shown(kind: Kind, one: Field, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.BOOL:
        return "是" if value else "否"
    if kind is Kind.CHOICE:
        return dict(one.choices).get(value, str(value))
    if kind is Kind.CODE:
        label = code_table(str(one.code_set)).label_of(value)
        return str(label or value)
    if kind is Kind.MONEY:
        return wording.money_words(float(value))
    if kind is Kind.DATE:
        return wording.date_words(value)
    if kind is Kind.MOMENT:
        return moment_words(value)
    if kind is Kind.REFERENCES:
        return "、".join(str(item) for item in value)
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def moment_words(moment: datetime) -> str:
    """A moment as people here read it: 2026年11月24日 09:30."""
    return f"{wording.date_words(local(moment).date())} {local(moment):%H:%M}"


def code_words(code_set: str | None, code: str | None) -> str:
    """A code as a picker shows it, with its name: 宝峰街道（530115002）."""
    label = code_table(str(code_set)).label_of(code) if code else None
    return f"{label}（{code}）" if label else code or ""


def shown_plain(value: Any) -> str:
    """A value of the audit trail as people read it."""
    if value is None:
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        return f"（{len(value)} 项内容，见记录）" if value else "（空）"
    text = str(value)
    if _STAMP.fullmatch(text):
        return moment_words(datetime.fromisoformat(text).astimezone())
    return text if len(text) <= 200 else text[:200] + "…"


def typed(record_type: RecordType, one: Field, record: Any, *, personal: bool) -> str:
    """
    A field's value as it stands in an input: reading it again gives the value.

    Personal data is masked unless `personal`; `kept_or_refused` knows it when it comes back.
    """
    text = _typed(record_type.kind_of(one), getattr(record, one.name))
    return text if personal else masked(one, text)


def _typed(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.MONEY:
        return f"{Decimal(value) / 10**4:f}".rstrip("0").rstrip(".") if value else "0"
    if kind is Kind.MOMENT:
        return moment_words(value)
    if kind is Kind.BOOL:
        return "是" if value else "否"
    if isinstance(value, date):
        return wording.date_words(value)
    return str(value)


def mask(text: str) -> str:
    """
    Personal data with its middle hidden (脱敏).

    >>> mask("13888123456"), mask("li.wei@example.cn"), mask("王")
    ('138****3456', 'l***@example.cn', '*')
    """
    if "@" in text:
        name, _, host = text.rpartition("@")
        return f"{name[:1]}***@{host}"
    if len(text) >= 7:
        return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
    return "*" * len(text)


_MENTIONED = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\d)(?:\d{3,4}-)?\d{7,12}(?!\d)", re.ASCII
)


def mask_within(text: str) -> str:
    """
    A text with the addresses and numbers in it masked (文中脱敏).

    >>> mask_within("550 <li.wei@example.cn> 不存在")
    '550 <l***@example.cn> 不存在'
    """
    return _MENTIONED.sub(lambda found: mask(found[0]), text)


def kept_or_refused(one: Field, text: Any, stored: Any) -> bool:
    """
    Whether a masked text came back for a value that is to stay as it is (脱敏值回填).

    Raises:
        ValueError: it is masked, and not the mask of what is stored.
    """
    if not one.personal or not isinstance(text, str) or "*" not in text:
        return False
    if stored and text.strip() == mask(str(stored)):
        return True
    raise ValueError(f"“{text.strip()}”隐去了一部分；要修改请填完整的内容，不修改请保持原样")

"""
Values of a rule as people write them (条件的值): 500 万元, 3%, 20 人, 高新技术企业.

Exact both ways: what is said is read back as the same value.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from policy_match.domain.facts import FactSpec, FactType

_NUMBER = re.compile(r"^(-?\d[\d,]*(?:\.\d+)?)\s*(.*)$")
_DATE = re.compile(r"^(\d{4})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})\s*日?$")
_MONEY_UNITS = {
    "亿元": Decimal(10**8),
    "亿": Decimal(10**8),
    "千万元": Decimal(10**7),
    "千万": Decimal(10**7),
    "百万元": Decimal(10**6),
    "百万": Decimal(10**6),
    "万元": Decimal(10**4),
    "万": Decimal(10**4),
    "元": Decimal(1),
}
_COUNT_UNITS = frozenset({"", "人", "名", "家", "件", "项", "个", "年", "周年"})
NAME_MARKS = re.compile(r"[、，,;；\n]+")
EXAMPLES = {
    FactType.MONEY: "如 500 万元、1.2 亿元",
    FactType.RATIO: "如 3%",
    FactType.COUNT: "如 20",
    FactType.NUMBER: "如 3",
    FactType.DATE: "如 2024-05-01",
    FactType.NAMES: "多个用“、”分开",
}


def say_number(value: float, spec: FactSpec) -> str:
    """A number of a rule with its unit: 5000000 → 500 万元, 0.03 → 3%."""
    exact = Decimal(str(value))
    if spec.type is FactType.RATIO:
        return f"{_plain(exact * 100)}%"
    if spec.type is FactType.MONEY:
        for unit in ("亿元", "万元"):
            if abs(exact) >= _MONEY_UNITS[unit]:
                return f"{_plain(exact / _MONEY_UNITS[unit])} {unit}"
        return f"{_plain(exact)} 元"
    return f"{_plain(exact)} {spec.unit}".rstrip()


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def read_number(text: str, spec: FactSpec) -> int | float:
    """
    Read a number as people write it (读取数值).

    Raises:
        ValueError: it is none, or in a unit that the fact does not have; in Chinese.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _NUMBER.match(plain)
    if found is None:
        raise ValueError(f"“{text}”不是数字，{EXAMPLES[spec.type]}" if plain else "请填写数值")
    number, unit = Decimal(found[1].replace(",", "")), found[2].strip()
    return _as_number(number * _factor(unit, spec))


def _factor(unit: str, spec: FactSpec) -> Decimal:
    if spec.type is FactType.MONEY:
        if unit in _MONEY_UNITS:
            return _MONEY_UNITS[unit]
        raise ValueError(f"请写明单位：元、万元或亿元（{EXAMPLES[spec.type]}）")
    if spec.type is FactType.RATIO:
        if unit == "%":
            return Decimal("0.01")
        raise ValueError(f"比例请带百分号，{EXAMPLES[spec.type]}")
    if unit in _COUNT_UNITS or unit == spec.unit:
        return Decimal(1)
    raise ValueError(f"不认识的单位“{unit}”，应为“{spec.unit}”")


def _as_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def read_date(text: str) -> str:
    """
    Read a day as people write it; gives it in ISO form.

    Raises:
        ValueError: it is none, in Chinese.
    """
    found = _DATE.match(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(f"“{text}”不是日期，{EXAMPLES[FactType.DATE]}" if text else "请填写日期")
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        raise ValueError(f"没有“{text}”这一天") from None


def read_names(text: str) -> list[str]:
    """Names from one line, in order, each once."""
    return list(dict.fromkeys(one.strip() for one in NAME_MARKS.split(text) if one.strip()))

"""
A table's header and cells turned into enterprise records (企业表格的表头与单元格).

Cells are read as people fill them: 是/否, 500万元, 3%, 2019年3月1日, several codes with `;`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from policy_match.domain.facts import FactRegistry, FactSpec, FactType
from policy_match.errors import EnterpriseError, FactError

_IDENTITY = {
    "credit_code": "credit_code",
    "统一社会信用代码": "credit_code",
    "信用代码": "credit_code",
    "name": "name",
    "企业名称": "name",
    "名称": "name",
    "id": "id",
    "编号": "id",
    "business_scope": "business_scope",
    "经营范围": "business_scope",
    "address": "address",
    "地址": "address",
    "住所": "address",
}
_UNITS = {"亿元": 1e8, "万元": 1e4, "元": 1.0}
_YES = {"是", "true", "1", "有", "yes"}
_NO = {"否", "false", "0", "无", "no"}
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*)?\.?\d+(?:[eE][-+]?\d+)?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_HEADER_UNIT = re.compile(r"^(.*?)\s*[（(]\s*(亿元|万元|元|%|人|年|件)\s*[）)]$")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: an identity field, or a fact with the header's unit."""

    label: str
    field: str | None = None
    spec: FactSpec | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table, in order; None for a column without a title."""

    columns: tuple[Column | None, ...]


def read_header(row: Sequence[Any], registry: FactRegistry, *, where: str) -> Header:
    """
    Read a header of fact names or their Chinese labels (读取表头).

    Raises:
        FactError: a title that names no fact; the nearest are listed.
        EnterpriseError: no column identifies an enterprise, or one occurs twice.
    """
    columns = tuple(_column(str(cell or "").strip(), registry, where) for cell in row)
    names = [c.field or (c.spec.name if c.spec else "") for c in columns if c is not None]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EnterpriseError(f"表头“{twice[0]}”出现两次", where=where, advice="请删去一列")
    if not {"credit_code", "id", "name"} & set(names):
        raise EnterpriseError(
            "表头里没有统一社会信用代码，也没有编号或企业名称",
            where=where,
            advice="请补上 credit_code 或 name 一列",
        )
    return Header(columns)


def _column(title: str, registry: FactRegistry, where: str) -> Column | None:
    if not title:
        return None
    plain = unicodedata.normalize("NFKC", title)
    if title in _IDENTITY or plain in _IDENTITY:
        return Column(title, field=_IDENTITY.get(title) or _IDENTITY[plain])
    spec = registry.resolve(title) or registry.resolve(plain)
    if spec:
        return Column(title, spec=spec)
    with_unit = _HEADER_UNIT.match(plain)
    spec = registry.resolve(with_unit.group(1)) if with_unit else None
    if spec is None or with_unit is None:
        raise FactError(f"表头“{title}”不是已知的事实", where=where, advice=registry.advice(title))
    return Column(title, spec=spec, unit=with_unit.group(2))


def record_of(row: Sequence[Any], header: Header, *, where: str) -> dict[str, Any]:
    """
    One row as an enterprise record (spec/cli.md); an empty cell is left out.

    Raises:
        FactError: a cell that can't be read.
    """
    beyond = [cell for cell in row[len(header.columns) :] if cell not in (None, "")]
    if beyond:
        raise FactError(
            f"比表头多出 {len(beyond)} 格（“{beyond[0]}”…）",
            where=where,
            advice="含逗号的值（如 1,200）要用引号括起来",
        )
    record: dict[str, Any] = {"facts": {}}
    for column, cell in zip(header.columns, row, strict=False):
        if column is None or cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column.field:
            record[column.field] = _text(cell)
        elif column.spec:
            place = f"{where}“{column.label}”"
            record["facts"][column.spec.name] = read_cell(
                cell, column.spec, unit=column.unit, where=place
            )
    return record


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_cell(cell: Any, spec: FactSpec, *, where: str, unit: str | None = None) -> Any:
    """
    One fact as people write it (读取一格): 是, 500万元, 3%, 2019年3月1日, codes with `;`.

    Raises:
        FactError: it can't be read; says how to write it.
    """
    if spec.is_set:
        many = cell if isinstance(cell, list | tuple) else re.split("[;；]", _text(cell))
        return [str(code).strip() for code in many if str(code).strip()]
    if spec.type is FactType.BOOL:
        return _yes_or_no(cell, where)
    if spec.type is FactType.DATE:
        return _date(cell, where)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _plain(cell * _factor(unit, spec)) if unit else cell
    return _number(_text(cell), spec, unit, where)


def _yes_or_no(cell: Any, place: str) -> bool:
    word = _text(cell).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise FactError(f"值为“{cell}”", where=place, advice="写 是 或 否")


def _date(cell: Any, place: str) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", _text(cell)))
    try:
        if found:
            return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        pass
    raise FactError(f"日期写作“{cell}”", where=place, advice="写成 2019-03-01 这样的形式")


def _number(text: str, spec: FactSpec, header_unit: str | None, place: str) -> int | float:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if plain.lower() in ("nan", "inf", "-inf", "infinity", "-infinity"):
        return float(plain)  # refused with the fact's name when the record is read
    number = _NUMBER.match(plain)
    if number is None:
        raise FactError(f"值为“{text}”，不是数字", where=place, advice=spec.unit_advice)
    unit = plain[number.end() :]
    value = float(number.group().replace(",", ""))
    if unit and unit not in _known_units(spec):
        known = "、".join(_known_units(spec))
        raise FactError(f"不认识的单位“{unit}”", where=place, advice=f"可以写：{known}")
    return _plain(value * _factor(unit or header_unit, spec))


def _known_units(spec: FactSpec) -> tuple[str, ...]:
    if spec.type is FactType.MONEY:
        return tuple(_UNITS)
    return ("%",) if spec.type is FactType.RATIO else ("人", "家", "件", "项", "个", "年")


def _factor(unit: str | None, spec: FactSpec) -> float:
    if unit == "%":
        return 0.01
    return _UNITS.get(unit or "", 1.0) if spec.type is FactType.MONEY else 1.0


def _plain(value: float) -> int | float:
    """Round away the noise of a unit's factor, so that 3% is 0.03 and 500万元 a whole number."""
    value = float(f"{value:.12g}")
    return int(value) if value.is_integer() else value

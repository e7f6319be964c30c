"""
An enterprise and what is known of it (企业与企业事实).

Absent is unknown, never a pass and never a fail. A set fact may be known in full (a plain list),
or in part (`has` and `lacks`).
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policy_match.domain.codes import code_table
from policy_match.domain.credit_code import check_credit_code
from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
from policy_match.errors import CodeError, EnterpriseError, FactError, as_written

_frozen = ConfigDict(frozen=True, extra="forbid")


class CodeEntry(BaseModel):
    """One code an enterprise has, with its level and dates where it carries them (资质条目)."""

    model_config = _frozen

    code: str
    level: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None  # the last valid day

    def valid_on(self, day: date) -> bool:
        """Whether the entry counts as written on that day."""
        return not (
            (self.valid_from is not None and day < self.valid_from)
            or (self.valid_until is not None and day > self.valid_until)
        )

    def to_json(self) -> str | dict[str, Any]:
        """The bare code, or an object where there is more to say."""
        if self.level is None and self.valid_from is None and self.valid_until is None:
            return self.code
        return self.model_dump(mode="json", exclude_none=True)


class CodeKnowledge(BaseModel):
    """What is known of a set fact: complete, or codes it has and codes it lacks (集合事实)."""

    model_config = _frozen

    has: tuple[CodeEntry, ...] = ()
    lacks: tuple[CodeEntry, ...] = ()
    complete: bool = True

    def to_json(self) -> Any:
        """A plain list when complete, else an object with `has` and `lacks`."""
        has = [entry.to_json() for entry in self.has]
        if self.complete:
            return has
        return {"has": has, "lacks": [entry.to_json() for entry in self.lacks]}


FactData: TypeAlias = bool | int | float | date | CodeKnowledge


class FactValue(BaseModel):
    """One fact as stated: the value, where it comes from and of which day (事实值)."""

    model_config = _frozen

    value: FactData
    source: str | None = None
    as_of: date | None = None

    def to_json(self) -> Any:
        """The bare value, or an object where the origin is known."""
        bare = shown(self.value)
        if self.source is None and self.as_of is None:
            return bare
        origin = {"source": self.source, "as_of": self.as_of and self.as_of.isoformat()}
        return {"value": bare} | {key: value for key, value in origin.items() if value}


def shown(value: FactData) -> Any:
    """A fact's value as plain JSON."""
    if isinstance(value, CodeKnowledge):
        return value.to_json()
    return value.isoformat() if isinstance(value, date) else value


class Contact(BaseModel):
    """A person to reach at an enterprise (联系人)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str | None = None
    role: str | None = None
    phone: str | None = None
    email: str | None = None


class Enterprise(BaseModel):
    """
    An enterprise (企业): identity, facts by name, and what it has attested.

    `warnings` tell of codes that the packaged tables lack; they are kept all the same.
    """

    model_config = _frozen

    id: str
    name: str = ""
    credit_code: str | None = None
    facts: dict[str, FactValue] = Field(default_factory=dict)
    attested: dict[str, bool] = Field(default_factory=dict)
    business_scope: str | None = None
    address: str | None = None
    contacts: tuple[Contact, ...] = ()
    warnings: tuple[str, ...] = Field(default=(), exclude=True)

    def to_json(self) -> dict[str, Any]:
        """The enterprise in the exchange form (spec/cli.md)."""
        base: dict[str, Any] = {"credit_code": self.credit_code, "name": self.name}
        if self.id != self.credit_code:
            base["id"] = self.id
        base["facts"] = {name: value.to_json() for name, value in self.facts.items()}
        more = {
            "attested": dict(self.attested),
            "business_scope": self.business_scope,
            "address": self.address,
            "contacts": [contact.model_dump(exclude_none=True) for contact in self.contacts],
        }
        return base | {key: value for key, value in more.items() if value}


_KEYS = ("id", "credit_code", "name", "facts", "attested", "business_scope", "address", "contacts")


def parse_enterprise(
    data: object, *, read_on: date, registry: FactRegistry | None = None, where: str | None = None
) -> Enterprise:
    """
    Read one enterprise from its JSON form (读取企业).

    Args:
        data: the decoded JSON object.
        read_on: the day of reading; a fact's date after it is refused.
        registry: the facts that exist; the packaged ones by default.
        where: what to call the place in errors, such as “a.jsonl 第 3 行”.

    Raises:
        EnterpriseError: no identity, a bad credit code, a malformed record.
        FactError: an unknown fact name (the nearest are listed) or a value out of its range.
    """
    known = registry or default_registry()
    if not isinstance(data, Mapping):
        raise EnterpriseError("企业记录应为一个对象", where=where, advice="写成 {…}")
    identity = _identity(data, where)
    warnings: list[str] = list(_stray_keys(data, known))
    facts = dict(_read_facts(data.get("facts"), known, read_on, identity.place, warnings))
    try:
        return Enterprise(
            id=identity.id,
            name=identity.name,
            credit_code=identity.credit_code,
            facts=facts,
            attested=_read_attested(data.get("attested"), identity.place),
            business_scope=data.get("business_scope"),
            address=data.get("address"),
            contacts=tuple(data.get("contacts") or ()),
            warnings=tuple(warnings),
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise EnterpriseError(
            f"“{field}”写得不对", where=identity.place, advice="格式见 docs/reference/formats.md"
        ) from None


class _Identity(BaseModel):
    id: str
    name: str
    credit_code: str | None
    place: str


def _identity(data: Mapping[str, Any], where: str | None) -> _Identity:
    name = str(data.get("name") or "").strip()
    label = " ".join(part for part in (where, name and f"企业“{name}”") if part)
    raw = data.get("credit_code")
    code = None
    if raw not in (None, ""):
        try:
            code = check_credit_code(str(raw))
        except EnterpriseError as error:
            raise EnterpriseError(error.what, where=label or None, advice=error.advice) from None
    given = data.get("id")
    key = str(given).strip() if given not in (None, "") else (code or name)
    if not key:
        raise EnterpriseError(
            "没有 credit_code，也没有 id 或 name",
            where=label or None,
            advice="请补上统一社会信用代码",
        )
    return _Identity(id=key, name=name, credit_code=code, place=label or key)


def _stray_keys(data: Mapping[str, Any], registry: FactRegistry) -> Iterator[str]:
    for key in data:
        if key in _KEYS:
            continue
        if registry.resolve(str(key)):
            yield f"“{key}”写在 facts 之外，未采用；请移入 facts"
        else:
            near = difflib.get_close_matches(str(key), _KEYS, n=1)
            yield f"不认识的键“{key}”，未采用" + (f"；是不是想写“{near[0]}”？" if near else "")


def _read_attested(data: object, place: str) -> dict[str, bool]:
    if data is None:
        return {}
    if not isinstance(data, Mapping) or not all(isinstance(v, bool) for v in data.values()):
        raise EnterpriseError(
            "attested 写得不对", where=place, advice='写成 {"事项原文": true} 或 false'
        )
    return {str(text): bool(answer) for text, answer in data.items()}


def _read_facts(
    data: object, registry: FactRegistry, read_on: date, place: str, warnings: list[str]
) -> Iterator[tuple[str, FactValue]]:
    if data is None:
        return
    if not isinstance(data, Mapping):
        raise EnterpriseError("facts 应为一个对象", where=place, advice='写成 {"employees": 35}')
    for name, raw in data.items():
        spec = registry.resolve(str(name))
        if spec is None:
            raise FactError(
                f"没有名为“{name}”的事实", where=place, advice=registry.advice(str(name))
            )
        value = read_fact(raw, spec, read_on=read_on, where=place, warnings=warnings)
        if value is not None:
            yield spec.name, value


def read_fact(
    raw: object, spec: FactSpec, *, read_on: date, where: str, warnings: list[str] | None = None
) -> FactValue | None:
    """
    Read one fact's value, bare or with its origin; None when it is unknown (读取事实).

    Args:
        raw: the decoded JSON value.
        spec: the fact.
        read_on: the day of reading.
        where: the enterprise, for errors.
        warnings: takes a sentence for each code that the packaged table lacks.

    Raises:
        FactError: NaN, out of range, a future date, or of another type.
    """
    place = f"{where} 的“{spec.label}”（{spec.name}）"
    source, stated_on = None, None
    if isinstance(raw, Mapping) and "value" in raw:
        _only_keys(raw, {"value", "source", "as_of"}, place)
        source = raw.get("source")
        stated_on = _read_date(raw["as_of"], place) if raw.get("as_of") else None
        raw = raw["value"]
    if raw is None:
        return None
    data = _read_data(raw, spec, read_on, place, [] if warnings is None else warnings)
    return FactValue(value=data, source=None if source is None else str(source), as_of=stated_on)


def _read_data(
    raw: object, spec: FactSpec, read_on: date, place: str, warnings: list[str]
) -> FactData:
    if spec.is_set:
        return _read_codes(raw, spec, place, warnings)
    if spec.type is FactType.BOOL:
        if not isinstance(raw, bool):
            raise FactError(f"值为 {as_written(raw)}", where=place, advice="写 true 或 false")
        return raw
    if spec.type is FactType.DATE:
        day = _read_date(raw, place)
        if day > read_on:
            raise FactError(f"日期 {day} 在将来", where=place, advice="请核对年份")
        return day
    return _read_number(raw, spec, place)


def _read_number(raw: object, spec: FactSpec, place: str) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise FactError(f"值为 {as_written(raw)}，不是数字", where=place, advice=spec.unit_advice)
    if not is_finite(raw):
        raise FactError(f"值为 {raw}，不是有限的数", where=place, advice="不知道就不写")
    if raw < 0 and not spec.may_be_negative:
        raise FactError(f"值为 {raw}，不能为负", where=place, advice="请核对")
    if spec.maximum is not None and raw > spec.maximum:
        raise FactError(f"值为 {raw}，超过 {spec.maximum:g}", where=place, advice=spec.unit_advice)
    if spec.type is FactType.COUNT and raw != int(raw):
        raise FactError(f"值为 {raw}，应为整数", where=place, advice="请核对")
    return raw


def is_finite(number: float) -> bool:
    """Whether a number fits a float64; an integer may be too large for one."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _read_date(raw: object, place: str) -> date:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(raw)  # type: ignore[arg-type]  # a wrong type is the error below
    except (TypeError, ValueError):
        raise FactError(
            f"日期写作 {as_written(raw)}", where=place, advice="写成 2019-03-01 这样的形式"
        ) from None


def _read_codes(raw: object, spec: FactSpec, place: str, warnings: list[str]) -> CodeKnowledge:
    if isinstance(raw, Mapping) and "code" not in raw:
        _only_keys(raw, {"has", "lacks"}, place)
        has = _entries(raw.get("has") or [], spec, place, warnings)
        lacks = _entries(raw.get("lacks") or [], spec, place, warnings)
        return CodeKnowledge(has=has, lacks=lacks, complete=False)
    many = raw if isinstance(raw, list | tuple) else [raw]
    return CodeKnowledge(has=_entries(many, spec, place, warnings))


def _entries(raw: object, spec: FactSpec, place: str, warnings: list[str]) -> tuple[CodeEntry, ...]:
    many = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(_entry(one, spec, place, warnings) for one in many)


def _entry(raw: object, spec: FactSpec, place: str, warnings: list[str]) -> CodeEntry:
    entry = {"code": raw} if isinstance(raw, str) else raw
    if not isinstance(entry, Mapping) or not isinstance(entry.get("code"), str):
        raise FactError(
            f"代码写作 {as_written(raw)}", where=place, advice='写成 "代码" 或代码的列表'
        )
    _only_keys(entry, {"code", "level", "valid_from", "valid_until"}, place)
    table = code_table(spec.code_set)
    try:
        code = table.canonical(entry["code"])
    except CodeError as error:
        raise FactError(error.what, where=place, advice=error.advice) from None
    if not code:
        raise FactError("代码为空", where=place, advice="不知道就不写")
    if code not in table:
        hangs = table.nearest_known(code)
        under = f"，按“{table.label_of(hangs)}”（{hangs}）处理" if hangs else ""
        warnings.append(f"{place}：代码 {code} 不在{table.label}中{under}")
    level = entry.get("level")
    if level not in (None, "national", "province", "city", "district"):
        raise FactError(
            f"级别写作 {as_written(level)}",
            where=place,
            advice="写 national、province、city 或 district",
        )
    days = {
        key: _read_date(entry[key], place)
        for key in ("valid_from", "valid_until")
        if entry.get(key)
    }
    return CodeEntry(code=code, level=level, **days)


def _only_keys(data: Mapping[str, Any], allowed: set[str], place: str) -> None:
    for key in data:
        if key not in allowed:
            raise FactError(
                f"不认识的键“{key}”", where=place, advice=f"可以写：{'、'.join(sorted(allowed))}"
            )

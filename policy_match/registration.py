"""
What a business register tells of an enterprise, as facts with their origin (登记信息转事实).

Only what the register states becomes a fact. The industry is guessed from the business scope and
returned apart: a guess decides nothing, it only helps a person to fill the fact in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policy_match.domain.codes import code_table, find_industries
from policy_match.domain.credit_code import region_of
from policy_match.domain.enterprise import Enterprise, parse_enterprise

REGISTER = "登记"
BY_CODE = "登记（信用代码中的登记机关）"
BY_ADDRESS = "登记（住所）"
BY_NAME = "登记（名称）"

_CAPITAL = re.compile(r"([\d,]+(?:\.\d+)?)\s*[（(]?\s*(万元人民币|万人民币|万元|元)")
_PLACE = re.compile(r"(云南省)?(昆明市)?([\u4e00-\u9fff]{2,6}?(?:区|县|市))")
_NOT_LEGAL = re.compile(
    r"(分公司|分店|门店|营业部|分理处|支行|分行|加油站|经营部|代办点|收费站|分场)$"
)
_LEGAL = re.compile(r"(有限公司|有限责任公司|股份公司)$")
_KINDS = {"91": "enterprise", "92": "individual_business", "93": "cooperative"}


@dataclass(frozen=True, slots=True)
class IndustryGuess:
    """A GB/T 4754 code that the business scope suggests, and the words that do (行业猜测)."""

    code: str
    name: str
    because: str


@dataclass(frozen=True, slots=True)
class Registered:
    """An enterprise as registered, with the guess beside it (登记企业)."""

    enterprise: Enterprise
    guess: IndustryGuess | None


def read_registration(record: Mapping[str, str], *, read_on: date) -> Registered:
    """
    Turn a register's row into an enterprise (读取登记信息).

    Args:
        record: name, credit_code, reg_date (ISO), reg_capital (free text such as
            “680(万元人民币)”), business_scope, address; absent ones are unknown.
        read_on: the day of reading.

    Raises:
        EnterpriseError: a bad credit code.
        FactError: a date in the future.
    """
    name, code = record.get("name", "").strip(), record.get("credit_code", "").strip()
    facts: dict[str, Any] = {}
    facts |= _region(code, record.get("address", ""))
    facts |= _identity(name, code)
    if record.get("reg_date"):
        facts["established_on"] = _stated(record["reg_date"], REGISTER)
    capital = capital_yuan(record.get("reg_capital", ""))
    if capital is not None:
        facts["registered_capital"] = _stated(capital, REGISTER)
    data = {
        "name": name,
        "credit_code": code,
        "facts": facts,
        "business_scope": record.get("business_scope") or None,
        "address": record.get("address") or None,
    }
    return Registered(
        parse_enterprise(data, read_on=read_on), guess_industry(record.get("business_scope", ""))
    )


def _stated(value: Any, source: str) -> dict[str, Any]:
    return {"value": value, "source": source}


def _region(code: str, address: str) -> dict[str, Any]:
    """The county of the address inside the registrar's region, else the registrar's region."""
    if len(code) != 18:
        return {}
    registrar = region_of(code)
    table = code_table("region")
    for place in _PLACE.finditer(address):
        for found in table.find(place.group(3)):
            if registrar in (found, *table.ancestors(found)):
                return {"region": _stated([found], BY_ADDRESS)}
    known = {"has": [registrar]} if registrar.endswith("00") else [registrar]
    return {"region": _stated(known, BY_CODE)}


def _identity(name: str, code: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    kind = "cooperative" if name.endswith("合作社") else _KINDS.get(code[:2])
    if kind:
        facts["entity_type"] = _stated([kind], REGISTER)
    if kind == "individual_business" or _NOT_LEGAL.search(name):
        facts["legal_person"] = _stated(False, BY_NAME)
    elif _LEGAL.search(name):
        facts["legal_person"] = _stated(True, BY_NAME)
    return facts


def capital_yuan(text: str) -> float | None:
    """
    A registered capital in yuan; None when absent or in a foreign currency.

    >>> capital_yuan("1,200(万元人民币)"), capital_yuan("12.5(万美元)")
    (12000000.0, None)
    """
    found = _CAPITAL.search(text)
    if found is None:
        return None
    return float(found.group(1).replace(",", "")) * (10_000 if "万" in found.group(2) else 1)


def guess_industry(business_scope: str) -> IndustryGuess | None:
    """The first industry that the business scope names, with the words that name it."""
    for mention in find_industries(business_scope):
        for code in mention.codes[:1]:
            label = code_table("industry").label_of(code) or code
            return IndustryGuess(code, label, mention.text)
    return None

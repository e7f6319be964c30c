"""Where an issuer governs: central, or a region by its name (机关所在层级与地区)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from policy_match.domain.codes import code_table
from policy_match.domain.policy import CENTRAL_REGION, PolicyLevel

_PREFIXES = (
    "中国共产党",
    "中共",
    "中华人民共和国",
    "国家税务总局",
    "中国人民银行",
    "国家统计局",
    "国家外汇管理局",
)
_ENDINGS = "省市区县州旗盟"
_LONGEST_NAME = 30
_MUNICIPALITIES = ("110000", "120000", "310000", "500000")
_NATIONAL = ("国家", "全国", "中华全国", "中央")
_NO_PLACE = ("中国", "国家", "全国", "中央", "中华", "国务院")


@dataclass(frozen=True, slots=True)
class Place:
    """The level of an issuer and the region it governs (层级与地区)."""

    level: PolicyLevel
    region: str


CENTRAL = Place(PolicyLevel.CENTRAL, CENTRAL_REGION)


@cache
def _tables() -> tuple[tuple[str, ...], dict[str, str], tuple[tuple[str, Place], ...]]:
    raw = resources.files("policy_match.data").joinpath("issuers.json").read_text("utf-8")
    data = json.loads(raw)
    zones = [
        (name, Place(PolicyLevel(zone["level"]), zone["region"]))
        for zone in data["zones"]
        for name in zone["names"]
    ]
    central = sorted(set(data["central"]), key=len, reverse=True)
    return tuple(central), data["same"], tuple(sorted(zones, key=lambda z: -len(z[0])))


def canonical_issuer(name: str) -> str:
    """
    One form for the names of a body, for comparing only (机关名归一).

    >>> canonical_issuer("国家税务总局") == canonical_issuer("税务总局")
    True
    """
    bare = name.replace(" ", "").removeprefix("中华人民共和国") or name
    _, same, _ = _tables()
    for full, short in same.items():
        if bare.startswith(full):
            return short + bare.removeprefix(full)
    return bare


def is_central(name: str) -> bool:
    """Whether a name is that of a central body, or begins with one (中央机关)."""
    bare = name.removeprefix("中华人民共和国")
    central, _, _ = _tables()
    return bool(bare) and bare.startswith((*central, *_NATIONAL))


def begins_central(text: str) -> bool:
    """Whether a title begins with a central body: 财政部有关负责人就… (以中央机关开头)."""
    return text.removeprefix("中华人民共和国").startswith(_tables()[0])


def is_central_name(name: str) -> bool:
    """Whether a text is exactly the name of a central body (中央机关全名)."""
    return name.removeprefix("中华人民共和国") in _tables()[0]


@lru_cache(maxsize=4096)
def place_of(issuer: str) -> Place | None:
    """
    The level and region of an issuer by its name alone (由机关名定层级地区).

    A local branch of a central body (国家税务总局云南省税务局) is local. None when the name tells
    nothing, or several places bear it.

    >>> place_of("中共昆明市晋宁区委办公室")
    Place(level=<PolicyLevel.DISTRICT: 'district'>, region='530115')
    """
    name = issuer.replace(" ", "")
    rest = name
    for prefix in _PREFIXES:
        rest = rest.removeprefix(prefix)
    rest = rest.replace("首都", "北京市", 1) if rest.startswith("首都") else rest
    code = leading_region(rest) if rest else None
    zone = _zone(name)
    if zone is not None and (code is None or level_of(code) is not PolicyLevel.DISTRICT):
        return zone
    if code is None and rest and (rest != name or not is_central(name)):
        code = _short_region(rest)
    if code is not None:
        return Place(level_of(code), code)
    return CENTRAL if is_central(name) else None


def place_among(issuers: Iterable[str]) -> Place | None:
    """The place of the first issuer that tells one (联合发文取首个可定者)."""
    return next((place for one in issuers if (place := place_of(one)) is not None), None)


def level_of(code: str) -> PolicyLevel:
    """The level of a region code; a municipality is a province (代码层级)."""
    if code == CENTRAL_REGION:
        return PolicyLevel.CENTRAL
    if code.endswith("0000"):
        return PolicyLevel.PROVINCE
    return PolicyLevel.CITY if code.endswith("00") and len(code) == 6 else PolicyLevel.DISTRICT


def leading_region(text: str) -> str | None:
    """
    The region that a text begins with, as precisely as it says (开头的地名).

    Only names with their kind count (晋宁区, 昆明市), and only where one place bears them.

    >>> leading_region("昆明市晋宁区人民政府"), leading_region("朝阳区人民政府")
    ('530115', None)
    """
    head = text[:_LONGEST_NAME]
    ends = [n + 1 for n, char in enumerate(head) if char in _ENDINGS and n > 0]
    for end in reversed(ends):
        code = _unique(head[:end])
        if code is not None:
            return code
    return None


def region_within(text: str) -> str | None:
    """
    The first region that a title names, with its kind (标题里的地名).

    >>> region_within("关于组织申报东莞市创新企业奖励的通知"), region_within("2026年天河区工作指引")
    ('441900', '440106')
    """
    for end in (n + 1 for n, char in enumerate(text[:80]) if char in _ENDINGS and n > 1):
        for size in range(min(end, 12), 2, -1):
            if named_region(text[end - size : end]) is not None:
                return leading_region(text[end - size :])
    return None


@lru_cache(maxsize=4096)
def named_region(name: str) -> str | None:
    """The one region of a full name with its kind, or None (全名对应的地区)."""
    return _unique(name) if name[-1:] in _ENDINGS else None


def _unique(name: str) -> str | None:
    codes = code_table("region").find(name)
    if not codes and name.endswith("州"):  # 大理州 for 大理白族自治州
        codes = tuple(c for c in code_table("region").find(name[:-1]) if c.endswith("00"))
    if not codes:
        return None
    if len(codes) == 1:
        return codes[0] if len(codes[0]) <= 6 else codes[0][:6]
    return _municipality(codes)


def _municipality(codes: tuple[str, ...]) -> str | None:
    """北京市 is also the name of rows below it in some tables; the highest stands for all."""
    first = codes[0]
    return first if first in _MUNICIPALITIES and all(c[:2] == first[:2] for c in codes) else None


def _short_region(name: str) -> str | None:
    """晋宁产业园区, 北京文化艺术基金: a place without its kind, of three characters or two."""
    if name.startswith(_NO_PLACE):
        return None
    for size in (4, 3, 2):
        if len(name) > size + 1:
            code = _unique(name[:size])
            if code is not None:
                return code
    return None


def _zone(name: str) -> Place | None:
    _, _, zones = _tables()
    return next((place for zone, place in zones if zone in name), None)

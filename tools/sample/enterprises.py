"""
Makes the sample enterprises (样例企业): invented, seeded, with valid credit codes.

A third states every fact, a third lacks figures, a third is known only coarsely or in part.
"""

from __future__ import annotations

import random
from typing import Any

from stdnum.cn import uscc

from .enterprise_kinds import BRANDS, KINDS, STREETS, Kind

SEED = 530115
COUNT = 150
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SURNAMES = "张王李赵杨陈刘周吴郑孙马朱胡林何高梁罗宋"
ATTESTED = (
    "具有健全的财务管理制度",
    "近三年未发生较大及以上生产安全事故",
    "产品符合国家产业政策",
)
MONEY = (
    "revenue", "total_assets", "net_assets", "profit", "tax_paid", "export_value", "rd_expense"
)  # fmt: skip
REPORTED = (*MONEY, "employees", "revenue_growth", "rd_ratio", "rd_staff_ratio")
# What nobody has told yet of an enterprise known in part.
FORGETTABLE = (
    *REPORTED, "college_staff_ratio", "patents", "invention_patents", "registered_capital",
    "above_scale", "small_low_profit", "project_investment", "loan_amount", "tax_compliant",
    "not_duplicate_funding", "no_safety_accident", "chain", "zone", "theme",
)  # fmt: skip


def credit_code(serial: int, *, prefix: str, region: str) -> str:
    """A valid credit code whose body says that it is made up (XY…)."""
    body = f"XY{serial:06d}"
    total = sum(w * ORG_ALPHABET.index(c) for w, c in zip(ORG_WEIGHTS, body, strict=True))
    check = "0123456789X0"[(11 - total % 11) % 11]
    number = f"{prefix}{region}{body}{check}"
    return number + uscc.calc_check_digit(number)


def make_enterprises() -> list[dict[str, Any]]:
    """All sample enterprises, the same each time."""
    rng = random.Random(SEED)
    kinds = [kind for kind in KINDS for _ in range(kind.count)]
    if len(kinds) != COUNT:
        raise ValueError(f"enterprise_kinds.py 列出 {len(kinds)} 家，应为 {COUNT} 家")
    names = _names(kinds)
    order = list(range(COUNT))
    rng.shuffle(order)
    knowledge = {n: ("full", "partial", "coarse")[i % 3] for i, n in enumerate(order)}
    return [
        _enterprise(random.Random(f"{SEED}-{n}"), n, kind, names[n], knowledge[n])
        for n, kind in enumerate(kinds)
    ]


def _names(kinds: list[Kind]) -> list[str]:
    names = []
    for n, kind in enumerate(kinds):
        brand = BRANDS[n % len(BRANDS)]
        word = kind.words[n // len(BRANDS) % len(kind.words)]
        names.append(f"{kind.place}{brand}{word}{kind.suffix}")
    if len(set(names)) != len(names):
        raise ValueError("样例企业名称重复")
    return names


def _enterprise(
    rng: random.Random, n: int, kind: Kind, name: str, knowledge: str
) -> dict[str, Any]:
    full = _facts(rng, kind)
    facts = {"full": _sourced, "partial": _partial, "coarse": _coarse}[knowledge](rng, full)
    region = "530122" if rng.random() < 0.3 else "530115"
    record: dict[str, Any] = {
        "credit_code": credit_code(n + 1, prefix=kind.prefix, region=region),
        "name": name,
        "facts": facts,
    }
    if rng.random() < 0.3:
        record["attested"] = {text: rng.random() < 0.9 for text in rng.sample(ATTESTED, 2)}
    record["business_scope"] = kind.scope
    street = STREETS.get(full["region"][0], "")
    place = f"晋宁区{street}样例路" if street else "呈贡区样例大道"
    record["address"] = f"云南省昆明市{place}{rng.randint(1, 199)}号"
    if knowledge != "coarse" or rng.random() < 0.5:
        record["contacts"] = [_contact(rng, n)]
    return record


def _contact(rng: random.Random, n: int) -> dict[str, str]:
    return {
        "name": rng.choice(SURNAMES) + "某" + rng.choice("甲乙丙丁"),
        "role": rng.choice(("法定代表人", "财务负责人", "政策联络员", "总经理")),
        "phone": f"0871-6789{n:04d}",
        "email": f"contact{n + 1:03d}@example.com",
    }


# the whole truth of an enterprise


def _facts(rng: random.Random, kind: Kind) -> dict[str, Any]:
    employees = rng.choice(kind.staff)
    employees = max(1, round(employees * rng.uniform(0.7, 1.4)))
    revenue = _round(employees * kind.revenue_per_head * rng.uniform(0.5, 1.8))
    facts: dict[str, Any] = {
        "region": [rng.choice(kind.regions)],
        "entity_type": [kind.entity_type],
        "legal_person": kind.entity_type != "individual_business",
        "established_on": _established(rng),
        "industry": [rng.choice(kind.industries)],
        "employees": employees,
        "revenue": revenue,
    }
    if kind.entity_type == "enterprise":
        facts |= _company(rng, kind, employees, revenue)
    facts |= _conduct(rng)
    facts["qualification"] = _qualifications(rng, kind, facts)
    return facts


def _company(rng: random.Random, kind: Kind, employees: int, revenue: int) -> dict[str, Any]:
    profit = _round(revenue * rng.uniform(-0.03, 0.12))
    assets = _round(revenue * rng.uniform(0.6, 2.2))
    facts: dict[str, Any] = {
        "ownership": [rng.choices(("private", "state", "foreign"), (88, 9, 3))[0]],
        "listed": employees > 600 and rng.random() < 0.5,
        "registered_capital": _capital(rng, employees),
        "total_assets": assets,
        "net_assets": _round(assets * rng.uniform(0.2, 0.7)),
        "profit": profit,
        "tax_paid": _round(max(revenue * rng.uniform(0.01, 0.05), 0)),
        "export_value": _round(revenue * 0.2) if rng.random() < kind.exports else 0,
        "revenue_growth": round(rng.uniform(-0.15, 0.35), 3),
        "above_scale": revenue >= 20_000_000,
        "small_low_profit": employees <= 300 and profit <= 3_000_000 and assets <= 50_000_000,
        "zone": ["晋宁产业园区"] if rng.random() < kind.in_zone else [],
        "chain": list(kind.chain),
        "theme": list(kind.themes),
        "patents": 0,
        "invention_patents": 0,
    }
    if kind.research:
        facts |= _research(rng, kind, employees, revenue)
    if rng.random() < 0.4:
        facts["tax_region"] = ["530115"] if rng.random() < 0.85 else ["530112"]
        facts["stat_region"] = ["530115"] if rng.random() < 0.9 else ["530114"]
    if rng.random() < 0.35:
        facts["project_investment"] = rng.choice((300, 600, 1200, 2500, 6000, 12000)) * 10_000
    if rng.random() < 0.4:
        facts["loan_amount"] = rng.choice((50, 100, 300, 500, 1000, 3000)) * 10_000
    return facts


def _research(rng: random.Random, kind: Kind, employees: int, revenue: int) -> dict[str, Any]:
    ratio = round(rng.uniform(0.2, 2.0) * kind.research, 4)
    patents = rng.randint(0, max(2, employees // 8))
    return {
        "rd_ratio": ratio,
        "rd_expense": _round(revenue * ratio),
        "rd_staff_ratio": round(min(0.9, ratio * rng.uniform(1.5, 3.5)), 3),
        "college_staff_ratio": round(min(0.95, 0.15 + ratio * rng.uniform(2, 5)), 3),
        "patents": patents,
        "invention_patents": rng.randint(0, patents // 3),
    }


def _conduct(rng: random.Random) -> dict[str, bool]:
    return {
        "no_dishonesty": rng.random() > 0.06,
        "no_major_violation": rng.random() > 0.06,
        "no_safety_accident": rng.random() > 0.05,
        "tax_compliant": rng.random() > 0.04,
        "not_duplicate_funding": rng.random() > 0.15,
    }


def _established(rng: random.Random) -> str:
    years = {2026: 5, 2025: 8, 2023: 14, 2020: 20, 2017: 20, 2012: 16, 2006: 12, 1998: 5}
    year = rng.choices(tuple(years), tuple(years.values()))[0]
    last = 10 if year == 2026 else 12
    return f"{year}-{rng.randint(1, last):02d}-{rng.randint(1, 28):02d}"


def _qualifications(
    rng: random.Random, kind: Kind, facts: dict[str, Any]
) -> list[str | dict[str, str]]:
    found: list[str | dict[str, str]] = []
    for code, level, chance, years in kind.qualifications:
        if rng.random() >= chance:
            continue
        start = rng.choice((2021, 2022, 2023, 2024, 2025, 2026))
        entry = {"code": code, "valid_from": f"{start}-07-01"}
        entry["valid_until"] = f"{start + years}-06-30"
        found.append({"code": code, "level": level, **entry} if level else entry)
    if facts["employees"] > 400 and kind.research and rng.random() < 0.5:
        found.append({"code": "tech_center", "level": "province"})
    return found


def _capital(rng: random.Random, employees: int) -> int:
    choices = (10, 50, 100, 200) if employees < 20 else (200, 500, 1000, 3000, 8000)
    return rng.choice(choices) * 10_000


def _round(yuan: float) -> int:
    """Whole thousands, as people report."""
    return round(yuan / 1000) * 1000


# what is known of it


def _sourced(rng: random.Random, facts: dict[str, Any]) -> dict[str, Any]:
    """Everything is known; half of the enterprises say from where."""
    if rng.random() < 0.5:
        return dict(facts)
    origin = {"source": rng.choice(("年报", "自报", "部门核实")), "as_of": "2025-12-31"}
    if facts["established_on"] >= "2026":
        origin = {"source": "自报", "as_of": "2026-10-31"}
    known: dict[str, Any] = dict(facts)
    for name in REPORTED:
        if name in known:
            known[name] = {"value": known[name], **origin}
    known["established_on"] = {"value": facts["established_on"], "source": "登记"}
    return known


def _partial(rng: random.Random, facts: dict[str, Any]) -> dict[str, Any]:
    """Some figures were never reported."""
    forgotten = {name for name in FORGETTABLE if rng.random() < 0.5}
    known = {name: value for name, value in facts.items() if name not in forgotten}
    if rng.random() < 0.3 and "employees" in forgotten:
        known["employees"] = None
    return _sourced(rng, known)


def _coarse(rng: random.Random, facts: dict[str, Any]) -> dict[str, Any]:
    """A register entry and hearsay: coarse codes and partial lists."""
    known: dict[str, Any] = {
        # 530122 is the code from before 2016, as old registers still give it
        "region": rng.choice((["530100"], ["530115"], ["530122"], facts["region"])),
        "entity_type": facts["entity_type"],
        **_age(rng, facts["established_on"]),
        "industry": _coarse_industry(rng, facts["industry"][0]),
    }
    held = [entry if isinstance(entry, str) else entry["code"] for entry in facts["qualification"]]
    absent = [c for c in ("little_giant", "champion", "high_tech", "hq") if c not in held]
    if held or rng.random() < 0.6:
        known["qualification"] = {"has": held[:1], "lacks": absent[: rng.randint(1, 2)]}
    if facts.get("zone") == []:
        known["zone"] = {"has": [], "lacks": ["晋宁产业园区"]}
    for name in ("employees", "registered_capital", "no_dishonesty", "tax_compliant"):
        if name in facts and rng.random() < 0.35:
            known[name] = facts[name]
    if rng.random() < 0.25:
        known["size_class"] = {"has": [], "lacks": ["large"]}
    elif rng.random() < 0.2:
        known["size_class"] = ["micro" if facts["employees"] < 20 else "small"]
    return known


def _age(rng: random.Random, established_on: str) -> dict[str, Any]:
    """The day from the register, or only the years that somebody stated."""
    if rng.random() < 0.75:
        return {"established_on": {"value": established_on, "source": "登记"}}
    years = 2025 - min(int(established_on[:4]), 2025)
    return {"established_years": {"value": years, "source": "自报", "as_of": "2025-12-31"}}


def _coarse_industry(rng: random.Random, code: str) -> list[str] | dict[str, list[str]]:
    division = code[:2]
    section = next(letter for letter, last in SECTIONS if int(division) <= last)
    return rng.choice(([section], [division], [code], {"has": [division], "lacks": ["E"]}))


# GB/T 4754-2017: the last division of each section.
SECTIONS = (
    ("A", 5), ("B", 12), ("C", 43), ("D", 46), ("E", 50), ("F", 52), ("G", 60), ("H", 62),
    ("I", 65), ("J", 69), ("K", 70), ("L", 72), ("M", 75), ("N", 79), ("O", 82), ("P", 83),
    ("Q", 85), ("R", 90), ("S", 96), ("T", 97),
)  # fmt: skip

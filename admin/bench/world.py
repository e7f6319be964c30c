"""A large made-up register with policies and matches (合成数据), written in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, insert

from admin.facts.snapshot import facts_hash
from admin.records.enterprise import Enterprise
from admin.records.match import Match
from admin.records.organisation import Organisation
from admin.records.policy import Measure, Policy, Rule

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
CHUNK = 5000
_INDUSTRIES = ("2625", "1012", "4710", "5431", "5169", "2720", "6510", "0610")
_SIZES = ("micro", "small", "medium", "large", None)
_BLOCKS = [
    {
        "n": n,
        "kind": "article",
        "level": 3,
        "number": f"第{n}条",
        "text": "企业符合条件的给予一次性奖励。" * 4,
        "at": [n * 61, n * 61 + 60],
    }
    for n in range(60)
]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the world is (规模)."""

    enterprises: int
    measures: int
    matches: int
    organisations: int = 10


SMALL = Size(2_000, 100, 4_000)
FULL = Size(100_000, 2_000, 200_000)


def fill(engine: Engine, size: Size) -> None:
    """Write the world; two current matches an enterprise, of any measures."""
    rng = random.Random(7)  # noqa: S311 - a benchmark's data, no secret
    for model, rows in (
        (Organisation, _organisations(size)),
        (Policy, _policies(size)),
        (Measure, _measures(size)),
        (Rule, _rules(size)),
        (Enterprise, _enterprises(size, rng)),
        (Match, _matches(size)),
    ):
        _write(engine, model, rows)
    sql = "ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"  # as autovacuum does
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(sql)


def _write(engine: Engine, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            _insert(engine, model, chunk)
            chunk = []
    if chunk:
        _insert(engine, model, chunk)


def _insert(engine: Engine, model: Any, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(model), rows)


def _organisations(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.organisations):
        yield {"name": f"合成街道{n}", "kind": "township", "region": "530115"}


def _policies(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.measures // 10):
        yield {
            "key": f"p{n}",
            "title": f"关于支持企业发展的若干措施（{n}）",
            "region": "530115",
            "level": "district",
            "issued_on": date(2026, 1 + n % 9, 1),
            "publicity": "open",
            "state": "published",
            "document": {"blocks": _BLOCKS},
        }


def _measures(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.measures):
        yield {
            "policy_id": n // 10 + 1,
            "key": f"m{n}",
            "position": n % 10,
            "title": f"扶持措施{n}",
            "review": "published",
            "rule_id": n + 1,
            "max_amount": 50_000 * (1 + n % 40),
        }


def _rules(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.measures):
        least = 5 + n % 300
        leaves = [
            {"fact": "employees", "op": ">=", "value": least, "quote": "人以上", "at": [90, 93]},
            {"fact": "revenue", "op": ">=", "value": 100_000 * (n % 90)},
            {"fact": "qualification", "op": "in", "value": ["high_tech", "specialized_sme"]},
        ]
        criteria = {"all": leaves[: 1 + n % 3]}
        yield {"measure_id": n + 1, "number": 1, "state": "published", "criteria": criteria}


def _enterprises(size: Size, rng: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(size.enterprises):
        industry = rng.choice(_INDUSTRIES)
        facts: dict[str, Any] = {
            "region": {"value": "530115", "source": "登记"},
            "industry": {"value": industry, "source": "登记"},
        }
        if rng.random() < 0.65:
            facts["employees"] = {"value": rng.randint(1, 500), "source": "年报"}
        if rng.random() < 0.65:
            facts["revenue"] = {"value": rng.randint(1, 900) * 100_000, "source": "年报"}
        yield {
            "credit_code": f"BENCH{n:013d}",
            "name": f"合成第{n}号企业有限公司",
            "region": "530115",
            "organisation_id": n % size.organisations + 1,
            "industry": industry,
            "size_class": rng.choice(_SIZES),
            "facts": facts,
            "facts_hash": facts_hash(facts, {}),
        }


def _matches(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.matches):
        enterprise, turn = n % size.enterprises, n // size.enterprises
        measure = (enterprise * 7 + turn * 1013) % size.measures + 1
        verdict = ("eligible", "unknown", "unknown", "ineligible")[(enterprise + turn) % 4]
        reason = {
            "verdict": verdict,
            "fact": "employees",
            "op": ">=",
            "value": 20,
            "have": 35,
            "quote": "人以上",
            "at": [90, 93],
        }
        yield {
            "enterprise_id": enterprise + 1,
            "measure_id": measure,
            "rule_id": measure,
            "verdict": verdict,
            "near_miss": verdict == "ineligible",
            "score": 1000.0 * (n % 7),
            "reasons": [reason] * 4,
            "missing": ["revenue"] if verdict == "unknown" else [],
            "as_of": date(2026, 11, 24),
            "fingerprint": f"f{n}",
        }

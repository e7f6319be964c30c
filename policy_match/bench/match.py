"""Matching one enterprise against many measures, beside a walk of the trees one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from policy_match.bench import Row, benchmark, best_of, sooner
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.domain.policy import Benefit, BenefitKind, Event, EventKind, Measure, Policy
from policy_match.domain.verdict import Truth
from policy_match.facade import Matcher
from policy_match.matching.decide import truth_of_rule
from policy_match.matching.scope import whole_rule

AS_OF = date(2026, 11, 24)
_INDUSTRIES = ["C", "26", "27", "30", "A", "F", "I", "65", "H", "E"]
_QUALIFICATIONS = ["high_tech", "tech_sme", "specialized_sme", "little_giant", "leading_agri"]
_FACTS = {
    "region": "530115001",
    "industry": ["2720"],
    "employees": 120,
    "revenue": 3e7,
    "established_on": "2018-05-01",
    "qualification": {"has": ["high_tech"], "lacks": ["little_giant"]},
    "no_dishonesty": True,
}
_NUMBERS: dict[str, list[float]] = {
    "employees": [10, 20, 50, 100, 300],
    "revenue": [5e6, 1e7, 2e7, 5e7, 1e8],
    "established_years": [1, 2, 3, 5],
    "rd_ratio": [0.02, 0.03, 0.04, 0.05],
    "registered_capital": [1e6, 5e6, 1e7],
}


def synthetic_policies(measures: int, *, seed: int = 7) -> list[Policy]:
    """Policies of ten measures each, with rules of about six leaves; always the same."""
    rng = random.Random(seed)  # noqa: S311 - a benchmark's data, no secret
    return [
        Policy(
            id=f"p{n}",
            title=f"合成政策{n}",
            region=rng.choice(["000000", "530000", "530100", "530115"]),
            issued_on=date(2020 + n % 7, 1 + n % 12, 1),
            events=(Event(kind=EventKind.ISSUED, on=date(2020, 1, 1)),),
            measures=tuple(_measure(f"p{n}-m{k}", rng) for k in range(10)),
        )
        for n in range(measures // 10)
    ]


def _measure(key: str, rng: random.Random) -> Measure:
    amount = rng.choice([None, Decimal(50_000), Decimal(500_000), Decimal(3_000_000)])
    return Measure(
        id=key,
        title=f"措施{key}",
        criteria=parse_criterion(_rule(rng)),
        benefit=Benefit(kinds=(BenefitKind.GRANT,), max_amount=amount),
    )


def _rule(rng: random.Random) -> dict[str, object]:
    def number() -> dict[str, object]:
        fact = rng.choice(sorted(_NUMBERS))
        return {"fact": fact, "op": ">=", "value": rng.choice(_NUMBERS[fact])}

    industry = {"fact": "industry", "op": "in", "value": rng.sample(_INDUSTRIES, 2)}
    badge = {"fact": "qualification", "op": "in", "value": rng.sample(_QUALIFICATIONS, 2)}
    clean = {"fact": "no_dishonesty", "op": "==", "value": True}
    return {"all": [industry, {"any": [badge, number()]}, number(), number(), clean]}


@benchmark("match")
def match(scale: str) -> Iterator[Row]:
    """One enterprise against many measures, with reasons for the top 20."""
    count = 1_000 if scale == "small" else 10_000
    matcher = Matcher(synthetic_policies(count))
    enterprise = parse_enterprise({"name": "合成企业", "facts": _FACTS}, read_on=AS_OF)
    matcher.match(enterprise, as_of=AS_OF)  # the day's keys are computed once
    yield sooner(
        f"match：一家企业 × {count} 项措施，前 20 项附理由",
        1000 * best_of(lambda: matcher.match(enterprise, as_of=AS_OF, limit=20), 15),
        1000 * best_of(lambda: _walk(matcher, enterprise), 3),
        "逐条规则走树",
        "ms",
        at_most=10,
    )


def _walk(matcher: Matcher, enterprise: Enterprise) -> int:
    """Every tree walked for its truth, without a reason."""
    encoded = matcher.encode(enterprise, as_of=AS_OF)
    rules = (whole_rule(policy, measure) for policy, measure in matcher.pairs)
    return sum(truth_of_rule(rule, encoded) is Truth.TRUE for rule in rules)

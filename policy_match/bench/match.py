"""Matching one enterprise against many measures, beside a walk of the trees one by one."""

from __future__ import annotations

import random
import time
from datetime import date
from decimal import Decimal

from policy_match.domain.criterion import parse_criterion
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.policy import Benefit, BenefitKind, Event, EventKind, Measure, Policy
from policy_match.facade import Matcher
from policy_match.matching.decide import decide
from policy_match.matching.scope import scope_of

AS_OF = date(2026, 11, 24)
_INDUSTRIES = ["C", "26", "27", "30", "A", "F", "I", "65", "H", "E"]
_QUALIFICATIONS = ["high_tech", "tech_sme", "specialized_sme", "little_giant", "leading_agri"]
_NUMBERS = {
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


def measure_match(scale: str) -> tuple[float, float, str]:
    """
    Seconds to match one enterprise with reasons for the top 20, and to walk every tree.

    Returns:
        Ours and the yardstick in milliseconds, and what was measured.
    """
    count = 1_000 if scale == "small" else 10_000
    matcher = Matcher(synthetic_policies(count))
    facts = {
        "region": "530115001",
        "industry": ["2720"],
        "employees": 120,
        "revenue": 3e7,
        "established_on": "2018-05-01",
        "qualification": {"has": ["high_tech"], "lacks": ["little_giant"]},
        "no_dishonesty": True,
    }
    enterprise = parse_enterprise({"name": "合成企业", "facts": facts}, read_on=AS_OF)
    matcher.match(enterprise, as_of=AS_OF)
    ours = _best(lambda: matcher.match(enterprise, as_of=AS_OF, limit=20), 9)
    walk = _best(lambda: _walk(matcher, enterprise), 3)
    return ours * 1000, walk * 1000, f"{count} 项措施"


def _walk(matcher: Matcher, enterprise: object) -> int:
    encoded = matcher.encode(enterprise, as_of=AS_OF)  # type: ignore[arg-type]  # an Enterprise
    return sum(
        decide(m.criteria, encoded, scope=scope_of(p, m)).verdict == "eligible"
        for p, m in matcher.pairs
    )


def _best(run: object, times: int) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        run()  # type: ignore[operator]  # a callable
        best = min(best, time.perf_counter() - start)
    return best

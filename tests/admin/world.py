"""A small world for tests of matching: a published policy with measures, and enterprises."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from admin.records.enterprise import Enterprise
from admin.records.policy import Measure, Policy, Rule
from policy_match.domain.credit_code import check_credit_code

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
_SET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(number: int) -> str:
    """A valid code of nobody."""
    body = f"91530115TEST{number:05d}"[:17]
    body = "91530115MA" + f"{number:07d}"
    weights = [pow(3, i, 31) for i in range(17)]
    rest = sum(_SET.index(c) * w for c, w in zip(body, weights, strict=True)) % 31
    return check_credit_code(body + _SET[(31 - rest) % 31])


def add_policy(session: Any, *rules: dict[str, Any], key: str = "p1", **values: Any) -> Policy:
    """A published policy of 晋宁区 with one measure a rule."""
    defaults = {"title": "支持企业发展若干措施", "region": "530115", "level": "district"}
    policy = Policy(
        key=key, state="published", publicity="open", issued_on=date(2026, 1, 1),
        **(defaults | values),
    )  # fmt: skip
    session.add(policy)
    session.flush()
    for n, criteria in enumerate(rules):
        measure = Measure(
            policy=policy, key=f"{key}-{n}", position=n, title=f"措施{n + 1}", review="published",
            max_amount=500_000,
        )  # fmt: skip
        session.add(measure)
        session.flush()
        add_rule(session, measure, criteria)
    session.commit()
    return policy


def add_rule(session: Any, measure: Measure, criteria: dict[str, Any], number: int = 1) -> Rule:
    """A published rule, in force for the measure."""
    rule = Rule(measure=measure, number=number, state="published", criteria=criteria)
    session.add(rule)
    session.flush()
    measure.rule_id = rule.id
    session.flush()
    return rule


def add_enterprise(session: Any, number: int = 1, **values: Any) -> Enterprise:
    """An enterprise of 晋宁区 in manufacturing."""
    defaults = {"name": f"测试{number}公司", "region": "530115", "industry": "2720"}
    record = Enterprise(credit_code=credit_code(number), **(defaults | values))
    session.add(record)
    session.commit()
    return record


AT_LEAST_20 = {
    "fact": "employees", "op": ">=", "value": 20, "quote": "从业人员20人以上", "at": [10, 19],
}  # fmt: skip
HIGH_TECH = {"fact": "qualification", "op": "in", "value": ["high_tech"]}

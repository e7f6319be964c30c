"""
Rule versions (规则版次): every save is a new row; a published one never changes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from admin.policies.exchange import newest_rule_of
from admin.records.policy import Measure, Rule
from policy_match.domain.codes import code_table
from policy_match.domain.criterion import SCHEMA_VERSION

SYSTEM_AUTHOR = "系统"


def newest_rule(measure: Measure) -> Rule | None:
    """The newest rule of a measure, draft or published."""
    return newest_rule_of(measure)


def draft_of(measure: Measure) -> Rule | None:
    """The draft that waits to be published, if there is one."""
    newest = newest_rule_of(measure)
    return newest if newest is not None and newest.state == "draft" else None


def is_waiting(measure: Measure) -> bool:
    """Whether somebody has to look at a measure: an unreviewed draft that was not set aside."""
    draft = draft_of(measure)
    return draft is not None and draft.reviewed_by is None and measure.review != "withdrawn"


def save_rule(
    session: Session,
    measure: Measure,
    criteria: dict[str, Any],
    scope: dict[str, Any] | None,
    *,
    author: str,
    text_hash: str | None,
) -> Rule:
    """
    A new draft of a measure's rule (另存为新版); the draft before it is retired.

    A rule that says the same, origin included, is kept as it is; but where a newer reading of
    the measure waits, it gets a draft of its own to be looked at with it.
    """
    newest = newest_rule_of(measure)
    is_same = newest is not None and (newest.criteria, newest.scope) == (criteria, scope)
    if newest is not None and is_same and (newest.state == "draft" or measure.pending is None):
        return newest
    if newest is not None and newest.state == "draft":
        newest.state = "retired"
    rule = Rule(
        number=newest.number + 1 if newest is not None else 1,
        criteria=criteria,
        scope=scope,
        schema_version=SCHEMA_VERSION,
        text_hash=text_hash,
        codes_version=codes_version(),
        author=author,
        state="draft",
    )
    measure.rules.append(rule)
    session.flush()
    return rule


def codes_version() -> str:
    """The editions of the code tables that a rule's codes are taken from."""
    return "；".join(code_table(name).version for name in ("region", "industry"))[:60]

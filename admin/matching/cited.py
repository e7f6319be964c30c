"""
Which text a stored match cites (匹配所引的原文): the one that its rule quotes.

A policy may have been read again since; the clause that people see is then still the quoted one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from admin.matching.words import Clauses
from admin.records.match import Match
from admin.records.policy import Measure, Policy, PolicyText, Rule

_NONE = Clauses(())


@dataclass(frozen=True, slots=True)
class Cited:
    """The clauses of some policies, and of the earlier texts that some rules quote (引文定位)."""

    by_policy: dict[int, Clauses]
    by_rule: dict[int, tuple[str, Clauses]]

    def clauses(self, match: Match) -> Clauses:
        """Where the quotes of a match stand."""
        kept = self.by_rule.get(match.rule_id)
        return kept[1] if kept else self.by_policy.get(match.measure.policy_id, _NONE)

    def text(self, match: Match) -> str | None:
        """The hash of the earlier text that it quotes; None where that is the newest."""
        kept = self.by_rule.get(match.rule_id)
        return kept[0] if kept else None


def cited(session: Session, matches: Iterable[Match]) -> Cited:
    """The texts that matches quote, with their measures loaded: two queries, only blocks."""
    rules = {match.rule_id: match.measure.policy_id for match in matches}
    if not rules:
        return Cited({}, {})
    newest = session.execute(
        select(Policy.id, Policy.document["blocks"]).where(Policy.id.in_(set(rules.values())))
    )
    return Cited(
        {policy_id: Clauses(blocks or ()) for policy_id, blocks in newest},
        earlier(session, rules),
    )


def earlier(session: Session, rule_ids: Iterable[int]) -> dict[int, tuple[str, Clauses]]:
    """The earlier texts that these rules quote, by rule: most rules quote the newest."""
    rows = session.execute(
        select(Rule.id, PolicyText.text_hash, PolicyText.blocks)
        .join(Measure, Measure.id == Rule.measure_id)
        .join(Policy, Policy.id == Measure.policy_id)
        .join(
            PolicyText,
            and_(
                PolicyText.policy_id == Measure.policy_id,
                PolicyText.text_hash == Rule.text_hash,
                PolicyText.text_hash != Policy.text_hash,
            ),
        )
        .where(Rule.id.in_(list(rule_ids)))
    )
    return {rule_id: (text_hash, Clauses(blocks)) for rule_id, text_hash, blocks in rows}

"""
Questions to an enterprise (补充提问): where nothing is sure, the answers that would decide most.

A fact is asked for once in four weeks at most, in the order of `next_questions`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.facts import facts_known, to_enterprise
from admin.matching import Published
from admin.records.digest import Digest
from admin.records.enterprise import Enterprise
from policy_match.domain.codes import code_table
from policy_match.domain.criterion import FactLeaf, leaves_of
from policy_match.domain.encode import encode
from policy_match.domain.facts import FactSpec
from policy_match.domain.policy import Openness, Publicity
from policy_match.domain.verdict import WindowState
from policy_match.errors import PolicyMatchError
from policy_match.matching.gaps import Question, next_questions
from policy_match.matching.ruleset import RuleSet
from policy_match.matching.scope import whole_rule

MOST = 5
REPEAT_DAYS = 28
MOST_OPTIONS = 8


@dataclass(slots=True)
class Asker:
    """Ranks what is worth asking, over the rules in force (提问)."""

    rules: RuleSet | None
    amounts: list[float]
    among: NDArray[np.bool_]
    codes: dict[str, Counter[str]]
    as_of: date

    @classmethod
    def of(cls, published: Published) -> Asker:
        """Compiled once for a push."""
        as_of = published.as_of
        pairs = [(one.policy, one.measure) for one in published.rules]
        may = [
            p.publicity is Publicity.OPEN
            and m.open is Openness.YES
            and m.window.state_on(as_of) is not WindowState.CLOSED
            for p, m in pairs
        ]
        whole = [whole_rule(policy, measure) for policy, measure in pairs]
        codes: dict[str, Counter[str]] = {}
        for leaf in (leaf for rule in whole for leaf in leaves_of(rule)):
            if isinstance(leaf, FactLeaf) and isinstance(leaf.value, list | tuple):
                codes.setdefault(leaf.fact, Counter()).update(map(str, leaf.value))
        return cls(
            rules=RuleSet(whole, registry=facts_known()) if whole else None,
            amounts=[float(m.benefit.max_amount or 0) for _, m in pairs],
            among=np.array(may, np.bool_),
            codes=codes,
            as_of=as_of,
        )

    def questions(self, enterprise: Enterprise, *, skip: Iterable[str] = ()) -> list[Question]:
        """What is worth asking an enterprise, most deciding first; five at most."""
        if self.rules is None:
            return []
        try:
            read = to_enterprise(enterprise, read_on=self.as_of)
        except PolicyMatchError:
            return []  # facts that can't be read are shown to staff on the enterprise's page
        found = next_questions(
            self.rules,
            encode(read, as_of=self.as_of, registry=facts_known()),
            amounts=self.amounts,
            among=self.among,
            registry=facts_known(),
        )
        skipped = set(skip)
        return [one for one in found if one.fact not in skipped][:MOST]

    def to_json(self, question: Question) -> dict[str, Any]:
        """A question as the digest keeps it: with the choices that the rules know."""
        spec = facts_known()[question.fact]
        return {
            "fact": question.fact,
            "question": question.question,
            "decides": question.decides,
            "options": self._options(spec),
        }

    def _options(self, spec: FactSpec) -> list[dict[str, str]]:
        if not spec.is_set:
            return []
        table = code_table(spec.code_set)
        common = self.codes.get(spec.name, Counter()).most_common(MOST_OPTIONS)
        return [{"code": code, "label": str(table.label_of(code) or code)} for code, _ in common]


def asked_lately(
    session: Session, enterprise_ids: Iterable[int], as_of: date
) -> dict[int, set[str]]:
    """The facts that each enterprise was asked for within four weeks."""
    rows = session.execute(
        select(Digest.enterprise_id, Digest.questions).where(
            Digest.enterprise_id.in_(list(enterprise_ids)),
            Digest.state != "cancelled",
            Digest.day > as_of - timedelta(days=REPEAT_DAYS),
        )
    )
    found: dict[int, set[str]] = {}
    for enterprise_id, questions in rows:
        found.setdefault(enterprise_id, set()).update(one["fact"] for one in questions)
    return found

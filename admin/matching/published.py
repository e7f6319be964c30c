"""
The rules in force (已发布的规则), loaded from the database and compiled once.

A measure takes part when it is published, its policy is published and not repealed or expired on
the day, and it has a published rule. Its id in the library is the id of its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from admin.facts import facts_known
from admin.policies.exchange import to_measure
from admin.records.policy import Measure, Policy, Rule
from policy_match.domain.criterion import (
    ALWAYS,
    All,
    AtLeast,
    AttestLeaf,
    Criterion,
    children_of,
    leaves_of,
)
from policy_match.domain.encode import EncodedEnterprise
from policy_match.domain.policy import Event, EventKind, PolicyLevel, PolicyStatus, Publicity
from policy_match.domain.policy import Measure as MatchMeasure
from policy_match.domain.policy import Policy as MatchPolicy
from policy_match.domain.verdict import Decision
from policy_match.matching.decide import decide
from policy_match.matching.gaps import Question, next_questions
from policy_match.matching.rank import VERDICT_RANK, RankKeys, rank_keys
from policy_match.matching.ruleset import RuleSet
from policy_match.matching.scope import scope_of, whole_rule

_LIVE = (PolicyStatus.IN_FORCE, PolicyStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class InForce:
    """One measure with its rule as of a day (一项在办措施)."""

    measure_id: int
    rule_id: int
    rule_number: int
    policy: MatchPolicy
    measure: MatchMeasure


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pair came to before its reasons are written (初判)."""

    place: int  # in `Published.rules`
    rank: int  # of VERDICT_RANK
    near: bool
    score: float


class Published:
    """
    All rules in force as of a day, compiled (规则集).

    Rules are compiled by their conjuncts: a rule is true when the least of them is. That also
    tells, for all rules at once, where exactly one condition stands in the way.
    """

    def __init__(self, rules: Sequence[InForce], as_of: date) -> None:
        self.rules = tuple(rules)
        self.as_of = as_of
        self.places = {rule.measure_id: place for place, rule in enumerate(self.rules)}
        self.themes = {rule.measure_id: rule.policy.themes for rule in self.rules}
        parts: list[Criterion] = []
        starts: list[int] = []
        scoped: list[bool] = []
        for scope, own in map(_parts_of, self.rules):
            starts.append(len(parts))
            parts += ([scope] if scope is not None else []) + own
            scoped += ([True] if scope is not None else []) + [False] * len(own)
        self._starts = np.array(starts, np.intp)
        self._scoped = np.array(scoped, np.bool_)
        self._compiled = RuleSet(parts, registry=facts_known())
        self._keys: RankKeys = rank_keys([(r.policy, r.measure) for r in self.rules], as_of=as_of)

    def __len__(self) -> int:
        return len(self.rules)

    def outcomes(self, encoded: EncodedEnterprise) -> list[Outcome]:
        """The pairs of an enterprise that are worth keeping: 符合, 待核实, and 差一项."""
        if not self.rules:
            return []
        leaves = self._compiled.leaf_values(encoded)
        answered = self._compiled.combine(self._compiled.with_attested(leaves))
        parts = self._compiled.combine(leaves)
        truths = np.minimum.reduceat(parts, self._starts)
        if_attested = np.minimum.reduceat(answered, self._starts)
        near = (truths == 0) & self._all_but_one(answered)
        ranks = _ranks(truths, if_attested)
        scores = self._keys.scores(ranks.astype(np.int64))
        return [
            Outcome(int(n), int(ranks[n]), bool(near[n]), float(scores[n]))
            for n in np.flatnonzero((truths > 0) | near)
        ]

    def _all_but_one(self, answered: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Where the scope and all conjuncts but one are true, with all items attested."""
        missed = (answered < 2).astype(np.int64)
        found: NDArray[np.bool_] = (np.add.reduceat(missed, self._starts) <= 1) & (
            np.add.reduceat(missed * self._scoped, self._starts) == 0
        )
        return found

    @cached_property
    def wholes(self) -> list[Criterion]:
        """Each rule with its scope."""
        return [whole_rule(rule.policy, rule.measure) for rule in self.rules]

    @cached_property
    def to_check(self) -> NDArray[np.intp]:
        """The rules with items to attest, by place."""
        asks = [any(isinstance(one, AttestLeaf) for one in leaves_of(w)) for w in self.wholes]
        return np.flatnonzero(asks)

    @cached_property
    def items(self) -> frozenset[str]:
        """All items to attest."""
        leaves = (leaf for place in self.to_check for leaf in leaves_of(self.wholes[place]))
        return frozenset(leaf.attest for leaf in leaves if isinstance(leaf, AttestLeaf))

    @cached_property
    def all_but_one(self) -> list[Criterion]:
        """For each rule: that its scope and all its conjuncts but one are true."""
        return [_all_but_one(*_parts_of(rule)) for rule in self.rules]

    def scores(self, places: NDArray[np.intp], ranks: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores of rules by their places, each with its own verdict rank."""
        return self._keys.picked(places).scores(ranks)

    def questions(self, encoded: EncodedEnterprise) -> list[Question]:
        """The missing facts of an enterprise, ranked by what they would decide (next_questions)."""
        if not self.rules:
            return []
        return next_questions(
            self._whole,
            encoded,
            amounts=[float(rule.measure.benefit.max_amount or 0) for rule in self.rules],
            among=self._keys.actionable > 0,
            registry=facts_known(),
        )

    @cached_property
    def _whole(self) -> RuleSet:
        """The rules as wholes; only questions need them so."""
        return RuleSet(self.wholes, registry=facts_known())

    def decide(self, place: int, encoded: EncodedEnterprise) -> Decision:
        """One rule for one enterprise, with all reasons."""
        rule = self.rules[place]
        return decide(
            rule.measure.criteria,
            encoded,
            scope=scope_of(rule.policy, rule.measure),
            registry=facts_known(),
        )


def _parts_of(rule: InForce) -> tuple[Criterion | None, list[Criterion]]:
    """The scope of a rule, and its conjuncts; one that is always true where there is none."""
    own = _conjuncts(rule.measure.criteria) or [ALWAYS]
    return scope_of(rule.policy, rule.measure), own


def _all_but_one(scope: Criterion | None, own: list[Criterion]) -> Criterion:
    most = AtLeast(at_least=len(own) - 1, of=tuple(own)) if len(own) > 1 else ALWAYS
    return most if scope is None else All(all=(scope, most))


def _conjuncts(criteria: Criterion) -> list[Criterion]:
    if not isinstance(criteria, All):
        return [criteria]
    return [part for child in children_of(criteria) for part in _conjuncts(child)]


def _ranks(truths: NDArray[np.int8], if_attested: NDArray[np.int8]) -> NDArray[np.int8]:
    ranks = np.where(truths == 2, VERDICT_RANK["eligible"], truths)
    return np.where((truths == 1) & (if_attested == 2), VERDICT_RANK["self_check"], ranks).astype(
        np.int8
    )


def load_published(session: Session, *, as_of: date, policy_id: int | None = None) -> Published:
    """The rules in force as of a day, of one policy or of all; compiled anew only when changed."""
    key = _key(session, policy_id)
    return _compiled(_Loader(session, policy_id, key), as_of)


@dataclass(frozen=True, slots=True)
class _Loader:
    """Loads the rules when the cache has not got them; equal where the rules are."""

    session: Session
    policy_id: int | None
    key: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Loader) and (self.policy_id, self.key) == (
            other.policy_id,
            other.key,
        )

    def __hash__(self) -> int:
        return hash((self.policy_id, self.key))


@lru_cache(maxsize=2)
def _compiled(loader: _Loader, as_of: date) -> Published:
    return Published(list(_in_force(loader.session, loader.policy_id, as_of)), as_of)


def _rows(policy_id: int | None) -> Any:
    found = (
        select(Measure, Policy, Rule)
        .join(Policy, Policy.id == Measure.policy_id)
        .join(Rule, Rule.id == Measure.rule_id)
        .where(
            Policy.state == "published", Measure.review == "published", Rule.state == "published"
        )
        .order_by(Measure.id)
    )
    return found if policy_id is None else found.where(Policy.id == policy_id)


def _key(session: Session, policy_id: int | None) -> tuple[Any, ...]:
    """Changes when a rule in force does; one light query."""
    rows = _rows(policy_id).with_only_columns(
        Measure.id, Measure.version, Policy.version, Rule.id, maintain_column_froms=True
    )
    database = str(session.get_bind().engine.url)
    return (database, *(tuple(row) for row in session.execute(rows)))


def _in_force(session: Session, policy_id: int | None, as_of: date) -> Iterator[InForce]:
    """Measures whose policy is live on the day; the policies' texts are not loaded."""
    found = _rows(policy_id).add_columns(
        Policy.document["events"].label("events"), Policy.document["themes"].label("themes")
    )
    policies: dict[int, MatchPolicy] = {}
    for measure, policy, rule, events, themes in session.execute(found):
        set_committed_value(measure, "rule", rule)
        known = policies.get(policy.id)
        if known is None:
            known = policies[policy.id] = _policy(policy, events or [], themes or [])
        if known.status_on(as_of) in _LIVE:
            read = to_measure(measure).model_copy(update={"id": str(measure.id)})
            yield InForce(measure.id, rule.id, rule.number, known, read)


def _policy(record: Policy, events: list[dict[str, Any]], themes: list[str]) -> MatchPolicy:
    """The policy's data without its text: what scope, validity and order need."""
    days = {"issued": record.issued_on, "effective": record.effective_on}
    days["expires"] = record.expires_on
    stated = [Event.model_validate(event) for event in events if event.get("kind") not in days]
    stated += [Event(kind=EventKind(kind), on=day) for kind, day in days.items() if day]
    return MatchPolicy(
        id=record.key,
        title=record.title,
        doc_no=record.doc_no,
        level=PolicyLevel(record.level) if record.level else None,
        region=record.region,
        issued_on=record.issued_on,
        effective_on=record.effective_on,
        expires_on=record.expires_on,
        publicity=Publicity(record.publicity),
        events=tuple(stated),
        themes=tuple(themes),
    )

"""
What a program uses: a `Matcher` over policies, and nothing to set up (门面).

    >>> from policy_match import Matcher                                # doctest: +SKIP
    >>> matcher = Matcher.open("index")                                 # doctest: +SKIP
    >>> matcher.match(enterprise, as_of=date(2026, 11, 24), limit=3)    # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.criterion import Criterion, parse_criterion
from policy_match.domain.encode import EncodedEnterprise, encode
from policy_match.domain.enterprise import Enterprise
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.domain.policy import Measure, Policy, PolicyStatus, ReviewState
from policy_match.domain.verdict import Decision, Verdict
from policy_match.errors import NotFound, RuleError, as_written
from policy_match.matching.decide import decide
from policy_match.matching.doubts import doubts
from policy_match.matching.estimate import estimate
from policy_match.matching.gaps import Question, next_questions
from policy_match.matching.match import EnterpriseMatch, Match
from policy_match.matching.ports import Found, Register
from policy_match.matching.rank import VERDICT_RANK, RankKeys, rank_keys
from policy_match.matching.roster import Roster, bits
from policy_match.matching.roster.near import near_misses
from policy_match.matching.ruleset import RuleSet
from policy_match.matching.scope import scope_of, whole_rule
from policy_match.search.ports import PolicyIndex
from policy_match.search.registry import open_index

_MOST_YUAN = 1e15  # beyond any budget; keeps products finite
_LIVE = (PolicyStatus.IN_FORCE, PolicyStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class CheckUp:
    """How an enterprise stands against all measures (政策体检)."""

    matches: tuple[Match, ...]
    near_misses: tuple[Match, ...]
    questions: tuple[Question, ...]
    notes: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """How many measures have that verdict."""
        return sum(match.decision.verdict is verdict for match in self.matches)

    @property
    def reckoned(self) -> tuple[Match, ...]:
        """Those one is eligible for (items to attest aside) whose amount could be reckoned."""
        return tuple(
            match
            for match in self.matches
            if match.estimate.amount is not None
            and (match.decision.verdict is Verdict.ELIGIBLE or match.decision.self_check)
        )


@dataclass(frozen=True, slots=True)
class DraftRule:
    """
    A rule to simulate, with the cap in yuan of what it would give (规则草案).

    `doubts` say in words what looks wrong in it; it is decided as it stands all the same.
    """

    criteria: Criterion
    max_amount: float | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """How many a draft rule would reach, and the money (测算)."""

    eligible: int
    unknown: int
    ineligible: int
    budget_max: float | None
    eligible_ids: tuple[str, ...] = ()
    unknown_ids: tuple[str, ...] = ()

    def to_json(self, *, ids: bool = False) -> dict[str, Any]:
        """The reach as one JSON object (spec/cli.md)."""
        budget = self.budget_max
        row: dict[str, Any] = {
            "eligible": self.eligible,
            "unknown": self.unknown,
            "ineligible": self.ineligible,
            "budget_max": int(budget) if budget is not None and budget == int(budget) else budget,
        }
        if ids:
            row |= {"eligible_ids": list(self.eligible_ids), "unknown_ids": list(self.unknown_ids)}
        return row


@dataclass(frozen=True, slots=True)
class Whom:
    """
    Whom a policy fits (政策适合谁).

    `counts` has all pairs of measure and enterprise by verdict; `matches` those that are eligible,
    unknown or one condition away, with reasons, decided as they are asked for.
    """

    counts: dict[Verdict, int]
    matches: Iterator[EnterpriseMatch]


class Matcher:
    """
    Matches enterprises to the measures of a set of policies, both ways, with reasons (匹配器).

    Args:
        policies: the policies; their measures keep this order only where nothing else decides.
        registry: the facts that exist; the packaged ones by default.
        size_standard: 文号 of the size standard to use instead of the newest in force.
    """

    def __init__(
        self,
        policies: Iterable[Policy],
        *,
        registry: FactRegistry | None = None,
        size_standard: str | None = None,
    ) -> None:
        self.registry = registry or default_registry()
        self._standard = size_standard
        self.policies = tuple(policies)
        self.pairs = tuple((p, m) for p in self.policies for m in p.measures)
        self._rules = RuleSet(
            [whole_rule(policy, measure) for policy, measure in self.pairs],
            registry=self.registry,
        )
        self._keys = lru_cache(maxsize=8)(self._compute_keys)

    @classmethod
    def open(cls, index: PolicyIndex | str, **options: Any) -> Matcher:
        """A matcher over an index: an open one, a folder, or an Elasticsearch URL."""
        if not isinstance(index, str):
            return cls(index.iter_policies(), **options)
        with open_index(index) as opened:
            return cls(opened.iter_policies(), **options)

    def encode(self, enterprise: Enterprise, *, as_of: date) -> EncodedEnterprise:
        """The enterprise's facts as of a day, as this matcher reads them."""
        return encode(enterprise, as_of=as_of, registry=self.registry, standard=self._standard)

    def match(
        self, enterprise: Enterprise, *, as_of: date, limit: int | None = 20, all: bool = False
    ) -> list[Match]:
        """
        The measures for an enterprise, best first (企业找政策).

        Args:
            enterprise: the enterprise.
            as_of: the day asked about.
            limit: how many at most; None for all.
            all: also 不符合, and measures of policies no longer in force.
        """
        encoded = self.encode(enterprise, as_of=as_of)
        keys = self._keys(as_of)
        truths = self._rules.truths(encoded)
        among = np.arange(len(self.pairs)) if all else np.flatnonzero(keys.live & (truths > 0))
        groups = self._groups(encoded, truths)
        scores = keys.rank.scores(groups)
        ordered = keys.rank.order(scores, among)[: len(self.pairs) if limit is None else limit]
        return [self._match(int(n), encoded, float(scores[n])) for n in ordered]

    def _groups(self, encoded: EncodedEnterprise, truths: NDArray[np.int8]) -> NDArray[np.int64]:
        values = self._rules.with_attested(self._rules.leaf_values(encoded))
        self_check = (truths == 1) & (self._rules.combine(values) == 2)
        groups = np.where(truths == 2, VERDICT_RANK["eligible"], truths.astype(np.int64))
        return np.where(self_check, VERDICT_RANK["self_check"], groups)

    def _match(self, n: int, encoded: EncodedEnterprise, score: float) -> Match:
        policy, measure = self.pairs[n]
        decision = self.decide(policy, measure, encoded)
        window = measure.window.state_on(encoded.as_of)
        reckoned = estimate(measure.benefit, encoded, registry=self.registry)
        behind = policy.is_behind(measure, day=encoded.as_of)
        return Match(policy, measure, decision, window, score, reckoned, behind)

    def decide(self, policy: Policy, measure: Measure, encoded: EncodedEnterprise) -> Decision:
        """One measure for one enterprise, with all reasons."""
        return decide(
            measure.criteria, encoded, scope=scope_of(policy, measure), registry=self.registry
        )

    def check(self, enterprise: Enterprise, *, as_of: date) -> CheckUp:
        """
        How an enterprise stands against every live measure (政策体检).

        Near misses that fail only the measure's region are left out: nobody moves for them.
        """
        encoded = self.encode(enterprise, as_of=as_of)
        keys = self._keys(as_of)
        matches = [
            match
            for match in self.match(enterprise, as_of=as_of, limit=None, all=True)
            if match.policy.status_on(as_of) in _LIVE
        ]
        near = [m for m in matches if m.decision.near_miss and not m.decision.near_miss.scope]
        questions = next_questions(
            self._rules,
            encoded,
            amounts=keys.amounts,
            among=keys.live & (keys.rank.actionable > 0),
            registry=self.registry,
        )
        notes = tuple(filter(None, (*enterprise.warnings, encoded.conflict)))
        return CheckUp(tuple(matches), tuple(near), tuple(questions), notes)

    def find_enterprises(
        self, policy_id: str, enterprises: Iterable[Enterprise], *, as_of: date
    ) -> Iterator[EnterpriseMatch]:
        """
        Whom a policy fits: a verdict for each enterprise and measure (政策找企业).

        Raises:
            NotFound: there is no such policy.
        """
        policy = self.policy(policy_id)
        return self._for_each(policy, enterprises, as_of)

    def _for_each(
        self, policy: Policy, enterprises: Iterable[Enterprise], as_of: date
    ) -> Iterator[EnterpriseMatch]:
        for enterprise in enterprises:
            encoded = self.encode(enterprise, as_of=as_of)
            for measure in policy.measures:
                yield EnterpriseMatch(enterprise, measure, self.decide(policy, measure, encoded))

    def whom(self, policy_id: str, enterprises: Iterable[Enterprise], *, as_of: date) -> Whom:
        """
        Whom a policy fits, at a glance: counts of all, reasons for those worth looking at.

        Over the roster, so that nobody is decided with reasons who is plainly out.

        Raises:
            NotFound: there is no such policy.
        """
        policy = self.policy(policy_id)
        people = {one.id: one for one in enterprises}
        with Roster(as_of=as_of, registry=self.registry, size_standard=self._standard) as roster:
            roster.put(people.values())
            rules = [whole_rule(policy, measure) for measure in policy.measures]
            tallies = [roster.count(rule) for rule in rules]
            near = [roster.planes(rule)[1] | near_misses(rule, roster).rows for rule in rules]
        counts = {
            Verdict.ELIGIBLE: sum(one.true for one in tallies),
            Verdict.UNKNOWN: sum(one.unknown for one in tallies),
            Verdict.INELIGIBLE: sum(one.false for one in tallies),
        }
        shown = np.array([bits.unpack(words, len(people)) for words in near], np.bool_)
        return Whom(counts, self._explained(policy, list(people.values()), shown, as_of))

    def _explained(
        self, policy: Policy, people: list[Enterprise], shown: NDArray[np.bool_], as_of: date
    ) -> Iterator[EnterpriseMatch]:
        for row in np.flatnonzero(shown.any(axis=0)) if len(shown) else ():
            encoded = self.encode(people[row], as_of=as_of)
            for n in np.flatnonzero(shown[:, row]):
                measure = policy.measures[n]
                decision = self.decide(policy, measure, encoded)
                yield EnterpriseMatch(people[row], measure, decision)

    def policy(self, policy_id: str) -> Policy:
        """
        The policy of that id.

        Raises:
            NotFound: there is none.
        """
        for policy in self.policies:
            if policy.id == policy_id:
                return policy
        raise NotFound(f"没有编号为“{policy_id}”的政策", advice="用 policy-match search 查找编号")

    def _compute_keys(self, as_of: date) -> _DayKeys:
        return _day_keys(self.pairs, as_of)


@dataclass(frozen=True, slots=True)
class _DayKeys:
    rank: RankKeys
    live: NDArray[np.bool_]
    amounts: list[float]


def _day_keys(pairs: Sequence[tuple[Policy, Measure]], as_of: date) -> _DayKeys:
    statuses = {policy.id: policy.status_on(as_of) in _LIVE for policy, _ in pairs}
    live = [statuses[p.id] and m.review.state is not ReviewState.WITHDRAWN for p, m in pairs]
    return _DayKeys(
        rank=rank_keys(pairs, as_of=as_of),
        live=np.array(live, np.bool_),
        amounts=[float(m.benefit.max_amount or 0) for _, m in pairs],
    )


def parse_draft(data: object, *, registry: FactRegistry | None = None) -> DraftRule:
    """
    Read a draft rule: a criterion alone, or `{"criteria": …, "benefit": {"max_amount": …}}`.

    Raises:
        RuleError: the criterion makes no sense, or the cap is no amount.
    """
    if not (isinstance(data, dict) and "criteria" in data):
        return _draft(parse_criterion(data, registry=registry), None, registry)
    benefit = data.get("benefit")
    if benefit is not None and not isinstance(benefit, dict):
        raise RuleError(f"benefit 为 {as_written(benefit)}", advice='写成 {"max_amount": 500000}')
    amount = (benefit or {}).get("max_amount")
    if amount is not None and not _is_amount(amount):
        raise RuleError(
            f"benefit.max_amount 为 {as_written(amount)}", advice="金额用元为单位的正数"
        )
    return _draft(parse_criterion(data["criteria"], registry=registry), amount, registry)


def _draft(criteria: Criterion, amount: float | None, registry: FactRegistry | None) -> DraftRule:
    return DraftRule(criteria, amount, doubts(criteria, registry=registry))


def _is_amount(value: object) -> bool:
    """Whether it is a sum of money that a budget can hold, in yuan."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_YUAN
    )


def simulate(
    rules: Sequence[DraftRule],
    enterprises: Iterable[Enterprise],
    *,
    as_of: date,
    registry: FactRegistry | None = None,
) -> list[Reach]:
    """
    How many enterprises each draft rule would reach, and the money (政策模拟).

    `budget_max` is the cap times all who are eligible or may turn out to be.

    Returns:
        One reach a rule, in the rules' order; ids in the enterprises' order.
    """
    known = registry or default_registry()
    with Roster(as_of=as_of, registry=known) as roster:
        roster.put(enterprises)
        return simulate_on(rules, roster)


def simulate_on(rules: Sequence[DraftRule], register: Register) -> list[Reach]:
    """How many enterprises of a register each draft rule would reach: see `simulate`."""
    total = len(register)
    found = register.find_many(rule.criteria for rule in rules)
    return [_reach(one, total, rule.max_amount) for one, rule in zip(found, rules, strict=True)]


def _reach(found: Found, total: int, amount: float | None) -> Reach:
    return Reach(
        eligible=len(found.true),
        unknown=len(found.possible) - len(found.true),
        ineligible=total - len(found.possible),
        budget_max=None if amount is None else amount * len(found.possible),
        eligible_ids=found.true,
        unknown_ids=found.unknown,
    )


__all__ = [
    "CheckUp",
    "DraftRule",
    "EnterpriseMatch",
    "Match",
    "Matcher",
    "Reach",
    "parse_draft",
    "simulate",
    "simulate_on",
]

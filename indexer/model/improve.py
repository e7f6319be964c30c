"""Asks a model about what rules left open, and lets pass only what the text bears out (补读)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.model.ports import Extractor, Proposal, Question
from indexer.verify import verify_leaf
from policy_match.domain.criterion import (
    All,
    AttestLeaf,
    Criterion,
    FactLeaf,
    parse_criterion,
)
from policy_match.domain.policy import Measure, Policy, ReviewState
from policy_match.errors import RuleError, ServiceError

CONFIDENCE = 0.5  # of a leaf that passed: nobody has measured this model on these texts
_MOST_CLAUSES = 40
_SHORTEST_QUOTE = 4
_PATIENCE = 3  # failures in a row before a model is asked no more


@dataclass
class Improver:
    """
    Improves policies one after another (补读器).

    A measure is left as it is where the model fails; after three failures in a row it is asked no
    more. `warnings` are sentences for people; `refused` counts proposals that did not hold.

    Args:
        extractor: the model.
    """

    extractor: Extractor
    warnings: list[str] = field(default_factory=list)
    refused: int = 0
    added: int = 0
    _failures: int = 0

    def __call__(self, policy: Policy) -> Policy:
        """The policy with what the model could add to its unreviewed measures."""
        text = policy.text
        measures = tuple(self._measure(measure, text) for measure in policy.measures)
        if all(new is old for new, old in zip(measures, policy.measures, strict=True)):
            return policy
        return policy.model_copy(update={"measures": measures})

    def _measure(self, measure: Measure, text: str) -> Measure:
        items = list(_open_items(measure.criteria))[:_MOST_CLAUSES]
        if (
            not items
            or measure.review.state is not ReviewState.MACHINE
            or self._failures >= _PATIENCE
        ):
            return measure
        clauses = tuple(dict.fromkeys(item.quote for item in items if item.quote))
        try:
            said = self.extractor.read(Question(measure.title, clauses))
        except ServiceError as error:
            self._failures += 1
            self.warnings.append(f"“{measure.title[:40]}”没有补读：{error}")
            if self._failures == _PATIENCE:
                self.warnings.append(f"模型连续 {_PATIENCE} 次没有答复，其余不再询问")
            return measure
        self._failures = 0
        return self._with(measure, items, said, text)

    def _with(
        self, measure: Measure, items: Sequence[AttestLeaf], said: Sequence[Proposal], text: str
    ) -> Measure:
        beside: dict[AttestLeaf, list[FactLeaf]] = {}
        for proposal in said:
            item, leaf = self._checked(proposal, items, text)
            if leaf is None or item is None:
                self.refused += 1
            elif leaf not in beside.setdefault(item, []):
                beside[item].append(leaf)
                self.added += 1
        if not any(beside.values()):
            return measure
        return measure.model_copy(update={"criteria": _beside(measure.criteria, beside)})

    def _checked(
        self, proposal: Proposal, items: Sequence[AttestLeaf], text: str
    ) -> tuple[AttestLeaf | None, FactLeaf | None]:
        """The item that a proposal belongs to and its leaf; None where it does not hold."""
        quote = proposal.quote
        if not isinstance(quote, str) or len(quote.strip()) < _SHORTEST_QUOTE:
            return None, None
        item = next((one for one in items if one.quote and quote in one.quote), None)
        if item is None or item.at is None or item.quote is None:
            return None, None
        start = item.at[0] + item.quote.index(quote)
        try:
            leaf = parse_criterion(
                {
                    "fact": proposal.fact,
                    "op": proposal.op,
                    "value": proposal.value,
                    "quote": quote,
                    "at": [start, start + len(quote)],
                    "how": f"model:{self.extractor.name}",
                    "confidence": CONFIDENCE,
                },
                where="模型的答复",
            )
        except (RuleError, TypeError, ValueError):
            return item, None
        if not isinstance(leaf, FactLeaf) or verify_leaf(leaf, text):
            return item, None
        return item, leaf


def _open_items(node: Criterion) -> Iterator[AttestLeaf]:
    """
    Items to attest that all must hold.

    Under `any`, `not` or `at_least` one more condition beside an item could widen the rule; there
    it is left to people.
    """
    if isinstance(node, AttestLeaf):
        if node.quote and node.at and node.how != "unread":
            yield node
    elif isinstance(node, All):
        for child in node.all:
            yield from _open_items(child)


def _beside(node: Criterion, beside: dict[AttestLeaf, list[FactLeaf]]) -> Criterion:
    if isinstance(node, AttestLeaf):
        found = beside.get(node)
        return All(all=(*found, node)) if found else node
    if isinstance(node, All):
        return All(all=tuple(_beside(child, beside) for child in node.all))
    return node

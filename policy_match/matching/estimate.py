"""
What a measure would give one enterprise, reckoned from its facts (金额测算).

Pure: the benefit's terms and the encoded facts in, an amount with its arithmetic in words out. A
missing fact is never a zero: it is named, and the amount stays open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from policy_match.domain.criterion import FactLeaf
from policy_match.domain.encode import EncodedEnterprise
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.domain.policy import Benefit, BenefitTerm, TermForm
from policy_match.domain.verdict import Truth
from policy_match.matching.leaf import leaf_truth
from policy_match.wording import money_words, value_words

_FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    A reckoned benefit (测算结果).

    Args:
        amount: yuan; None where no term could be reckoned.
        at_most: whether `amount` is only the most that may be given.
        ceiling: the most in any case, as the text states it; None where it states none.
        steps: the arithmetic in words, the term that counts first.
        missing: facts without which a term stayed open.
        asks: what else a term needs, in the text's words, that no fact holds.
    """

    amount: Decimal | None = None
    at_most: bool = False
    ceiling: Decimal | None = None
    steps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    def words(self, registry: FactRegistry | None = None) -> str:
        """
        The estimate in one phrase; empty where there is nothing to say.

        “至多50万元（研发费用 2000万元 × 10% = 200万元，最高50万元，按50万元计）”
        """
        parts = []
        if self.amount is not None:
            how = "至多" if self.at_most else "约"
            parts.append(f"{how}{_words(self.amount)}（{'；'.join(self.steps[:2])}）")
        known = registry or default_registry()
        lacking = [known[name].label for name in self.missing if name in known]
        if lacking:
            parts.append(f"未知：需要{'、'.join(lacking)}")
        if self.asks:
            parts.append(f"另视{'、'.join(self.asks[:3])}而定")
        return "；".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The estimate as one JSON object, inside a line of `match --json`."""
        return {
            "amount": _plain(self.amount),
            "at_most": self.at_most,
            "ceiling": _plain(self.ceiling),
            "steps": list(self.steps),
            "missing": list(self.missing),
            "asks": list(self.asks),
        }


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """One term: an amount with its arithmetic, or what it lacks; neither: it does not apply."""

    amount: Decimal | None = None
    at_most: bool = False
    step: str = ""
    missing: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


def estimate(
    benefit: Benefit, enterprise: EncodedEnterprise, *, registry: FactRegistry | None = None
) -> Estimate:
    """
    Reckon what a measure would give an enterprise that meets its conditions (金额测算).

    Terms are alternatives, tiers above all: the one that gives most counts, and nothing exceeds
    the measure's highest amount. Whether the enterprise is eligible is not asked here.

    Args:
        benefit: with the terms that were read from its text.
        enterprise: the facts, encoded as of the day.
        registry: the facts that exist.
    """
    known = registry or default_registry()
    terms = [_reckon(term, enterprise, known) for term in benefit.terms]
    done = sorted((one for one in terms if one.amount is not None), key=_worth, reverse=True)
    best = done[0] if done else None
    amount, capped = _capped(best.amount if best else None, benefit.max_amount)
    steps = [one.step for one in done]
    if capped and amount is not None:
        steps.insert(1, f"不超过本项最高限额，按{_words(amount)}计")
    return Estimate(
        amount=amount,
        at_most=best.at_most if best else False,
        ceiling=benefit.max_amount,
        steps=tuple(steps),
        missing=_unique(name for one in terms for name in one.missing),
        asks=_unique(words for one in terms for words in one.asks),
    )


def _worth(one: _Reckoned) -> tuple[Decimal, bool]:
    return one.amount or Decimal(0), not one.at_most


def _capped(amount: Decimal | None, most: Decimal | None) -> tuple[Decimal | None, bool]:
    if amount is None or most is None or amount <= most:
        return amount, False
    return most, True


def _reckon(term: BenefitTerm, enterprise: EncodedEnterprise, known: FactRegistry) -> _Reckoned:
    leaves = [FactLeaf(fact=one.fact, op=one.op, value=one.value) for one in term.when]
    truths = [leaf_truth(leaf, enterprise, known) for leaf in leaves]
    if Truth.FALSE in truths:
        return _Reckoned()
    open_facts = [
        leaf.fact for leaf, truth in zip(leaves, truths, strict=True) if truth is Truth.UNKNOWN
    ]
    if open_facts:
        return _Reckoned(missing=tuple(open_facts))
    if term.form is TermForm.FIXED:
        return _fixed(term)
    return _multiplied(term, enterprise, known)


def _fixed(term: BenefitTerm) -> _Reckoned:
    if term.amount is None:
        return _Reckoned()
    words = f"{'最高' if term.at_most else '定额'}{_words(term.amount)}"
    return _Reckoned(term.amount, term.at_most, words)


def _multiplied(term: BenefitTerm, enterprise: EncodedEnterprise, known: FactRegistry) -> _Reckoned:
    """A rate of a fact, or an amount a unit; what the fact is missing for is asked."""
    if term.of is None or term.of not in known:
        return _Reckoned(asks=(term.base,)) if term.base else _Reckoned()
    have = enterprise.facts.get(term.of)
    if not isinstance(have, float):
        return _Reckoned(missing=(term.of,))
    spec = known[term.of]
    factor = Decimal(str(term.rate)) if term.form is TermForm.RATE else term.amount
    if factor is None:
        return _Reckoned()
    full = (Decimal(str(have)) * factor).quantize(_FEN, ROUND_HALF_UP)
    amount, capped = _capped(max(full, Decimal(0)), term.cap)
    by = f"{_percent(factor)}" if term.form is TermForm.RATE else f"每{spec.unit}{_words(factor)}"
    step = f"{spec.label} {value_words(have, spec)} × {by} = {_words(full)}"
    if capped and amount is not None:
        step += f"，最高{_words(amount)}，按{_words(amount)}计"
    return _Reckoned(amount, term.at_most, step)


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"


def _words(amount: Decimal) -> str:
    return money_words(float(amount))


def _plain(amount: Decimal | None) -> int | float | None:
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))

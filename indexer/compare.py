"""
Two versions of a document side by side: clause by clause, and rule by rule (版本比较).

Pure: two policies in, differences out. Clauses are matched by likeness, in order, so one that is
put in between moves nothing else; a measure is matched by its title and its text.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from indexer.compare_rules import RuleChange, rule_changes
from indexer.extract.view import view_of
from policy_match.domain.policy import Block, Measure, Policy

_ALIKE = 0.5  # of two clauses, to be one that was changed
_FURNITURE = frozenset({"furniture", "footnote"})
_MOST_PAIRS = 40_000  # of clauses compared one by one in a stretch that differs


class Change(StrEnum):
    """What became of a clause or a measure (变化)."""

    ADDED = "added"  # 新增
    REMOVED = "removed"  # 删去
    CHANGED = "changed"  # 修改


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """
    One clause that differs (条款变化); `before` and `after` are the blocks, None where absent.

    `pieces` spell a changed clause out: kept, removed or added stretches, left to right.
    """

    change: Change
    before: Block | None
    after: Block | None
    pieces: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One line of `policy-match compare --json`."""
        return {
            "part": "clause",
            "change": self.change.value,
            "before": _block_json(self.before),
            "after": _block_json(self.after),
            "pieces": [list(piece) for piece in self.pieces],
        }


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """
    One measure that differs (措施变化): what of its rule, its benefit or its window.

    `rules` is empty where the whole measure was added or removed.
    """

    change: Change
    before: Measure | None
    after: Measure | None
    rules: tuple[RuleChange, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One line of `policy-match compare --json`."""
        return {
            "part": "measure",
            "change": self.change.value,
            "before": self.before.id if self.before else None,
            "after": self.after.id if self.after else None,
            "title": (self.after or self.before).title,  # type: ignore[union-attr]  # one is there
            "rules": [rule.to_json() for rule in self.rules],
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything in which two versions differ (比较结果)."""

    clauses: tuple[ClauseChange, ...]
    measures: tuple[MeasureChange, ...]

    @property
    def same(self) -> bool:
        """Whether neither text nor rules differ."""
        return not self.clauses and not self.measures


def compare(before: Policy, after: Policy) -> Comparison:
    """
    Compare two versions of a policy (比较两个版本).

    Args:
        before: the older one.
        after: the newer one.

    Returns:
        The clauses and the measures that differ, in the newer one's order; what was removed
        stands where it stood.
    """
    clauses = _clause_changes(_clauses(before), _clauses(after))
    return Comparison(tuple(clauses), tuple(_measure_changes(before, after)))


def _clauses(policy: Policy) -> list[Block]:
    return [one for one in policy.blocks if one.kind not in _FURNITURE and one.text.strip()]


def _key(block: Block) -> str:
    """
    The clause's own words in one width, without blanks.

    The number in front is left out: it changes when something is put in between.
    """
    text, number = view_of(block.text).text, view_of(block.number or "").text
    return text.removeprefix(number)


def _clause_changes(before: list[Block], after: list[Block]) -> list[ClauseChange]:
    keys = [_key(one) for one in before], [_key(one) for one in after]
    found: list[ClauseChange] = []
    matcher = difflib.SequenceMatcher(None, *keys, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            found.extend(_stretch(before[a:b], after[c:d]))
    return found


def _stretch(before: Sequence[Block], after: Sequence[Block]) -> list[ClauseChange]:
    """Clauses of a stretch that differs, paired by likeness without crossing."""
    pairs = _pairs([_key(one) for one in before], [_key(one) for one in after])
    found: list[ClauseChange] = []
    at = 0
    for n, m in [*pairs, (len(before), len(after))]:
        while at < n:
            found.append(ClauseChange(Change.REMOVED, before[at], None))
            at += 1
        done = {id(change.after) for change in found if change.after is not None}
        found.extend(
            ClauseChange(Change.ADDED, None, one) for one in after[:m] if id(one) not in done
        )
        if n < len(before) and m < len(after):
            pieces = _pieces(before[n].text, after[m].text)
            found.append(ClauseChange(Change.CHANGED, before[n], after[m], pieces))
            at = n + 1
    return found


def _pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """
    The likest pairs that do not cross, by the longest weighted common subsequence.

    A stretch too large for that is paired in order, each clause with the one at its place.
    """
    if len(before) * len(after) > _MOST_PAIRS:
        near = zip(range(len(before)), range(len(after)), strict=False)
        return [(n, m) for n, m in near if _likeness(before[n], after[m]) >= _ALIKE]
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    like = [[_likeness(one, other) for other in after] for one in before]
    for n in range(len(before) - 1, -1, -1):
        for m in range(len(after) - 1, -1, -1):
            together = like[n][m] + best[n + 1][m + 1] if like[n][m] >= _ALIKE else 0.0
            best[n][m] = max(together, best[n + 1][m], best[n][m + 1])
    return _walk(best, like)


def _walk(best: list[list[float]], like: list[list[float]]) -> list[tuple[int, int]]:
    found, n, m = [], 0, 0
    while n < len(like) and m < len(like[0]):
        if like[n][m] >= _ALIKE and best[n][m] == like[n][m] + best[n + 1][m + 1]:
            found.append((n, m))
            n, m = n + 1, m + 1
        elif best[n][m] == best[n + 1][m]:
            n += 1
        else:
            m += 1
    return found


def _likeness(one: str, other: str) -> float:
    """Shared pairs of signs over all of both: quick, and blind to small moves."""
    left, right = _bigrams(one), _bigrams(other)
    total = len(left) + len(right)
    return 2 * len(left & right) / total if total else float(one == other)


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(max(len(text) - 1, 1)))


def _pieces(before: str, after: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            found.append(("kept", before[a:b]))
            continue
        if a < b:
            found.append(("removed", before[a:b]))
        if c < d:
            found.append(("added", after[c:d]))
    return tuple(found)


def _measure_changes(before: Policy, after: Policy) -> list[MeasureChange]:
    pairs = dict(_measure_pairs(before.measures, after.measures))
    found = []
    for m, measure in enumerate(after.measures):
        old = pairs.get(m)
        if old is None:
            found.append(MeasureChange(Change.ADDED, None, measure))
            continue
        rules = rule_changes(before.measures[old], measure)
        if rules:
            found.append(MeasureChange(Change.CHANGED, before.measures[old], measure, rules))
    kept = set(pairs.values())
    found.extend(
        MeasureChange(Change.REMOVED, measure, None)
        for n, measure in enumerate(before.measures)
        if n not in kept
    )
    return found


def _measure_pairs(before: Sequence[Measure], after: Sequence[Measure]) -> list[tuple[int, int]]:
    """The newer measure's place and the older one's, the likest first, each once."""
    scored = sorted(
        (
            (-_measure_likeness(old, new), abs(n - m), m, n)
            for n, old in enumerate(before)
            for m, new in enumerate(after)
        ),
    )
    pairs: dict[int, int] = {}
    for score, _, m, n in scored:
        if -score >= _ALIKE and m not in pairs and n not in pairs.values():
            pairs[m] = n
    return list(pairs.items())


def _measure_likeness(old: Measure, new: Measure) -> float:
    quotes = _likeness(old.quote, new.quote) if old.quote and new.quote else 0.0
    return max(quotes, _likeness(old.title, new.title) * 0.9)


def _block_json(block: Block | None) -> dict[str, Any] | None:
    if block is None:
        return None
    return {"n": block.n, "number": block.number, "text": block.text, "at": list(block.at)}

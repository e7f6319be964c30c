"""
A stored match in words (匹配结果的文字): reasons, with the clause each rests on.

“从业人员 35人，需 ≥ 20人：符合（第三条第（二）项）”, linked to the place in the policy's text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from admin.facts import facts_known
from admin.records.match import Match
from policy_match.domain.verdict import Reason, Verdict
from policy_match.wording import fact_names, reason_words

_MARKS = "、.．　 "
_HEADINGS = frozenset({"chapter", "section"})


@dataclass(frozen=True, slots=True)
class Line:
    """One reason as people read it (一条理由)."""

    text: str
    verdict: str
    quote: str | None = None
    clause: str = ""
    block: int | None = None  # where it stands in the text: the page's anchor is `b{block}`


class Clauses:
    """Where in a policy's text a place stands, as people cite it (条款定位)."""

    def __init__(self, blocks: Iterable[Mapping[str, Any]]) -> None:
        self._blocks = list(blocks)
        self._starts = [int(block["at"][0]) for block in self._blocks]

    def find(self, place: int | None) -> tuple[str, int | None]:
        """The clause's numbers joined, and the block's number; nothing where it is not told."""
        if place is None or not self._blocks:
            return "", None
        at = bisect_right(self._starts, place) - 1
        if at < 0:
            return "", None
        return self._path(at), int(self._blocks[at]["n"])

    def _path(self, at: int) -> str:
        """The block's own number below those of the blocks it stands under."""
        numbers: list[str] = []
        level: float = float("inf")
        for block in reversed(self._blocks[: at + 1]):
            own = block.get("level")
            if block.get("number") and own is not None and own < level:
                level = own
                if block["kind"] in _HEADINGS and numbers:
                    break
                numbers.append(_cited(str(block["number"])))
        return "".join(reversed(numbers))


def _cited(number: str) -> str:
    plain = number.strip(_MARKS)
    if plain.startswith("第"):
        return plain
    return f"第{plain}项" if plain.startswith(("（", "(")) else f"第{plain}点"


def lines_of(match: Match, clauses: Clauses | None = None) -> list[Line]:
    """All reasons of a match, in the text's order."""
    return [_line(data, clauses) for data in match.reasons]


def _line(data: Mapping[str, Any], clauses: Clauses | None) -> Line:
    reason = to_reason(data)
    known = reason.fact is None or reason.fact in facts_known()
    text = reason_words(reason, facts_known()) if known else f"{reason.fact}（已停用的事实）"
    clause, block = clauses.find(reason.at[0] if reason.at else None) if clauses else ("", None)
    return Line(text, reason.verdict.value, reason.quote, clause, block)


def to_reason(data: Mapping[str, Any]) -> Reason:
    """A reason from its stored form."""
    value, at, day = data.get("value"), data.get("at"), data.get("as_of")
    return Reason(
        verdict=Verdict(data["verdict"]),
        fact=data.get("fact"),
        op=data.get("op"),
        value=tuple(value) if isinstance(value, list) else value,
        have=data.get("have"),
        quote=data.get("quote"),
        at=(at[0], at[1]) if at else None,
        attest=data.get("attest"),
        negated=bool(data.get("negated")),
        scope=bool(data.get("scope")),
        note=data.get("note", ""),
        source=data.get("source"),
        stated_on=date.fromisoformat(day) if day else None,
        distance=data.get("distance"),
    )


def missing_words(match: Match) -> str:
    """The facts that would decide a match, by their Chinese labels."""
    return fact_names(match.missing, facts_known())

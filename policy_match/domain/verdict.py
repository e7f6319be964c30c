"""Three answers, never two: eligible, ineligible, unknown (适配结论)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any


class Truth(IntEnum):
    """Kleene's three values, ordered false < unknown < true (三值逻辑)."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def negated(self) -> Truth:
        """Swap true and false."""
        return Truth(2 - self)


class Verdict(StrEnum):
    """Whether an enterprise meets a measure's scope and criteria (适配结论)."""

    ELIGIBLE = "eligible"  # 符合
    INELIGIBLE = "ineligible"  # 不符合
    UNKNOWN = "unknown"  # 待核实: a needed fact is absent


VERDICT_OF = {
    Truth.FALSE: Verdict.INELIGIBLE,
    Truth.UNKNOWN: Verdict.UNKNOWN,
    Truth.TRUE: Verdict.ELIGIBLE,
}


class WindowState(StrEnum):
    """Where a day stands against an application window (申报期状态)."""

    UPCOMING = "upcoming"  # 未开始
    OPEN = "open"  # 申报中
    CLOSED = "closed"  # 已截止
    ROLLING = "rolling"  # 常年
    UNSTATED = "unstated"  # 未注明


@dataclass(frozen=True, slots=True)
class Reason:
    """
    What one condition came to, and on what ground (理由).

    `verdict` is the condition's contribution (after a negation, which `negated` tells).
    `have` is the fact used as it was stated, None when absent; `source` and `stated_on` say where
    it comes from. `note` explains a computed or coarse answer in Chinese. A scope reason has
    `scope` true and no quote.
    """

    verdict: Verdict
    fact: str | None = None
    op: str | None = None
    value: Any = None
    have: Any = None
    quote: str | None = None
    at: tuple[int, int] | None = None
    attest: str | None = None
    negated: bool = False
    scope: bool = False
    note: str = ""
    source: str | None = None
    stated_on: date | None = None
    distance: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The reason as one JSON object; optional keys only where they say something."""
        base: dict[str, Any] = {
            "verdict": self.verdict.value,
            "fact": self.fact,
            "op": self.op,
            "value": list(self.value) if isinstance(self.value, tuple) else self.value,
            "have": self.have,
            "quote": self.quote,
        }
        more = {
            "at": list(self.at) if self.at else None,
            "attest": self.attest,
            "negated": self.negated,
            "scope": self.scope,
            "note": self.note,
            "source": self.source,
            "as_of": self.stated_on.isoformat() if self.stated_on else None,
            "distance": self.distance,
        }
        return base | {key: value for key, value in more.items() if value not in (None, False, "")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reason:
        """The reason that `to_json` wrote."""
        at, value, stated = data.get("at"), data["value"], data.get("as_of")
        return cls(
            verdict=Verdict(data["verdict"]),
            fact=data["fact"],
            op=data["op"],
            value=tuple(value) if isinstance(value, list) else value,
            have=data["have"],
            quote=data["quote"],
            at=(at[0], at[1]) if at else None,
            attest=data.get("attest"),
            negated=data.get("negated", False),
            scope=data.get("scope", False),
            note=data.get("note", ""),
            source=data.get("source"),
            stated_on=date.fromisoformat(stated) if stated else None,
            distance=data.get("distance"),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The verdict on one measure for one enterprise, with everything it rests on (判定).

    `missing` are the facts that would decide it and `attest` the items to be answered for; both
    are empty unless the verdict is unknown. `failing` are the conditions that fail, and
    `near_miss` is the only one of them when mending it alone would lift the verdict.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    attest: tuple[str, ...] = ()
    failing: tuple[Reason, ...] = field(default=())
    near_miss: Reason | None = None

    @property
    def self_check(self) -> bool:
        """Whether only attest items are open (符合条件，需自查)."""
        return self.verdict is Verdict.UNKNOWN and bool(self.attest) and not self.missing

"""
What a measure says (措施内容): as enterprises read it, and as a newer reading would have it.

A measure with a published rule keeps what belongs to that rule: its clause, amount and window. A
newer reading waits in `Measure.pending` until somebody has looked at it and publishes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from admin.records.policy import Measure

_DATES = ("opens_on", "closes_on")
_NOT_TOLD = frozenset({"doubts", "guesses", "read", "gone"})  # of the details; staff's, not theirs


@dataclass(slots=True)
class Content:
    """All that a reading says of a measure (内容); the names are those of the columns."""

    title: str
    max_amount: Any
    rate: float | None
    opens_on: date | None
    closes_on: date | None
    rolling: bool
    how_to_apply: str | None
    contact: str | None
    mode: str
    is_open: bool
    quote: str | None
    at_start: int | None
    at_end: int | None
    details: dict[str, Any]

    @property
    def span(self) -> tuple[int, int] | None:
        """Where it stands in the text it was read from."""
        if self.at_start is None or self.at_end is None:
            return None
        return self.at_start, self.at_end

    def says(self) -> dict[str, Any]:
        """What people are told: without places, doubts and guesses."""
        told = {name: plain(getattr(self, name)) for name in NAMES if name not in _PLACES}
        told["details"] = {k: v for k, v in self.details.items() if k not in _NOT_TOLD}
        return told


NAMES = tuple(one.name for one in fields(Content))
_PLACES = frozenset({"at_start", "at_end", "details"})


def published_content(row: Measure) -> Content:
    """What stands in the columns: it belongs to the published rule where there is one."""
    return Content(**{name: getattr(row, name) for name in NAMES})


def newest_content(row: Measure) -> Content:
    """What the newest reading says, looked at or not."""
    if row.pending is None:
        return published_content(row)
    return _from_json(row.pending)


def set_content(row: Measure, content: Content) -> None:
    """Keep what a reading says: at once where nothing was published, else until it is."""
    if row.rule_id is None:
        take_over(row, content)
    else:
        row.pending = _to_json(content)


def take_over(row: Measure, content: Content) -> None:
    """Write content into the columns; nothing is pending any more."""
    write(row, {name: getattr(content, name) for name in NAMES})
    row.pending = None


def write(row: Measure, values: Mapping[str, Any]) -> None:
    """Set what differs, so that nothing looks changed that is not."""
    for name, value in values.items():
        if plain(getattr(row, name)) != plain(value):
            setattr(row, name, value)


def change(row: Measure, names: Iterable[str], content: Content) -> None:
    """
    Take over what a person wrote (更正措施内容).

    Of a published measure it waits, as a newer reading would, until somebody publishes it.
    """
    if row.pending is None and not _promises_otherwise(row, content):
        write(row, {name: getattr(content, name) for name in names})
    else:
        row.pending = _to_json(content)
        write(row, {"is_open": content.is_open})  # that the money is spent holds at once


def _promises_otherwise(row: Measure, content: Content) -> bool:
    """Whether a published measure would tell enterprises something else; 尚有额度 may change."""
    if row.rule_id is None or row.review != "published":
        return False
    return replace(content, is_open=row.is_open).says() != published_content(row).says()


def _to_json(content: Content) -> dict[str, Any]:
    return {name: plain(getattr(content, name)) for name in NAMES}


def _from_json(data: Mapping[str, Any]) -> Content:
    dates = {name: data[name] and date.fromisoformat(data[name]) for name in _DATES}
    return Content(**{**data, **dates, "details": dict(data["details"])})


def plain(value: Any) -> Any:
    """A column's value as a JSON column can hold it: dates as ISO, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if hasattr(value, "as_tuple") else value

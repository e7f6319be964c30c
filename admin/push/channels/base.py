"""
What a channel is (渠道): it takes one letter to one address and says truthfully what came of it.

The contract, held by `tests/admin/push/channel_contract.py`: `send` never raises for what the
other side does; it ends within `timeout_seconds`; `SENT` only when the other side has taken the
letter over, `UNCERTAIN` when nobody can know, and nothing of a letter appears in a log.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """What came of a send (投递结果)."""

    SENT = "sent"  # the other side has taken it over
    RETRY = "retry"  # it has certainly not; later it may
    DEAD = "dead"  # it has refused for good
    UNCERTAIN = "uncertain"  # it may have; only a person sends again


@dataclass(frozen=True, slots=True)
class Result:
    """
    An outcome with its reason in Chinese (投递结果).

    `bounced` says that the address itself is no good; `is_down` that the channel as a whole can't
    be used now, so that trying other letters is useless and this try does not count.
    """

    outcome: Outcome
    reason: str = ""
    bounced: bool = False
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent to one address (一封推送); `id` is the delivery's and stays the same."""

    id: str
    number: str
    address: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Channel(ABC):
    """A way to reach an enterprise (渠道)."""

    name: ClassVar[str]
    timeout_seconds: ClassVar[float]  # the longest a send may take; shorter than a claim's lease
    disturbs: ClassVar[bool] = True  # whether working days and quiet hours matter

    @abstractmethod
    def send(self, letter: Letter) -> Result:
        """Take a letter to its address; says what came of it."""

    def close(self) -> None:  # noqa: B027 - most channels hold nothing open
        """Let go of connections; called at the end of a drain."""


def one_line(text: str, limit: int = 300) -> str:
    """A server's words as one line that fits a column."""
    return " ".join(text.split())[:limit]

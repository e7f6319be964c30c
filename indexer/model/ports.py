"""What a model is asked, and what it may answer (模型接口)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Question:
    """
    The conditions of one measure that rules could not read (提问).

    Args:
        title: the measure's title.
        clauses: their exact texts, in reading order.
    """

    title: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One condition that a model claims to have read (提议); nothing of it is trusted."""

    fact: Any
    op: Any
    value: Any
    quote: Any

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Proposal:
        """From a JSON object; keys that are absent are None, others are not looked at."""
        return cls(*(data.get(key) for key in ("fact", "op", "value", "quote")))


class Extractor(Protocol):
    """
    Reads conditions in clauses: an HTTP model, or anything else that can (提取器协议).

    Raises:
        ServiceError: it could not answer, or not in a form that can be read.
    """

    @property
    def name(self) -> str:
        """What leaves say of their origin: `model:NAME`."""
        ...

    def read(self, question: Question) -> Sequence[Proposal]:
        """The conditions in the question's clauses."""
        ...

"""What an engine keeps of a policy beside its fields, to show without reading it whole (结果头)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from policy_match.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Head:
    """What a list of results shows without reading the whole policy (结果头)."""

    id: str
    title: str
    doc_no: str | None
    issued_on: date | None
    file: str | None
    sha256: str | None
    reader: str | None = None

    @property
    def day(self) -> int:
        """The day of issue as a number, 0 without one: what newer is decided by."""
        return self.issued_on.toordinal() if self.issued_on else 0

    @classmethod
    def of(cls, policy: Policy) -> Head:
        """The head of a policy."""
        source = policy.source
        return cls(
            policy.id,
            policy.title,
            policy.doc_no,
            policy.issued_on,
            source.file,
            source.sha256,
            source.reader,
        )

    def dump(self) -> str:
        """The head as stored."""
        day = self.issued_on.isoformat() if self.issued_on else None
        row = [self.id, self.title, self.doc_no, day, self.file, self.sha256, self.reader]
        return json.dumps(row, ensure_ascii=False)

    @classmethod
    def load(cls, stored: str) -> Head:
        """The head again."""
        policy_id, title, doc_no, day, *source = json.loads(stored)
        issued_on = date.fromisoformat(day) if day else None
        return cls(policy_id, title, doc_no, issued_on, *source)  # older ones name no reader

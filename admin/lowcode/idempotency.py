"""
The same POST once (幂等键): an answered key gets the same answer; nothing is made twice.

The key is written in the transaction of what it made, so that a crash leaves both or neither.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from admin.records.job import IdempotencyKey

KEPT = timedelta(days=7)
MAX_KEY = 100


class KeyReused(ValueError):
    """The key was used for another request."""


def request_hash(path: str, body: bytes) -> str:
    """What stands for a request: its address and its body."""
    return hashlib.sha256(path.encode() + b"\0" + body).hexdigest()


def check_key(key: str) -> str:
    """
    Hold a key to its form.

    Raises:
        ValueError: it is empty, too long or not printable ASCII.
    """
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise ValueError(f"Idempotency-Key 应为 1 到 {MAX_KEY} 个可见的 ASCII 字符")
    return key


def earlier_answer(session: Session, user_id: int, key: str, hashed: str) -> tuple[int, str] | None:
    """
    The status and body that a key was answered with, or None.

    Raises:
        KeyReused: for another request.
    """
    found = session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    ).one_or_none()
    if found is None:
        return None
    if found.request_hash != hashed:
        raise KeyReused("这个 Idempotency-Key 已用于另一个请求；请换一个新的")
    return found.status, found.body


def keep_answer(
    session: Session, user_id: int, key: str, hashed: str, status: int, body: str, now: datetime
) -> None:
    """Keep an answer beside what it made; the caller commits. Keys older than a week go."""
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.created_at < now - KEPT
        )
    )
    session.add(
        IdempotencyKey(user_id=user_id, key=key, request_hash=hashed, status=status, body=body)
    )
    session.flush()

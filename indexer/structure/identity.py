"""Ids that stay the same from reading to reading (政策标识)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from indexer.structure.regions import canonical_issuer
from indexer.structure.text import squeeze


def policy_id(
    issuers: Sequence[str], doc_no: str | None, text: str, *, part: str | None = None
) -> str:
    """
    A policy's id: from first issuer and number, else from its content (政策标识).

    Args:
        issuers: as read.
        doc_no: normalised.
        text: the whole text; counts without blanks and in one width.
        part: names one of several records that bear the same number, such as cards.

    >>> policy_id(["国家税务总局"], "公告2020年第8号", "") == policy_id(
    ...     ["税务总局"], "公告2020年第8号", "别的文本")
    True
    """
    basis = f"text|{content_key(text)}"
    if issuers and doc_no:
        basis = f"number|{canonical_issuer(issuers[0])}|{squeeze(doc_no)}|{squeeze(part or '')}"
    return f"p-{hashlib.sha256(basis.encode()).hexdigest()[:12]}"


def content_key(text: str) -> str:
    """A hash of the text without blanks and widths: equal for two copies (内容指纹)."""
    return hashlib.sha256(squeeze(text).encode()).hexdigest()

"""
The text of a policy beside its rule (原文): blocks with the quotes of the leaves marked.

Plain text in pieces; the page escapes it, so that nothing of a file is ever trusted as HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from admin.records.policy import Measure, Policy, PolicyText
from policy_match.domain.policy import Block
from policy_match.domain.policy import Policy as ReadPolicy

AROUND = 12  # blocks shown before and after a measure's own


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text that a node of the rule rests on (标记)."""

    start: int
    end: int
    key: int
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with the nodes that rest on it (文字片段)."""

    text: str
    start: int
    keys: tuple[int, ...] = ()
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One block, in pieces (一段)."""

    kind: str
    start: int
    pieces: tuple[Piece, ...]
    inside: bool  # of the measure's own span


def text_as_read(record: Policy, kept: PolicyText | None = None) -> ReadPolicy:
    """A policy as it was read: the newest reading, or with an earlier text."""
    blocks = {} if kept is None else {"blocks": kept.blocks}
    return ReadPolicy.model_validate({**record.document, **blocks})


def kept_text(record: Policy, text_hash: str | None) -> PolicyText | None:
    """The earlier text of that hash; None where it is the newest one, or none was kept."""
    if text_hash is None or text_hash == record.text_hash:
        return None
    return next((one for one in record.texts if one.text_hash == text_hash), None)


def published_text(record: Policy) -> PolicyText | None:
    """
    The earlier text that a policy's published rules quote (已发布规则所引的原文).

    None where one of them quotes the newest reading, or nothing is published.
    """
    quoted = {one.rule.text_hash for one in record.measures if is_told(one) and one.rule}
    if not quoted or record.text_hash in quoted:
        return None
    return next((one for one in reversed(record.texts) if one.text_hash in quoted), None)


def is_told(measure: Measure) -> bool:
    """Whether a measure is published, whatever its policy's state."""
    return measure.review == "published" and measure.rule_id is not None


def draft_text(measure: Measure) -> PolicyText | None:
    """The earlier text that a measure's newest rule quotes; None where it is the newest one."""
    newest = measure.rules[-1] if measure.rules else None
    return kept_text(measure.policy, newest.text_hash if newest else None)


def locate(text: str, quote: str, at: Sequence[int] | None) -> tuple[int, int] | None:
    """Where a quote stands: where it is said to, else nearest to it; None where it does not."""
    if not quote:
        return None
    start = at[0] if at else 0
    if text[start : start + len(quote)] == quote:
        return start, start + len(quote)
    before, after = text.rfind(quote, 0, start + len(quote)), text.find(quote, start)
    places = [place for place in (before, after) if place >= 0]
    if not places:
        return None
    best = min(places, key=lambda place: abs(place - start))
    return best, best + len(quote)


def lines_of(
    blocks: Iterable[Block], marks: Sequence[Mark], span: tuple[int, int] | None, *, whole: bool
) -> list[Line]:
    """
    The blocks around a measure, with its marks (原文与标记).

    Args:
        blocks: of the policy, in order.
        marks: what to mark; they may overlap.
        span: the measure's own stretch of the text.
        whole: all blocks; else those near the measure and those that hold a mark.
    """
    all_blocks = [block for block in blocks if block.kind != "furniture"]
    shown = all_blocks if whole else _near(all_blocks, marks, span)
    return [
        Line(block.kind, block.at[0], tuple(_pieces(block, marks)), _overlaps(block, span))
        for block in shown
    ]


def _near(blocks: list[Block], marks: Sequence[Mark], span: tuple[int, int] | None) -> list[Block]:
    own = [n for n, block in enumerate(blocks) if _overlaps(block, span)]
    first, last = (own[0], own[-1]) if own else (0, 3 * AROUND)
    return [
        block
        for n, block in enumerate(blocks)
        if first - AROUND <= n <= last + AROUND
        or any(_overlaps(block, (mark.start, mark.end)) for mark in marks)
    ]


def _overlaps(block: Block, span: tuple[int, int] | None) -> bool:
    return span is not None and block.at[0] < span[1] and span[0] < block.at[1]


def _pieces(block: Block, marks: Sequence[Mark]) -> Iterable[Piece]:
    start, end = block.at
    here = [mark for mark in marks if mark.start < end and start < mark.end]
    cuts = {start, end}
    for mark in here:
        cuts |= {max(start, mark.start), min(end, mark.end)}
    places = sorted(cuts)
    for left, right in pairwise(places):
        over = [mark for mark in here if mark.start <= left and right <= mark.end]
        yield Piece(
            block.text[left - start : right - start],
            left,
            tuple(dict.fromkeys(mark.key for mark in over)),
            any(mark.unsure for mark in over),
        )

"""The block of a policy that answers a query best, and where it matches (摘要与高亮)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policy_match.search.plan import TextPlan
from policy_match.search.segment import normalise, normalise_with_offsets

_LENGTH = 120
_ELLIPSIS = "…"
_LEAD = 20  # characters of context kept in front of the first match
_NOT_CONTENT = frozenset({"title", "doc_no", "furniture", "copy_to", "signature"})


@dataclass(frozen=True, slots=True)
class Passage:
    """One block as the snippet sees it: its number, kind and text (段落)."""

    n: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """Plain text with the spans that match (摘要)."""

    text: str
    block_n: int | None
    highlights: tuple[tuple[int, int], ...]


def make_snippet(plan: TextPlan | None, passages: Sequence[Passage]) -> Snippet:
    """
    The best passage, cut to a line or two, with its matches.

    Args:
        plan: what was looked for; None for a list without a text.
        passages: the policy's blocks in order.

    Returns:
        An empty snippet when there is no text; without a match, the beginning of the content.
    """
    content = [one for one in passages if one.kind not in _NOT_CONTENT] or list(passages)
    if not content:
        return Snippet("", None, ())
    needles = _needles(plan)
    best = max(content, key=lambda one: (_worth(one.text, needles), -one.n)) if needles else None
    if best is None or not _worth(best.text, needles):
        return Snippet(_cut(content[0].text, 0, _LENGTH), content[0].n, ())
    return _around_matches(best, needles)


def _needles(plan: TextPlan | None) -> tuple[str, ...]:
    """What to mark: words, phrases and, where words miss, bigrams; longest first."""
    if plan is None:
        return ()
    parts = dict.fromkeys((*plan.phrases, *plan.words, *plan.bigrams))
    return tuple(sorted(parts, key=lambda part: (-len(part), part)))


def _worth(text: str, needles: Sequence[str]) -> float:
    """How much of the query a passage holds: each part once, by its length; short ones first."""
    bare = normalise(text)
    held = sum(len(part) for part in needles if part in bare)
    return held / (1 + len(bare) / 2000)


def _around_matches(passage: Passage, needles: Sequence[str]) -> Snippet:
    spans = _spans(passage.text, needles)
    start = _best_window([span[0] for span in spans], len(passage.text))
    end = min(len(passage.text), start + _LENGTH)
    text = _cut(passage.text, start, end)
    shift = start - (len(_ELLIPSIS) if start else 0)
    inside = tuple((a - shift, b - shift) for a, b in spans if a >= start and b <= end)
    return Snippet(text, passage.n, inside)


def _spans(text: str, needles: Sequence[str]) -> list[tuple[int, int]]:
    """Where the needles stand in the text as written, merged where they touch."""
    bare, places = normalise_with_offsets(text)
    marked = [False] * len(text)
    for hit in re.finditer("|".join(rf"(?=({re.escape(part)}))" for part in needles), bare):
        part = next(group for group in hit.groups() if group)
        first, last = places[hit.start()], places[hit.start() + len(part) - 1]
        for n in range(first, last + 1):
            marked[n] = True
    return _runs(marked)


def _runs(marked: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n, is_marked in enumerate(marked):
        if is_marked and runs and runs[-1][1] == n:
            runs[-1] = (runs[-1][0], n + 1)
        elif is_marked:
            runs.append((n, n + 1))
    return runs


def _best_window(starts: Sequence[int], length: int) -> int:
    """Where to cut so that most matches are seen; the earliest of equal places."""
    if length <= _LENGTH or not starts:
        return 0
    seen = [sum(first <= other < first + _LENGTH - _LEAD for other in starts) for first in starts]
    start = max(0, starts[seen.index(max(seen))] - _LEAD)
    return min(start, length - _LENGTH)


def _cut(text: str, start: int, end: int) -> str:
    head = _ELLIPSIS if start else ""
    tail = _ELLIPSIS if end < len(text) else ""
    return head + re.sub(r"\s", " ", text[start:end]) + tail

"""The block of a policy that answers a query best, and where it matches (摘要与高亮)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policy_match.search.plan import TextPlan
from policy_match.search.segment import normalise, normalise_with_offsets

_LENGTH = 120
_ELLIPSIS = "…"
_LEAD = 20  # characters of context kept in front of the first match
_LONG_BLOCK = 2000  # from about this length on, a block's matches count half
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

    Words and quoted phrases are looked for first; where no passage holds any, the bigrams that
    found the policy across the borders of words.

    Args:
        plan: what was looked for; None for a list without a text.
        passages: the policy's blocks in order.

    Returns:
        An empty snippet when there is no text; without a match, the beginning of the content.
    """
    content = [one for one in passages if one.kind not in _NOT_CONTENT] or list(passages)
    if not content:
        return Snippet("", None, ())
    for needles in _needles(plan):
        best = _best(content, needles)
        if best is not None:
            return _around_matches(best, needles)
    return Snippet(_cut(content[0].text, 0, _LENGTH), content[0].n, ())


def _needles(plan: TextPlan | None) -> Iterable[tuple[str, ...]]:
    if plan is None:
        return ()
    words = tuple(dict.fromkeys((*plan.phrases, *plan.words)))
    return tuple(parts for parts in (words, plan.bigrams) if parts)


def _best(content: Sequence[Passage], needles: Sequence[str]) -> Passage | None:
    """
    The passage that holds most, the first of equals.

    Texts are compared as written, since normalising a long policy takes longer than finding it;
    the slow way is for policies where that finds nothing (full-width letters and the like).
    """
    for read in (str.lower, normalise):
        worths = [_worth(read(one.text), needles) for one in content]
        top = max(worths)
        if top:
            return content[worths.index(top)]
    return None


def _worth(text: str, needles: Sequence[str]) -> float:
    """How much of the query a text holds: each part once, by its length."""
    held = sum([len(part) for part in needles if part in text])
    return held / (1 + len(text) / _LONG_BLOCK)


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
    found = sorted(
        (places[start], places[start + len(part) - 1] + 1)
        for part in needles
        for start in _occurrences(bare, part)
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _occurrences(text: str, part: str) -> Iterable[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _best_window(starts: Sequence[int], length: int) -> int:
    """Where to cut so that most matches are seen; the earliest of equal places."""
    if length <= _LENGTH or not starts:
        return 0
    reach = _LENGTH - _LEAD
    best, most, last = starts[0], 0, 0
    for n, first in enumerate(starts):
        while last < len(starts) and starts[last] < first + reach:
            last += 1
        if last - n > most:
            best, most = first, last - n
    return min(max(0, best - _LEAD), length - _LENGTH)


def _cut(text: str, start: int, end: int) -> str:
    head = _ELLIPSIS if start else ""
    tail = _ELLIPSIS if end < len(text) else ""
    return head + re.sub(r"\s", " ", text[start:end]) + tail

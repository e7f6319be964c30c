"""What a question asks for, and what a passage holds: dates, sums, telephone numbers (问答形态)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from policy_match.search.lexicon import shape_patterns


@cache
def _compiled(part: str) -> tuple[re.Pattern[str], ...]:
    patterns: Mapping[str, str] = shape_patterns()[part]
    return tuple(re.compile(pattern, re.DOTALL) for pattern in patterns.values())


def question_kinds(text: str) -> tuple[bool, ...]:
    """Which kinds of question a normalised text is, in the order of shapes.json (提问类型)."""
    return tuple(pattern.search(text) is not None for pattern in _compiled("questions"))


def passage_shape(text: str) -> int:
    """What a normalised passage holds, as bits in the order of shapes.json (段落形态)."""
    hits = (pattern.search(text) is not None for pattern in _compiled("passages"))
    return sum(1 << n for n, hit in enumerate(hits) if hit)


def shape_count() -> tuple[int, int]:
    """How many kinds of question and how many shapes of passage there are."""
    return len(_compiled("questions")), len(_compiled("passages"))

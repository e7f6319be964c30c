"""
What a text query becomes: weighted terms and required phrases, for any engine (检索计划).

A word counts by its field's weight, its synonyms less; bigrams find what the words' borders hide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from policy_match.search.document import number_keys, squashed
from policy_match.search.lexicon import stop_words, synonyms
from policy_match.search.segment import Segmenter, normalise, runs_of

WORD_FIELDS = {"title_words": 1.5, "about_words": 0.5, "body_words": 1.0}
BIGRAM_FIELDS = {"title_bigrams": 1.0, "body_bigrams": 1.0}
SYNONYM_WEIGHT = 0.3
_MOST_TERMS = 64  # distinct words and bigrams each; later ones of a long query add little
_HAS_NUMBER = re.compile(r"[\d一二三四五六七八九十百〇]")
_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class WeightedTerm:
    """A token to look for in a field, and what it is worth (加权词项)."""

    field: str
    token: str
    weight: float
    prefix: bool = False  # a single character: every bigram that begins with it


@dataclass(frozen=True, slots=True)
class TextPlan:
    """
    How to look for a text (检索计划).

    Any term is enough, every phrase is needed; `numbers` are the document numbers it names, whose
    policies come first. `words`, `bigrams` and `runs` (of characters without a gap) are what the
    second stage compares with.
    """

    text: str
    terms: tuple[WeightedTerm, ...]
    phrases: tuple[str, ...]
    numbers: tuple[str, ...]
    words: tuple[str, ...]
    bigrams: tuple[str, ...]
    runs: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the text can be looked for."""
        return not (self.terms or self.phrases)


@lru_cache(maxsize=1024)
def plan_text(text: str, segmenter: Segmenter) -> TextPlan:
    """
    The plan for a text as a person types it (检索词→计划).

    Args:
        text: free text; `"在引号内"` must stand together.
        segmenter: the one that the index was written with.
    """
    bare = normalise(text)
    phrases = tuple(part.strip() for part in _QUOTED.findall(bare) if part.strip())
    tokens = segmenter.tokens(bare)
    words = _content_words(tokens.words)
    bigrams = [part for part in tokens.bigrams if len(part) > 1 or part < "\x80"]
    singles = [part for part in tokens.bigrams if len(part) == 1] if not bigrams else []
    terms = (*_word_terms(words), *_bigram_terms(bigrams), *_single_terms(singles))
    return TextPlan(
        text=bare,
        terms=terms,
        phrases=phrases,
        numbers=_numbers(text),
        words=tuple(dict.fromkeys(words)),
        bigrams=tuple(dict.fromkeys(bigrams)),
        runs=tuple(runs_of(bare)),
    )


def _numbers(text: str) -> tuple[str, ...]:
    """
    What a policy's number may be written as in the index.

    Words may run up to a number (查一下云政发〔2020〕1号), so the ends of what stands before it
    count as well: no agency's code is the end of another's that is asked for by chance.
    """
    if not _HAS_NUMBER.search(text):
        return ()
    keys = dict.fromkeys(number_keys(text))
    for key in tuple(keys):
        agency, bracket, rest = key.partition("〔")
        ends = range(1, len(agency) - 2) if bracket else ()
        keys.update(dict.fromkeys(agency[start:] + bracket + rest for start in ends))
    return (*keys, squashed(text))


def _content_words(words: list[str]) -> list[str]:
    """The words without stop words, unless nothing else is left."""
    kept = [word for word in words if word not in stop_words()]
    return kept or words


def _word_terms(words: list[str]) -> Iterator[WeightedTerm]:
    counts = Counter(words)
    for word, count in _first(counts):
        yield from _in_fields(WORD_FIELDS, word, float(count))
    for word, weight in _first(_synonym_weights(counts)):
        yield from _in_fields(WORD_FIELDS, word, weight)


def _synonym_weights(words: Counter[str]) -> dict[str, float]:
    """The synonyms of the words that the query itself does not hold."""
    known = synonyms()
    out: dict[str, float] = {}
    for word in words:
        for other in known.get(word, ()):
            if other not in words:
                out[other] = SYNONYM_WEIGHT
    return out


def _bigram_terms(bigrams: list[str]) -> Iterator[WeightedTerm]:
    for bigram, count in _first(Counter(bigrams)):
        yield from _in_fields(BIGRAM_FIELDS, bigram, float(count))


def _single_terms(singles: Iterable[str]) -> Iterator[WeightedTerm]:
    for single in dict.fromkeys(singles):
        for field, weight in BIGRAM_FIELDS.items():
            yield WeightedTerm(field, single, weight, prefix=True)


def _in_fields(fields: dict[str, float], token: str, weight: float) -> Iterator[WeightedTerm]:
    return (WeightedTerm(field, token, weight * worth) for field, worth in fields.items())


def _first(weights: dict[str, float] | Counter[str]) -> list[tuple[str, float]]:
    return list(weights.items())[:_MOST_TERMS]

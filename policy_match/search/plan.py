"""
What a text query becomes: weighted terms and required phrases, for any engine (检索计划).

A word counts by its field's weight, its synonyms less; bigrams find what the words' borders hide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from policy_match.search.document import is_bigram, number_keys, squashed
from policy_match.search.lexicon import stop_words, synonyms
from policy_match.search.segment import Segmenter, normalise, runs_of

HEAD_WEIGHT = 1.5  # of a word in title, issuers, themes or place
BODY_WEIGHT = 1.0  # of a word, and of a bigram, in the text
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
    terms = (*_terms(words, bigrams), *_single_terms(singles))
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


def _terms(words: list[str], bigrams: list[str]) -> Iterator[WeightedTerm]:
    """
    Every word by its count and every bigram by its own; a word of two characters is both.

    The two are one term then, so that no posting list is walked twice.
    """
    wanted: dict[str, float] = dict(_first(Counter(words)))
    wanted |= dict(_first(_synonym_weights(wanted)))
    pairs: dict[str, float] = dict(_first(Counter(bigrams)))
    for word, weight in wanted.items():
        yield WeightedTerm("head_words", word, weight * HEAD_WEIGHT)
        if is_bigram(word):
            pairs[word] = pairs.get(word, 0.0) + weight
        else:
            yield WeightedTerm("body_words", word, weight * BODY_WEIGHT)
    for pair, weight in pairs.items():
        yield WeightedTerm("body_bigrams", pair, weight * BODY_WEIGHT)


def _synonym_weights(words: Iterable[str]) -> dict[str, float]:
    """The synonyms of the words that the query itself does not hold."""
    known = synonyms()
    asked = dict.fromkeys(words)
    others = (other for word in asked for other in known.get(word, ()))
    return {other: SYNONYM_WEIGHT for other in others if other not in asked}


def _single_terms(singles: Iterable[str]) -> Iterator[WeightedTerm]:
    for single in dict.fromkeys(singles):
        yield WeightedTerm("body_bigrams", single, BODY_WEIGHT, prefix=True)


def _first(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    return list(weights.items())[:_MOST_TERMS]

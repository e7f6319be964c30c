"""Segmentation: text to tokens, ours beside the same chain on jieba (分词基准)."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterable, Sequence

from policy_match.bench import Row, benchmark, faster
from policy_match.search.segment import Segmenter, Tokens, bigrams_of, normalise, runs_of
from policy_match.testing.factories import field_texts

_SIZES = {"small": 300, "full": 3000}  # texts of about 700 characters


@benchmark("segment")
def segmentation(scale: str) -> Iterable[Row]:
    """Normalise, cut into words in search mode, make bigrams; a million characters a second."""
    texts = field_texts(_SIZES[scale])
    segmenter = Segmenter()
    theirs = jieba_chain(segmenter.extra_words)
    ours_rate = _rate(segmenter.tokens, texts)
    sample = texts[: len(texts) // 5]
    their_rate = _rate(theirs, sample)
    yield faster("segment", ours_rate, their_rate, "jieba", "Mchar/s", 5.0)


def jieba_chain(extra_words: Iterable[str]) -> Callable[[str], Tokens]:
    """The same chain with jieba in place of rjieba, the same words added."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's escapes and pkg_resources
        import jieba  # the yardstick; not needed by users

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    for word in extra_words:
        tokenizer.add_word(word)

    def chain(text: str) -> Tokens:
        runs = runs_of(normalise(text))
        words: list[str] = []
        for run in runs:
            words += [run] if run[0] < "\x80" else tokenizer.cut_for_search(run)
        return Tokens(words, bigrams_of(runs))

    return chain


def _rate(chain: Callable[[str], Tokens], texts: Sequence[str]) -> float:
    """Million characters a second, the best of three."""
    chain(texts[0])
    seconds = min(_seconds(chain, texts) for _ in range(3))
    return sum(map(len, texts)) / seconds / 1e6


def _seconds(chain: Callable[[str], Tokens], texts: Sequence[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        chain(text)
    return time.perf_counter() - start

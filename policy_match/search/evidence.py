"""
What speaks for each candidate, counted over all of them at once (证据).

Single characters, bigrams and trigrams of the query are counted in the candidates' texts with
numpy, since a search has some milliseconds for two hundred texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from policy_match.search.plan import TextPlan

_K1, _B = 1.2, 0.75  # BM25's usual ones, as the engines have them
_BEYOND = 0xFFFF  # rare characters share the last place of the table
_GAP = "\n"  # between texts; in no query's n-gram

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grams:
    """How often each n-gram of the query stands in each text: text by gram (计数)."""

    chars: Matrix
    bigrams: Matrix
    trigrams: Matrix
    lengths: NDArray[np.float64]


def count_grams(runs: Sequence[str], texts: Sequence[str]) -> Grams:
    """
    Count a query's n-grams in texts.

    Args:
        runs: the query's runs of characters; no gram reaches over the end of one.
        texts: normalised texts.
    """
    lengths = np.array([len(text) for text in texts], np.int64)
    joined = _GAP.join(texts) + _GAP
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    alphabet = sorted({char for run in runs for char in run if ord(char) < _BEYOND})
    table = np.zeros(_BEYOND + 1, np.int32)
    table[[ord(char) for char in alphabet]] = np.arange(1, len(alphabet) + 1)
    letters = table[np.minimum(codes, _BEYOND)]
    spots = np.flatnonzero(letters)
    starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    owners = np.searchsorted(starts, spots, side="right") - 1
    found = letters[spots] - 1
    place = {char: n for n, char in enumerate(alphabet)}
    pairs = _followers([[place[char] for char in run if char in place] for run in runs])
    two, two_spots, two_owners = _join(found, spots, owners, pairs, len(alphabet))
    triples = _followers([_numbers(run, place, pairs) for run in runs])
    three, _, three_owners = _join(two, two_spots, two_owners, triples, len(pairs))
    return Grams(
        _tally(found, owners, len(texts), len(alphabet)),
        _tally(two, two_owners, len(texts), len(pairs)),
        _tally(three, three_owners, len(texts), len(triples)),
        np.maximum(lengths, 1).astype(np.float64),
    )


def _followers(runs: Sequence[Sequence[int]]) -> dict[tuple[int, int], int]:
    """The neighbours in the runs, numbered as they come."""
    pairs = dict.fromkeys(pair for run in runs for pair in pairwise(run))
    return {pair: n for n, pair in enumerate(pairs)}


def _numbers(run: str, place: dict[str, int], pairs: dict[tuple[int, int], int]) -> list[int]:
    letters = [place[char] for char in run if char in place]
    return [pairs[pair] for pair in pairwise(letters)]


def _join(
    found: NDArray[np.int32],
    spots: NDArray[np.int64],
    owners: NDArray[np.int64],
    pairs: dict[tuple[int, int], int],
    size: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Grams one longer: those that follow each other at once and are neighbours in the query."""
    table = np.full(size * size or 1, -1, np.int32)
    for (left, right), n in pairs.items():
        table[left * size + right] = n
    near = np.flatnonzero(np.diff(spots) == 1)
    longer = table[found[near] * size + found[near + 1]] if len(near) else np.empty(0, np.int32)
    kept = longer >= 0
    return longer[kept], spots[near[kept]], owners[near[kept]]


def _tally(
    found: NDArray[np.int32], owners: NDArray[np.int64], texts: int, grams: int
) -> NDArray[np.float64]:
    counts = np.bincount(owners * max(grams, 1) + found, minlength=texts * max(grams, 1))
    return counts.reshape(texts, max(grams, 1)).astype(np.float64)


def pool_bm25(counts: Matrix, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """BM25 with the candidates as the collection: what tells them from one another."""
    norm = _K1 * (1 - _B + _B * lengths / lengths.mean())
    held = counts * (_K1 + 1) / (counts + norm[:, None])
    scores: NDArray[np.float64] = held @ pool_idf(counts > 0)
    return scores


def pool_idf(held: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The weight of each part by how many of the candidates hold it."""
    frequency = held.sum(axis=0)
    weights: NDArray[np.float64] = np.log(1 + (len(held) - frequency + 0.5) / (frequency + 0.5))
    return weights


def coverage(held: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of the parts that each candidate holds, rare ones counting more."""
    weights = pool_idf(held)
    total = weights.sum()
    shares: NDArray[np.float64] = held @ weights / total if total else np.zeros(len(held))
    return shares


def words_held(plan: TextPlan, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the query's words each text holds, as characters."""
    rows = [[word in text for word in plan.words] for text in texts]
    return np.array(rows, np.bool_).reshape(len(texts), len(plan.words))

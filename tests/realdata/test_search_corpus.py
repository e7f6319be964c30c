"""Over the real corpus: tokens equal jieba's, and every two characters find all that holds them."""

from __future__ import annotations

import json
import logging
import random
import re
import warnings
from collections import Counter

import pytest

from policy_match.bench.relevance import text_policy
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.query import Phrase
from policy_match.search.segment import HAN, Segmenter, default_segmenter, normalise

pytestmark = pytest.mark.realdata

RUN = re.compile(f"[{HAN}]+")
JIEBA_READS = re.compile("[一-鿕]+")  # what jieba takes for a Han character


@pytest.fixture(scope="module")
def texts(shared_data):
    path = shared_data / "policies_fulltext" / "policies.jsonl"
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def index(texts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "index"
    with EmbeddedIndex(folder, write=True) as opened:
        opened.put(text_policy(n, text) for n, text in enumerate(texts))
        yield opened


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.slow)])
def test_words_are_jiebas_token_for_token(texts, step):
    """The field's words added to both; every run of Han characters of every `step`th text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jieba = pytest.importorskip("jieba", reason="jieba, the reference, is not installed")
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    segmenter = Segmenter()
    for word in segmenter.extra_words:
        tokenizer.add_word(word)
    checked = 0
    for text in texts[::step]:
        for run in JIEBA_READS.findall(normalise(text)):
            words = segmenter.words(run)
            assert words == list(tokenizer.cut_for_search(run)), run
            checked += len(words)
    assert checked > 1_000_000 / step


def test_every_two_characters_find_all_that_holds_them(texts, index):
    """A sample of all pairs of the corpus, and words that longer words hide."""
    holders: dict[str, set[int]] = {}
    for n, text in enumerate(texts):
        for run in RUN.findall(normalise(text)):
            for at in range(len(run) - 1):
                holders.setdefault(run[at : at + 2], set()).add(n)
    pairs = random.Random(7).sample(sorted(holders), 400)
    for pair in [*pairs, *(one for one in ("用电", "稳岗", "补贴", "专精") if one in holders)]:
        assert index.count(Phrase(pair)) == len(holders[pair]), pair
        assert index.count(pair) >= len(holders[pair]), pair


def test_common_pairs_rank_holders_alone_at_the_top(texts, index):
    """The list begins with texts that hold what was asked for."""
    asked = [word for word, _ in Counter(_words(texts)).most_common(300)[::20]]
    for word in asked:
        for hit in index.search(word, limit=5):
            assert word in normalise(texts[int(hit.policy_id)])


def _words(texts):
    return (
        word for text in texts[:50] for word in default_segmenter().words(text) if len(word) == 2
    )

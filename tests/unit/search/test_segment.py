"""One normalisation and one segmentation for index and query."""

from __future__ import annotations

import pytest

from policy_match.search.lexicon import stop_words, synonyms
from policy_match.search.segment import Segmenter, default_segmenter, normalise


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ＩＳＯ９００１（质量）", "iso9001(质量)"),
        ("补\u200b贴\ufeff", "补贴"),
        ("面积㎡", "面积m2"),
        ("①第一", "1第一"),
        ("100％；５０％", "100%;50%"),
        ("𠮷野", "𠮷野"),
        ("", ""),
    ],
)
def test_text_has_one_form(written, expected):
    assert normalise(written) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("专精特新企业", ["专精", "专精特新", "企业"]),
        ("给予1,000.5万元", ["给予", "1000.5", "万元"]),
        ("3.5%", ["3.5"]),
        ("2020.1.1", ["2020", "1", "1"]),
        ("2024年3月", ["2024", "年", "3", "月"]),
        ("5G与ISO9001", ["5g", "与", "iso9001"]),
        ("No.123-A", ["no", "123", "a"]),
        ("http://x.cn/a", ["http", "x", "cn", "a"]),
        ("，。！ \n", []),
    ],
)
def test_words(text, expected):
    assert default_segmenter().words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("稳岗补贴", ["稳岗", "岗补", "补贴", "贴"]),
        ("税", ["税"]),
        ("用电。价", ["用电", "电", "价"]),
        ("5G网", ["5g", "网"]),
    ],
)
def test_bigrams_stay_within_a_run(text, expected):
    assert default_segmenter().bigrams(text) == expected


def test_tokens_are_words_and_bigrams():
    text = "对ISO9001认证给予补助，最高5万元"
    tokens = default_segmenter().tokens(text)
    assert tokens.words == default_segmenter().words(text)
    assert tokens.bigrams == default_segmenter().bigrams(text)


def test_a_long_ascii_run_is_cut():
    assert default_segmenter().words("a" * 5000) == ["a" * 64]


def test_the_fingerprint_is_of_the_words():
    assert Segmenter(["甲乙丙"]).fingerprint == Segmenter(["甲乙丙", "甲乙丙"]).fingerprint
    assert Segmenter(["甲乙丙"]).fingerprint != Segmenter(["甲乙丁"]).fingerprint
    assert Segmenter().fingerprint == default_segmenter().fingerprint


def test_words_of_the_field_stay_whole():
    for word in ("小巨人", "免申即享", "揭榜挂帅", "规上企业", "以奖代补", "首台套"):
        assert word in default_segmenter().words(f"支持{word}政策"), word


def test_synonyms_go_both_ways_and_are_in_normal_form():
    known = synonyms()
    assert "补助" in known["补贴"]
    for word, others in known.items():
        assert word not in others
        assert normalise(word) == word
        assert all(word in known[other] for other in others)


def test_a_stop_word_is_no_synonym():
    assert not stop_words() & set(synonyms())

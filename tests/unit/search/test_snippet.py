"""Snippets show the block that answers, and mark it as written."""

from __future__ import annotations

import pytest

from policy_match.search.plan import plan_text
from policy_match.search.segment import default_segmenter
from policy_match.search.snippet import Passage, make_snippet


def snippet(query, *texts, kinds=None):
    kinds = kinds or ["paragraph"] * len(texts)
    passages = [
        Passage(n, kind, text) for n, (kind, text) in enumerate(zip(kinds, texts, strict=True))
    ]
    plan = plan_text(query, default_segmenter()) if query else None
    return make_snippet(plan, passages)


def marked(found):
    return [found.text[a:b] for a, b in found.highlights]


def test_the_block_with_most_of_the_query_is_shown():
    found = snippet("稳岗返还标准", "稳岗工作", "稳岗返还的标准是多少", "返还")
    assert found.block_n == 1
    assert marked(found) == ["稳岗返还", "标准"]


def test_a_word_inside_a_longer_word_is_found_by_its_characters():
    assert marked(snippet("用电", "工业用电价格")) == ["用电"]


def test_across_the_borders_of_words_the_bigrams_mark():
    assert marked(snippet("岗补", "稳岗补贴")) == ["岗补"]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("iso9001", "通过ＩＳＯ９００１认证", ["ＩＳＯ９００１"]),
        ("补贴", "补\u200b贴发放", ["补\u200b贴"]),
        ("m2", "厂房500㎡以上", ["㎡"]),
        ("LPR", "按lpr计息", ["lpr"]),
    ],
)
def test_marks_are_on_the_text_as_written(query, text, expected):
    assert marked(snippet(query, text)) == expected


def test_a_long_block_is_cut_around_the_matches():
    found = snippet("用电补贴", "前" * 500 + "给予用电补贴支持" + "后" * 500)
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= 122
    assert marked(found) == ["用电补贴"]


def test_titles_are_not_shown_where_there_is_content():
    found = snippet("补贴", "补贴办法", "给予补贴", kinds=["title", "paragraph"])
    assert found.block_n == 1


def test_without_a_match_the_beginning_is_shown():
    found = snippet("完全无关", "第一段", "第二段")
    assert (found.text, found.block_n, found.highlights) == ("第一段", 0, ())


def test_without_a_query_the_beginning_is_shown():
    assert snippet("", "第一段\n第二行").text == "第一段 第二行"


def test_without_text_there_is_none():
    assert snippet("补贴").text == ""

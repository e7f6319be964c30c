"""Trees become queries: plain dicts, compared without a server."""

from __future__ import annotations

from datetime import date

import pytest

from policy_match.errors import QueryError
from policy_match.search.elastic.compile import NOTHING, Compiler
from policy_match.search.query import And, Not, Or, Phrase, PolicyQuery, Range, Term, Text
from policy_match.search.segment import default_segmenter

compiled = Compiler(default_segmenter()).compile


def test_filters_stand_apart_from_what_ranks():
    text = Text("磷")
    assert compiled(And((text, Term("level", "city"), Not(Term("draft", "true"))))) == {
        "bool": {
            "must": [compiled(text)],
            "filter": [{"term": {"level": "city"}}],
            "must_not": [{"term": {"draft": "true"}}],
        }
    }


def test_a_single_character_is_the_beginning_of_a_bigram():
    should = compiled(Text("磷"))["bool"]["should"]
    assert {"prefix": {"body_bigrams": {"value": "磷", "boost": 1.0}}} in should


def test_words_and_bigrams_are_weighted_terms():
    (query,) = compiled(And((Text("稳岗补贴"),)))["bool"]["must"]
    terms = {
        (field, asked["value"]): asked["boost"]
        for one in query["bool"]["should"]
        for field, asked in one["term"].items()
    }
    assert terms["head_words", "补贴"] == 1.5
    assert terms["body_bigrams", "补贴"] == 2.0  # as a word and as a bigram
    assert terms["body_bigrams", "岗补"] == 1.0


def test_a_phrase_is_a_run_of_bigrams():
    assert compiled(Phrase("稳岗补贴")) == {
        "match_phrase": {"body_bigrams": {"query": "稳岗 岗补 补贴"}}
    }
    assert compiled(Phrase("补贴")) == {"term": {"body_bigrams": {"value": "补贴", "boost": 1.0}}}
    assert compiled(Phrase("iso9001税")) == {
        "match_phrase_prefix": {"body_bigrams": {"query": "iso9001 税", "max_expansions": 10_000}}
    }
    assert compiled(Phrase("？")) == NOTHING


def test_quoted_text_must_be_there_beside_any_word():
    query = compiled(Text('"稳岗补贴" 企业'))
    assert query["bool"]["must"][0] == {
        "match_phrase": {"body_bigrams": {"query": "稳岗 岗补 补贴"}}
    }
    assert query["bool"]["must"][1]["bool"]["minimum_should_match"] == 1


def test_days_are_ordinals_and_a_missing_one_is_never_within():
    first, last = date(2024, 1, 1), date(2024, 12, 31)
    assert compiled(Range("issued_on", first, last)) == {
        "range": {"issued_on": {"gte": first.toordinal(), "lte": last.toordinal()}}
    }
    assert compiled(Range("issued_on"))["range"]["issued_on"] == {
        "gte": 1,
        "lte": date.max.toordinal(),
    }


def test_filters_in_an_or_give_no_score():
    query = compiled(Or((Phrase("补贴"), Term("theme", "工业"))))
    assert query["bool"]["should"][1] == {
        "constant_score": {"filter": {"term": {"theme": "工业"}}, "boost": 0.0}
    }


def test_empty_trees():
    assert compiled(And(())) == {"bool": {}}
    assert compiled(Or(())) == NOTHING
    assert compiled(Not(And(()))) == {"bool": {"must_not": [{"bool": {}}]}}
    assert compiled(Text("？")) == NOTHING


def test_a_filled_in_form_compiles_whole():
    query = PolicyQuery("补贴", region="530000", theme="工业", as_of=date(2024, 6, 1))
    parts = compiled(query.tree())["bool"]
    assert {"term": {"region": "530000"}} in parts["filter"]
    assert {"term": {"theme": "工业"}} in parts["filter"]
    assert len(parts["must"]) == 1


@pytest.mark.parametrize("node", [Term("nowhere", "x"), Range("id"), "补贴"])
def test_what_is_not_there_is_refused(node):
    with pytest.raises(QueryError, match=r"没有名为|不认识"):
        compiled(node)

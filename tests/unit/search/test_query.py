"""Requests become trees, or are refused in Chinese."""

from __future__ import annotations

from datetime import date

import pytest

from policy_match.domain.policy import PolicyLevel, PolicyStatus
from policy_match.errors import CodeError, QueryError
from policy_match.search.plan import SYNONYM_WEIGHT, plan_text
from policy_match.search.query import And, Not, Or, Phrase, PolicyQuery, Range, Term, Text
from policy_match.search.request import as_request, check_limit
from policy_match.search.segment import default_segmenter

DAY = date(2024, 6, 1)


def plan(text):
    return plan_text(text, default_segmenter())


def test_a_form_becomes_a_tree():
    query = PolicyQuery(
        "补贴", level=PolicyLevel.CITY, region="53", theme="工业", kind="办法", issued_from=DAY
    )
    assert query.tree() == And(
        (
            Text("补贴"),
            Term("level", "city"),
            Term("region", "530000"),
            Term("theme", "工业"),
            Term("kind", "办法"),
            Range("issued_on", DAY, None),
        )
    )


def test_a_status_becomes_ranges():
    query = PolicyQuery(status=PolicyStatus.EXPIRED, as_of=DAY)
    ended_before = Or((Term("draft", "true"), Range("repealed_on", last=DAY)))
    expired = And((Range("expires_on", last=date(2024, 5, 31)), Not(ended_before)))
    assert query.filters() == And((Or((expired,)),))


def test_an_unknown_region_names_the_nearest():
    with pytest.raises(CodeError, match="530199"):
        PolicyQuery(region="530199").filters()


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_limits_have_bounds(limit):
    with pytest.raises(QueryError, match=str(limit)):
        check_limit(limit)


def test_the_text_of_a_tree_leaves_out_what_is_excluded():
    request = as_request(And((Text("稳岗"), Or((Phrase("返还"),)), Not(Text("个人")))))
    assert request.text == "稳岗 返还"


def test_a_text_alone_is_a_request():
    request = as_request(" 稳岗 ")
    assert (request.text, request.filters) == ("稳岗", And(()))


def test_stop_words_are_dropped_unless_alone():
    assert plan("企业如何申请补贴").words == ("企业", "申请", "补贴")
    assert plan("如何").words == ("如何",)


def test_synonyms_weigh_less_than_what_was_asked():
    weights = {(t.field, t.token): t.weight for t in plan("补贴").terms}
    asked, other = weights["head_words", "补贴"], weights["head_words", "补助"]
    assert other == pytest.approx(asked * SYNONYM_WEIGHT)
    assert weights["body_bigrams", "补贴"] > weights["body_bigrams", "补助"]


def test_a_word_of_two_characters_is_one_term_with_its_bigram():
    fields = [t.field for t in plan("用电").terms if t.token == "用电"]
    assert fields == ["head_words", "body_bigrams"]
    longer = [t.field for t in plan("小巨人").terms if t.token == "小巨人"]
    assert longer == ["head_words", "body_words"]


def test_quoted_parts_are_phrases():
    assert plan('"稳岗返还" 标准').phrases == ("稳岗返还",)
    assert plan("＂稳岗返还＂").phrases == ("稳岗返还",)
    assert plan("“稳岗返还”").phrases == ()


def test_numbers_are_read_in_any_form_and_after_words():
    assert "晋政发〔2023〕7号" in plan("查晋政发(2023)第7号").numbers
    assert plan("没有数字").numbers == ()


def test_one_character_is_a_prefix():
    terms = plan("磷").terms
    assert [t.prefix for t in terms if t.field == "body_bigrams"] == [True]


def test_nothing_to_look_for_is_empty():
    assert plan("？！").is_empty

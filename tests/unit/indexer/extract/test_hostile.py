"""Input that is made to cost time or to mislead."""

from __future__ import annotations

import time

import pytest

from indexer.extract import extract_measures
from indexer.structure import structure

from .conftest import Condition, Extract, atoms_of, document_of

SECONDS = 30.0  # on a busy machine; an unbounded pattern takes hours

HOSTILE = {
    "digits": ("申报条件：注册资本" + "9" * 300_000 + "万元以上",),
    "commas": ("支持内容：" + "1," * 100_000,),
    "one line": ("申报条件：" + "企业年营业收入不低于100万元且属于制造业" * 250_000,),
    "supports": ("申报条件：" + "支持对中小企业给予" * 50_000,),
    "brackets": ("申报条件：" + "（《“" * 200_000,),
    "unclosed": ("申报条件：《" + "某" * 500_000,),
    "numerals": ("申报条件：" + "一二三四五六七八九十百千" * 50_000,),
    "units": (
        "支持内容：",
        *(f"{n}. 支持企业第{n}项，给予最高{n}万元奖励。" for n in range(1, 2000)),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_bounded_time(name: str) -> None:
    document = document_of("某办法", *HOSTILE[name])
    policy = structure(document)
    start = time.perf_counter()

    measures = extract_measures(policy, document)

    assert time.perf_counter() - start < SECONDS
    assert len(measures) <= 300


@pytest.mark.parametrize(
    "text",
    [
        "注册资本不低于500。",  # no unit
        "年营业收入1000万元至500万元。",  # upside down
        "2024年2月30日前注册成立。",  # no such day
        "注册资本不低于2000万美元。",  # not in yuan
    ],
)
def test_what_makes_no_sense_is_never_a_fact(text: str, condition: Condition) -> None:
    assert atoms_of(condition(text)) == []


def test_a_contradiction_is_not_held_for_sure(condition: Condition) -> None:
    rule = condition("从业人员300人以上。从业人员100人以下。")

    assert rule.to_json()["all"][0]["any"][0]["confidence"] <= 0.4


def test_nothing_at_all_has_no_measure(extract: Extract) -> None:
    assert extract("昆明市某办法") == ()

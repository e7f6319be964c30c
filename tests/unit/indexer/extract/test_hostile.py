"""Input that is made to cost time or to mislead."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from indexer.extract import extract_measures
from indexer.structure import structure
from policy_match.domain.policy import Measure

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


SHAPES = {
    "plain lines": lambda n: ("企业年营业收入不低于100万元且属于制造业。",) * n,
    "conditions": lambda n: (
        "申报条件：",
        *(f"（{k % 90 + 1}）企业年营业收入不低于{k}万元，从业人员{k}人以上。" for k in range(n)),
    ),
    "articles": lambda n: tuple(
        f"第{k}条 对符合条件的企业给予最高{k}万元奖励，见《办法{k}》（某发〔2020〕{k}号）。"
        for k in range(n)
    ),
    "notices": lambda n: tuple(
        line
        for k in range(n // 4)
        for line in (
            f"{k % 9 + 1}、申报条件",
            "（一）在昆明市注册的企业。",
            "支持标准：",
            f"给予{k}万元奖励。",
        )
    ),
    "one long line": lambda n: ("企业年营业收入不低于100万元，属于制造业；" * n,),
    "rows": lambda n: tuple(f"类别{k} | 年收入{k}万元以上 | 奖励{k}万元" for k in range(n)),
}
SHORT, TIMES, ROOM = 1500, 4, 2.5  # four times the text may take ten times as long, not sixteen


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_no_faster_than_the_text(shape: str) -> None:
    def seconds(lines: int) -> float:
        document = document_of("某市若干措施", *SHAPES[shape](lines))
        policy = structure(document)
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            extract_measures(policy, document)
            best = min(best, time.process_time() - start)
        return best

    short, long = seconds(SHORT), seconds(SHORT * TIMES)

    assert long <= max(short, 0.02) * TIMES * ROOM


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


def facts_of(measures: Sequence[Measure]) -> set[str]:
    return {atom[0] for measure in measures for atom in atoms_of(measure.criteria)}


def test_a_day_that_does_not_exist_is_no_window(extract: Extract) -> None:
    """The words stay for a person to read; an upside-down window is none either."""
    for days in ("2026年2月30日至2026年13月1日", "2026年9月1日至2026年3月31日"):
        (measure,) = extract(
            "昆明市关于组织申报研发补助的通知",
            "一、支持对象",
            "在昆明市注册的企业。",
            "二、支持标准",
            "给予最高20万元补助。",
            "三、申报时间",
            f"{days}。",
        )
        assert (measure.window.opens_on, measure.window.closes_on) == (None, None)
        assert (measure.window.text or "").endswith(f"{days}。")


def test_an_amount_without_a_unit_is_no_cap(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市关于组织申报研发补助的通知",
        "一、支持对象",
        "在昆明市注册的企业。",
        "二、支持标准",
        "给予资金补助，每家最高50。",
    )
    assert measure.benefit.max_amount is None
    assert "50" in (measure.benefit.text or "")


def test_a_table_whose_header_is_a_picture_is_not_read_by_columns(extract: Extract) -> None:
    """Its rows stay text: no column can be told, so no row gives a rule held for sure."""
    measures = extract(
        "昆明市关于组织申报补助的通知",
        "一、支持标准",
        "[图片]",
        "类别甲 | 1000 | 50",
        "类别乙 | 2000 | 80",
        "二、申报条件",
        "在昆明市注册的企业。",
    )
    assert facts_of(measures) <= {"region", "entity_type"}
    assert {one.benefit.max_amount for one in measures} <= {None}


def test_brackets_that_never_close_hide_no_condition(condition: Condition) -> None:
    found = atoms_of(condition("成立满2年（含；从业人员50人以上）），注册资本500万元以上（。"))
    assert ("employees", ">=", 50) in found
    assert ("registered_capital", ">=", 5000000) in found


def test_a_contradiction_is_not_held_for_sure(condition: Condition) -> None:
    rule = condition("从业人员300人以上。从业人员100人以下。")

    assert rule.to_json()["all"][0]["any"][0]["confidence"] <= 0.4


def test_nothing_at_all_has_no_measure(extract: Extract) -> None:
    assert extract("昆明市某办法") == ()

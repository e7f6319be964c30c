"""Days of issue, effect and lapse."""

from __future__ import annotations

import time
from datetime import date

import pytest

from indexer.structure.dates import add_months, find_dates, read_date
from indexer.structure.terms import read_term
from policy_match.domain.policy import PolicyStatus

from .conftest import Read

ISSUED = date(2024, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2024年3月13日",
        "二〇二四年三月十三日",
        "二○二四年三月十三日",
        "二０二四 年 三 月 十三 日",
        "２０２４年３月１３日",
        "2024-03-13",
        "2024/3/13",
        "2024.3.13",
    ],
)
def test_ways_of_writing_a_day(text: str) -> None:
    assert read_date(text) == date(2024, 3, 13)
    assert [found.on for found in find_dates(f"（{text}）")] == [date(2024, 3, 13)]


@pytest.mark.parametrize("text", ["2024年2月30日", "2024年13月1日", "二〇二四年十三月一日"])
def test_impossible_days_are_none(text: str) -> None:
    assert read_date(text) is None
    assert list(find_dates(text)) == []


@pytest.mark.parametrize(
    ("sentence", "effective", "expires"),
    [
        ("本办法自2024年3月1日起施行。", "2024-03-01", None),
        ("本办法自印发之日起施行，有效期3年。", "2024-01-31", "2027-01-30"),
        ("本办法自印发之日起30日后施行。", "2024-03-01", None),
        ("本通知自发布之日起1个月后实施。", "2024-02-29", None),
        ("本办法自2024年3月1日起试行，试行期两年。", "2024-03-01", "2026-02-28"),
        ("本措施自2024年3月1日起施行，有效期至2025年12月31日。", "2024-03-01", "2025-12-31"),
        ("本公告执行期限为2024年1月1日至2027年12月31日。", "2024-01-01", "2027-12-31"),
        ("本政策自发布之日起施行，暂定三年有效期。", "2024-01-31", "2027-01-30"),
        ("本办法自公布之日起施行。", "2024-01-31", None),
        ("本细则有效期5年。", None, "2029-01-30"),
        ("本措施施行至2026年6月30日。", None, "2026-06-30"),
    ],
)
def test_sentences_of_effect(sentence: str, effective: str | None, expires: str | None) -> None:
    term = read_term(f"第一条 对企业给予奖励。\n第九条 {sentence}", ISSUED)
    got = (term.effective and str(term.effective), term.expires and str(term.expires))
    assert got == (effective, expires)


@pytest.mark.parametrize(
    "sentence",
    [
        "高新技术企业证书有效期为三年。",
        "认定的企业有效期均为三年，到期后组织复核。",
        "持有在有效期限内的许可证。",
        "《某某办法》自2019年1月1日起施行。",
        "申报截止至2024年3月31日。",
        "有效期至2024年13月45日。",
    ],
)
def test_terms_of_other_things_are_not_its_own(sentence: str) -> None:
    term = read_term(sentence, ISSUED)
    assert (term.effective, term.expires) == (None, None)


def test_working_days_are_left_open() -> None:
    assert read_term("本办法自印发之日起10个工作日后施行。", ISSUED).effective is None


def test_month_ends() -> None:
    assert add_months(date(2023, 12, 31), 2) == date(2024, 2, 29)


def test_the_last_day_is_still_in_force(read: Read) -> None:
    policy = read(
        "昆明市人民政府关于支持企业的通知",
        "各单位：",
        "本通知自2024年1月1日起施行，有效期1年。",
        "昆明市人民政府",
        "2023年12月1日",
    )
    assert [str(event.kind) for event in policy.events] == ["issued", "effective", "expires"]
    assert policy.status_on(date(2023, 12, 31)) is PolicyStatus.UNKNOWN
    assert policy.status_on(date(2024, 12, 31)) is PolicyStatus.IN_FORCE
    assert policy.status_on(date(2025, 1, 1)) is PolicyStatus.EXPIRED


def test_a_draft_is_a_draft(read: Read) -> None:
    policy = read("昆明市支持办法", "（征求意见稿）", "第一条 本办法自2024年1月1日起施行。")
    assert policy.status_on(date(2024, 6, 1)) is PolicyStatus.DRAFT
    assert policy.effective_on is None


@pytest.mark.parametrize(
    "unit", ["有效期", "自2024年1月1日起", "施行", "二〇二四年", "1", "《", "（", "执行期限至"]
)
def test_hostile_text_takes_linear_time(unit: str, read: Read) -> None:
    started = time.perf_counter()
    read("关于支持的通知", unit * (600_000 // len(unit)))
    assert time.perf_counter() - started < 6

"""Document numbers: ways of writing, finding in text, who issued them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_match.domain.codes import code_table
from policy_match.domain.document_number import (
    DocumentNumber,
    find_document_numbers,
    issuer_candidates,
    issuer_of,
    parse_document_number,
)

DATA = Path(__file__).parents[4] / "shared" / "data" / "policies_fulltext"


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("晋办通〔2023〕10号", "晋办通〔2023〕10号"),
        ("晋办通[2023]10号", "晋办通〔2023〕10号"),
        ("晋办通【2023】10号", "晋办通〔2023〕10号"),
        ("晋办通﹝2023﹞10号", "晋办通〔2023〕10号"),
        ("晋办通（2023）10号", "晋办通〔2023〕10号"),
        ("晋办通(2023)10号", "晋办通〔2023〕10号"),
        ("晋办通〔２０２３〕１０号", "晋办通〔2023〕10号"),
        ("晋办通〔2023〕第10号", "晋办通〔2023〕10号"),
        ("晋办通〔2023年〕10号", "晋办通〔2023〕10号"),
        ("晋办通〔2023）10号", "晋办通〔2023〕10号"),
        ("晋办通〔2023〕010号", "晋办通〔2023〕10号"),
        ("晋 办 通 〔2023〕 10 号", "晋办通〔2023〕10号"),
        ("晋办通　〔 2023 〕　10　号", "晋办通〔2023〕10号"),
        ("（晋办通〔2023〕10号）", "晋办通〔2023〕10号"),
        ("发文字号：晋办通〔2023〕10号", "晋办通〔2023〕10号"),
        ("晋办通〔2023〕10号文件", "晋办通〔2023〕10号"),
        ("国统字〔2017〕213号", "国统字〔2017〕213号"),
        ("云政发[2020]1 号", "云政发〔2020〕1号"),
        ("公告2020年第8号", "公告2020年第8号"),
        ("国家税务总局公告2020年第8号", "公告2020年第8号"),
        ("财政部 税务总局公告2023年第12号", "公告2023年第12号"),
        ("财政部公告（2023年第12号）", "公告2023年第12号"),
        ("农业农村部通告〔2020〕3号", "通告2020年第3号"),
        ("海关总署公告\n2020年 第40号", "公告2020年第40号"),
        ("国务院令第722号", "令第722号"),
        ("国令第722号", "令第722号"),
        ("中华人民共和国国务院令\n第 722 号", "令第722号"),
        ("中华人民共和国主席令第二十三号", "令第23号"),
        ("主席令第一百一十号", "令第110号"),
        ("主席令第七〇号", "令第70号"),
        ("中华人民共和国农业部令(2010年第4号)", "令2010年第4号"),
    ],
)
def test_one_form(written: str, normalised: str) -> None:
    """However it is written, a number has one form, and reading that form again keeps it."""
    number = parse_document_number(written)
    assert number is not None
    assert number.normalised == str(number) == normalised
    assert parse_document_number(normalised) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "（2023年）第3号线",
        "地铁规划（2023）3号线",
        "三里河东路8号",
        "〔2023〕10号",
        "晋办通〔2023〕10",
        "晋办通〔1023〕10号",
        "根据晋办通〔2023〕10号",
        "晋办通〔2023〕10号、11号",
        "第三批名单",
        "2020年第8号",
    ],
)
def test_no_number(text: str) -> None:
    """A text that is no number, or holds more than one, gives none."""
    assert parse_document_number(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("根据国办发〔2020〕12号文件", ["国办发〔2020〕12号"]),
        (
            "按照《通知》（财税【2019】13号）和财税﹝2018﹞7号执行",
            ["财税【2019】13号", "财税﹝2018﹞7号"],
        ),
        ("财税〔2019〕13号和国发〔2020〕3号", ["财税〔2019〕13号", "国发〔2020〕3号"]),
        ("昆明市人民政府 昆政发〔2020〕1号", ["昆政发〔2020〕1号"]),
        ("关于延长期限的公告》（2020年第8号）", ["公告》（2020年第8号）"]),
        ("以国务院令第722号公布", ["国务院令第722号"]),
        ("依据商务部、海关总署公告2018年第82号办理", ["商务部、海关总署公告2018年第82号"]),
        ("的通知\n云政发〔2020〕1号\n各州、市", ["云政发〔2020〕1号"]),
        ("软件企业须符合财税〔2012〕27号规定", ["财税〔2012〕27号"]),
        ("开通（2023年）第3号线", []),
    ],
)
def test_find_in_text(text: str, found: list[str]) -> None:
    """Words that lead up to a number do not belong to it; offsets are those of the text."""
    hits = find_document_numbers(text)
    assert [text[one.start : one.end] for one in hits] == found


def test_issuers_of_announcements() -> None:
    """A joint announcement carries its issuers; the order is that of the text."""
    number = parse_document_number("财政部 税务总局公告2023年第12号")
    assert number is not None
    assert number.issuers == ("财政部", "税务总局")
    assert number.key() == "财政部、税务总局|公告2023年第12号"
    assert issuer_candidates(number) == (("财政部", "000000"), ("税务总局", "000000"))


def test_equality_and_key() -> None:
    """Equal when the normalised forms are; the key tells agencies apart."""
    finance = parse_document_number("财政部公告2020年第8号")
    customs = parse_document_number("海关总署公告2020年第8号")
    assert finance is not None
    assert customs is not None
    assert finance == customs
    assert hash(finance) == hash(customs)
    assert finance.key() != customs.key()
    assert finance.key("海关总署") == customs.key()


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("国发〔2020〕1号", (("国务院", "000000"),)),
        ("国办发明电〔2020〕1号", (("国务院办公厅", "000000"),)),
        ("财税〔2020〕1号", (("财政部、国家税务总局", "000000"),)),
        ("国科发火〔2020〕1号", (("科学技术部", "000000"),)),
        ("云政发〔2020〕1号", (("云南省人民政府", "530000"),)),
        ("云政办发〔2020〕1号", (("云南省人民政府办公厅", "530000"),)),
        ("昆政发〔2020〕1号", (("昆明市人民政府", "530100"),)),
        ("昆政办〔2020〕1号", (("昆明市人民政府办公室", "530100"),)),
        (
            "晋政发〔2020〕1号",
            (("山西省人民政府", "140000"), ("晋宁区人民政府", "530115")),
        ),
        (
            "晋办通〔2020〕1号",
            (("中共山西省委办公厅", "140000"), ("中共晋宁区委办公室", "530115")),
        ),
        ("云南省人民政府令第3号", (("云南省人民政府", "530000"),)),
        ("商政发〔2020〕1号", ()),
        ("甲乙丙〔2020〕1号", ()),
    ],
)
def test_issuer_candidates(text: str, candidates: tuple[tuple[str, str], ...]) -> None:
    """All who may have issued it; an ambiguous code never decides alone."""
    number = parse_document_number(text)
    assert number is not None
    assert issuer_candidates(number) == candidates
    assert issuer_of(number) == (candidates[0] if len(candidates) == 1 else None)


def test_agency_codes_name_known_regions() -> None:
    """The table of agency codes leads to regions that exist."""
    for agency in "云昆晋粤青宁楚德":
        for _, region in issuer_candidates(DocumentNumber(f"{agency}政发", 2020, 1)):
            assert region in code_table("region")


@given(
    st.text(alphabet="云政办发晋财税字函", min_size=2, max_size=8),
    st.integers(1949, 2099),
    st.integers(1, 99999),
    st.sampled_from(["〔〕", "[]", "【】", "（）", "()", "﹝﹞"]),
)
@settings(deadline=None)
def test_any_bracket_gives_the_same_number(
    agency: str, year: int, sequence: int, brackets: str
) -> None:
    """Brackets are a way of writing; the parts come back."""
    left, right = brackets
    number = parse_document_number(f"{agency}{left}{year}{right}{sequence}号")
    assert number == DocumentNumber(agency, year, sequence)


@given(st.text(alphabet="财政部令公告第号0123年〔〕（）[] \n、和一十", max_size=200))
@settings(deadline=None)
def test_found_places_are_in_order(text: str) -> None:
    """No text breaks it; hits do not overlap, and each reads alike by itself."""
    end = 0
    for hit in find_document_numbers(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end


@pytest.mark.parametrize(
    "text",
    [
        "国" * 300_000 + "〔2020〕",
        "财政部 " * 100_000 + "令第1号",
        "(2020)" * 100_000,
        ("部 " * 40 + "令第1号") * 3_000,
        "令第" + "一" * 300_000,
        "公告" + " " * 300_000 + "第1号",
    ],
)
def test_time_is_bounded(text: str) -> None:
    """Hostile texts of some 300,000 characters take well under the bound."""
    start = time.perf_counter()
    find_document_numbers(text)
    assert time.perf_counter() - start < 3


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
def test_real_numbers() -> None:
    """The numbers that real policies state are read; what stays is no number by itself."""
    lines = (DATA / "policies.jsonl").read_text(encoding="utf-8").splitlines()
    stated = [record["doc_no"] for record in map(json.loads, lines) if record.get("doc_no")]
    plain = [text for text in stated if text[-1] == "号"]
    unread = [text for text in plain if parse_document_number(text) is None]
    assert len(plain) > 250
    assert unread == []

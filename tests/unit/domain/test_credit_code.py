"""Unified social credit codes: canonical form, what is wrong, the region inside."""

from __future__ import annotations

import contextlib
import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from policy_match.domain.credit_code import check_credit_code, region_of
from policy_match.errors import EnterpriseError

DATA = Path(__file__).parents[4] / "shared" / "data" / "enterprises"
GOOD = "91530122216573756Q"


@pytest.mark.parametrize(
    "written",
    [
        GOOD,
        f" {GOOD.lower()}\n",
        "９１５３０１２２２１６５７３７５６Ｑ",
        "9153 0122 2165 7375 6Q",
        f"\ufeff{GOOD}",
    ],
)
def test_canonical(written: str) -> None:
    """Blanks, case and width do not matter."""
    assert check_credit_code(written) == GOOD


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "有 0 位，应为 18 位"),
        ("9153012221657375", "有 16 位，应为 18 位"),
        ("530122100001234", "15 位是旧工商注册号"),
        ("216573756", "9 位是组织机构代码"),
        ("9153O122216573756Q", "第 5 位“O”不在可用字符中。是否应为“0”"),
        ("91530122216573756中", "第 18 位“中”不在可用字符中。请对照营业执照核对"),
        ("91530122216573756R", "末位校验码不符。前 17 位若无误，末位应为“Q”"),
        ("9153A122216573756Q", "第 3—8 位应为数字"),
    ],
)
def test_what_is_wrong(written: str, said: str) -> None:
    """The message holds the code, what is wrong with it, and what to do."""
    with pytest.raises(EnterpriseError) as caught:
        check_credit_code(written)
    assert said in str(caught.value)
    assert f"“{written}”" in str(caught.value)


def test_region_of() -> None:
    """Digits 3-8, a former county as its successor."""
    assert region_of(GOOD) == "530115"


@given(st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_is_caught(place: int, char: str) -> None:
    """No single changed character passes."""
    changed = GOOD[:place] + char + GOOD[place + 1 :]
    if changed != GOOD:
        with pytest.raises(EnterpriseError):
            check_credit_code(changed)


@given(st.text(max_size=20))
def test_any_text_is_judged(text: str) -> None:
    """Every text is either a code or an error of ours."""
    if uscc.is_valid(text):
        assert uscc.is_valid(check_credit_code(text))
        return
    with contextlib.suppress(EnterpriseError):  # blanks and width may have been all
        assert uscc.is_valid(check_credit_code(text))


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
def test_real_codes() -> None:
    """All real codes of 晋宁 pass; 220 of the 240 begin with the former county's code."""
    with (DATA / "jinning_enterprises_1980_2004.csv").open(encoding="utf-8-sig") as file:
        codes = [row["credit_code"] for row in csv.DictReader(file)]
    assert [check_credit_code(code) for code in codes] == codes
    assert Counter(map(region_of, codes)) == {"530115": 220, "530000": 11, "530100": 9}

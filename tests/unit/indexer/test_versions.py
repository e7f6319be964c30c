"""Copies, new versions and documents that are only alike."""

from __future__ import annotations

import random
import sys
from datetime import date

import pytest

from indexer.versions import Kinship, find_kin, shingles
from policy_match.domain.policy import Block, Policy
from policy_match.errors import MissingExtra


def words(seed: int, count: int = 400) -> str:
    """A text of its own kind."""
    signs = random.Random(seed)
    return "".join(chr(signs.randrange(0x4E00, 0x9F00)) for _ in range(count))


def policy(name: str, text: str, **more: object) -> Policy:
    block = Block(n=0, kind="paragraph", text=text, at=(0, len(text)))
    return Policy(id=f"p-{name}", title=str(more.pop("title", name)), blocks=(block,), **more)  # type: ignore[arg-type]  # by name


BODY = words(1)


def test_a_document_republished_with_a_menu_is_a_copy() -> None:
    (found,) = find_kin([policy("a", BODY, title="办法"), policy("b", "首页" + BODY, title="办法")])
    assert found.kinship is Kinship.COPY
    assert found.share > 0.9


def test_a_new_edition_of_the_same_title_is_a_version() -> None:
    old = policy("z", BODY, title="甲市产业办法（试行）", issued_on=date(2023, 1, 1))
    new = policy(
        "a",
        BODY[:300] + words(2, 60),
        title="甲市产业办法（2025年修订）",
        issued_on=date(2025, 1, 1),
    )
    (found,) = find_kin([new, old])
    assert (found.newer, found.older, found.kinship) == ("p-a", "p-z", Kinship.VERSION)


def test_two_documents_after_one_form_are_only_alike() -> None:
    one = policy("a", BODY, title="关于甲项目的批复", doc_no="国函〔2019〕1号")
    other = policy(
        "b", BODY[:340] + words(3, 40), title="关于乙项目的批复", doc_no="国函〔2019〕2号"
    )
    (found,) = find_kin([one, other])
    assert found.kinship is Kinship.LIKE


def test_another_number_or_day_is_no_copy() -> None:
    one = policy("a", BODY, title="申报通知", issued_on=date(2024, 1, 1))
    other = policy("b", BODY, title="申报通知", issued_on=date(2025, 1, 1))
    (found,) = find_kin([one, other])
    assert found.kinship is Kinship.VERSION


def test_the_same_title_elsewhere_is_only_alike() -> None:
    one = policy("a", BODY, title="办法", region="530115")
    other = policy("b", BODY[:330] + words(4, 50), title="办法", region="530111")
    (found,) = find_kin([one, other])
    assert found.kinship is Kinship.LIKE


def test_different_and_short_texts_are_left_out() -> None:
    assert find_kin([policy("a", BODY), policy("b", words(9))]) == ()
    assert find_kin([policy("a", "短文"), policy("b", "短文")]) == ()


def test_the_order_of_documents_changes_nothing() -> None:
    several = [policy(str(n), BODY[: 250 + 20 * n], title="办法") for n in range(6)]
    assert find_kin(several) == find_kin(reversed(several))
    assert [one.share for one in find_kin(several)] == sorted(
        (one.share for one in find_kin(several)), reverse=True
    )


def test_the_estimate_is_near_the_true_share() -> None:
    one, other = BODY, BODY[:320] + words(5, 80)
    (found,) = find_kin([policy("a", one), policy("b", other)])
    left, right = shingles(one), shingles(other)
    assert found.share == pytest.approx(len(left & right) / len(left | right), abs=0.12)


def test_without_datasketch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(MissingExtra, match=r"policy-match\[versions\]"):
        find_kin([policy("a", BODY)])

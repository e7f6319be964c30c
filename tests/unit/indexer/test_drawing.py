"""The chain of levels drawn as SVG: every document once, in its level's band, none over another."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from indexer.drawing import BOX_WIDTH, lay_out, to_svg
from indexer.lineage import lineage
from indexer.picture import Chart, chart_of
from policy_match.domain.policy import Policy, PolicyLevel, Reference, Relation

DAY = date(2026, 11, 24)
SVG = "{http://www.w3.org/2000/svg}"
ORDER = ["中央", "省级", "市级", "区县级", "未收录"]


def policy(name: str, level: PolicyLevel, *basis: str) -> Policy:
    return Policy(
        id=f"p-{name}",
        title=f"《{name}》<b>&措施",
        doc_no=f"{name}〔2020〕1号",
        level=level,
        issued_on=date(2020, 1, 1),
        references=tuple(
            Reference(doc_no=f"{one}〔2020〕1号", relation=Relation.BASIS) for one in basis
        ),
    )


def chart(*policies: Policy) -> Chart:
    by_id = {one.id: one for one in policies}
    start = policies[-1].id
    return chart_of(start, lineage(start, policies), by_id, as_of=DAY)


def four_levels() -> Chart:
    return chart(
        policy("国", PolicyLevel.CENTRAL),
        policy("省", PolicyLevel.PROVINCE, "国"),
        policy("市", PolicyLevel.CITY, "省"),
        policy("区", PolicyLevel.DISTRICT, "市", "国", "无"),
    )


def test_four_levels_stand_below_each_other_and_what_is_not_on_record_last() -> None:
    # mission 1
    laid = lay_out(four_levels())
    assert [band.label for band in laid.bands] == ORDER
    tops = {box.node.policy_id: box.y for box in laid.boxes.values()}
    assert tops["p-国"] < tops["p-省"] < tops["p-市"] < tops["p-区"] < tops[None]


def test_the_picture_is_sound_escaped_and_leads_to_the_records() -> None:
    drawn = to_svg(four_levels(), link=lambda key: f'/desk?"{key}"', label="《区》的脉络图")
    root = ElementTree.fromstring(
        drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    )
    links = [one.get("href") for one in root.iter(f"{SVG}a")]
    assert sorted(links) == [f'/desk?"p-{one}"' for one in "国市省"]  # not the policy itself
    assert "<b>" not in drawn
    assert "《国》<b>&措施" in "".join(root.itertext())
    assert root.get("aria-label") == "《区》的脉络图"
    assert sum(one.get("class") == "tie" for one in root.iter(f"{SVG}path")) == 5


@given(st.lists(st.sampled_from([*PolicyLevel]), min_size=1, max_size=14))
def test_no_two_documents_overlap_and_all_are_inside(levels: list[PolicyLevel]) -> None:
    many = [policy(f"文{n}", level) for n, level in enumerate(levels)]
    last = policy("末", PolicyLevel.DISTRICT, *(f"文{n}" for n in range(len(many))))
    laid = lay_out(chart(*many, last))
    assert len(laid.boxes) == len(many) + 1
    for one, other in combinations(laid.boxes.values(), 2):
        apart_x = abs(one.x - other.x) >= BOX_WIDTH
        assert apart_x or one.y + one.height <= other.y or other.y + other.height <= one.y
    for box in laid.boxes.values():
        assert 0 <= box.x <= laid.width - BOX_WIDTH
        assert 0 <= box.y <= laid.height - box.height

"""Two versions side by side: clauses that differ, and rules that do."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from indexer.compare import Change, compare
from indexer.compare_rules import rule_changes
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.policy import Benefit, Block, Measure, Policy


def policy(*clauses: str, measures: tuple[Measure, ...] = ()) -> Policy:
    blocks, at = [], 0
    for n, text in enumerate(clauses):
        number = text.split("　")[0] if "　" in text else None
        kind = "article" if number else "paragraph"
        blocks.append(Block(n=n, kind=kind, number=number, text=text, at=(at, at + len(text))))
        at += len(text) + 1
    return Policy(id="p", title="办法", blocks=tuple(blocks), measures=measures)


def measure(criteria: object, *, title: str = "研发补助", amount: int | None = None) -> Measure:
    return Measure(
        id="m", title=title, criteria=parse_criterion(criteria), benefit=Benefit(max_amount=amount)
    )


FIRST = "第一条　对营业收入1亿元以上的企业给予奖励。"
SECOND = "第二条　由区科技局负责解释本办法。"


def test_the_same_text_has_no_difference() -> None:
    assert compare(policy(FIRST, SECOND), policy(FIRST, SECOND)).same


def test_a_clause_put_in_between_changes_no_other() -> None:
    moved = SECOND.replace("第二条", "第三条")
    added = "第二条　奖励资金由区财政承担。"
    found = compare(policy(FIRST, SECOND), policy(FIRST, added, moved)).clauses
    assert [(one.change, one.after.text if one.after else None) for one in found] == [
        (Change.ADDED, added)
    ]


def test_a_changed_clause_is_spelt_out() -> None:
    (found,) = compare(policy(FIRST, SECOND), policy(FIRST.replace("1亿", "2亿"), SECOND)).clauses
    assert found.change is Change.CHANGED
    assert [piece for piece in found.pieces if piece[0] != "kept"] == [
        ("removed", "1"),
        ("added", "2"),
    ]


def test_what_is_gone_stands_where_it_stood() -> None:
    (found,) = compare(policy(FIRST, SECOND), policy(SECOND)).clauses
    assert (found.change, found.before.text if found.before else "") == (Change.REMOVED, FIRST)


def test_width_and_blanks_are_no_difference() -> None:
    assert compare(policy("支持 (含) 100万元。"), policy("支持（含）100万元。")).clauses == ()


CLAUSES = st.lists(
    st.text("奖励补贴企业资金申报条件甲乙丙丁", min_size=4, max_size=12), max_size=9, unique=True
)


@given(CLAUSES, CLAUSES)
def test_every_clause_is_accounted_for(before: list[str], after: list[str]) -> None:
    """What is not told as a difference is the same on both sides, and pieces spell both out."""
    found = compare(policy(*before), policy(*after)).clauses
    left = [one.before.text for one in found if one.before]
    right = [one.after.text for one in found if one.after]
    assert len(left) == len(set(left))
    assert len(right) == len(set(right))
    assert [text for text in before if text not in left] == [
        text for text in after if text not in right
    ]
    for one in found:
        if one.before and one.after:
            assert "".join(t for kind, t in one.pieces if kind != "added") == one.before.text
            assert "".join(t for kind, t in one.pieces if kind != "removed") == one.after.text


REVENUE = {"fact": "revenue", "op": ">=", "value": 100_000_000}
STAFF = {"fact": "employees", "op": "<=", "value": 300}


def test_a_threshold_that_moved_is_one_change() -> None:
    (found,) = rule_changes(
        measure({"all": [REVENUE, STAFF]}),
        measure({"all": [{**REVENUE, "value": 200_000_000}, STAFF]}),
    )
    assert found.to_json() == {
        "what": "revenue",
        "before": {"op": ">=", "value": 100_000_000},
        "after": {"op": ">=", "value": 200_000_000},
    }


def test_a_new_condition_an_old_one_and_the_benefit() -> None:
    before = measure({"all": [REVENUE, {"attest": "制度健全"}]}, amount=100)
    after = measure({"all": [REVENUE, {"not": STAFF}]}, amount=200)
    assert [(one.what, one.before, one.after) for one in rule_changes(before, after)] == [
        ("attest", {"attest": "制度健全", "op": ""}, None),
        ("employees", None, {"op": "not <=", "value": 300}),
        ("benefit.max_amount", 100, 200),
    ]


def test_the_same_conditions_joined_otherwise_are_a_change_of_logic() -> None:
    (found,) = rule_changes(measure({"all": [REVENUE, STAFF]}), measure({"any": [REVENUE, STAFF]}))
    assert found.what == "logic"


def test_order_and_quotes_are_no_change() -> None:
    quoted = {**STAFF, "quote": "不超过300人", "at": [3, 9]}
    assert not rule_changes(measure({"all": [REVENUE, STAFF]}), measure({"all": [quoted, REVENUE]}))


def test_a_scope_that_came_is_told() -> None:
    zone = parse_criterion({"fact": "zone", "op": "in", "value": ["甲园区"]})
    before = measure(REVENUE)
    (found,) = rule_changes(before, before.model_copy(update={"scope": zone}))
    assert (found.what, found.before) == ("scope", None)


def test_measures_are_matched_by_what_they_say() -> None:
    old = (measure(REVENUE), measure(STAFF, title="上市奖励"))
    new = (measure(STAFF, title="首次上市奖励", amount=5), measure(REVENUE, title="厂房租金补贴"))
    found = compare(policy(measures=old), policy(measures=new)).measures
    assert [(one.change, (one.after or one.before).title) for one in found] == [  # type: ignore[union-attr]  # one is there
        (Change.CHANGED, "首次上市奖励"),
        (Change.ADDED, "厂房租金补贴"),
        (Change.REMOVED, "研发补助"),
    ]


def test_rules_read_from_two_texts_differ_where_the_texts_do(
    measures_of: Callable[..., tuple[Measure, ...]],
) -> None:
    """From text to difference: the amount and one threshold."""
    lines = (
        "关于组织申报研发补助的通知",
        "一、申报条件",
        "企业上年度营业收入不低于2000万元。",
        "二、支持标准",
        "对符合条件的企业给予最高50万元补助。",
    )
    later = tuple(line.replace("2000", "3000").replace("50万", "80万") for line in lines)
    (old,), (new,) = measures_of(*lines), measures_of(*later)
    told = {one.what: (one.before, one.after) for one in rule_changes(old, new)}
    assert told == {
        "revenue": (
            {"op": ">=", "value": 20_000_000},
            {"op": ">=", "value": 30_000_000},
        ),
        "benefit.max_amount": (500_000, 800_000),
    }

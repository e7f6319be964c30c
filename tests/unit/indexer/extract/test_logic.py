"""How conditions are put together: 同时满足, 之一, 任意两项, 不得, 除外, 参照执行."""

from __future__ import annotations

from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    FactLeaf,
    Not,
    children_of,
    leaves_of,
)

from .conftest import Condition, Extract, atoms_of, attests_of

HEAD = ("昆明市试点企业培育支持办法", "支持标准：给予最高10万元补助。")


def test_all_items_hold_where_nothing_else_is_said(extract: Extract) -> None:
    (measure,) = extract(
        *HEAD,
        "申报条件：申报企业应当同时满足以下条件：",
        "（1）成立3年以上；",
        "（2）从业人员20人以上。",
    )

    assert isinstance(measure.criteria, All)
    assert {atom[0] for atom in atoms_of(measure.criteria)} == {"established_years", "employees"}


def test_one_of_them_is_enough_where_the_head_says_so(extract: Extract) -> None:
    (measure,) = extract(
        *HEAD,
        "申报条件：申报企业应当符合下列条件之一：",
        "（1）成立3年以上；",
        "（2）从业人员20人以上。",
    )

    assert [type(node) for node in children_of(measure.criteria)] == [AnyOf]


def test_two_of_three_are_enough_where_the_head_says_so(extract: Extract) -> None:
    (measure,) = extract(
        *HEAD,
        "申报条件：申报单位应当符合以下条件中的任意两项：",
        "（1）成立3年以上；",
        "（2）从业人员20人以上；",
        "（3）研发人员占职工总数15%以上。",
    )

    (rule,) = children_of(measure.criteria)
    assert isinstance(rule, AtLeast)
    assert (rule.at_least, len(rule.of)) == (2, 3)


def test_or_between_clauses_joins_them(condition: Condition) -> None:
    rule = condition("年营业收入不低于10亿元，或细分市场占有率居全国前十名。")

    (choice,) = children_of(rule)
    assert isinstance(choice, AnyOf)
    assert [type(leaf) for leaf in leaves_of(choice)] == [FactLeaf, AttestLeaf]


def test_what_is_ruled_out_stands_under_a_not(condition: Condition) -> None:
    rule = condition("近三年存在拖欠工资行为的单位，不得申报。")

    (refusal,) = children_of(rule)
    assert isinstance(refusal, Not)
    assert isinstance(refusal.child, AttestLeaf)


def test_a_list_of_exclusions_turns_into_good_conditions(extract: Extract) -> None:
    (measure,) = extract(
        *HEAD,
        "申报条件：有下列情形之一的，不予支持：",
        "（1）被列入严重失信主体名单的；",
        "（2）发生较大生产安全事故的；",
        "（3）拖欠职工工资的。",
    )

    facts = {atom for atom in atoms_of(measure.criteria) if atom[0].startswith("no_")}
    assert facts == {("no_dishonesty", "==", True), ("no_safety_accident", "==", True)}
    assert any(isinstance(node, Not) for node in children_of(measure.criteria))


def test_an_exclusion_with_its_own_object_leaves_the_rest_alone(condition: Condition) -> None:
    rule = condition("申报单位为具有独立法人资格的企业，不接受个人申报。")

    assert ("legal_person", "==", True) in atoms_of(rule)
    asked = [leaf.attest for leaf in children_of(rule) if isinstance(leaf, AttestLeaf)]
    assert asked == ["不接受个人申报"]


def test_those_who_are_treated_alike_are_let_in(extract: Extract) -> None:
    (measure,) = extract(
        "昆明高新技术产业开发区创新支持办法",
        "支持对象：注册在昆明高新技术产业开发区内的企业。符合条件的注册在昆明市其他区域的企业参照执行。",
        "支持标准：给予最高10万元补助。",
    )

    places = [node for node in children_of(measure.criteria) if isinstance(node, AnyOf)]
    assert [leaf.fact for leaf in leaves_of(places[0]) if isinstance(leaf, FactLeaf)] == [
        "zone",
        "region",
    ]


def test_steps_that_exclude_each_other_are_alternatives_and_unsure(condition: Condition) -> None:
    rule = condition("年营业收入5000万元以下。年营业收入2亿元以上。")

    (choice,) = children_of(rule)
    assert isinstance(choice, AnyOf)
    assert all(leaf.confidence is not None and leaf.confidence <= 0.4 for leaf in leaves_of(choice))


def test_a_preference_is_no_condition(condition: Condition) -> None:
    assert condition("对专精特新中小企业予以优先支持。") == All(all=())


def test_what_no_extractor_reads_is_left_to_self_check(condition: Condition) -> None:
    rule = condition("具有健全的财务管理制度，从业人员20人以上。")

    assert attests_of(rule) == ["具有健全的财务管理制度"]

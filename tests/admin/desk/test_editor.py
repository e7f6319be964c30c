"""The tree of the rule editor: exact both ways, and acts that keep what they promise."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from admin.editor.acts import ACTS, act
from admin.editor.form import read, shape
from admin.editor.tree import EditNode, edit, finish
from admin.editor.values import read_date, read_names, read_number, say_number
from policy_match.domain.criterion import Criterion, parse_criterion
from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.facts import default_registry
from policy_match.facade import DraftRule, simulate

REGISTRY = default_registry()
NUMBERS = ("registered_capital", "employees", "rd_ratio", "established_years", "revenue_growth")
CODES = {"industry": ("C", "27", "2720"), "region": ("530115", "530100"), "zone": ("甲园", "乙园")}

numbers = st.one_of(
    st.integers(0, 10**12), st.floats(0, 1e9, allow_nan=False).map(lambda one: round(one, 6))
)
number_leaves = st.builds(
    lambda fact, op, value: {"fact": fact, "op": op, "value": value},
    st.sampled_from(NUMBERS),
    st.sampled_from((">=", ">", "<=", "<", "==")),
    numbers,
)
code_leaves = st.sampled_from(sorted(CODES)).flatmap(
    lambda fact: st.lists(st.sampled_from(CODES[fact]), min_size=1, unique=True).map(
        lambda value: {"fact": fact, "op": "in", "value": value}
    )
)
other_leaves = st.sampled_from(
    (
        {"fact": "legal_person", "op": "==", "value": True},
        {"fact": "listed", "op": "==", "value": False},
        {"fact": "established_on", "op": "<=", "value": "2020-02-29"},
        {"attest": "具有健全的财务管理制度", "quote": "健全", "at": [1, 3], "confidence": 0.6},
    )
)
leaves = st.one_of(number_leaves, code_leaves, other_leaves)


def groups(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        some.map(lambda of: {"all": of}),
        some.map(lambda of: {"any": of}),
        children.map(lambda one: {"not": one}),
        some.flatmap(lambda of: st.integers(1, len(of)).map(lambda k: {"at_least": k, "of": of})),
    )


rules = st.recursive(leaves, groups, max_leaves=8).map(parse_criterion)
ENTERPRISES = [
    parse_enterprise(
        {"id": f"e{n}", "name": f"企业{n}", "facts": facts}, read_on=date(2026, 11, 24)
    )
    for n, facts in enumerate(
        (
            {},
            {"employees": 30, "registered_capital": 5_000_000, "industry": ["2720"]},
            {"employees": 3, "rd_ratio": 0.04, "listed": False, "region": ["530115"]},
            {"legal_person": True, "established_on": "2018-01-01", "zone": ["甲园"]},
        )
    )
]


def meaning(rule: Criterion) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """For whom a rule is true and for whom it is open."""
    (reach,) = simulate([DraftRule(rule)], ENTERPRISES, as_of=date(2026, 11, 24))
    return reach.eligible_ids, reach.unknown_ids


def posted(tree: EditNode) -> MultiDict[str, str]:
    """What a browser would post of a tree that nobody touched."""
    form = MultiDict({"tree": shape(tree)})
    for node in tree.walk():
        if node.is_group:
            form[f"kind-{node.key}"], form[f"count-{node.key}"] = node.kind, node.count
            continue
        form[f"fact-{node.key}"], form[f"op-{node.key}"] = node.fact, node.op
        form[f"text-{node.key}"], form[f"attest-{node.key}"] = node.text, node.attest
        form.setlist(f"codes-{node.key}", node.codes)
    return form


@given(rules)
def test_a_rule_nobody_touched_comes_back_as_it_was(rule: Criterion) -> None:
    tree = read(posted(edit(rule, REGISTRY)), REGISTRY)
    edited = finish(tree, REGISTRY, author="王审核")
    assert edited.rule is not None, [node.error for node in tree.walk()]
    assert meaning(edited.rule) == meaning(rule)
    whole = {"all": [rule.to_json()]} if len(list(tree.walk())) == 2 else None
    assert edited.json in (rule.to_json(), whole)


@settings(max_examples=150)
@given(rules, st.data())
def test_wrapping_and_unwrapping_keep_the_meaning(rule: Criterion, data: st.DataObject) -> None:
    tree = edit(rule, REGISTRY)
    for _ in range(data.draw(st.integers(1, 4))):
        key = data.draw(st.sampled_from([node.key for node in tree.walk()]))
        act(tree, data.draw(st.sampled_from(("wrap", "unwrap", "up", "down"))), key, REGISTRY)
    edited = finish(tree, REGISTRY, author="王审核")
    assert edited.rule is not None
    assert meaning(edited.rule) == meaning(rule)


@settings(max_examples=150)
@given(rules, st.data())
def test_no_act_loses_or_doubles_a_node(rule: Criterion, data: st.DataObject) -> None:
    tree = edit(rule, REGISTRY)
    for _ in range(6):
        key = data.draw(st.sampled_from([node.key for node in tree.walk()]))
        name = data.draw(st.sampled_from(ACTS))
        before = {node.key for node in tree.walk()}
        go_on = act(tree, name, key, REGISTRY)
        keys = [node.key for node in tree.walk()]
        assert len(keys) == len(set(keys))
        assert go_on in keys
        assert name in ("remove", "unwrap") or before <= set(keys)


@given(st.sampled_from(NUMBERS), numbers)
def test_numbers_are_read_as_they_were_said(fact: str, value: float) -> None:
    assert read_number(say_number(value, REGISTRY[fact]), REGISTRY[fact]) == value


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("registered_capital", "500万元", 5_000_000),
        ("registered_capital", "1.2 亿元", 120_000_000),
        ("registered_capital", "３，０００万", 30_000_000),
        ("registered_capital", "800元", 800),
        ("rd_ratio", "3 ％", 0.03),
        ("rd_ratio", "2.5%", 0.025),
        ("employees", "20人", 20),
        ("employees", "20", 20),
        ("established_years", "1.5 年", 1.5),
    ],
)
def test_people_write_numbers_in_many_ways(fact: str, text: str, value: float) -> None:
    assert read_number(text, REGISTRY[fact]) == value


@pytest.mark.parametrize(
    ("fact", "text", "words"),
    [
        ("registered_capital", "500", "单位"),
        ("registered_capital", "", "请填写"),
        ("registered_capital", "很多", "不是数字"),
        ("rd_ratio", "0.03", "百分号"),
        ("employees", "20 万元", "不认识的单位"),
    ],
)
def test_a_number_that_makes_no_sense_says_how_to_write_it(
    fact: str, text: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        read_number(text, REGISTRY[fact])


def test_days_and_names_are_read_leniently() -> None:
    assert read_date("2024年5月1日") == "2024-05-01"
    assert read_names("甲园、乙园，甲园") == ["甲园", "乙园"]
    with pytest.raises(ValueError, match="没有"):
        read_date("2023-02-30")


def test_a_changed_leaf_is_the_persons_and_keeps_its_quote() -> None:
    rule = parse_criterion(
        {
            "all": [
                {
                    "fact": "employees",
                    "op": ">=",
                    "value": 20,
                    "quote": "20人以上",
                    "at": [5, 10],
                    "how": "employees",
                    "confidence": 0.9,
                }
            ]
        }
    )
    form = posted(edit(rule, REGISTRY))
    form["text-2"] = "30 人"
    edited = finish(read(form, REGISTRY), REGISTRY, author="王审核")
    assert edited.json == {
        "all": [
            {
                "fact": "employees",
                "op": ">=",
                "value": 30,
                "quote": "20人以上",
                "at": [5, 10],
                "by": "王审核",
            }
        ]
    }


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"text-2": ""}, 2, "请填写"),
        ({"fact-2": "moon"}, 2, "没有登记"),
        ({"kind-1": "at_least", "count-1": "3"}, 1, "1 到 1"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_node(
    change: dict[str, str], key: int, words: str
) -> None:
    rule = parse_criterion({"all": [{"fact": "employees", "op": ">=", "value": 20}]})
    form = posted(edit(rule, REGISTRY))
    for name, text in change.items():
        form[name] = text
    tree = read(form, REGISTRY)
    assert finish(tree, REGISTRY, author="王").rule is None
    assert words in next(node.error for node in tree.walk() if node.key == key)

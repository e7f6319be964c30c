"""
What every register must do, as tests (企业名册的约定测试).

A backend's author subclasses and gives one fixture, an empty register as of `AS_OF`:

    class TestMyRegister(RegisterContract):
        @pytest.fixture
        def register(self):
            with MyRegister(as_of=AS_OF) as register:
                yield register
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from policy_match.domain.criterion import ALWAYS, Criterion, Not, parse_criterion
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.domain.verdict import Truth
from policy_match.errors import RuleError
from policy_match.matching.decide import truth_of_rule
from policy_match.matching.ports import Found, Register, Tally

AS_OF = date(2026, 11, 24)
_ATTEST = "具有健全的财务管理制度"


def _enterprise(key: str, facts: dict[str, Any], **more: Any) -> Enterprise:
    return parse_enterprise({"id": key, "name": key, "facts": facts} | more, read_on=AS_OF)


def sample_enterprises() -> list[Enterprise]:
    """A few enterprises with missing, coarse, partial, dated and computed facts."""
    badge = {"code": "high_tech", "valid_from": "2023-11-25", "valid_until": "2026-11-24"}
    over = badge | {"valid_until": "2026-11-23"}
    return [
        _enterprise(
            "E3",
            {
                "region": "530115001",
                "industry": ["2720"],
                "employees": 50,
                "qualification": [badge],
                "established_on": "2019-11-24",
                "legal_person": True,
            },
            attested={_ATTEST: True},
        ),
        _enterprise("E1", {"region": "530100", "industry": ["C"], "qualification": [over]}),
        _enterprise(
            "E2",
            {
                "region": {"has": [], "lacks": ["530115"]},
                "qualification": {"has": [over], "lacks": ["little_giant"]},
                "size_class": {"has": [], "lacks": ["large"]},
                "rd_ratio": 0.03,
            },
            attested={_ATTEST: False},
        ),
        _enterprise("E4", {}),
        _enterprise(
            "E5",
            {
                "industry": ["2720"],
                "employees": 1200,
                "revenue": 5e8,
                "established_years": 3,
                "legal_person": False,
                "zone": ["晋宁工业园区"],
            },
        ),
    ]


def sample_rules() -> list[Criterion]:
    """Rules of every node, operator and kind of fact."""

    def leaf(fact: str, op: str, value: Any) -> dict[str, Any]:
        return {"fact": fact, "op": op, "value": value}

    places = [leaf("region", "in", [code]) for code in ("000000", "530000", "530115", "530115001")]
    small = leaf("size_class", "in", ["medium", "small", "micro"])
    badge = leaf("qualification", "in", ["high_tech", "little_giant"])
    numbers = [leaf("rd_ratio", op, 0.03) for op in (">=", ">", "<=", "<", "==")]
    ages = [leaf("established_years", op, 7) for op in (">=", "<", "==")]
    trees: list[dict[str, Any]] = [
        *places,
        *numbers,
        *ages,
        small,
        badge,
        leaf("size_class", "in", ["large"]),
        leaf("qualification", "in", []),
        leaf("zone", "in", ["晋宁工业园区"]),
        leaf("established_on", "<=", "2019-11-24"),
        leaf("legal_person", "==", False),
        {"attest": _ATTEST},
        {"attest": "从未有人回答过的事项"},
        {"all": []},
        {"any": []},
        {"not": badge},
        {"all": [small, badge]},
        {"any": [badge, places[2], {"attest": _ATTEST}]},
        {"at_least": 2, "of": [small, badge, places[2], numbers[0], ages[0]]},
        {"not": {"at_least": 2, "of": [small, small, {"any": []}]}},
    ]
    return [parse_criterion(tree) for tree in trees]


def decided(rule: Criterion, enterprises: list[Enterprise], *, as_of: date = AS_OF) -> Found:
    """Whom a rule finds by deciding one by one: what every register is held to."""
    truths = [truth_of_rule(rule, encode(one, as_of=as_of)) for one in enterprises]
    pairs = list(zip(enterprises, truths, strict=True))
    return Found(
        tuple(one.id for one, truth in pairs if truth is Truth.TRUE),
        tuple(one.id for one, truth in pairs if truth is not Truth.FALSE),
    )


def tally_of(found: Found, total: int) -> Tally:
    """The counts of a complete list."""
    return Tally(len(found.true), len(found.possible), total)


def _negated(rule: Criterion) -> Criterion:
    return Not(**{"not": rule})


class RegisterContract:
    """Every register finds what deciding one by one finds."""

    def test_is_a_register(self, register: Register) -> None:
        """It has all methods of the port."""
        assert isinstance(register, Register)
        assert register.as_of == AS_OF

    def test_counts_and_ids_are_those_of_deciding_one_by_one(self, register: Register) -> None:
        """Every kind of rule, in the register's order."""
        people, rules = sample_enterprises(), sample_rules()
        assert register.put(people) == len(people)
        expected = [decided(rule, people) for rule in rules]
        assert [register.find(rule) for rule in rules] == expected
        assert list(register.find_many(rules)) == expected
        tallies = [tally_of(found, len(people)) for found in expected]
        assert [register.count(rule) for rule in rules] == tallies
        assert register.count_many(rules) == tallies

    def test_an_empty_register_finds_nobody(self, register: Register) -> None:
        """Nobody is there, whatever the rule."""
        assert len(register) == 0
        assert register.count(ALWAYS) == Tally(0, 0, 0)
        assert register.find(_negated(ALWAYS)) == Found((), ())
        assert register.count_many([]) == []

    def test_a_second_put_replaces_whole_and_keeps_the_place(self, register: Register) -> None:
        """What the newer record does not say is unknown again."""
        people = sample_enterprises()
        register.put(people)
        people[0] = _enterprise("E3", {"rd_ratio": 0.05})
        assert register.put([people[0]]) == 1
        assert len(register) == len(people)
        for rule in sample_rules():
            assert register.find(rule) == decided(rule, people)

    def test_the_last_of_one_batch_wins(self, register: Register) -> None:
        """An id that comes twice in one put counts once."""
        first, second = _enterprise("E1", {"listed": True}), _enterprise("E1", {"listed": False})
        register.put([first, second])
        listed = parse_criterion({"fact": "listed", "op": "==", "value": True})
        assert register.count(listed) == Tally(0, 0, 1)

    def test_removed_enterprises_are_gone_and_come_back_last(self, register: Register) -> None:
        """Removing an unknown id is no error."""
        people = sample_enterprises()
        register.put(people)
        assert register.remove(["E1", "E9"]) == 1
        rest = [one for one in people if one.id != "E1"]
        for rule in sample_rules():
            assert register.find(rule) == decided(rule, rest)
        register.put([people[1]])
        assert register.find(ALWAYS).true == tuple(one.id for one in [*rest, people[1]])

    def test_a_limit_cuts_both_lists(self, register: Register) -> None:
        """The first in the register's order."""
        register.put(sample_enterprises())
        known = parse_criterion({"fact": "region", "op": "in", "value": ["530000"]})
        whole = register.find(known)
        assert register.find(known, limit=1) == Found(whole.true[:1], whole.possible[:1])
        assert register.find(known, limit=0) == Found((), ())

    def test_a_rule_beyond_the_limits_is_refused(self, register: Register) -> None:
        """A rule nested 1,000 deep, and one of a million leaves."""
        deep: Criterion = ALWAYS
        for _ in range(1000):
            deep = _negated(deep)
        with pytest.raises(RuleError, match="16 层"):
            register.count(deep)
        leaf = sample_rules()[0]
        wide = ALWAYS.model_copy(update={"all": (leaf,) * 1_000_000})
        with pytest.raises(RuleError, match="1000 项"):
            register.count(wide)

    def test_an_unknown_fact_is_refused(self, register: Register) -> None:
        """A fact that was taken from the registry since the rule was written."""
        leaf = sample_rules()[0].model_copy(update={"fact": "regoin"})
        with pytest.raises(RuleError, match="regoin"):
            register.find(leaf)

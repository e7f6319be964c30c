"""What is doubtful in a measure is told, and the measure waits for review."""

from __future__ import annotations

from indexer.doubts import DOUBTFUL, marked
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.policy import Block, DoubtKind, Measure, Policy, Review, ReviewState

TEXT = "从业人员不超过300人，注册资本500万元以上。"


def leaf(fact: str, value: int, quote: str, **more: object) -> dict[str, object]:
    start = TEXT.find(quote)
    op = "<=" if fact == "employees" else ">="
    data = {"fact": fact, "op": op, "value": value, "quote": quote, "how": fact}
    return data | {"at": [start, start + len(quote)], "confidence": 0.95} | more


SURE = leaf("employees", 300, "从业人员不超过300人")
UNSURE = leaf("registered_capital", 5_000_000, "注册资本500万元以上", confidence=DOUBTFUL - 0.1)
WRONG = leaf("registered_capital", 9_000_000, "注册资本500万元以上")
UNREAD = {"attest": "未读出", "quote": TEXT, "at": [0, len(TEXT)], "how": "unread"}


def mark(*leaves: dict[str, object], state: ReviewState = ReviewState.MACHINE) -> Measure:
    block = Block(n=0, kind="paragraph", text=TEXT, at=(0, len(TEXT)))
    rule = parse_criterion({"all": list(leaves)})
    measure = Measure(id="m", title="甲", criteria=rule, review=Review(state=state))
    return marked(Policy(id="p", title="甲", blocks=(block,), measures=(measure,))).measures[0]


def test_a_sure_rule_that_its_text_bears_out_needs_nobody() -> None:
    assert not mark(SURE).review.needed
    assert mark(SURE).review.doubts == ()


def test_each_kind_of_doubt_is_told_with_its_place() -> None:
    found = mark(SURE, UNSURE, WRONG, UNREAD).review
    assert found.needed
    assert [(one.kind, one.fact) for one in found.doubts] == [
        (DoubtKind.LOW_CONFIDENCE, "registered_capital"),
        (DoubtKind.UNREAD, None),
        (DoubtKind.DIVERGENCE, "registered_capital"),
    ]
    assert all(one.at is not None for one in found.doubts)


def test_what_staff_reviewed_is_left_alone() -> None:
    assert mark(UNSURE, state=ReviewState.REVIEWED).review.doubts == ()


def test_marking_twice_is_marking_once() -> None:
    once = mark(UNSURE)
    block = Block(n=0, kind="paragraph", text=TEXT, at=(0, len(TEXT)))
    policy = Policy(id="p", title="甲", blocks=(block,), measures=(once,))
    assert marked(policy).measures[0] == once


def test_doubts_come_back_from_json() -> None:
    block = Block(n=0, kind="paragraph", text=TEXT, at=(0, len(TEXT)))
    policy = Policy(id="p", title="甲", blocks=(block,), measures=(mark(UNSURE, WRONG),))
    assert Policy.model_validate(policy.to_json()) == policy

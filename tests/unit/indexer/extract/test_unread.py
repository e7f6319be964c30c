"""A measure of which no condition was read is never a pass for everybody."""

from __future__ import annotations

from indexer.extract.unread import UNREAD, with_conditions
from policy_match.domain.criterion import AttestLeaf, FactLeaf, leaves_of
from policy_match.domain.policy import Measure


def test_a_measure_without_conditions_waits_for_a_person() -> None:
    (leaf,) = leaves_of(with_conditions(Measure(id="m", title="t", quote="奖", at=(3, 4))).criteria)
    assert isinstance(leaf, AttestLeaf)
    assert (leaf.attest, leaf.quote, leaf.at, leaf.confidence) == (UNREAD, "奖", (3, 4), 0.0)


def test_a_measure_with_conditions_is_left_as_it_is() -> None:
    leaf = FactLeaf(fact="listed", op="==", value=True)
    measure = Measure(id="m", title="t", criteria=leaf)
    assert with_conditions(measure) is measure


def test_being_an_enterprise_and_no_more_singles_out_nobody() -> None:
    leaf = FactLeaf(fact="entity_type", op="in", value=("enterprise",), quote="运输企业")
    made = with_conditions(Measure(id="m", title="t", criteria=leaf))
    first, second = leaves_of(made.criteria)
    assert first == leaf
    assert isinstance(second, AttestLeaf)

"""The roster at ten million enterprises: linear, and within its memory."""

from __future__ import annotations

import pytest

from policy_match.bench.roster import best_batch, growth_row
from policy_match.bench.roster_world import make_rules, make_world


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_million_enterprises_take_ten_times_as_long_as_one_million() -> None:
    rules = make_rules(1_000, 500)
    smaller = best_batch(make_world(1_000_000, arrays=False).roster, rules)
    roster = make_world(10_000_000, arrays=False).roster
    row = growth_row(smaller, best_batch(roster, rules), 10_000_000)
    assert row.ok, f"10 的 {row.ours:.2f} 次方"
    assert roster.nbytes / roster.rows <= 300

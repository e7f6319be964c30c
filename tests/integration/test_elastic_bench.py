"""The roster's yardstick counts what the register counts, and leaves nothing behind."""

from __future__ import annotations

import pytest

from policy_match.bench.elastic import time_counts
from policy_match.testing.register import (
    AS_OF,
    decided,
    sample_enterprises,
    sample_rules,
    tally_of,
)
from tests.elastic_server import Server


@pytest.mark.es
def test_rules_are_counted_and_timed(es_server: Server, monkeypatch):
    monkeypatch.setenv("POLICY_MATCH_INDEX", es_server.url)
    monkeypatch.setenv("POLICY_MATCH_ES_PREFIX", es_server.prefix)
    people, rules = sample_enterprises(), sample_rules()
    timing = time_counts(rules, people, as_of=AS_OF)
    assert timing is not None
    assert timing.tallies == [tally_of(decided(rule, people), len(people)) for rule in rules]
    assert timing.seconds_a_rule > 0
    assert es_server.indices() == []


def test_without_a_server_there_is_no_yardstick():
    assert time_counts(sample_rules(), sample_enterprises(), as_of=AS_OF) is None

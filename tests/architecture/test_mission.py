"""The marks `# mission N` are honest: in a test, of a mechanism there is, and none owed is bare."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.architecture.tree import ROOT


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "mission_rows.py"))


def test_every_mark_stands_in_a_test_and_names_a_mechanism(tool: dict[str, Any]) -> None:
    found = tool["proofs"]()
    assert found
    stray = [one.test for one in found if "::" not in one.test]
    assert not stray, "put the mark into the test that proves it"
    assert {one.row for one in found} <= set(tool["ROWS"])


def test_every_mechanism_that_the_product_has_is_proved(tool: dict[str, Any]) -> None:
    """What has a mark is owed from then on: a mechanism does not lose its proof unseen."""
    proved = {one.row for one in tool["proofs"]()}
    assert tool["OWED"] <= proved, sorted(tool["OWED"] - proved)

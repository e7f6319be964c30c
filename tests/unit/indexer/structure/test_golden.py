"""The blocks of three sample documents, by kind, number and depth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.outline import outline as tree
from indexer.outline import paths
from indexer.readers import read_document
from indexer.structure import structure

ROOT = Path(__file__).resolve().parents[4]
SAMPLE = ROOT / "policy_match" / "data" / "sample" / "policies"
GOLDEN = ROOT / "tests" / "golden" / "structure"
NAMES = ("31_district_phosphorus.docx", "26_city_energy_saving.docx", "22_city_scale_up.html")


@pytest.mark.parametrize("name", NAMES)
def test_blocks(name: str, golden: Callable[[Path, str], None]) -> None:
    policy = structure(read_document(SAMPLE / name))
    clauses = paths(tree(policy.blocks))
    rows = (
        "\t".join([b.kind, str(b.level or ""), b.number or "", clauses.get(b.n, ""), b.text[:24]])
        for b in policy.blocks
    )
    golden(GOLDEN / f"{Path(name).stem}.tsv", "\n".join(rows) + "\n")

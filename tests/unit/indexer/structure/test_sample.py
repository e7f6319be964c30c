"""What a reading of the bundled sample gives, against what its author meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from indexer.readers import read_document
from indexer.structure import structure

ROOT = Path(__file__).resolve().parents[4]
SAMPLE = ROOT / "policy_match" / "data" / "sample" / "policies"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests" / "golden" / "sample_expected.yaml").read_text(encoding="utf-8")
)
FIELDS = (
    "title", "doc_no", "issuers", "level", "region", "issued_on", "effective_on", "expires_on",
    "publicity",
)  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_metadata(name: str) -> None:
    policy = structure(read_document(SAMPLE / name))
    data = policy.to_json()
    wanted = {field: EXPECTED[name][field] for field in FIELDS if field in EXPECTED[name]}
    assert {field: data[field] for field in wanted} == wanted
    alone = EXPECTED[name].get("status_alone", EXPECTED[name]["status"])
    assert policy.status_on(date(2026, 11, 24)) == alone


@pytest.mark.parametrize("name", [n for n, e in EXPECTED.items() if e.get("references")])
def test_references(name: str) -> None:
    policy = structure(read_document(SAMPLE / name))
    found = {(ref.doc_no, str(ref.relation)) for ref in policy.references}
    wanted = {(ref["doc_no"], ref["relation"]) for ref in EXPECTED[name]["references"]}
    assert wanted <= found


@pytest.mark.parametrize("name", EXPECTED)
def test_every_block_is_where_it_says(name: str) -> None:
    policy = structure(read_document(SAMPLE / name))
    text = policy.text
    assert [block.n for block in policy.blocks] == list(range(len(policy.blocks)))
    for block in policy.blocks:
        assert text[slice(*block.at)] == block.text

"""
What each reader makes of a small document, block by block.

After a change that is meant, run with POLICY_MATCH_REGENERATE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from indexer.document import Document, Layout, RawBlock
from indexer.readers import read_document
from tests.golden.readers.documents import CASES

HERE = Path(__file__).parent
FLAG = "POLICY_MATCH_REGENERATE_GOLDEN"


@pytest.mark.parametrize("name", CASES)
def test_blocks_are_as_expected(name: str, tmp_path: Path) -> None:
    """Kind, text, number, level, table place, looks, meta data and warnings are all compared."""
    ending, build = CASES[name]
    found = as_data(read_document(build(tmp_path / f"{name}.{ending}")))
    golden = HERE / f"{name}.json"
    if os.environ.get(FLAG):
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert golden.exists(), f"{golden.name} is missing; run with {FLAG}=1 and review it"
    assert found == json.loads(golden.read_text("utf-8"))


def test_each_golden_file_has_its_document() -> None:
    """A golden file that nothing compares with is a mistake."""
    assert {path.stem for path in HERE.glob("*.json")} == set(CASES)


def test_ci_never_writes_golden_files() -> None:
    """With the flag on, every comparison would pass."""
    assert not (os.environ.get("CI") and os.environ.get(FLAG))


def as_data(document: Document) -> dict[str, Any]:
    """The parts of a document that do not depend on where it was built, defaults left out."""
    return {
        "format": document.format,
        "url": document.url,
        "meta": {k: v for k, v in document.meta.items() if not k.endswith("Date")},
        "attachments": [[a.title, a.url] for a in document.attachments],
        "warnings": list(document.warnings),
        "blocks": [_block(block) for block in document.blocks],
    }


def _block(block: RawBlock) -> dict[str, Any]:
    fields = ("level", "number", "table", "row")
    data: dict[str, Any] = {"kind": block.kind.value, "text": block.text}
    data |= {name: value for name in fields if (value := getattr(block, name)) is not None}
    if block.cells is not None:
        data["cells"] = list(block.cells)
    looks = ("centered", "bold", "font_size", "style", "page")
    return data | {
        name: value
        for name in looks
        if (value := getattr(block.layout, name)) != getattr(Layout(), name)
    }

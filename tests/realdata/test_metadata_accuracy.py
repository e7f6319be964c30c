"""Metadata of eighty real documents against labels made by reading them."""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from indexer.readers import read_document
from indexer.structure import structure
from indexer.structure.text import squeeze
from policy_match.domain.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
CASES = ROOT / "tests" / "cases" / "metadata" / "real80.yaml"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (SHARED / "data" / "policies_fulltext").is_dir(),
        reason=f"真实语料不在 {SHARED / 'data'}（见 docs/explanation/real-corpus.md）",
    ),
]


def corpus_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_corpus", ROOT / "tools" / "real_corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look their annotations up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    corpus_tool().write_texts(SHARED / "data", folder)
    return folder


def locate(key: str, texts: Path) -> Path:
    places = (texts / key, SHARED / "data" / key, SHARED / key)
    return next(place for place in places if place.exists())


def plain(policy: Policy, field: str) -> Any:
    value = getattr(policy, field)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [squeeze(one) for one in value]
    return squeeze(value) if field == "title" else value


def wanted(value: Any, field: str) -> Any:
    if isinstance(value, list):
        return [squeeze(one) for one in value]
    return squeeze(value) if field == "title" else value


def test_accuracy_by_field_holds_its_bar(texts: Path) -> None:
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    right: dict[str, int] = defaultdict(int)
    asked: dict[str, int] = defaultdict(int)
    wrong: list[str] = []
    for key, labels in cases["documents"].items():
        policy = structure(read_document(locate(key, texts)))
        for field, label in labels.items():
            asked[field] += 1
            if plain(policy, field) == wanted(label, field):
                right[field] += 1
            else:
                wrong.append(f"{key} {field}: {plain(policy, field)!r} != {label!r}")
    assert len(cases["documents"]) == 80
    shares = {field: right[field] / asked[field] for field in asked}
    below = {f: share for f, share in shares.items() if share < cases["bars"][f]}
    assert not below, "\n".join([str(shares), *wrong])


def test_the_tool_refuses_to_write_into_the_repository() -> None:
    with pytest.raises(SystemExit, match="不得入库"):
        corpus_tool().write_texts(SHARED / "data", ROOT / "tests" / "corpus")

"""What all tests share: the real data, golden files, and the markers that need something."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.elastic_server import Server

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
REGENERATE = "POLICY_MATCH_REGENERATE_GOLDEN"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs data or a server that is not there."""
    absent = {
        "realdata": (not SHARED.is_dir(), "../shared/data is not there"),
        "es": ("ELASTICSEARCH_URL" not in os.environ, "ELASTICSEARCH_URL is not set"),
    }
    for item in items:
        for marker, (is_absent, reason) in absent.items():
            if is_absent and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The developer's own settings and data folder have no say in a test."""
    for name in [name for name in os.environ if name.startswith("POLICY_MATCH_")]:
        if name != REGENERATE:
            monkeypatch.delenv(name)
    monkeypatch.setenv("POLICY_MATCH_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not there")
    return SHARED


@pytest.fixture
def es_server() -> Iterator[Server]:
    """An own prefix on the Elasticsearch of ELASTICSEARCH_URL; mark the test `es`."""
    from tests.elastic_server import own_place

    with own_place() as server:
        yield server


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """
    Compare a text with a file kept in git; a missing file fails.

    After a change that is meant, run with POLICY_MATCH_REGENERATE_GOLDEN=1 and read the difference.
    """
    return compare_with_golden


def compare_with_golden(path: Path, text: str) -> None:
    """See the `golden` fixture."""
    if os.environ.get(REGENERATE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.is_file(), f"{path} is missing; run with {REGENERATE}=1 and review it"
    assert text == path.read_text("utf-8"), f"{path.name} differs; see {REGENERATE}"

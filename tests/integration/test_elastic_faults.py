"""The server killed in the middle of a run: after a restart the run completes, whole."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from policy_match.domain.criterion import ALWAYS
from policy_match.domain.policy import Policy
from policy_match.search.elastic import ElasticIndex, ElasticRegister
from policy_match.testing.factories import synthetic_policies
from policy_match.testing.register import sample_enterprises
from tests.conftest import ROOT
from tests.elastic_server import Server

pytestmark = [pytest.mark.es, pytest.mark.slow, pytest.mark.timeout(600)]
SERVICES = ROOT.parent / "shared" / "bin" / "services"
COUNT = 4_000
KILL_AT = 1_500


@pytest.fixture(scope="module")
def services() -> Path:
    if not SERVICES.is_file():
        pytest.skip("../shared/bin/services, which kills and starts the server, is not there")
    return SERVICES


@pytest.fixture
def index(es_server: Server) -> Iterator[ElasticIndex]:
    with ElasticIndex(es_server.url, write=True, settings=es_server.settings) as made:
        yield made


class Killer:
    """Kills the server when told to, and starts it again a little later."""

    def __init__(self, services: Path) -> None:
        self._services = services
        self._thread: threading.Thread | None = None

    def strike(self) -> None:
        subprocess.run([self._services, "kill", "elasticsearch"], check=True, capture_output=True)
        self._thread = threading.Thread(target=self._start)
        self._thread.start()

    def _start(self) -> None:
        subprocess.run([self._services, "start", "elasticsearch"], check=True, capture_output=True)

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


@pytest.fixture
def killer(services: Path) -> Iterator[Killer]:
    made = Killer(services)
    yield made
    made.wait()


def with_a_kill(policies: list[Policy], strike: Callable[[], None]) -> Iterator[Policy]:
    """The policies; the server is killed while they are on their way."""
    for n, policy in enumerate(policies):
        if n == KILL_AT:
            strike()
        yield policy


def test_a_rebuild_outlives_a_kill(index, killer):
    """What readers saw before stays until all of the new is there."""
    policies = list(synthetic_policies(COUNT, length=200))
    index.put(policies[:10])
    index.rebuild(with_a_kill(policies, killer.strike))
    assert index.count() == COUNT
    assert list(index.iter_policies()) == policies


def test_an_indexing_run_outlives_a_kill(index, killer):
    """Put after put, as `policy-match index` does; nothing lost, nothing doubled."""
    policies = list(synthetic_policies(COUNT, length=200))
    striking = threading.Timer(1.0, killer.strike)
    striking.start()
    for start in range(0, COUNT, 200):
        index.put(policies[start : start + 200])
    striking.join()
    killer.wait()
    index.put(policies[:200])
    assert index.count() == COUNT
    assert [row.id for row in index.sources()] == [policy.id for policy in policies]
    assert list(index.iter_policies()) == policies


def test_a_register_outlives_a_kill(es_server, killer):
    """Enterprises keep their order, each once."""
    people = [
        one.model_copy(update={"id": f"{one.id}-{n}"})
        for n in range(COUNT // 5)
        for one in sample_enterprises()
    ]

    def source():
        for n, one in enumerate(people):
            if n == KILL_AT:
                killer.strike()
            yield one

    with ElasticRegister(
        es_server.url, as_of=date(2026, 11, 24), write=True, settings=es_server.settings
    ) as register:
        register.put(source())
        assert register.find(ALWAYS).true == tuple(one.id for one in people)

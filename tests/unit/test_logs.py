"""Logging: silent by default, one line an event, one id for all that belongs together."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from policy_match.logs import configure_logging, correlated, correlation_id

LOG = logging.getLogger("policy_match.test")


@pytest.fixture(autouse=True)
def _silent_afterwards() -> Iterator[None]:
    yield
    configure_logging("off", "text")


def test_a_program_that_asks_for_nothing_hears_nothing() -> None:
    code = "import policy_match.logs, logging; logging.getLogger('policy_match.x').warning('no')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_json_lines_carry_the_id_and_the_extra() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream=stream)
    with correlated("req-1"):
        LOG.info("读取 %s", "一份", extra={"policy_id": "p1"})
    LOG.debug("not shown")
    row = json.loads(stream.getvalue())
    assert row["message"] == "读取 一份"
    assert (row["level"], row["policy_id"], row["correlation_id"]) == ("info", "p1", "req-1")


def test_an_exception_stays_within_its_json_line() -> None:
    stream = io.StringIO()
    configure_logging("error", "json", stream=stream)
    try:
        int("boom")
    except ValueError:
        LOG.exception("失败")
    assert "boom" in json.loads(stream.getvalue())["exception"]


def test_ids_nest_and_end() -> None:
    with correlated() as outer:
        with correlated() as inner:
            assert correlation_id() == inner != outer
        assert correlation_id() == outer
    assert correlation_id() == "-"


def test_an_id_or_a_message_from_outside_forges_no_line() -> None:
    stream = io.StringIO()
    configure_logging("info", "text", stream=stream)
    with correlated("a\nb] fake" + "x" * 100) as made:
        LOG.info("one\ntwo")
    assert made.startswith("abfake")
    assert len(made) == 64
    assert stream.getvalue().count("\n") == 1


def test_configuring_again_replaces_the_stream() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging("info", "text", stream=first)
    configure_logging("info", "text", stream=second)
    LOG.info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1

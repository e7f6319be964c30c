"""Reading in worker processes: limits hold, order holds, one bad file harms no other."""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.readers import read_document
from indexer.readers.isolated import IsolatedPool, read_isolated
from indexer.safety import Limits
from policy_match.errors import DocumentError, UnsafeFile

TIGHT = Limits(memory_mib=200, cpu_seconds=1, wall_seconds=4)


def name_of(path: Path) -> str:
    print("a library that prints must not disturb the answers")
    return path.name


def tagged(path: Path, tag: str) -> str:
    return tag + path.name


def behave(path: Path) -> str:
    """Do what the file's name says."""
    match path.stem.split("_")[0]:
        case "sleep":
            time.sleep(60)
        case "spin":
            while True:
                pass
        case "eat":
            bytearray(2_000 << 20)
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "bug":
            raise KeyError("missing")
        case "deep":
            return behave(path)
        case "lambda":
            return lambda: None  # type: ignore[return-value]  # what cannot be sent is the point
    return path.stem


def test_results_come_back_in_order() -> None:
    paths = [Path(f"{n}.txt") for n in range(50)]
    with IsolatedPool(2) as pool:
        assert [o.unwrap() for o in pool.map(name_of, paths)] == [p.name for p in paths]


def test_any_picklable_callable_runs() -> None:
    with IsolatedPool() as pool:
        outcome = pool.run(functools.partial(tagged, tag="x-"), Path("a"))
    assert outcome.unwrap() == "x-a"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("sleep", "超过 4 秒（时间上限）", id="wall"),
        pytest.param("spin", "处理器时间", id="cpu"),
        pytest.param(
            "eat",
            "内存超过 200 MB",
            id="memory",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no limit on Windows"),
        ),
        pytest.param("die", "异常退出", id="crash"),
        pytest.param("deep", "嵌套过深", id="recursion"),
    ],
)
def test_a_limit_is_named_and_the_rest_goes_on(name: str, words: str) -> None:
    paths = [Path("1.txt"), Path(f"{name}.txt"), Path("2.txt")]
    # Only the sleeper may meet the wall clock: on a busy machine the others are slow, too.
    limits = TIGHT if name == "sleep" else replace(TIGHT, wall_seconds=120)
    with IsolatedPool(1, limits=limits) as pool:
        before, bad, after = pool.map(behave, paths)
    assert (before.unwrap(), after.unwrap()) == ("1", "2")
    assert isinstance(bad.error, UnsafeFile)
    assert words in bad.error.what
    assert bad.error.where == f"{name}.txt"


@pytest.mark.parametrize("name", ["bug", "lambda"])
def test_a_bug_is_an_error_of_its_file(name: str) -> None:
    with IsolatedPool() as pool:
        outcome = pool.run(behave, Path(f"{name}.txt"))
        assert pool.run(behave, Path("ok.txt")).unwrap() == "ok"
    assert type(outcome.error) is DocumentError
    assert "意外错误" in outcome.error.what


def test_documents_and_errors_cross_the_border(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("第一条 支持企业。", encoding="utf-8")
    bad.write_bytes(b"")
    assert read_isolated(good) == read_document(good)
    with pytest.raises(DocumentError, match=r"bad\.txt：文件是空的") as caught:
        read_isolated(bad)
    assert caught.value.advice


def test_a_pool_that_is_closed_early_leaves_nobody_behind() -> None:
    pool = IsolatedPool(1)
    results = pool.map(behave, [Path("1.txt"), *(Path(f"sleep_{n}.txt") for n in range(5))])
    assert next(results).unwrap() == "1"
    start = time.monotonic()
    pool.close()
    assert time.monotonic() - start < 5

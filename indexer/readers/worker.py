"""
The process that reads files for an IsolatedPool (读取进程).

Run as `python -m indexer.readers.worker MEMORY_MIB CPU_SECONDS`; it takes (function, path) from
standard input and answers on standard output until the input ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

import indexer.readers  # noqa: F401 - loaded before limits are set, so that files pay only for themselves
from indexer.readers.wire import MEMORY_EXIT, Reply, adapter_of, encode, read_frame, send
from indexer.safety import MIB
from policy_match.errors import DocumentError, PolicyMatchError, UnsafeFile

try:
    import resource
except ImportError:  # Windows has no such limits; the pool's wall clock still holds
    resource = None  # type: ignore[assignment]  # a module or nothing

_LOOK_SECONDS = 0.1


def main(memory_mib: int, cpu_seconds: int) -> None:
    """Serve until the input ends."""
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between our frames
    if resource is not None and not sys.platform.startswith("linux"):
        _watch_memory(memory_mib)
    while True:
        try:
            task = read_frame(inbox)
        except EOFError:
            return
        _limit(memory_mib, cpu_seconds)
        send(outbox, _answer(task, memory_mib))


def _answer(task: bytes, memory_mib: int) -> bytes:
    nothing = TypeAdapter(None)
    try:
        fn, path = pickle.loads(task)  # noqa: S301 - from our own parent process
        return encode(_run(fn, path, memory_mib), adapter_of(fn))
    except MemoryError:
        return encode(Reply(error=_full(None, memory_mib), exhausted=True), nothing)
    except Exception as error:  # a function that can't be loaded, a result of another type
        return encode(Reply(error=_unexpected(None, error)), nothing)


def _run(fn: Callable[[Path], Any], path: Path, memory_mib: int) -> Reply:
    try:
        return Reply(value=fn(path))
    except PolicyMatchError as error:
        return Reply(error=error)
    except MemoryError:
        return Reply(error=_full(path, memory_mib), exhausted=True)
    except RecursionError:
        what = "内容嵌套过深，已中止"
        return Reply(error=UnsafeFile(what, where=path.name, advice="请用 Office 打开后另存"))
    except Exception as error:
        return Reply(error=_unexpected(path, error))


def _full(path: Path | None, memory_mib: int) -> UnsafeFile:
    return UnsafeFile(
        f"读取占用的内存超过 {memory_mib} MB（上限），已中止",
        where=path.name if path else None,
        advice="文件可能已损坏或不安全；确属正常的请拆分后再读",
    )


def _unexpected(path: Path | None, error: Exception) -> DocumentError:
    return DocumentError(
        f"读取时出现意外错误（{type(error).__name__}：{error}）",
        where=path.name if path else None,
        advice="请把该文件发给维护人员",
    )


def _limit(memory_mib: int, cpu_seconds: int) -> None:
    """Limits for the next file, on top of what this process has used already."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu_seconds + 1
    _lower(resource.RLIMIT_CPU, seconds)
    if sys.platform.startswith("linux"):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _lower(resource.RLIMIT_AS, pages * os.sysconf("SC_PAGE_SIZE") + memory_mib * MIB)


def _lower(which: int, soft: int) -> None:
    """Set a soft limit as far as the hard one lets us."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def _watch_memory(memory_mib: int) -> None:
    """Where the system does not hold a limit on memory (macOS), look at the peak ourselves."""
    unit = 1 if sys.platform == "darwin" else 1024
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    def watch() -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
            if peak - start > memory_mib * MIB:
                os._exit(MEMORY_EXIT)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

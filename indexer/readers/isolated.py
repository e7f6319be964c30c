"""
Read hostile files where they can do no harm (隔离读取).

A few worker processes live as long as the pool. Each runs one function on one file at a time
under limits on memory, processor time and wall time. A worker that a file has killed is replaced,
and that file alone gets an error which names the limit; the others never notice.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar

from indexer.document import Document
from indexer.readers import read_document
from indexer.readers.wire import MEMORY_EXIT, BadReply, Reply, adapter_of, receive, send
from indexer.safety import DEFAULT, Limits
from policy_match.errors import DocumentError, PolicyMatchError, UnsafeFile

T = TypeVar("T")
_TASKS_PER_WORKER = 2_000  # then a fresh one, so that fragmented memory is given back
_AHEAD = 4  # files in flight for each worker


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What came of one file: a value or an error, never both (结果)."""

    path: Path
    value: T | None = None
    error: PolicyMatchError | None = None

    def unwrap(self) -> T:
        """
        The value.

        Raises:
            PolicyMatchError: the error, if that is what came of it.
        """
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # T itself may include None


class IsolatedPool:
    """
    Runs functions on files in worker processes (隔离池).

    Use it as a context manager; workers start when first needed.

    Args:
        workers: processes at a time.
        limits: memory, processor and wall time per file.
    """

    def __init__(self, workers: int = 1, *, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker(limits) for _ in range(max(workers, 1))]
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(len(self._workers), thread_name_prefix="isolated")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; files that are being read are given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.stop()
        self._threads.shutdown(wait=True)

    def map(self, fn: Callable[[Path], T], paths: Iterable[Path]) -> Iterator[Outcome[T]]:
        """
        Run a function on each file (逐个处理).

        Args:
            fn: picklable by name (a function of a module, or a functools.partial of one), called
                with the path in the worker; its return annotation is a type that pydantic knows,
                since the result comes back as JSON and is held against it.
            paths: taken a few ahead of what has been consumed.

        Yields:
            One outcome a path, in the order of the paths.
        """
        waiting: deque[Future[Outcome[T]]] = deque()
        try:
            for path in paths:
                waiting.append(self._threads.submit(self._one, fn, path))
                if len(waiting) >= _AHEAD * len(self._workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def run(self, fn: Callable[[Path], T], path: Path) -> Outcome[T]:
        """Run a function on one file (处理一个文件)."""
        return self._threads.submit(self._one, fn, path).result()

    def _one(self, fn: Callable[[Path], T], path: Path) -> Outcome[T]:
        worker = self._idle.get()
        try:
            return worker.run(fn, path)
        finally:
            self._idle.put(worker)


def read_isolated(path: Path, *, limits: Limits = DEFAULT) -> Document:
    """
    Read one file in a process of its own (隔离读取一个文件).

    For many files keep an IsolatedPool: starting a process costs half a second.

    Raises:
        DocumentError: as read_document, and UnsafeFile for a limit that was passed.
    """
    with IsolatedPool(1, limits=limits) as pool:
        return pool.run(read_document, path).unwrap()


class _Worker:
    """One worker process, started when needed and replaced when dead (工作进程)."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._tasks = 0
        self._stopped = False

    def run(self, fn: Callable[[Path], T], path: Path) -> Outcome[T]:
        """One function on one file, under the clock."""
        if self._stopped:
            return Outcome(path, error=_gone(path))
        process = self._ready()
        late = threading.Event()
        timer = threading.Timer(self._limits.wall_seconds, _kill, (process, late))
        timer.daemon = True
        timer.start()
        try:
            reply = self._ask(process, fn, path)
        except BadReply as bad:  # a worker that speaks another language is not to be trusted
            self._end()
            return Outcome(path, error=_untrusted(path, bad))
        finally:
            timer.cancel()
        if reply is None:
            error = self._why(process, path, late=late.is_set())
            return Outcome(path, error=error)
        if reply.exhausted:  # what a full memory has left behind is not worth keeping
            self._end()
        return Outcome(path, value=reply.value, error=reply.error)

    def stop(self) -> None:
        """End the process for good."""
        self._stopped = True
        self._end()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._tasks >= _TASKS_PER_WORKER:
            self._end()
        if self._process is None or self._process.poll() is not None:
            self._process = _start(self._limits)
            self._tasks = 0
        self._tasks += 1
        return self._process

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], fn: Callable[..., Any], path: Path) -> Reply | None:
        """The reply, or None when the process died over it."""
        task, adapter = pickle.dumps((fn, path)), adapter_of(fn)
        try:
            send(_pipe(process.stdin), task)
            return receive(_pipe(process.stdout), adapter)
        except (OSError, EOFError, ValueError):  # a pipe that was closed gives a ValueError
            return None

    def _why(self, process: subprocess.Popen[bytes], path: Path, *, late: bool) -> DocumentError:
        """What a worker died of, by how it ended."""
        self._end()
        code = process.wait()
        limits = self._limits
        if self._stopped and not late:
            return _gone(path)
        if late:
            return _over(path, f"读取超过 {limits.wall_seconds} 秒（时间上限）")
        if code == -getattr(signal, "SIGXCPU", 24):
            return _over(path, f"读取用掉了 {limits.cpu_seconds} 秒处理器时间（上限）")
        if code in {MEMORY_EXIT, -getattr(signal, "SIGKILL", 9)}:
            return _over(path, f"读取占用的内存超过 {limits.memory_mib} MB（上限）")
        return _over(path, f"读取进程异常退出（代码 {code}）")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)


def _start(limits: Limits) -> subprocess.Popen[bytes]:
    """A fresh interpreter that sees the same modules and nothing of our state."""
    paths = os.pathsep.join(dict.fromkeys(p or str(Path.cwd()) for p in sys.path))
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [
            *(sys.executable, "-X", "faulthandler=0", "-m", "indexer.readers.worker"),
            *(str(limits.memory_mib), str(limits.cpu_seconds)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=os.name == "posix",  # Ctrl-C reaches us, and we end the worker
    )


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:  # unsent bytes to a process that is gone
        return


def _over(path: Path, what: str) -> UnsafeFile:
    return UnsafeFile(
        f"{what}，已中止", where=path.name, advice="文件可能已损坏或不安全；确属正常的请拆分后再读"
    )


def _untrusted(path: Path, error: BadReply) -> UnsafeFile:
    return UnsafeFile(
        f"读取进程的回复不可信（{error}），已丢弃",
        where=path.name,
        advice="文件可能不安全，请不要打开；确属正常的请发给维护人员",
    )


def _gone(path: Path) -> DocumentError:
    return DocumentError("读取已被取消", where=path.name, advice="请重新运行")

"""
The project's benchmarks, each beside its yardstick in one run (基准测试).

A benchmark is a function of the scale (`small` or `full`) that gives rows, named by `@benchmark`.
The modules that hold them are found by the entry-point group `policy_match.benchmarks`. Each runs
in a process of its own, so that its peak memory is its own too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from multiprocessing import get_context
from typing import Any, TypeAlias

from policy_match.errors import QueryError

GROUP = "policy_match.benchmarks"
Benchmark: TypeAlias = Callable[[str], Iterable["Row"]]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One figure beside its yardstick (一项对照).

    `ratio` is above 1 where we are better, whichever way the unit counts; `bar` says in words what
    was aimed at and `ok` whether it was met.
    """

    name: str
    ours: float
    yardstick: float
    yardstick_name: str
    unit: str
    ratio: float
    bar: str
    ok: bool
    peak_mb: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The row as one JSON object (spec/cli.md)."""
        return {
            "name": self.name,
            "ours": self.ours,
            "yardstick": self.yardstick,
            "yardstick_name": self.yardstick_name,
            "unit": self.unit,
            "ratio": self.ratio,
            "bar": self.bar,
            "ok": self.ok,
            "peak_mb": self.peak_mb,
        }


_KNOWN: dict[str, Benchmark] = {}


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register a benchmark under a name (登记基准)."""

    def register(run: Benchmark) -> Benchmark:
        _KNOWN[name] = run
        return run

    return register


def faster(
    name: str,
    ours: float,
    yardstick: float,
    yardstick_name: str,
    unit: str,
    bar: float | None = None,
    *,
    at_least: float | None = None,
) -> Row:
    """A row of two rates (more is better): `bar` is a ratio, `at_least` an absolute rate."""
    ratio = ours / max(yardstick, 1e-12)
    return Row(
        name=name,
        ours=ours,
        yardstick=yardstick,
        yardstick_name=yardstick_name,
        unit=unit,
        ratio=ratio,
        bar=_bar(at_least, "≥", unit, bar),
        ok=(at_least is None or ours >= at_least) and (bar is None or ratio >= bar),
    )


def sooner(
    name: str, ours: float, yardstick: float, yardstick_name: str, unit: str, *, at_most: float
) -> Row:
    """A row of two durations (less is better), the bar an absolute one."""
    return Row(
        name=name,
        ours=ours,
        yardstick=yardstick,
        yardstick_name=yardstick_name,
        unit=unit,
        ratio=yardstick / max(ours, 1e-12),
        bar=_bar(at_most, "≤", unit, None),
        ok=ours <= at_most,
    )


def _bar(limit: float | None, sign: str, unit: str, ratio: float | None) -> str:
    parts = [f"{sign} {limit:g} {unit}"] if limit is not None else []
    parts += [f"≥ {ratio:g}×"] if ratio is not None else []
    return "，".join(parts) or "只报告"


def best_of(run: Callable[[], object], times: int) -> float:
    """The shortest of several runs in seconds of processor time, all threads together."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def run_benchmarks(names: Sequence[str] = (), *, scale: str = "full") -> Iterator[Row]:
    """
    Run benchmarks by name, all by default, each in a process of its own.

    Raises:
        QueryError: there is no benchmark of that name.
    """
    known = _load()
    for name in names:
        if name not in known:
            raise QueryError(f"没有名为“{name}”的基准", advice=f"可用：{'、'.join(sorted(known))}")
    for name in names or sorted(known):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            rows, peak = pool.submit(_run_one, name, scale).result()
        yield from (replace(row, peak_mb=peak) for row in rows)


def _load() -> dict[str, Benchmark]:
    for point in entry_points(group=GROUP):
        import_module(point.value)
    return _KNOWN


def _run_one(name: str, scale: str) -> tuple[list[Row], float]:
    from resource import RUSAGE_SELF, getrusage

    rows = list(_load()[name](scale))
    unit = 1024 if sys.platform == "linux" else 1024 * 1024  # KiB, but bytes on macOS
    return rows, getrusage(RUSAGE_SELF).ru_maxrss / unit

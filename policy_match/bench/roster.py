"""
The roster beside DuckDB, Polars, Elasticsearch and our own walk of the trees (名册基准).

10,000 rules × 1,000,000 enterprises, 30 facts, 35 % missing, from nothing: compiling the rules and
building the leaves count. The yardsticks answer a sample of 100 of these rules, and must count the
same. Rates are by the clock, and by processor time for two cores of one's own: the serial part,
and half of what two workers used (for DuckDB and Polars half of all, as if all were parallel).
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from policy_match.bench import Row, benchmark, best_of, faster, sooner
from policy_match.bench.elastic import time_counts
from policy_match.bench.roster_questions import questions
from policy_match.bench.roster_world import AS_OF, World, make_rules, make_world
from policy_match.bench.roster_yardsticks import (
    Timed,
    arrow_table,
    copy_rate,
    duckdb_counts,
    duckdb_of,
    polars_counts,
    timed,
)
from policy_match.domain.criterion import Criterion
from policy_match.matching.decide import truth_of_rule
from policy_match.matching.roster import Roster
from policy_match.matching.roster.plan import Plan
from policy_match.matching.roster.simulation import simulate_draft
from policy_match.matching.roster.store import open_roster, save_roster
from policy_match.matching.ruleset import RuleSet

THREADS = 2
_SAMPLE = 100
_ON_SERVER = 100_000  # enterprises written to Elasticsearch, where the settings name a server
_SIZES = {"small": (20_000, 500), "full": (1_000_000, 10_000)}


@dataclass(frozen=True, slots=True)
class Batch:
    """A timed run of all rules: seconds by the clock, and of two cores of one's own."""

    tallies: list[list[int]]
    clock: float
    processor: float
    parallel: float  # of it, what grows with the rows
    operands: float  # bytes of bitsets combined


@benchmark("roster")
def roster(scale: str) -> Iterator[Row]:
    """Many rules × many enterprises; one rule; one enterprise; growth, memory, opening."""
    rows, count = _SIZES[scale]
    world = make_world(rows)
    batches = {}
    for distinct in (2_000, 500, 10_000, 20_000, 30_000):
        rules = make_rules(count, distinct)
        batch = batches[distinct] = best_batch(world.roster, rules)
        yield from _rates(world, rules, batch, distinct)
        if distinct == 2_000:
            yield from _yardsticks(world, rules, batch)
    yield _bandwidth(batches[2_000])
    rules = make_rules(count, 2_000)
    yield from _single(world.roster, rules)
    yield _one_enterprise(world.roster, rules)
    yield from questions(world.roster, rules)
    yield _growth(rows, rules, batches[2_000])
    yield from _kept(world.roster, rules[0])


def best_batch(roster: Roster, rules: Sequence[Criterion], *, times: int = 3) -> Batch:
    """The best of several runs from nothing; the two times are each the best."""
    runs = [_batch(roster, rules) for _ in range(times)]
    return Batch(
        runs[0].tallies,
        min(run.clock for run in runs),
        min(run.processor for run in runs),
        min(run.parallel for run in runs),
        runs[0].operands,
    )


def _batch(roster: Roster, rules: Sequence[Criterion]) -> Batch:
    clock, serial = time.perf_counter(), time.process_time()
    plan = roster.plan(rules)
    parallel = time.process_time()
    counted = roster.tallies_of(plan)
    spent = (time.process_time() - parallel) / THREADS
    return Batch(
        counted.tolist(),
        time.perf_counter() - clock,
        parallel - serial + spent,
        spent,
        _operands(plan, roster.rows),
    )


def _operands(plan: Plan, rows: int) -> float:
    read = sum(len(op.children) for batch in plan.program.batches for op in batch.ops)
    return read * 2 * rows / 8


def _rates(world: World, rules: Sequence[Criterion], batch: Batch, distinct: int) -> Iterator[Row]:
    rows = world.roster.rows
    decisions = rows * len(rules) / 1e9
    name = f"roster：{len(rules)} 条规则 × {rows} 家企业，{distinct} 个不同条件"
    bar = 2.0 if distinct == 2_000 else None
    plain, engine = decisions / _rule_by_rule(world.roster, rules, distinct), "整列位图逐条（抽样）"
    yield faster(name, decisions / batch.processor, plain, engine, "G判定/秒", at_least=bar)
    yield faster(f"{name}，按时钟", decisions / batch.clock, plain, engine, "G判定/秒")


def _rule_by_rule(roster: Roster, rules: Sequence[Criterion], distinct: int) -> float:
    """
    Seconds of two cores for plain numpy on whole bitsets, rule by rule, each leaf built once.

    From a sample of rules; that all leaves fit the cache is granted.
    """
    sample = rules[:_SAMPLE]
    roster.leaves.clear()
    start = time.process_time()
    for rule in sample:
        roster.count(rule)
    built, middle = len(roster.leaves), time.process_time()
    for rule in sample:
        roster.count(rule)
    warm = time.process_time() - middle
    a_leaf = max(middle - start - warm, 0.0) / built
    return (len(rules) * warm / len(sample) + distinct * a_leaf) / THREADS


def _yardsticks(world: World, rules: Sequence[Criterion], batch: Batch) -> Iterator[Row]:
    per_rule = world.roster.rows / 1e9
    sample = rules[:: max(1, len(rules) // _SAMPLE)][:_SAMPLE]
    expected = [tuple(one) for one in batch.tallies[:: max(1, len(rules) // _SAMPLE)][:_SAMPLE]]
    ours = per_rule * len(rules) / batch.processor
    for name, bar, run in _engines(world, sample):
        found = timed(run, len(sample))
        assert found.counts == expected, f"{name} counts otherwise"
        yield faster(
            f"roster：对照{name}，{len(sample)} 条规则抽样",
            ours,
            per_rule / (found.processor / THREADS),
            name,
            "G判定/秒",
            bar,
        )
    yield from _elasticsearch(rules, sample)
    walked = _walk(world.roster, sample)
    yield faster(
        f"roster：对照逐家走树，{len(sample)} 条规则 × 1000 家抽样",
        ours,
        1000 / walked.processor / 1e9,
        "逐家走树",
        "G判定/秒",
    )


def _engines(
    world: World, sample: Sequence[Criterion]
) -> Iterator[tuple[str, float | None, Callable[[], list[tuple[int, int]]]]]:
    import polars as pl

    with duckdb_of(world, THREADS) as connection:
        duckdb_counts(connection, sample[:2], at_once=1)
        yield "DuckDB 每条一查", 50, lambda: duckdb_counts(connection, sample, at_once=1)
        yield "DuckDB 百条一扫", None, lambda: duckdb_counts(connection, sample, at_once=100)
    frame = pl.from_arrow(arrow_table(world))
    assert isinstance(frame, pl.DataFrame)
    yield "Polars 每条一查", None, lambda: polars_counts(frame, sample, at_once=1)
    yield "Polars 百条一查", None, lambda: polars_counts(frame, sample, at_once=100)


def _elasticsearch(rules: Sequence[Criterion], sample: Sequence[Criterion]) -> Iterator[Row]:
    """On a smaller register, ours beside on the same one: writing a million would take an hour."""
    roster = make_world(_ON_SERVER, arrays=False).roster
    people = (roster.enterprise(key) for key in roster.ids.of(range(_ON_SERVER)))
    found = time_counts(sample, people, as_of=AS_OF)
    if found is None:
        return
    ours = best_batch(roster, rules)
    step = max(1, len(rules) // _SAMPLE)
    expected = [tuple(one) for one in ours.tallies[::step][:_SAMPLE]]
    assert [(one.true, one.possible) for one in found.tallies] == expected
    yield faster(
        f"roster：对照 Elasticsearch，{len(sample)} 条规则抽样 × {_ON_SERVER} 家，按时钟",
        _ON_SERVER * len(rules) / ours.clock / 1e9,
        _ON_SERVER / found.seconds_a_rule / 1e9,
        "Elasticsearch 计数",
        "G判定/秒",
        200,
    )


def _walk(roster: Roster, sample: Sequence[Criterion]) -> Timed:
    """Every tree walked for 1,000 enterprises; encoding them is not counted."""
    keys = roster.ids.of(range(1000))
    people = [roster.encoded(key) for key in keys]

    def run() -> list[tuple[int, int]]:
        truths = [[truth_of_rule(rule, one) for one in people] for rule in sample]
        return [(sum(t == 2 for t in row), sum(t > 0 for t in row)) for row in truths]

    return timed(run, len(sample))


def _bandwidth(batch: Batch) -> Row:
    return faster(
        "roster：位图运算数的流量对照内存带宽（2000 个不同条件）",
        batch.operands / batch.processor / 1e9,
        copy_rate(THREADS) / 1e9,
        "两线程复制",
        "GB/秒",
    )


def _single(roster: Roster, rules: Sequence[Criterion]) -> Iterator[Row]:
    picked = rules[:50]

    cold_ms = [_ms(lambda rule=rule: _cold(roster, rule)) for rule in picked]  # type: ignore[misc]  # rule is bound
    warm_ms = []
    for rule in picked:
        roster.count(rule)
        warm_ms.append(_ms(lambda rule=rule: roster.count(rule)))  # type: ignore[misc]  # rule is bound
    worst, median = np.max, np.median
    yield sooner(
        "roster：一条新规则，条件已缓存，50 条中最慢（参照为中位）",
        float(worst(warm_ms)),
        float(median(warm_ms)),
        "中位",
        "ms",
        at_most=5,
    )
    yield sooner(
        "roster：一条新规则，无缓存，50 条中最慢（参照为中位）",
        float(worst(cold_ms)),
        float(median(cold_ms)),
        "中位",
        "ms",
        at_most=50,
    )
    draft_ms = 1000 * best_of(lambda: simulate_draft(rules[1], roster, max_amount=5e5), 5)
    yield sooner(
        "roster：测算一条草案，分行业、规模、街道",
        draft_ms,
        float(median(cold_ms)),
        "只计数，无缓存",
        "ms",
        at_most=50,
    )


def _cold(roster: Roster, rule: Criterion) -> None:
    roster.leaves.clear()
    roster.count(rule)


def _ms(run: Callable[[], object]) -> float:
    return 1000 * best_of(run, 3)


def _one_enterprise(roster: Roster, rules: Sequence[Criterion]) -> Row:
    compiled = RuleSet(rules)
    person = roster.enterprise(*roster.ids.of([7]))
    day = roster.columns.day
    encoded = day.encode(person)
    return sooner(
        f"roster：一家企业 × {len(rules)} 条规则的结论",
        _ms(lambda: compiled.truths(day.encode(person))),
        _ms(lambda: [truth_of_rule(rule, encoded) for rule in rules]),
        "逐条规则走树",
        "ms",
        at_most=3,
    )


def _growth(rows: int, rules: Sequence[Criterion], batch: Batch) -> Row:
    tenth = make_world(rows // 10, arrays=False).roster
    return growth_row(best_batch(tenth, rules), batch, rows)


def growth_row(smaller: Batch, larger: Batch, rows: int) -> Row:
    """By which power the time of evaluation grows; laying out the rules is the same for both."""
    slope = math.log10(larger.parallel / smaller.parallel)
    return sooner(
        f"roster：规模每大十倍，求值耗时大 10 的几次方（{rows // 10} → {rows}）",
        slope,
        1.0,
        "线性",
        "次方",
        at_most=1.1,
    )


def _kept(roster: Roster, rule: Criterion) -> Iterator[Row]:
    yield sooner(
        "roster：每家企业的列", roster.nbytes / roster.rows, 300, "上限", "字节", at_most=300
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "roster"
        save_roster(roster, place)
        spent = []
        for _ in range(3):
            start = time.perf_counter()
            opened = open_roster(place)
            spent.append(time.perf_counter() - start)
        assert opened.as_of == AS_OF
        assert opened.count(rule) == roster.count(rule)
        name = "roster：打开已保存的名册，按时钟（三次中最快）"
        yield sooner(name, min(spent), 1.0, "上限", "秒", at_most=1)

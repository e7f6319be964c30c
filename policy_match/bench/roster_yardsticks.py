"""
The same rules in DuckDB's SQL and as Polars expressions, three-valued like ours (名册的参照).

NULL is unknown: AND, OR and NOT over it are Kleene's in both. A code known only coarsely, and a
list that is not complete, are NULL by a CASE. Codes of trees stand as places in an order in which
what is below a code follows it, so that "below" is a range: the fastest form we found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from policy_match.bench.roster_world import (
    FLAT,
    QUALIFICATIONS,
    TREES,
    World,
    last_below,
    order_of,
)
from policy_match.domain.codes import code_table
from policy_match.domain.criterion import (
    All,
    AnyOf,
    AtLeast,
    Criterion,
    FactLeaf,
    Node,
    Not,
    children_of,
)
from policy_match.domain.facts import default_registry
from policy_match.matching.leaf import number_of, wanted_codes

if TYPE_CHECKING:
    import duckdb
    import polars as pl


@dataclass(frozen=True, slots=True)
class Timed:
    """What a yardstick counted, and how long it took a rule: by the clock, and of the processor."""

    counts: list[tuple[int, int]]
    clock: float
    processor: float


def timed(run: Callable[[], list[tuple[int, int]]], rules: int) -> Timed:
    """Run once and take the times a rule."""
    clock, processor = time.perf_counter(), time.process_time()
    counts = run()
    return Timed(
        counts,
        (time.perf_counter() - clock) / rules,
        (time.process_time() - processor) / rules,
    )


def arrow_table(world: World) -> Any:
    """The register as an Arrow table, NULL where a fact is missing."""
    import pyarrow as pa

    columns = {
        name: pa.array(values, mask=world.missing[name]) for name, values in world.arrays.items()
    }
    return pa.table(columns)


def sql_of(node: Node) -> str:
    """A rule as an SQL expression that is TRUE, FALSE or NULL."""
    if isinstance(node, FactLeaf):
        return _sql_leaf(node)
    parts = [sql_of(child) for child in children_of(node)]
    if isinstance(node, Not):
        return f"(NOT {parts[0]})"
    if isinstance(node, AtLeast):
        sure = " + ".join(f"coalesce({part}, FALSE)::INT" for part in parts)
        possible = " + ".join(f"coalesce({part}, TRUE)::INT" for part in parts)
        k = node.at_least
        return f"(CASE WHEN {sure} >= {k} THEN TRUE WHEN {possible} < {k} THEN FALSE END)"
    assert isinstance(node, All | AnyOf)
    return "(" + (" AND " if isinstance(node, All) else " OR ").join(parts) + ")"


def _sql_leaf(leaf: FactLeaf) -> str:
    spec = default_registry()[leaf.fact]
    if not spec.is_set:
        value = number_of(leaf.value, spec.type)
        return f"({leaf.fact} {'=' if leaf.op == '==' else leaf.op} {value!r})"
    codes = wanted_codes(leaf.value, spec.code_set)
    if leaf.fact in TREES:
        ranges, coarse = tree_test(leaf.fact, codes)
        below = " OR ".join(f"{leaf.fact} BETWEEN {low} AND {high}" for low, high in ranges)
        above = ", ".join(map(str, coarse)) or "-1"
        return (
            f"(CASE WHEN {below} THEN TRUE WHEN {leaf.fact} IN ({above}) OR {leaf.fact} IS NULL"
            " THEN NULL ELSE FALSE END)"
        )
    if leaf.fact in FLAT:
        places = ", ".join(str(FLAT[leaf.fact].index(code)) for code in codes)
        return f"({leaf.fact} IN ({places}))"
    bits = qualification_bits(codes)
    return (
        f"(CASE WHEN (qualification_has & {bits}) <> 0 THEN TRUE WHEN qualification_complete = 1"
        f" OR (qualification_lacks & {bits}) = {bits} THEN FALSE END)"
    )


def tree_test(fact: str, codes: Sequence[str]) -> tuple[list[tuple[int, int]], list[int]]:
    """The places of the codes and what is below them, and the places above them."""
    order, table = order_of(fact), code_table(fact)
    above = {order[one] for code in codes for one in table.ancestors(code) if one in order}
    return [(order[code], last_below(fact, code)) for code in codes], sorted(above)


def qualification_bits(codes: Sequence[str]) -> int:
    """The codes as bits."""
    return sum(1 << QUALIFICATIONS.index(code) for code in codes)


def duckdb_of(world: World, threads: int) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds the register as a table of its own."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    arrived = arrow_table(world)
    connection.register("arrived", arrived)
    connection.execute("CREATE TABLE register AS SELECT * FROM arrived")
    connection.unregister("arrived")
    return connection


def duckdb_counts(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Criterion], *, at_once: int
) -> list[tuple[int, int]]:
    """True and possible of each rule, so many rules a scan."""
    counted: list[tuple[int, int]] = []
    for at in range(0, len(rules), at_once):
        parts = ", ".join(_counts_sql(rule) for rule in rules[at : at + at_once])
        row = connection.execute(f"SELECT {parts} FROM register").fetchone()  # noqa: S608 - our own numbers
        assert row is not None
        counted += list(zip(row[::2], row[1::2], strict=True))
    return counted


def _counts_sql(rule: Criterion) -> str:
    sql = sql_of(rule)
    return f"count(*) FILTER (WHERE {sql}), count(*) FILTER (WHERE ({sql}) IS NOT FALSE)"


def polars_counts(
    frame: pl.DataFrame, rules: Sequence[Criterion], *, at_once: int
) -> list[tuple[int, int]]:
    """The same by Polars, whose planner shares equal expressions of one query."""
    counted: list[tuple[int, int]] = []
    for at in range(0, len(rules), at_once):
        truths = [polars_of(rule) for rule in rules[at : at + at_once]]
        asked = [
            expression.fill_null(value=missing).sum().alias(f"{n}{missing}")
            for n, expression in enumerate(truths)
            for missing in (False, True)
        ]
        (row,) = frame.lazy().select(asked).collect().rows()
        counted += list(zip(row[::2], row[1::2], strict=True))
    return counted


def polars_of(node: Node) -> pl.Expr:
    """A rule as a Polars expression that is true, false or null."""
    import polars as pl

    if isinstance(node, FactLeaf):
        return _polars_leaf(node)
    parts = [polars_of(child) for child in children_of(node)]
    if isinstance(node, Not):
        return ~parts[0]
    if isinstance(node, AtLeast):
        sure = pl.sum_horizontal(*(part.fill_null(value=False).cast(pl.UInt32) for part in parts))
        maybe = pl.sum_horizontal(*(part.fill_null(value=True).cast(pl.UInt32) for part in parts))
        k = node.at_least
        false = pl.when(maybe < k).then(statement=False)
        return pl.when(sure >= k).then(statement=True).otherwise(false)
    join = pl.all_horizontal if isinstance(node, All) else pl.any_horizontal
    return join(*parts)


def _polars_leaf(leaf: FactLeaf) -> pl.Expr:
    import polars as pl

    spec = default_registry()[leaf.fact]
    column = pl.col(leaf.fact) if leaf.fact != "qualification" else pl.col("qualification_has")
    if not spec.is_set:
        value = number_of(leaf.value, spec.type)
        tests = {">=": column >= value, ">": column > value, "<=": column <= value}
        return (tests | {"<": column < value, "==": column == value})[leaf.op]
    codes = wanted_codes(leaf.value, spec.code_set)
    if leaf.fact in TREES:
        ranges, coarse = tree_test(leaf.fact, codes)
        below = pl.any_horizontal(*(column.is_between(low, high) for low, high in ranges))
        unknown = pl.when(column.is_in(coarse) | column.is_null()).then(None)
        return pl.when(below).then(statement=True).otherwise(unknown.otherwise(statement=False))
    if leaf.fact in FLAT:
        return column.is_in([FLAT[leaf.fact].index(code) for code in codes])
    bits = qualification_bits(codes)
    lacks, complete = pl.col("qualification_lacks"), pl.col("qualification_complete")
    out = (complete == 1) | ((lacks & bits) == bits)
    false = pl.when(out).then(statement=False)
    return pl.when((column & bits) != 0).then(statement=True).otherwise(false)


def copy_rate(threads: int) -> float:
    """Memory bandwidth: bytes read and written a second by copies of 256 MB, all threads."""
    from concurrent.futures import ThreadPoolExecutor

    size = 256 << 20
    sources = [np.ones(size // threads, np.uint8) for _ in range(threads)]
    targets = [np.empty_like(source) for source in sources]
    with ThreadPoolExecutor(threads) as pool:
        best = 0.0
        for _ in range(5):
            start = time.perf_counter()
            list(pool.map(np.copyto, targets, sources))
            best = max(best, 2 * size / (time.perf_counter() - start))
    return best

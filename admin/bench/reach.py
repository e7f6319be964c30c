"""
The roster in the admin: made, opened, counted over, matched over (名册与覆盖面基准).

Each beside doing it record by record. At the full scale a register of a million, without a
database, tells what opening and one count alone take.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.bench.world import NOW, Size, fill
from admin.clock import today, utc_now
from admin.facts import facts_known, to_enterprise
from admin.matching import load_published
from admin.matching.ahead import outcomes_over
from admin.matching.published import Published
from admin.principal import SYSTEM, acting_as
from admin.reach import count_reach
from admin.records.enterprise import Enterprise
from admin.roster.keeper import BATCH, RosterKeeper, made_of
from admin.roster.kept import ACTIVE, Kept, Marks
from admin.roster.snapshots import Snapshots, snapshots_after
from admin.setup import init_database, open_sessions
from policy_match.bench import Row, benchmark, faster, sooner
from policy_match.bench.roster_world import make_rules, make_world
from policy_match.domain.encode import encode
from policy_match.settings import load_settings

_SIZES = {"small": Size(2_000, 100, 0), "full": Size(20_000, 2_000, 0)}
_ONE_BY_ONE = 500  # enterprises that the yardsticks read, scaled up
_SHARD = 2000
_LARGE = 1_000_000


@benchmark("reach")
def reach(scale: str) -> Iterator[Row]:
    """Making the roster, the first count and the next, a shard of the night; a million."""
    logging.disable(logging.WARNING)
    size = _SIZES[scale]
    with tempfile.TemporaryDirectory() as home, acting_as(SYSTEM):
        settings = load_settings({"POLICY_MATCH_HOME": home}, dotenv=None)
        list(init_database(settings))
        sessions = open_sessions(settings)
        fill(sessions.kw["bind"], size)
        with sessions() as session:
            yield from _of_database(session, Path(home), size)
        sessions.kw["bind"].dispose()
    if scale == "full":
        yield from _of_a_million()


def _of_database(session: Session, home: Path, size: Size) -> Iterator[Row]:
    published = load_published(session, as_of=today())
    rules = published.wholes[:20]
    one_by_one = _seconds(lambda: _read_records(session)) / _ONE_BY_ONE
    keeper = RosterKeeper(home)
    made = _seconds(lambda: keeper.save(made_of(_batches(session), today(), utc_now())))
    yield faster(
        f"reach：建立并保存名册，{size.enterprises} 家",
        size.enterprises / made,
        1 / one_by_one,
        "逐家读取并编码",
        "家/秒",
    )
    fresh = RosterKeeper(home)
    first = _seconds(lambda: count_reach(fresh, session, rules, as_of=today()))
    yield sooner(
        f"reach：新进程第一次测算 {len(rules)} 条规则，{size.enterprises} 家，名册已保存",
        first,
        one_by_one * size.enterprises,
        "逐家读取并编码",
        "秒",
        at_most=1,
    )
    again = min(_seconds(lambda: count_reach(fresh, session, rules, as_of=today())) for _ in "123")
    yield sooner(
        f"reach：再次测算 {len(rules)} 条规则",
        1000 * again,
        1000 * first,
        "第一次",
        "ms",
        at_most=200,
    )
    yield from _shard(session, published, fresh)


def _batches(session: Session) -> Iterator[Snapshots]:
    after = 0
    while batch := snapshots_after(session, after, BATCH):
        yield batch
        after = batch[-1].id


def _read_records(session: Session) -> None:
    for record in session.scalars(select(Enterprise).limit(_ONE_BY_ONE)):
        encode(to_enterprise(record), as_of=today(), registry=facts_known())
    session.expunge_all()


def _shard(session: Session, published: Published, keeper: RosterKeeper) -> Iterator[Row]:
    """What the night decides of one shard, before anything is compared or written."""
    kept = keeper.opened(today())
    assert kept is not None
    part = kept.roster.selected(np.arange(min(_SHARD, kept.roster.rows)))
    ours = min(_seconds(lambda: outcomes_over(published, part)) for _ in "123")
    slower = _seconds(lambda: _decide(session, published)) / _ONE_BY_ONE
    yield faster(
        f"reach：夜间匹配判断一批 {part.rows} 家 × {len(published)} 条规则",
        part.rows / ours,
        1 / slower,
        "逐家读取、编码、判断",
        "家/秒",
    )


def _decide(session: Session, published: Published) -> None:
    for record in session.scalars(select(Enterprise).limit(_ONE_BY_ONE)):
        published.outcomes(encode(to_enterprise(record), as_of=today(), registry=facts_known()))
    session.expunge_all()


def _of_a_million() -> Iterator[Row]:
    """Opening a saved roster in a process that has none, and counting one rule for a street."""
    rules = make_rules(20, 2_000)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "kept"
        _large().save(place)
        opened = min(_seconds(lambda: Kept.open(place)) for _ in "123")
        kept = Kept.open(place)
        street = kept.where(units={7})
        first, *later = (
            _seconds(lambda rule=rule: kept.roster.planes(rule) & street)  # type: ignore[misc]  # rule is bound
            for rule in rules
        )
        yield sooner(f"reach：打开 {_LARGE} 家的名册", opened, 1.0, "上限", "秒", at_most=1)
        name = f"reach：打开后第一条规则 × {_LARGE} 家 × 一个街道（代码列在此时编码）"
        yield sooner(name, first, 1.0, "上限", "秒", at_most=1)
        yield sooner(
            f"reach：其后一条规则，{len(later)} 条中最慢（参照为中位）",
            1000 * max(later),
            1000 * float(np.median(later)),
            "中位",
            "ms",
            at_most=50,
        )


def _large() -> Kept:
    roster = make_world(_LARGE, arrays=False).roster
    ids = np.arange(1, _LARGE + 1)
    states = np.full(_LARGE, ACTIVE, np.uint8)
    marks = Marks(ids, ids.astype(np.uint64), ids % 50, states)
    return Kept(roster, marks, NOW, {})


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start

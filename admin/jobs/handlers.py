"""Which function does which kind of job (任务处理登记)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from admin.jobs.run import JobRun

SHORT, READ, LONG = "short", "read", "long"  # slots: one never holds up another
SLOTS = (SHORT, READ, LONG)
MAX_ATTEMPTS = 5
LEASE_SECONDS = 300.0
MODULES = (
    "admin.reading",
    "admin.indexing",
    "admin.roster",
    "admin.matching",
    "admin.push.jobs",
    "admin.pruning",
    "admin.lowcode.import_job",
)  # those that register handlers; a module that is not there has none

Work = Callable[["JobRun"], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Handler:
    """
    One kind of job (任务类型).

    Args:
        kind: its name in the table.
        work: does it; gets a `JobRun`, gives a result to keep or None.
        slot: jobs of one slot run one after the other in a worker, beside those of other slots.
        lease_seconds: how long a silent worker is believed to live; progress renews it.
        max_attempts: after so many the job has failed.
    """

    kind: str
    work: Work
    slot: str = SHORT
    lease_seconds: float = LEASE_SECONDS
    max_attempts: int = MAX_ATTEMPTS


HANDLERS: dict[str, Handler] = {}


def handler(
    kind: str,
    *,
    slot: str = SHORT,
    lease_seconds: float = LEASE_SECONDS,
    max_attempts: int = MAX_ATTEMPTS,
) -> Callable[[Work], Work]:
    """Register the function below as the one that does a kind of job."""
    if slot not in SLOTS:
        raise ValueError(f"no slot is named {slot}")

    def register(work: Work) -> Work:
        known = HANDLERS.get(kind)
        if known is not None and known.work is not work:
            raise ValueError(f"two functions do jobs of the kind {kind}")
        HANDLERS[kind] = Handler(kind, work, slot, lease_seconds, max_attempts)
        return work

    return register


def load_handlers() -> dict[str, Handler]:
    """Import every module that registers handlers, and give them."""
    for name in MODULES:
        parent = name.rpartition(".")[0]
        if find_spec(parent) is not None and find_spec(name) is not None:
            import_module(name)
    return HANDLERS


def kinds_of(slot: str) -> frozenset[str]:
    """The kinds that run in a slot."""
    return frozenset(kind for kind, one in HANDLERS.items() if one.slot == slot)

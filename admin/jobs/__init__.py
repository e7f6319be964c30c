"""
Work in the background as rows (后台任务): asked for, claimed, resumed, tried again, given up.

The broker only rings; what is to be done stands in the table `job`. A row is claimed by one
conditional UPDATE with a token and a lease. A worker that dies leaves a stale lease, and the next
ring resumes the job from its cursor. Nothing here knows the web or a task queue.
"""

from admin.jobs.handlers import (
    HANDLERS,
    LONG,
    READ,
    SHORT,
    Handler,
    handler,
    kinds_of,
    load_handlers,
)
from admin.jobs.leases import beat_heart, take_lease, workers_seen
from admin.jobs.queue import due_slots, enqueue, try_again
from admin.jobs.run import GiveUp, JobRun, LeaseLost, RunReport, run_due
from admin.jobs.schedules import enqueue_due_schedules

__all__ = [
    "HANDLERS",
    "LONG",
    "READ",
    "SHORT",
    "GiveUp",
    "Handler",
    "JobRun",
    "LeaseLost",
    "RunReport",
    "beat_heart",
    "due_slots",
    "enqueue",
    "enqueue_due_schedules",
    "handler",
    "kinds_of",
    "load_handlers",
    "run_due",
    "take_lease",
    "try_again",
    "workers_seen",
]

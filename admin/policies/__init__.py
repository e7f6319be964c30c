"""
Policies between the reader and the enterprises (政策): taken in, reviewed, published, withdrawn.

Plain functions over a session. `exchange` turns rows into the library's `Policy` and back,
`intake` takes a reading in, `drafts` makes rule versions, `publishing` decides what enterprises
may be told.
"""

from admin.policies.drafts import draft_of, is_waiting, newest_rule, save_rule
from admin.policies.exchange import to_measure, to_policy
from admin.policies.intake import import_policy
from admin.policies.publishing import (
    approve,
    problems_of,
    publish,
    reject,
    restore,
    withdraw,
)

__all__ = [
    "approve",
    "draft_of",
    "import_policy",
    "is_waiting",
    "newest_rule",
    "problems_of",
    "publish",
    "reject",
    "restore",
    "save_rule",
    "to_measure",
    "to_policy",
    "withdraw",
]

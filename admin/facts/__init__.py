"""
What is known of an enterprise (企业事实): statements are appended, the current snapshot is made.

`state_fact` is the one way in, for forms, imports and answers from the portal. The snapshot on
`Enterprise.facts` is in the exchange form; `watch` makes it anew in the transaction of any change
that touches it, and asks for matching where it became another.
"""

from admin.facts.snapshot import refresh_snapshot, refresh_snapshots, to_enterprise
from admin.facts.state import (
    current_facts,
    facts_known,
    parse_fact,
    state_fact,
    withdraw_fact,
)
from admin.facts.watch import install_facts

__all__ = [
    "current_facts",
    "facts_known",
    "install_facts",
    "parse_fact",
    "refresh_snapshot",
    "refresh_snapshots",
    "state_fact",
    "to_enterprise",
    "withdraw_fact",
]

"""
Many rules × many enterprises over bitsets (企业名册).

Enterprises stand as columns; each distinct leaf becomes two bitsets, true and possible; rules
combine them by Kleene logic. `Roster` is the register in memory and on disk.
"""

from policy_match.matching.roster.near import NearMisses, near_misses
from policy_match.matching.roster.questions import Coverage, coverage, register_questions
from policy_match.matching.roster.roster import Roster
from policy_match.matching.roster.shards import ShardedRoster
from policy_match.matching.roster.simulation import (
    Difference,
    Group,
    Simulation,
    compare_drafts,
    simulate_draft,
)
from policy_match.matching.roster.store import open_roster, save_roster
from policy_match.matching.roster.stream import (
    Change,
    Matches,
    changes_of_facts,
    changes_of_rule,
    match_all,
)

__all__ = [
    "Change",
    "Coverage",
    "Difference",
    "Group",
    "Matches",
    "NearMisses",
    "Roster",
    "ShardedRoster",
    "Simulation",
    "changes_of_facts",
    "changes_of_rule",
    "compare_drafts",
    "coverage",
    "match_all",
    "near_misses",
    "open_roster",
    "register_questions",
    "save_roster",
    "simulate_draft",
]

"""
Many rules × many enterprises over bitsets (企业名册).

Enterprises stand as columns; each distinct leaf becomes two bitsets, true and possible; rules
combine them by Kleene logic. `Roster` is the register in memory and on disk.
"""

from policy_match.matching.roster.roster import Roster

__all__ = ["Roster"]

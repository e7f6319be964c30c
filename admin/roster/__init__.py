"""
The admin's roster (企业名册): all enterprises as columns, made from their snapshots.

It lies under the home in its mapped form, so that the web and the workers open it without reading
it. The database is the truth: each row carries the hash of the facts it was made from, and what
changed since is taken in, or, where matching meets such a row, decided from the database.
"""

from admin.roster.job import keep_roster, ready_roster
from admin.roster.keeper import RosterKeeper, keeper_of
from admin.roster.kept import Kept

__all__ = ["Kept", "RosterKeeper", "keep_roster", "keeper_of", "ready_roster"]

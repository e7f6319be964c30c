"""
Matching in the background (匹配): on publication, on a changed fact, every night.

`published` loads the rules in force, `pairs` decides which pairs are worth keeping and what they
came to, `store` writes only what changed, and `run` holds the job handlers. The same run twice
changes nothing.
"""

from admin.matching.published import Published, load_published
from admin.matching.run import match_all, match_enterprise, match_policy, match_shard
from admin.matching.store import Tally, store_matches

__all__ = [
    "Published",
    "Tally",
    "load_published",
    "match_all",
    "match_enterprise",
    "match_policy",
    "match_shard",
    "store_matches",
]

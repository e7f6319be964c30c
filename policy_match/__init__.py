"""
政策找企业: reads Chinese policy documents and matches them to enterprises, with reasons.

What this module exports is loaded on first use, so that `import policy_match` and
`policy-match --help` stay quick and need no optional package.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policy_match.domain.criterion import Criterion, parse_criterion
    from policy_match.domain.enterprise import Enterprise, parse_enterprise
    from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
    from policy_match.domain.policy import Measure, Policy
    from policy_match.domain.verdict import Decision, Reason, Verdict, WindowState
    from policy_match.enterprise_columns import read_roster
    from policy_match.enterprises import read_enterprises
    from policy_match.errors import PolicyMatchError
    from policy_match.facade import (
        CheckUp,
        DraftRule,
        EnterpriseMatch,
        Match,
        Matcher,
        Reach,
        parse_draft,
        simulate,
    )
    from policy_match.matching.ports import Register
    from policy_match.matching.roster import Roster
    from policy_match.search.ports import Hit, PolicyIndex
    from policy_match.search.registry import open_index
    from policy_match.settings import Settings, load_settings

_NAMES = {
    "policy_match.domain.criterion": ("Criterion", "parse_criterion"),
    "policy_match.domain.enterprise": ("Enterprise", "parse_enterprise"),
    "policy_match.domain.facts": ("FactRegistry", "FactSpec", "FactType", "default_registry"),
    "policy_match.domain.policy": ("Measure", "Policy"),
    "policy_match.domain.verdict": ("Decision", "Reason", "Verdict", "WindowState"),
    "policy_match.enterprise_columns": ("read_roster",),
    "policy_match.enterprises": ("read_enterprises",),
    "policy_match.errors": ("PolicyMatchError",),
    "policy_match.facade": (
        "CheckUp",
        "DraftRule",
        "EnterpriseMatch",
        "Match",
        "Matcher",
        "Reach",
        "parse_draft",
        "simulate",
    ),
    "policy_match.matching.ports": ("Register",),
    "policy_match.matching.roster": ("Roster",),
    "policy_match.search.ports": ("Hit", "PolicyIndex"),
    "policy_match.search.registry": ("open_index",),
    "policy_match.settings": ("Settings", "load_settings"),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "CheckUp",
    "Criterion",
    "Decision",
    "DraftRule",
    "Enterprise",
    "EnterpriseMatch",
    "FactRegistry",
    "FactSpec",
    "FactType",
    "Hit",
    "Match",
    "Matcher",
    "Measure",
    "Policy",
    "PolicyIndex",
    "PolicyMatchError",
    "Reach",
    "Reason",
    "Register",
    "Roster",
    "Settings",
    "Verdict",
    "WindowState",
    "__version__",
    "default_registry",
    "load_settings",
    "open_index",
    "parse_criterion",
    "parse_draft",
    "parse_enterprise",
    "read_enterprises",
    "read_roster",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Load an exported name when it is first asked for (按需加载)."""
    if name == "__version__":
        value: object = metadata.version("policy-match")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The exported names, loaded or not."""
    return sorted({*globals(), *__all__})

"""
政策找企业: reads Chinese policy documents and matches them to enterprises, with reasons.

What this module exports is loaded on first use, so that `import policy_match` and
`policy-match --help` stay quick and need no optional package.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policy_match.domain.enterprise import Enterprise
    from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
    from policy_match.domain.policy import Measure, Policy
    from policy_match.domain.verdict import Verdict, WindowState
    from policy_match.errors import PolicyMatchError
    from policy_match.settings import Settings, load_settings

_HOMES = {
    "Enterprise": "policy_match.domain.enterprise",
    "FactRegistry": "policy_match.domain.facts",
    "FactSpec": "policy_match.domain.facts",
    "FactType": "policy_match.domain.facts",
    "Measure": "policy_match.domain.policy",
    "Policy": "policy_match.domain.policy",
    "PolicyMatchError": "policy_match.errors",
    "Settings": "policy_match.settings",
    "Verdict": "policy_match.domain.verdict",
    "WindowState": "policy_match.domain.verdict",
    "default_registry": "policy_match.domain.facts",
    "load_settings": "policy_match.settings",
}

__all__ = [
    "Enterprise",
    "FactRegistry",
    "FactSpec",
    "FactType",
    "Measure",
    "Policy",
    "PolicyMatchError",
    "Settings",
    "Verdict",
    "WindowState",
    "__version__",
    "default_registry",
    "load_settings",
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

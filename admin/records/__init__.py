"""
The record types (记录类型): one file each, declared once.

Importing this package declares them all; `admin.lowcode` makes pages, API and workbooks of them.
A new type is a new file here.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from admin.lowcode.record_type import REGISTRY, Registry


def load_records() -> Registry:
    """Declare every type of this package, and give them."""
    for module in sorted(iter_modules(__path__), key=lambda one: one.name):
        import_module(f"{__name__}.{module.name}")
    return REGISTRY

"""
The code sets that facts draw on, behind one interface (代码集).

`code_table("region")` gives a `CodeTable`; tables are read on first use and kept, so importing
this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from policy_match.domain._code_table import CodeTable, NameTable, QualificationTable, fold
from policy_match.domain._industry_codes import (
    IndustryMention,
    IndustryTable,
    find_industries,
    industry_table,
)
from policy_match.domain._region_codes import RegionTable, Succession, region_table, short_name
from policy_match.domain._tables import json_table, table_info
from policy_match.errors import CodeError

__all__ = [
    "CODE_SETS",
    "CodeTable",
    "IndustryMention",
    "IndustryTable",
    "NameTable",
    "QualificationTable",
    "RegionTable",
    "Succession",
    "code_table",
    "find_industries",
    "fold",
    "industry_table",
    "region_table",
    "short_name",
]


def _flat(name: str, kind: type[CodeTable] = CodeTable) -> CodeTable:
    info = table_info(name)
    codes = json_table("labels.json")[name]
    aliases: dict[str, list[str]] = {}
    for code, row in codes.items():
        for alias in row.get("aliases", ()):
            aliases.setdefault(alias, []).append(code)
    labels = {code: row["label"] for code, row in codes.items()}
    return kind(name, info["label"], info["version"], labels, aliases)


def _names() -> CodeTable:
    info = table_info("names")
    return NameTable("names", info["label"], info["version"], {})


_MAKERS: dict[str, Callable[[], CodeTable]] = {
    "region": region_table,
    "industry": industry_table,
    "entity_type": lambda: _flat("entity_type"),
    "ownership": lambda: _flat("ownership"),
    "size_class": lambda: _flat("size_class"),
    "qualification": lambda: _flat("qualification", QualificationTable),
    "names": _names,
}

CODE_SETS = tuple(_MAKERS)


@cache
def code_table(name: str) -> CodeTable:
    """
    The code set of that name (取代码表).

    Args:
        name: region, industry, entity_type, ownership, size_class, qualification or names.

    Raises:
        CodeError: there is no such code set.

    >>> code_table("region").canonical("530122")
    '530115'
    >>> code_table("industry").ancestors("2720")
    ('272', '27', 'C')
    """
    if name not in _MAKERS:
        raise CodeError(f"没有名为“{name}”的代码集", advice=f"可用：{'、'.join(CODE_SETS)}")
    return _MAKERS[name]()

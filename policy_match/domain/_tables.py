"""
Reads the tables that are packaged with the library (随包数据的唯一读取处).

This is the only I/O of the domain: files of `policy_match/data`, read on first use and kept.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib import resources
from typing import Any

_PACKAGE = "policy_match"


def _text(file_name: str) -> str:
    return (
        resources.files(_PACKAGE).joinpath("data").joinpath(file_name).read_text(encoding="utf-8")
    )


@cache
def csv_rows(file_name: str) -> tuple[dict[str, str], ...]:
    """The rows of a packaged csv with a header, in file order."""
    return tuple(csv.DictReader(_text(file_name).splitlines()))


@cache
def json_table(file_name: str) -> Any:
    """A packaged JSON file; callers must not change what they get."""
    return json.loads(_text(file_name))


def table_info(name: str) -> dict[str, str]:
    """Label, version, source and licence of one code table, from code_tables.json."""
    info: dict[str, str] = json_table("code_tables.json")[name]
    return info

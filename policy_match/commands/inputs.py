"""What the commands read: the index, one enterprise, a file of them (命令的输入)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policy_match.cli_support import Failures
from policy_match.errors import EnterpriseError, InputError

if TYPE_CHECKING:
    from policy_match.domain.enterprise import Enterprise
    from policy_match.facade import Matcher
    from policy_match.matching.roster import Roster
    from policy_match.search.ports import PolicyIndex


def open_for_reading(index: str | None) -> PolicyIndex:
    """The index that the flag or the setting names."""
    from policy_match.search.registry import open_configured
    from policy_match.settings import load_settings

    return open_configured(load_settings().index, index)


def open_matcher(index: str | None) -> Matcher:
    """A matcher over that index."""
    from policy_match.facade import Matcher

    with open_for_reading(index) as opened:
        return Matcher.open(opened)


def read_one(path: Path) -> Enterprise:
    """
    The one enterprise in a .json file.

    Raises:
        EnterpriseError: it holds none, or several.
    """
    from policy_match.enterprises import read_enterprises

    found = list(read_enterprises(path, read_on=date.today()))
    if len(found) != 1:
        raise EnterpriseError(
            f"应有一家企业，却有 {len(found)} 家",
            where=str(path),
            advice="这里一次看一家；多家请写进 .jsonl（每行一家），交给 find-enterprises",
        )
    if isinstance(found[0], InputError):
        raise found[0]
    return found[0]


def read_as_roster(path: Path, failures: Failures, *, as_of: date) -> Roster:
    """The enterprises of a file as a roster; those that can't be read are named and left out."""
    from policy_match.enterprise_columns import read_roster

    return read_roster(path, as_of=as_of, read_on=date.today(), report=failures.add)


def read_many(path: Path, failures: Failures) -> Iterator[Enterprise]:
    """The enterprises of a file; those that can't be read are named and left out."""
    from policy_match.enterprises import read_enterprises

    for found in read_enterprises(path, read_on=date.today()):
        if isinstance(found, InputError):
            failures.add(found)
            continue
        yield found

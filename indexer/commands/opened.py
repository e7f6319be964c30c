"""What these commands read: all policies of an index, or one (命令的输入)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from policy_match.errors import NotFound

if TYPE_CHECKING:
    from datetime import date

    from policy_match.domain.policy import Policy


def all_policies(index: str | None) -> dict[str, Policy]:
    """Every policy of the index that the flag or the setting names, by id."""
    from policy_match.search.registry import open_configured
    from policy_match.settings import load_settings

    with closing(open_configured(load_settings().index, index)) as opened:
        return {policy.id: policy for policy in opened.iter_policies()}


def one_policy(named: str, policies: dict[str, Policy] | None, *, as_of: date) -> Policy:
    """
    A policy by its id in the index, or read from a file of that name (按编号或文件取一份).

    Raises:
        NotFound: there is neither.
    """
    path = Path(named)
    if path.is_file():
        from indexer.pipeline import read_policy

        return read_policy(path, as_of=as_of)
    if policies is None or named not in policies:
        raise NotFound(
            f"没有编号为“{named}”的政策，也没有这个文件",
            advice="用 policy-match search 查找编号，或给出文件",
        )
    return policies[named]

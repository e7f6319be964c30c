"""
Near-identical documents and new versions of the same one (近似重复与版本), by MinHash.

Exact copies never reach the index (see `dedupe`); here are those that share most of their words:
a document republished by another site, or issued anew with changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from policy_match.domain.policy import Policy
from policy_match.errors import MissingExtra

if TYPE_CHECKING:
    from datasketch import MinHash

NEAR = 0.5  # of all shingles shared: worth a person's look
SAME = 0.9  # at least this: a copy, unless number or date say otherwise
SAME_TITLED = 0.7  # with the same title this is enough: portals add menus and leave out tables
_SHINGLE = 4
_PERMUTATIONS = 128
_SEED = 20260101
_SHORTEST = 40
_SIGNS = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]+")
_EDITION = re.compile(
    r"[（(][^（）()]{0,12}(?:试行|暂行|修订|修正|版)[^（）()]{0,6}[）)]|(?:19|20)\d{2}年?(?:度|版)?|"
    r"第?[一二三四五六七八九十\d]+批|修订|关于|印发|公布|的通知|的公告"
)


class Kinship(StrEnum):
    """How two like documents stand to each other (版本关系)."""

    COPY = "copy"  # 同一文件的另一份
    VERSION = "version"  # 同一文件的新版本
    LIKE = "like"  # 内容相近，不是同一文件


@dataclass(frozen=True, slots=True)
class Kin:
    """
    Two like documents (近似文件); `newer` and `older` are ids, by date, then by id.

    `share` is the estimated part of four-sign pieces that both have of those that either has.
    """

    newer: str
    older: str
    share: float
    kinship: Kinship

    def to_json(self) -> dict[str, Any]:
        """One line of `policy-match versions --json`."""
        return {
            "policy_id": self.newer,
            "of": self.older,
            "relation": self.kinship.value,
            "share": self.share,
        }


def find_kin(policies: Iterable[Policy], *, least: float = NEAR) -> tuple[Kin, ...]:
    """
    All pairs of documents that share much of their text (查找近似文件).

    Args:
        policies: the set; texts below 40 signs are left out.
        least: the share of pieces from which a pair is told.

    Returns:
        The likest first, then by ids.

    Raises:
        MissingExtra: datasketch is not installed.
    """
    index, sketches, known = _index(least), dict[str, Any](), dict[str, Policy]()
    found: dict[tuple[str, str], Kin] = {}
    for policy in policies:
        sketch = _sketch(policy.text)
        if sketch is None:
            continue
        for other in index.query(sketch):
            kin = _kin(policy, known[other], float(sketch.jaccard(sketches[other])), least)
            if kin is not None:
                found[kin.newer, kin.older] = kin
        index.insert(policy.id, sketch, check_duplication=False)
        sketches[policy.id], known[policy.id] = sketch, policy
    return tuple(sorted(found.values(), key=lambda one: (-one.share, one.newer, one.older)))


def _index(least: float) -> Any:
    try:
        from datasketch import MinHashLSH
    except ImportError:
        raise MissingExtra(
            "没有安装 datasketch，不能查找近似文件",
            advice="用 pip install 'policy-match[versions]' 安装",
        ) from None
    return MinHashLSH(threshold=max(least - 0.1, 0.1), num_perm=_PERMUTATIONS)


def _sketch(text: str) -> MinHash | None:
    from datasketch import MinHash

    pieces = shingles(text)
    if len(pieces) < _SHORTEST:
        return None
    sketch = MinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.update_batch([piece.encode() for piece in sorted(pieces)])
    return sketch


def shingles(text: str) -> frozenset[str]:
    """
    The pieces of four signs of a text, without punctuation and blanks (四字片段).

    >>> sorted(shingles("支持 中小企业！"))
    ['中小企业', '持中小企', '支持中小']
    """
    signs = _SIGNS.sub("", text)
    return frozenset(signs[n : n + _SHINGLE] for n in range(len(signs) - _SHINGLE + 1))


def _kin(one: Policy, other: Policy, share: float, least: float) -> Kin | None:
    if share < least or one.id == other.id:
        return None
    older, newer = sorted((one, other), key=lambda policy: (_day(policy), policy.id))
    return Kin(newer.id, older.id, round(share, 3), _kinship(newer, older, share))


def _day(policy: Policy) -> date:
    return policy.issued_on or policy.effective_on or date.min


def _kinship(newer: Policy, older: Policy, share: float) -> Kinship:
    """
    A copy says nothing new of number and day; a version has the same bare title.

    Documents that follow one form (a list of each year, a notice to each province) are only like.
    """
    same_title = _bare_title(newer.title) == _bare_title(older.title)
    same_region = _same_region(newer, older)
    enough = SAME_TITLED if same_title and same_region else SAME
    if share >= enough and not _differ(newer, older):
        return Kinship.COPY
    if same_title and same_region:
        return Kinship.VERSION
    return Kinship.LIKE


def _differ(one: Policy, other: Policy) -> bool:
    """Whether both state a number, or both a day, and not the same one."""
    numbers = {one.doc_no, other.doc_no} - {None}
    days = {one.issued_on, other.issued_on} - {None}
    return len(numbers) == 2 or len(days) == 2


def _same_region(one: Policy, other: Policy) -> bool:
    return None in (one.region, other.region) or one.region == other.region


def _bare_title(title: str) -> str:
    """A title without edition, year and the words of its wrapper."""
    return _SIGNS.sub("", _EDITION.sub("", title))

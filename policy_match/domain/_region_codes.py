"""GB/T 2260, the codes of administrative divisions, with former codes (行政区划代码)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from policy_match.domain._code_table import CodeTable, fold
from policy_match.domain._tables import csv_rows, table_info

ROOT = "000000"
_SHAPE = re.compile(r"\d{6}|\d{9}|\d{12}")
_PEOPLES = (
    "壮族|回族|维吾尔|藏族|羌族|苗族|侗族|布依族|土家族|彝族|白族|傣族|景颇族|傈僳族|哈尼族|纳西族|"
    "拉祜族|佤族|布朗族|普米族|独龙族|怒族|蒙古族|蒙古|哈萨克族|哈萨克|柯尔克孜族|柯尔克孜|"
    "塔吉克|锡伯族|锡伯|满族|朝鲜族|达斡尔族|畲族|瑶族|仫佬族|毛南族|黎族|水族|仡佬族|裕固族|"
    "保安族|东乡族|撒拉族|土族|各族|鄂伦春|鄂温克族"
)
_SUFFIX = re.compile(
    r"(?:特别行政区|街道|地区|林区|矿区|新区|自治[区州县旗]|省|市|州|盟|县|区|旗|镇|乡)$"
)
_TAIL_PEOPLES = re.compile(f"(?:{_PEOPLES})+$")


@dataclass(frozen=True)
class Succession:
    """
    A former code and the code that took its place (代码沿革).

    `effective` is the day, month or year as far as it is known; `basis` is `known` (written
    by hand; `source` says whether the approval was looked up) or `derived` (equal names in the
    same prefecture or province: a guess that a person may overrule).
    """

    code: str
    name: str
    successor: str
    effective: str
    source: str
    basis: str


def short_name(name: str) -> str:
    """The name without its kind and peoples: 晋宁区 → 晋宁, 大理白族自治州 → 大理."""
    bare = _SUFFIX.sub("", name)
    if bare != name and "自治" in name:
        stripped = _TAIL_PEOPLES.sub("", bare)
        bare = stripped if len(stripped) >= 2 else bare
    return bare if len(bare) >= 2 else name


class RegionTable(CodeTable):
    """
    Provinces, cities, counties of all China and the streets of 云南 (行政区划).

    Levels hang by digits alone: 12, 9, 6, 4+00, 2+0000 under the root 000000 全国. A former code
    is read as its successor, whatever the day.
    """

    hierarchical = True

    def __init__(
        self,
        label: str,
        version: str,
        labels: Mapping[str, str],
        successions: Mapping[str, Succession],
    ) -> None:
        super().__init__("region", label, version, labels)
        self.successions = dict(successions)
        self._by_name: dict[str, list[str]] = {}
        self._by_short: dict[str, list[str]] = {}
        self._streets: dict[str, list[str]] = {}
        for code, name in self._named():
            self._by_name.setdefault(name, []).append(code)
            short = short_name(name)
            if short != name:
                shelf = self._streets if len(code) > 6 else self._by_short
                shelf.setdefault(short, []).append(code)

    def _named(self) -> Iterator[tuple[str, str]]:
        yield from self._labels.items()
        for former in self.successions.values():
            yield self.canonical(former.code), former.name

    def canonical(self, code: str) -> str:
        """
        A former code → its successor, streets under a former county too; 53 → 530000.

        A 12-digit code keeps its digits, but 530115000000 and 530115000 are 530115.
        """
        if code in self._labels:
            return code
        mine = fold(code)
        if len(mine) in (2, 4) and mine.isdigit():
            mine = mine.ljust(6, "0")
        if not _SHAPE.fullmatch(mine):
            return mine
        head, tail = self._succeed(mine[:6]), mine[6:]
        return head if not tail.strip("0") else head + tail

    def _succeed(self, code: str) -> str:
        seen = {code}
        while code in self.successions:
            code = self.successions[code].successor
            if code in seen:
                break
            seen.add(code)
        return code

    def _above(self, code: str) -> tuple[str, ...]:
        if not _SHAPE.fullmatch(code):
            return ()
        steps = (code[:9] if len(code) > 9 else code, code[:6], code[:4] + "00", code[:2] + "0000")
        return tuple(one for one in dict.fromkeys((*steps, ROOT)) if one != code)

    def find(self, name: str) -> tuple[str, ...]:
        """
        The codes of a name: full, short, former, or a path such as 云南省昆明市晋宁区.

        Higher levels come first; several codes mean that the name alone does not decide.
        """
        wanted = fold(name).replace(" ", "")
        return self._one_name(wanted) or self._path(wanted)

    def _one_name(self, name: str) -> tuple[str, ...]:
        hits = self._by_name.get(name) or self._by_short.get(name) or self._streets.get(name, [])
        return tuple(sorted(dict.fromkeys(hits), key=self._level_order))

    @staticmethod
    def _level_order(code: str) -> tuple[int, str]:
        return (len(code.rstrip("0")) if len(code) == 6 else len(code)), code

    def _path(self, name: str) -> tuple[str, ...]:
        """Read a name as an upper division followed by one below it, longest upper name first."""
        for cut in range(len(name) - 2, 1, -1):
            above = self._one_name(name[:cut])
            if not above:
                continue
            below = tuple(
                code for code in self.find(name[cut:]) if set(above) & set(self._above(code))
            )
            if below:
                return below
        return ()

    def full_name(self, code: str) -> str | None:
        """The name with those above it, 云南省昆明市晋宁区; fillers such as 市辖区 left out."""
        mine = self.canonical(code)
        if mine not in self._labels:
            return None
        chain = [mine, *(one for one in self._above(mine) if one != ROOT)]
        names = [self._labels[one] for one in reversed(chain) if one in self._labels]
        return "".join(name for name in names if name not in _PLACEHOLDERS) or self._labels[mine]


_PLACEHOLDERS = frozenset(
    {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}  # rows that only group others
)


@cache
def region_table() -> RegionTable:
    """The packaged table with its successions."""
    info = table_info("region")
    return RegionTable(
        info["label"],
        info["version"],
        {row["code"]: row["name"] for row in csv_rows("regions.csv")},
        {row["code"]: Succession(**row) for row in csv_rows("region_successions.csv")},
    )

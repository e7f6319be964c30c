"""GB/T 4754, the classification of industries (国民经济行业分类)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from policy_match.domain._code_table import CodeTable, fold
from policy_match.domain._tables import csv_rows, json_table, table_info

_LETTERED = re.compile(r"([A-T])(\d{2,4})")
_PUBLIC_BODIES = {"S", "T"}
_PARTS = re.compile(r"[A-T]|\d{2,4}")


class IndustryTable(CodeTable):
    """
    Industries of GB/T 4754: letter, 2, 3, 4 digits (门类 › 大类 › 中类 › 小类).

    `C27` is accepted as `27`; a letter that is not the division's own is left as it is, so that
    `A27` is refused in a rule instead of being read as something else.
    """

    hierarchical = True

    def __init__(
        self,
        label: str,
        version: str,
        labels: Mapping[str, str],
        section_of_division: Mapping[str, str],
        descriptions: Mapping[str, str],
        aliases: Mapping[str, Iterable[str]],
    ) -> None:
        super().__init__("industry", label, version, labels, aliases)
        self._section = dict(section_of_division)
        self._descriptions = dict(descriptions)

    def canonical(self, code: str) -> str:
        """`C27` → `27`, `c` → `C`, full width → half width."""
        if code in self._labels:
            return code
        mine = fold(code).upper()
        found = _LETTERED.fullmatch(mine)
        if found and self._section.get(found[2][:2]) == found[1]:
            return found[2]
        return mine

    def _above(self, code: str) -> tuple[str, ...]:
        if not _PARTS.fullmatch(code) or len(code) == 1:
            return ()
        section = self._section.get(code[:2])
        shorter = tuple(code[:size] for size in range(len(code) - 1, 1, -1))
        return (*shorter, section) if section else shorter

    def find(self, name: str) -> tuple[str, ...]:
        """The codes of a name; of a class and its only child of the same name, the class."""
        codes = super().find(name)
        return tuple(one for one in codes if set(self._above(one)).isdisjoint(codes))

    def description_of(self, code: str) -> str:
        """The standard's own explanation of a class; empty when it gives none."""
        return self._descriptions.get(self.canonical(code), "")


@cache
def industry_table() -> IndustryTable:
    """The packaged table, with the amendments that are on record applied."""
    info = table_info("industry")
    rows = {row["code"]: row for row in csv_rows("industries.csv")}
    for amendment in json_table("industry_amendments.json")["amendments"]:
        _apply(amendment["changes"], rows)
    return IndustryTable(
        info["label"],
        info["version"],
        {code: row["name"] for code, row in rows.items()},
        {code: row["section"] for code, row in rows.items() if len(code) == 2},
        {code: row["description"] for code, row in rows.items() if row["description"]},
        json_table("industry_synonyms.json")["synonyms"],
    )


def _apply(changes: Iterable[Mapping[str, str]], rows: dict[str, dict[str, str]]) -> None:
    """Add, change or remove rows as an amendment (修改单) says; a change names its code."""
    for change in changes:
        if change["op"] == "remove":
            rows.pop(change["code"])
            continue
        old = rows.get(change["code"], {"description": "", "section": ""})
        rows[change["code"]] = {**old, **{k: v for k, v in change.items() if k != "op"}}


@dataclass(frozen=True)
class IndustryMention:
    """A place in a text that names an industry (行业提及); several codes when it is ambiguous."""

    text: str
    start: int
    end: int
    codes: tuple[str, ...]


def find_industries(text: str) -> list[IndustryMention]:
    """
    Find industries that a text names, left to right, longest name first (文中的行业).

    Names are those of the standard's sections, divisions and groups, and our list of common
    names. Offsets count code points of `text` as handed in.
    """
    pattern, codes = _mention_index()
    return [
        IndustryMention(hit[0], hit.start(), hit.end(), codes[hit[0]])
        for hit in pattern.finditer(text)
        if hit[0] in codes
    ]


@cache
def _mention_index() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """
    One expression over all names, longest first, and what each stands for.

    Excluded words (农业农村, 医疗保险) are matched too, so that the names inside them are passed
    over; words that rarely mean an industry (文化, 卫生) are left to `find`, as are the public
    bodies of sections S and T.
    """
    data = json_table("industry_synonyms.json")
    table = industry_table()
    names: dict[str, tuple[str, ...]] = {
        label: (code,)
        for code in reversed(list(table))
        if len(code) <= 3
        and not {code, *table.ancestors(code)} & _PUBLIC_BODIES
        and len(label := table.label_of(code) or "") >= 3
    }
    names |= {name: codes for name, codes in table.aliases.items() if len(name) >= 2}
    names = {name: codes for name, codes in names.items() if name not in set(data["find_only"])}
    longest_first = sorted({*names, *data["excluded"]}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), names

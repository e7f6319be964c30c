"""What an extractor may know of the document around its clause (文档上下文)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from policy_match.domain.codes import region_table, short_name
from policy_match.domain.policy import CENTRAL_REGION, Policy

_ZONE_NAME = re.compile(
    r"(?:[\u4e00-\u9fff]{2,10})(?:示范区|开发区|试验区|高新区|经开区|科学城|保税区|产业园区)"
)

_SHORT_ZONE = re.compile(
    r"(?:(?<=[对在于和与])|(?<![\u4e00-\u9fff]))(?P<full>(?:(?![的与])[\u4e00-\u9fff]){4,24}?区)"
    r"\(以下(?:统)?简称:?[“”]?(?P<short>[\u4e00-\u9fff]{2,8}区)[“”]?\)"
)


@dataclass(frozen=True)
class Context:
    """
    The policy's own region and names (上下文).

    `text` is the view of the whole document, to look up what a short name stands for.
    """

    policy: Policy
    text: str
    _zones: dict[str, str] = field(default_factory=dict)

    @cached_property
    def region(self) -> str | None:
        """The policy's region, None for a central one."""
        code = self.policy.region
        return code if code and code != CENTRAL_REGION else None

    @cached_property
    def levels(self) -> dict[str, str]:
        """省, 市, 区/县 of the policy → code: what 本市 or 我区 stands for."""
        if self.region is None:
            return {}
        table, found = region_table(), dict[str, str]()
        for code in (self.region, *table.ancestors(self.region)):
            if len(code) == 6 and code != CENTRAL_REGION:
                for word in _level_words(code):
                    found.setdefault(word, code)
        return found

    @cached_property
    def place_names(self) -> dict[str, str]:
        """The names of the policy's region and those above it, full and short → code."""
        if self.region is None:
            return {}
        table, found = region_table(), dict[str, str]()
        for code in (self.region, *table.ancestors(self.region)):
            label = table.label_of(code)
            if label and code != CENTRAL_REGION and label != "市辖区":
                found.setdefault(label, code)
                found.setdefault(short_name(label), code)
        return found

    def zone_name(self, name: str) -> str:
        """The full name that a document gives for a short one (示范区全称)."""
        if name not in self._zones:
            self._zones[name] = self._full_zone(name)
        return self._zones[name]

    @cached_property
    def short_zones(self) -> dict[str, str]:
        """The short names that the document gives its zones (简称): 先导区 → full name."""
        return {hit["short"]: hit["full"] for hit in _SHORT_ZONE.finditer(self.text)}

    def _full_zone(self, name: str) -> str:
        if len(name) < 5:
            return name
        head, tail = name[:-3], name[-3:]
        longer = {
            hit[0]
            for hit in re.finditer(rf"{re.escape(head)}[\u4e00-\u9fff]{{1,10}}{tail}", self.text)
        }
        return min(longer, key=len) if longer else name


def _level_words(code: str) -> tuple[str, ...]:
    if code.endswith("0000"):
        municipality = code[:2] in ("11", "12", "31", "50")
        return ("市", "省") if municipality else ("省", "自治区")
    if code.endswith("00"):
        return ("市", "州")
    return ("区", "县", "市")

"""
The facts a rule may use, as data (事实登记表).

A fact is described once: its name, Chinese label, type, unit, code set, the question that asks
for it and how fast it goes stale. Staff can add facts; rules can use them at once.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class FactType(StrEnum):
    """How a fact's values look and which operators they take (事实类型)."""

    CODES = "codes"
    NAMES = "names"
    NUMBER = "number"
    MONEY = "money"
    RATIO = "ratio"
    COUNT = "count"
    DATE = "date"
    BOOL = "bool"


_SET_OPS = ("in",)
_ORDER_OPS = (">=", ">", "<=", "<", "==")
_BOOL_OPS = ("==",)

_UNIT_ADVICE = {
    FactType.MONEY: "金额用元为单位的数字，如 500万元写 5000000",
    FactType.RATIO: "比例写成小数，如 3% 写 0.03",
    FactType.COUNT: "写成数字，如 20",
    FactType.NUMBER: "写成数字，如 3",
}


class FactSpec(BaseModel):
    """
    One fact that enterprises have and rules ask about (事实).

    `maximum` and `may_be_negative` bound what an enterprise may state; a rule is not bounded.
    `derived_from` names facts it is computed from when they are known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str
    type: FactType
    unit: str = ""
    code_set: str = "names"
    group: str = ""
    origin: str = ""
    question: str
    stale_after_days: int | None = None
    may_be_negative: bool = False
    maximum: float | None = None
    derived_from: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def ops(self) -> tuple[str, ...]:
        """The operators a rule may use on this fact."""
        if self.type in (FactType.CODES, FactType.NAMES):
            return _SET_OPS
        return _BOOL_OPS if self.type is FactType.BOOL else _ORDER_OPS

    @property
    def is_set(self) -> bool:
        """Whether the values are codes or names."""
        return self.type in (FactType.CODES, FactType.NAMES)

    @property
    def unit_advice(self) -> str:
        """How a value of this type is written, in Chinese."""
        return _UNIT_ADVICE.get(self.type, "")


class FactRegistry(Mapping[str, FactSpec]):
    """All facts by name; also finds them by Chinese label (事实登记)."""

    def __init__(self, specs: Iterable[FactSpec]) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._labels: dict[str, str] = {}
        for spec in self._specs.values():
            for label in (spec.label, *spec.aliases):
                self._labels.setdefault(label, spec.name)

    def __getitem__(self, name: str) -> FactSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def resolve(self, name: str) -> FactSpec | None:
        """The fact of that name or Chinese label, or None."""
        return self._specs.get(name) or self._specs.get(self._labels.get(name, ""))

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """The known names most like `name`, best first."""
        near = difflib.get_close_matches(name, [*self._specs, *self._labels], n=n, cutoff=0.5)
        return list(dict.fromkeys(self._labels.get(hit, hit) for hit in near))

    def advice(self, name: str) -> str:
        """What to write instead of an unknown name, in Chinese."""
        near = self.nearest(name)
        if not near:
            some = "、".join(f"{n}（{s.label}）" for n, s in list(self._specs.items())[:5])
            return f"共有 {len(self._specs)} 个事实，如 {some} 等；全部见使用文档“企业事实”"
        shown = "、".join(f"{one}（{self._specs[one].label}）" for one in near)
        return f"最接近的有：{shown}"

    def extended(self, specs: Iterable[FactSpec]) -> FactRegistry:
        """A registry with more facts, or with some described anew."""
        return FactRegistry([*{**self._specs, **{spec.name: spec for spec in specs}}.values()])


@lru_cache(maxsize=1)
def default_registry() -> FactRegistry:
    """The packaged facts (spec version 1)."""
    text = resources.files("policy_match.data").joinpath("facts.json").read_text("utf-8")
    return FactRegistry(FactSpec.model_validate(row) for row in json.loads(text)["facts"])

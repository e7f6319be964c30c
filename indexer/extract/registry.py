"""
The registry of extractors (提取器登记).

An extractor is a pure function from a clause to findings, named for the fact it reads. It is
called only where one of its hints stands in the clause, so that most clauses cost nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property

from indexer.extract import facts as _package
from indexer.extract.context import Context
from indexer.extract.figures import Figure, figures
from indexer.extract.view import view_of
from policy_match.domain.criterion import Op
from policy_match.domain.policy import Policy

Value = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True)
class Clause:
    """
    A stretch of the view between commas or stops (分句).

    `text` is normalised, with the names of documents in 《》 blanked out: 《中小企业…办法》 says
    nothing of the applicant. `before` is what precedes it in the same sentence; `role` says
    where it stands: condition, target, subject of a benefit, excluded, or remark; `header` is
    the line that heads the list it stands in: 研发费用占比符合下列要求.
    """

    text: str
    start: int
    before: str
    role: str
    context: Context
    header: str = ""

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The numbers in it."""
        return tuple(figures(self.text))


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What an extractor read (提取结果): a question about a fact, and where it stands in the clause.

    `negated` is for what the clause itself rules out (非金融企业); `sure` is a first honest
    estimate between 0 and 1; `how` is filled in by the registry.
    """

    fact: str
    op: Op
    value: Value
    start: int
    end: int
    sure: float = 0.9
    negated: bool = False
    how: str = ""


Extract = Callable[[Clause], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Extractor:
    """A named extractor (提取器)."""

    name: str
    hints: tuple[str, ...]
    run: Extract
    roles: frozenset[str]


ALL_ROLES = frozenset({"condition", "target", "subject", "excluded"})
_EXTRACTORS: dict[str, Extractor] = {}


def extractor(
    name: str, *, hints: Iterable[str], roles: Iterable[str] = ALL_ROLES
) -> Callable[[Extract], Extract]:
    """
    Register a function under a name (登记提取器).

    Args:
        name: what a leaf's `how` will say; unique.
        hints: texts of which one must stand in the clause.
        roles: the kinds of place it reads; all but remarks by default.
    """

    def register(run: Extract) -> Extract:
        if name in _EXTRACTORS:
            raise ValueError(f"提取器 {name} 已登记")
        _EXTRACTORS[name] = Extractor(name, tuple(hints), run, frozenset(roles))
        return run

    return register


@cache
def load() -> dict[str, Extractor]:
    """All extractors of the package `facts`, loaded once (载入全部提取器)."""
    for module in pkgutil.iter_modules(_package.__path__):
        importlib.import_module(f"{_package.__name__}.{module.name}")
    return _EXTRACTORS


@cache
def _index(
    role: str,
) -> tuple[re.Pattern[str], dict[str, tuple[tuple[str, Extractor], ...]], list[Extractor]]:
    """The hints of a role by their first sign, and the extractors that need none."""
    by_sign: dict[str, list[tuple[str, Extractor]]] = {}
    always = []
    for one in load().values():
        if role not in one.roles:
            continue
        if "" in one.hints:
            always.append(one)
            continue
        for hint in one.hints:
            by_sign.setdefault(hint[0], []).append((hint, one))
    first = re.compile("[" + "".join(map(re.escape, by_sign)) + "]")
    return first, {sign: tuple(pairs) for sign, pairs in by_sign.items()}, always


def findings(clause: Clause) -> Iterator[Finding]:
    """What the extractors read in a clause, each called only where a hint of its own stands."""
    text = clause.text
    first, by_sign, always = _index(clause.role)
    wanted = {one.name: one for one in always}
    for hit in first.finditer(text):
        for hint, one in by_sign[hit[0]]:
            if one.name not in wanted and text.startswith(hint, hit.start()):
                wanted[one.name] = one
    for name, one in wanted.items():
        for found in one.run(clause):
            yield replace(found, how=name)


@contextmanager
def scratch() -> Iterator[None]:
    """Try an extractor out: what is registered inside is forgotten afterwards (试用)."""
    load()
    kept = dict(_EXTRACTORS)
    _index.cache_clear()
    try:
        yield
    finally:
        _EXTRACTORS.clear()
        _EXTRACTORS.update(kept)
        _index.cache_clear()


def read_clause(text: str, *, region: str | None = None, role: str = "condition") -> list[Finding]:
    """
    What all extractors read in one clause, to try them out (读一个分句).

    >>> [(one.fact, one.op, one.value) for one in read_clause("从业人员不超过300人")]
    [('employees', '<=', 300)]
    """
    view = view_of(text)
    policy = Policy(id="try", title="试读", region=region)
    return list(findings(Clause(view.text, 0, "", role, Context(policy, view.text))))

"""What every code set can do, and the flat code sets (代码表的共同接口)."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from policy_match.errors import CodeError


def fold(text: str) -> str:
    """Full width to half width, without outer blanks (全角转半角、去首尾空白)."""
    return unicodedata.normalize("NFKC", text).strip()


class CodeTable:
    """
    A set of codes with Chinese labels (代码表).

    Args:
        name: the code set's name in facts, such as `region`.
        label: its Chinese name.
        version: the standard and its year.
        labels: code → Chinese label.
        aliases: other ways of writing → code.

    Every method takes codes as written; `canonical` is applied first where that matters.
    """

    hierarchical = False

    def __init__(
        self,
        name: str,
        label: str,
        version: str,
        labels: Mapping[str, str],
        aliases: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.name = name
        self.label = label
        self.version = version
        self._labels = dict(labels)
        self._aliases = {fold(key): tuple(codes) for key, codes in (aliases or {}).items()}

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.canonical(code) in self._labels

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.version}: {len(self)} codes>"

    def canonical(self, code: str) -> str:
        """The one way to write a code; unknown codes come back folded, not refused."""
        return code if code in self._labels else fold(code)

    def label_of(self, code: str) -> str | None:
        """The Chinese label of a code, or None when the table lacks it."""
        return self._labels.get(self.canonical(code))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above `code` by prefix alone, nearest first, without `code` itself."""
        return self._above(self.canonical(code))

    def _above(self, code: str) -> tuple[str, ...]:  # noqa: ARG002 - flat sets have no levels
        return ()

    def is_ancestor(self, above: str, below: str) -> bool:
        """Whether `above` stands strictly above `below`."""
        return self.canonical(above) in self.ancestors(below)

    def nearest_known(self, code: str) -> str | None:
        """The code itself when the table has it, else its longest known prefix, else None."""
        mine = self.canonical(code)
        return next((one for one in (mine, *self._above(mine)) if one in self._labels), None)

    def descendants(self, code: str) -> tuple[str, ...]:
        """The known codes strictly below `code`, in table order."""
        return tuple(self._below.get(self.canonical(code), ()))

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code in self._labels:
            for above in self._above(code):
                found.setdefault(above, []).append(code)
        return found

    def find(self, name: str) -> tuple[str, ...]:
        """The codes with exactly that name or alias; several when the name is ambiguous."""
        wanted = fold(name)
        return self._by_label.get(wanted) or self._aliases.get(wanted, ())

    @cached_property
    def _by_label(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for code, label in self._labels.items():
            found[fold(label)] = (*found.get(fold(label), ()), code)
        return found

    @property
    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        """Common names → codes, where the label is not the only name."""
        return self._aliases

    def search(self, text: str, limit: int = 20) -> list[tuple[str, str]]:
        """Code and label pairs for a picker: code prefix, then name prefix, then name part."""
        wanted = fold(text)
        by_alias = self._aliases.get(wanted, ())
        ranked = [
            (rank, len(code), place, code, label)
            for place, (code, label) in enumerate(self._labels.items())
            if (rank := 1 if code in by_alias else _search_rank(wanted, code, fold(label)))
            is not None
        ]
        return [(code, label) for *_, code, label in sorted(ranked)[:limit]]

    def suggest(self, text: str, n: int = 3) -> list[str]:
        """The nearest codes for an error message, each as `code（label）`, best first."""
        wanted = fold(text)
        hits = list(self.find(wanted))
        known = self.nearest_known(wanted)
        if known is not None:
            siblings = [known, *self.descendants(known)[:500]]
            hits += difflib.get_close_matches(self.canonical(wanted), siblings, n=n, cutoff=0.6)
            hits.append(known)
        elif wanted:
            hits += [code for code, _ in self.search(wanted, n)]
        if not hits:
            near = difflib.get_close_matches(wanted, list(self._names()), n=n, cutoff=0.5)
            hits += [code for label in near for code in self.find(label) or (label,)]
        shown = [one for one in dict.fromkeys(hits) if one in self._labels][:n]
        return [f"{one}（{self._labels[one]}）" for one in shown]

    def _names(self) -> Iterable[str]:
        """Labels, aliases and codes that a misspelt text is compared with."""
        return dict.fromkeys((*self._labels.values(), *self._aliases, *self._labels))

    def require(self, code: str) -> str:
        """
        The canonical code, for rules: a code that the table lacks is refused.

        Raises:
            CodeError: the table lacks the code; the message lists the nearest ones.
        """
        mine = self.canonical(code)
        if mine in self:
            return mine
        near = self.suggest(code)
        advice = f"相近的有：{'、'.join(near)}" if near else "请对照代码表填写"
        # our own lists are numbered, which says nothing to people; a standard's year does
        name = self.label if self.version.isdigit() else f"{self.label}（{self.version}）"
        raise CodeError(f"{name}里没有代码“{code}”", advice=advice)


def _search_rank(wanted: str, code: str, label: str) -> int | None:
    if not wanted or code.startswith(wanted):
        return 0
    if label.startswith(wanted):
        return 1
    return 2 if wanted in label else None


class QualificationTable(CodeTable):
    """The known qualifications, and any other by its name as `other:名称` (资质认定)."""

    prefix = "other:"

    def canonical(self, code: str) -> str:
        """As written, folded; blanks after `other:` dropped."""
        if code in self._labels:
            return code
        mine = fold(code)
        if mine.lower().startswith(self.prefix):
            return self.prefix + mine[len(self.prefix) :].strip()
        return mine

    def __contains__(self, code: object) -> bool:
        if not isinstance(code, str):
            return False
        mine = self.canonical(code)
        return mine in self._labels or self._other_name(mine) is not None

    def label_of(self, code: str) -> str | None:
        """The Chinese label; of `other:名称` it is the name."""
        mine = self.canonical(code)
        return self._labels.get(mine) or self._other_name(mine)

    def nearest_known(self, code: str) -> str | None:
        """The code itself when it is known or has the form `other:名称`."""
        mine = self.canonical(code)
        return mine if mine in self else None

    def _other_name(self, code: str) -> str | None:
        name = code[len(self.prefix) :] if code.startswith(self.prefix) else ""
        return name or None


class NameTable(CodeTable):
    """An open set: every text that is not empty is in it, under its own name (自由名称)."""

    def canonical(self, code: str) -> str:
        """Full width to half width, outer blanks dropped."""
        return fold(code)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and bool(fold(code))

    def label_of(self, code: str) -> str | None:
        """The name itself."""
        return fold(code) or None

    def nearest_known(self, code: str) -> str | None:
        """The name itself."""
        return fold(code) or None

    def find(self, name: str) -> tuple[str, ...]:
        """The name itself."""
        return (fold(name),) if fold(name) else ()

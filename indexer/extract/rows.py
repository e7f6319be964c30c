"""
Rows of a table as measures: 项目 | 条件 | 奖补标准 (表格中的措施).

Only a table whose first row names its columns is read so. One without (its head is an image, or
lost) is left to the ordinary reading, which asks people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from indexer.extract.benefit import caps_of, is_concrete
from indexer.extract.parts import Line, Role, role_of
from indexer.extract.units import Unit
from indexer.extract.view import View

_ROW = "table_row"
_WORDS = (
    (Role.CONDITION, ("条件", "要求", "情形")),
    (Role.TARGET, ("对象", "主体", "范围")),
    (
        Role.BENEFIT,
        ("标准", "金额", "额度", "奖励", "补助", "补贴", "资助", "奖补", "支持", "扶持", "内容"),
    ),
)
Span = tuple[int, int]


@dataclass(slots=True)
class RowUnit(Unit):
    """A row that gives something, with the cells that say to whom (表格行措施)."""

    conditions: tuple[Span, ...] = ()


def row_units(lines: Sequence[Line], view: View) -> list[RowUnit]:
    """The rows of tables with a head that give something, in reading order (表格行)."""
    found: list[RowUnit] = []
    for is_row, group in groupby(lines, key=lambda line: line.kind == _ROW):
        rows = [_cells(line, view) for line in group] if is_row else []
        columns = _columns(rows[0], view) if len(rows) > 1 else []
        if Role.BENEFIT in columns:
            found.extend(_units(rows[1:], columns, view))
    return found


def _cells(line: Line, view: View) -> list[Span]:
    """Where the cells of a row lie."""
    spans, start = [], line.start
    for at in range(line.start, line.end):
        if view.text[at] == "|":
            spans.append((start, at))
            start = at + 1
    return [*spans, (start, line.end)]


def _columns(head: Sequence[Span], view: View) -> list[Role]:
    """What each column holds by the first row; nothing where that row holds figures itself."""
    names = [view.text[a:b] for a, b in head]
    if any(is_concrete(name) or len(name) > _LONGEST_NAME for name in names):
        return []
    return [_column(name) for name in names]


_LONGEST_NAME = 16


def _column(name: str) -> Role:
    known = role_of(name)
    if known in (Role.CONDITION, Role.TARGET, Role.BENEFIT):
        return known
    return next((role for role, words in _WORDS if name.endswith(words)), Role.OTHER)


def _units(rows: Sequence[list[Span]], columns: Sequence[Role], view: View) -> Iterator[RowUnit]:
    for cells in rows:
        if len(cells) != len(columns):
            continue
        gifts = [at for at, role in zip(cells, columns, strict=True) if role is Role.BENEFIT]
        if not any(is_concrete(view.text[a:b]) or _is_cap(view.text[a:b]) for a, b in gifts):
            continue
        asked = [
            at
            for at, role in zip(cells, columns, strict=True)
            if role in (Role.CONDITION, Role.TARGET) and at[1] > at[0]
        ]
        others = [at for at, role in zip(cells, columns, strict=True) if role is Role.OTHER]
        title = next((at for at in others if not view.text[slice(*at)].isdigit()), cells[0])
        start, end = cells[0][0], cells[-1][1]
        yield RowUnit(start, end, title, ((start, end),), conditions=tuple(asked or [title]))


def _is_cap(text: str) -> bool:
    return any(True for _ in caps_of(text))

"""
Tables of a PDF page, from their ruling lines (框线表格).

Strokes that touch make one drawing; its distinct heights and widths make a grid, and grid cells
with no stroke between them are one merged cell.
"""

from __future__ import annotations

from dataclasses import dataclass

from indexer.readers.pdf_flow import Margins, paragraphs_of
from indexer.readers.pdf_page import Char, Page, Rule, lines_of
from indexer.readers.tables import Cell, grouped, has_text

_NEAR = 3.0  # points within which strokes are the same one or touch
_PADDING = 5.0  # points between a cell's text and its edge, as Word sets it
_MAX_RULES = 1_500


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table (框线表)."""

    x0: float
    y0: float
    x1: float
    y1: float
    columns: tuple[float, ...]
    rows: list[list[Cell]]


def tables_of(page: Page) -> tuple[list[Table], list[Char]]:
    """
    Tables of a page and the characters outside them (取表格).

    A drawing of one cell or one column frames running text and is no table.
    """
    if len(page.across) + len(page.down) > _MAX_RULES * 4:
        return [], page.chars
    across, down = _merged(page.across), _merged(page.down)
    if len(across) + len(down) > _MAX_RULES:
        return [], page.chars
    tables, rest = [], page.chars
    for group_across, group_down in _drawings(across, down):
        xs, ys = _levels(group_down), _levels(group_across)[::-1]
        if len(xs) < 3 or len(ys) < 2:
            continue
        inside = [c for c in rest if _within(c, xs, ys)]
        if not any(not c.text.isspace() for c in inside):
            continue
        rows = _rows(xs, ys, group_across, group_down, inside)
        if rows:
            tables.append(Table(xs[0], ys[-1], xs[-1], ys[0], tuple(xs), rows))
            taken = set(map(id, inside))
            rest = [c for c in rest if id(c) not in taken]
    return tables, rest


def _merged(rules: list[Rule]) -> list[Rule]:
    """Strokes on one line that touch, as one; both edges of a thin bar are on one line."""
    out: list[Rule] = []
    for level in _cluster(sorted(rules, key=lambda r: r.at)):
        at = sum(r.at for r in level) / len(level)
        for rule in sorted(level, key=lambda r: r.start):
            last = out[-1] if out and out[-1].at == at else None
            if last and rule.start <= last.end + _NEAR:
                out[-1] = Rule(at, last.start, max(last.end, rule.end))
            else:
                out.append(Rule(at, rule.start, rule.end))
    return [rule for rule in out if rule.end - rule.start > 2 * _NEAR]


def _cluster(rules: list[Rule]) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in rules:
        if groups and rule.at - groups[-1][0].at <= _NEAR:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return groups


def _drawings(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of strokes that touch each other, the topmost first."""
    parent = list(range(len(across) + len(down)))

    def find(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    for i, a in enumerate(across):
        for j, d in enumerate(down):
            if (
                a.start - _NEAR <= d.at <= a.end + _NEAR
                and d.start - _NEAR <= a.at <= d.end + _NEAR
            ):
                parent[find(i)] = find(len(across) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for n in range(len(parent)):
        pair = groups.setdefault(find(n), ([], []))
        if n < len(across):
            pair[0].append(across[n])
        else:
            pair[1].append(down[n - len(across)])
    ruled = [g for g in groups.values() if len(g[0]) >= 2 and len(g[1]) >= 2]
    return sorted(ruled, key=lambda g: -max(r.at for r in g[0]))


def _levels(rules: list[Rule]) -> list[float]:
    groups = _cluster(sorted(rules, key=lambda r: r.at))
    return [sum(r.at for r in g) / len(g) for g in groups]


def _within(char: Char, xs: list[float], ys: list[float]) -> bool:
    x, y = char.middle
    return xs[0] - _NEAR <= x <= xs[-1] + _NEAR and ys[-1] - _NEAR <= y <= ys[0] + _NEAR


def _rows(
    xs: list[float], ys: list[float], across: list[Rule], down: list[Rule], chars: list[Char]
) -> list[list[Cell]]:
    """Texts by row and column, merged cells repeated in each place they cover."""
    owner = _merge_cells(xs, ys, across, down)
    if len({*owner.values()}) <= 1:
        return []
    held: dict[tuple[int, int], list[Char]] = {}
    for char in chars:
        x, y = char.middle
        column = sum(x >= edge for edge in xs[1:-1])
        row = sum(y <= edge for edge in ys[1:-1])
        held.setdefault(owner[row, column], []).append(char)
    right: dict[tuple[int, int], float] = {}
    for (_, column), key in owner.items():
        right[key] = max(right.get(key, 0), xs[column + 1])
    text = {key: _cell_text(cell, right[key]) for key, cell in held.items()}
    keys = [[owner[row, column] for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]
    rows = [grouped((key, text.get(key, "")) for key in line) for line in keys]
    return [row for row in rows if has_text(row)]


def _cell_text(chars: list[Char], right: float) -> str:
    """A cell's paragraphs, one a line; its text may run to the cell's edge less the padding."""
    lines = lines_of(chars)
    if not lines:
        return ""
    margins = Margins(min(line.x0 for line in lines), right - _PADDING)
    return "\n".join(p.text for p in paragraphs_of(lines, margins=margins))


def _merge_cells(
    xs: list[float], ys: list[float], across: list[Rule], down: list[Rule]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Grid place → the first place of the merged cell that covers it."""
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(ys) - 1):
        y = (ys[row] + ys[row + 1]) / 2
        for column in range(len(xs) - 1):
            x = (xs[column] + xs[column + 1]) / 2
            if column and not _crossed(down, xs[column], y):
                owner[row, column] = owner[row, column - 1]
            elif row and not _crossed(across, ys[row], x):
                owner[row, column] = owner[row - 1, column]
            else:
                owner[row, column] = (row, column)
    return owner


def _crossed(rules: list[Rule], at: float, where: float) -> bool:
    return any(abs(r.at - at) <= _NEAR and r.start <= where <= r.end for r in rules)

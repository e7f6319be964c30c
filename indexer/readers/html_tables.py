"""Tables of a page: grids with spans, and which of them only lay the page out (网页表格)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import html

from indexer.readers.tables import Cell

_MAX_SPAN = 200
_MAX_CELLS = 200_000
_FRAME_TEXT = 400  # a cell with more text than this in a table of few cells frames running text


def rows_of(table: html.HtmlElement) -> list[list[html.HtmlElement]]:
    """Cells by row, without those of tables inside (表格行)."""
    rows = []
    for part in table:
        if part.tag == "tr":
            rows.append(part)
        elif part.tag in {"thead", "tbody", "tfoot"}:
            rows += [row for row in part if row.tag == "tr"]
    return [[cell for cell in row if cell.tag in {"td", "th"}] for row in rows]


def is_layout(table: html.HtmlElement) -> bool:
    """
    Whether a table only places things on the page (布局表格).

    That is one with a single column or row of few cells that frames running text, or one that
    holds other tables in all but small print.
    """
    rows = [row for row in rows_of(table) if row]
    cells = [cell for row in rows for cell in row]
    if len(cells) <= 1:
        return True
    longest = max(len("".join(cell.itertext()).strip()) for cell in cells)
    nested = next(table.iterdescendants("table"), None) is not None
    if nested and len(cells) <= 12:
        return True
    columns = max(len(row) for row in rows)
    return longest > _FRAME_TEXT and (len(cells) <= 3 or (columns == 1 and len(cells) <= 12))


def grid_of(table: html.HtmlElement, text: Callable[[html.HtmlElement], str]) -> list[list[Cell]]:
    """A table's cells by row; one that reaches down stands in each row it covers (表格网格)."""
    grid: list[list[Cell]] = []
    hanging: dict[int, tuple[int, Cell]] = {}  # column → rows still to fill, cell
    total = 0
    rows = rows_of(table)
    for left, cells in zip(range(len(rows), 0, -1), rows, strict=True):
        line: list[Cell] = []
        column = _fill(line, 0, hanging)
        below: dict[int, tuple[int, Cell]] = {}
        for element in cells:
            cell = (text(element), _span(element, "colspan") or 1)
            down = min(_span(element, "rowspan") or left, left)
            if down > 1:
                below[column] = (down - 1, cell)
            line.append(cell)
            column = _fill(line, column + cell[1], hanging)
        hanging = {c: (n - 1, cell) for c, (n, cell) in hanging.items() if n > 1} | below
        grid.append(line)
        total += column
        if total > _MAX_CELLS:
            break
    return grid


def _fill(line: list[Cell], column: int, hanging: dict[int, tuple[int, Cell]]) -> int:
    """Put in the cells that reach down to here; the next free column."""
    while column in hanging:
        cell = hanging[column][1]
        line.append(cell)
        column += cell[1]
    return column


def _span(cell: html.HtmlElement, name: str) -> int:
    try:
        return min(max(int(cell.get(name) or 1), 0), _MAX_SPAN)
    except ValueError:
        return 1

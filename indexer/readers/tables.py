"""What all readers share about tables (表格行)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from indexer.document import BlockKind, Layout, RawBlock

SEPARATOR = " | "

Cell = tuple[str, int]  # a cell's text and how many columns it spans


def row_block(
    cells: Sequence[Cell], *, table: int, row: int, layout: Layout | None = None
) -> RawBlock:
    """
    A table row as a block (表格行块).

    `cells` of the block follow the grid, so a cell that spans three columns stands there three
    times; the row's text says it once, as the page does. A cell of several paragraphs keeps a
    line feed between them.
    """
    return RawBlock(
        kind=BlockKind.TABLE_ROW,
        text=SEPARATOR.join(text for text, _ in cells),
        table=table,
        row=row,
        cells=expand(cells),
        layout=layout or Layout(),
    )


def expand(cells: Iterable[Cell]) -> tuple[str, ...]:
    """
    Texts by grid column (展开跨列).

    >>> expand([("条件", 1), ("企业", 2)])
    ('条件', '企业', '企业')
    """
    return tuple(text for text, span in cells for _ in range(span))


def grouped(items: Iterable[tuple[object, str]]) -> list[Cell]:
    """
    Grid columns put together where one cell covers several (合并跨列).

    Args:
        items: for each column what cell covers it, and that cell's text.
    """
    out: list[Cell] = []
    last: object = None
    for key, text in items:
        if out and key == last:
            out[-1] = (out[-1][0], out[-1][1] + 1)
        else:
            out.append((text, 1))
        last = key
    return out


def has_text(cells: Iterable[Cell]) -> bool:
    """Whether any cell of a row holds text (行非空)."""
    return any(text for text, _ in cells)

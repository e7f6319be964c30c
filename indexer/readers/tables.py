"""
What all readers share about tables (表格行).
"""

from __future__ import annotations

from collections.abc import Sequence

from indexer.document import BlockKind, Layout, RawBlock

SEPARATOR = " | "


def row_block(
    cells: Sequence[str], *, table: int, row: int, layout: Layout | None = None
) -> RawBlock:
    """
    A table row as a block (表格行块).

    A cell of several paragraphs keeps a line feed between them.
    """
    return RawBlock(
        kind=BlockKind.TABLE_ROW,
        text=SEPARATOR.join(cells),
        table=table,
        row=row,
        cells=tuple(cells),
        layout=layout or Layout(),
    )

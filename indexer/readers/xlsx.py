"""Workbooks (电子表格): every sheet's rows as table rows."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from indexer.document import BlockKind, Document, RawBlock
from indexer.readers.tables import Cell, grouped, has_text, row_block
from indexer.safety import Limits
from policy_match.errors import DocumentError


def read(path: Path, _limits: Limits) -> Document:
    """Read each visible sheet in order; its name stands before it as a heading (读取表格)."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        sheets = [
            (info.name, workbook.get_sheet_by_name(info.name))
            for info in workbook.sheets_metadata
            if info.visible == python_calamine.SheetVisibleEnum.Visible
            and info.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError as error:
        raise DocumentError(
            "工作簿已用密码加密，无法读取", where=path.name, advice="请去掉密码后另存再读"
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DocumentError(
            "工作簿已损坏，或不是工作簿", where=path.name, advice="请用表格软件打开修复后另存"
        ) from error
    blocks: list[RawBlock] = []
    table = 0
    for name, sheet in sheets:
        rows = _rows(sheet)
        if not rows:
            continue
        if len(sheets) > 1:
            blocks.append(RawBlock(kind=BlockKind.HEADING, text=name, level=1))
        blocks += [row_block(cells, table=table, row=n) for n, cells in enumerate(rows)]
        table += 1
    if not blocks:
        raise DocumentError(
            "工作簿里没有内容", where=path.name, advice="请确认数据在可见的工作表里"
        )
    return Document(
        name=path.name, format="xlsx", blocks=tuple(blocks), warnings=tuple(_macros(path))
    )


def _rows(sheet: python_calamine.CalamineSheet) -> list[list[Cell]]:
    """Rows as text with merged cells filled; empty rows left out."""
    grid = [[_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    owner = [[(n, m) for m in range(len(row))] for n, row in enumerate(grid)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(grid) or left >= len(grid[top]):
            continue
        for n in range(top, min(bottom + 1, len(grid))):
            for m in range(left, min(right + 1, len(grid[n]))):
                grid[n][m], owner[n][m] = grid[top][left], (top, left)
    rows = [grouped(zip(keys, row, strict=True)) for keys, row in zip(owner, grid, strict=True)]
    return [row for row in rows if has_text(row)]


def _text(value: Any) -> str:
    """What a person sees in a cell, as near as the value alone can tell."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value).strip()


def _macros(path: Path) -> list[str]:
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        has = any(name.endswith("vbaProject.bin") for name in archive.namelist())
    return ["文件含宏（vbaProject.bin）；宏不会被运行，只读取了文字"] if has else []

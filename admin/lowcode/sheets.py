"""
Reading the sheet of a filled workbook (读取工作簿): rows, header, and which cells are formulas.

python-calamine reads values fast, but a formula's cell gives the value that was last computed, and
a cell at the far end of the sheet makes it ask for memory up to there. So the sheet's own XML is
walked first: for its extent, and for formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile

from lxml import etree

from admin.lowcode.record_type import Extra, Field, RecordType
from admin.lowcode.workbook import MAX_ROWS

MAX_BYTES = 20 * 2**20
MAX_COLUMNS = 500
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_NAMES = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "p": "http://schemas.openxmlformats.org/package/2006/relationships",
}
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the sheet holds: a field, or a column of an extra (列)."""

    label: str
    field: Field | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled sheet (工作表): its columns and its rows by the number the sheet counts."""

    columns: tuple[Column | None, ...]
    rows: list[tuple[int, list[Any]]]
    formulas: frozenset[tuple[int, int]]  # row as the sheet counts, column from 0


def read_sheet(record_type: RecordType, content: bytes, name: str) -> Sheet:
    """
    Read the first sheet of a workbook.

    Raises:
        ValueError: in Chinese: the file can't be read, is too large, or its header is wrong.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(f"文件“{name}”超过 {MAX_BYTES // 2**20} MB；请拆成几个文件导入")
    extent, table = _opened(content, name)
    if not table:
        raise ValueError(f"文件“{name}”是空的；请下载模板填写")
    columns = _columns(record_type, [str(cell).strip() for cell in table[0]], name)
    rows = [
        (number, row)
        for number, row in enumerate(table[1:], 2)
        if any(cell not in ("", None) for cell in row)
    ]
    if len(rows) > MAX_ROWS:
        raise ValueError(f"文件“{name}”有 {len(rows)} 行，一次最多 {MAX_ROWS} 行；请拆成几个文件")
    if not rows:
        raise ValueError(f"文件“{name}”只有表头，没有数据")
    return Sheet(columns, rows, frozenset(extent.formulas))


@dataclass(slots=True)
class _Extent:
    """How far the cells of a sheet reach, and which are formulas (表的范围)."""

    row: int = 0
    column: int = -1
    furthest: int = -1
    rows: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self._to(int(attributes.get("r") or self.row + 1), -1)
        elif tag == "c":
            found = _CELL.fullmatch(attributes.get("r", ""))
            if found:
                self._to(int(found[2]), _index(found[1]))
            else:
                self._to(self.row, self.column + 1)
        elif tag == "f":
            self.formulas.add((self.row, self.column))

    def _to(self, row: int, column: int) -> None:
        self.row, self.column = row, column
        self.rows, self.furthest = max(self.rows, row), max(self.furthest, column)

    def refuse(self, *_: Any) -> None:
        raise ValueError("工作簿里有 DTD")


def _opened(content: bytes, name: str) -> tuple[_Extent, list[list[Any]]]:
    from python_calamine import CalamineWorkbook

    from indexer.safety import check_zip

    try:
        with ZipFile(BytesIO(content)) as archive:
            check_zip(archive, where=name)
            extent = _extent(archive)
        if extent.furthest < MAX_COLUMNS and extent.rows <= 2 * MAX_ROWS:
            book = CalamineWorkbook.from_filelike(BytesIO(content))
            return extent, book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:
        raise ValueError(
            f"文件“{name}”不是能读的 xlsx 工作簿；请用模板填写并另存为 .xlsx"
        ) from error
    raise ValueError(
        f"文件“{name}”的单元格用到了第 {extent.rows} 行、第 {extent.furthest + 1} 列，"
        f"一次最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列；请删去远处的单元格，或复制到新下载的模板里"
    )


def _extent(archive: ZipFile) -> _Extent:
    extent = _Extent()
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.start
    parser.StartDoctypeDeclHandler = extent.refuse
    with archive.open(_first_sheet(archive)) as stream:
        parser.ParseFile(stream)
    return extent


def _first_sheet(archive: ZipFile) -> str:
    sheet = _parsed(archive, "xl/workbook.xml").find("m:sheets/m:sheet", _NAMES)
    key = sheet.get(_RELATION)
    for relation in _parsed(archive, "xl/_rels/workbook.xml.rels").findall(
        "p:Relationship", _NAMES
    ):
        if relation.get("Id") == key:
            target = str(relation.get("Target")).lstrip("/")
            return target if target.startswith("xl/") else f"xl/{target}"
    raise ValueError("工作簿没有说明第一张表在哪里")


def _parsed(archive: ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(name), parser)


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _columns(
    record_type: RecordType, header: Sequence[str], name: str
) -> tuple[Column | None, ...]:
    known = {column.label: column for column in columns_of(record_type)}
    unknown = [title for title in header if title and title not in known]
    if unknown:
        raise ValueError(
            f"文件“{name}”的表头有不认识的列：{'、'.join(unknown[:5])}。"
            f"可用的列：{'、'.join(known)}；请下载模板对照"
        )
    twice = sorted({title for title in header if title and header.count(title) > 1})
    if twice:
        raise ValueError(f"文件“{name}”的表头“{twice[0]}”出现两次；请删去一列")
    missing = [
        one.label
        for one in record_type.import_fields
        if record_type.is_required(one) and one.label not in header
    ]
    if missing:
        raise ValueError(f"文件“{name}”缺少必填的列：{'、'.join(missing)}；请下载模板对照")
    return tuple(known.get(title) for title in header)


def columns_of(record_type: RecordType) -> Iterator[Column]:
    """The columns that a type's workbook may have."""
    for one in record_type.import_fields:
        yield Column(one.label, field=one)
    for extra in record_type.extras:
        for label in extra.columns():
            yield Column(label, extra=extra)

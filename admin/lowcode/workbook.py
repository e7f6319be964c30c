"""
Workbooks of a record type: an empty template, an export, an import (导入导出).

XlsxWriter writes every cell as text (`write_string`), so that a value that looks like a formula
stays text. python-calamine reads. An import checks every row first; rows that are wrong are named
with their place, and the others are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.lowcode import service
from admin.lowcode.record_type import REGISTRY, Field, Kind, RecordType
from admin.lowcode.values import show

MAX_ROWS = 50_000
MAX_BYTES = 20 * 2**20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class RowError:
    """What is wrong with one row (行错误)."""

    row: int  # as the sheet counts, from 1
    column: str
    message: str


@dataclass(slots=True)
class ImportReport:
    """What became of a workbook (导入结果)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    refused: str = ""  # why the whole file was refused

    @property
    def failed_rows(self) -> int:
        """How many rows were not written."""
        return len({error.row for error in self.errors})


def template(record_type: RecordType) -> BytesIO:
    """An empty workbook: a header, and a second sheet that explains each column."""
    import xlsxwriter

    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    bold = book.add_format({"bold": True, "bg_color": "#e8f0f7", "border": 1})
    sheet, notes = book.add_worksheet(record_type.label[:31]), book.add_worksheet("填写说明")
    for n, title in enumerate(("列名", "必填", "怎么填")):
        notes.write_string(0, n, title, bold)
    for n, one in enumerate(record_type.import_fields):
        sheet.write_string(0, n, one.label, bold)
        sheet.set_column(n, n, max(12, 2 * len(one.label) + 4))
        for column, text in enumerate((one.label, _need(record_type, one), _how(record_type, one))):
            notes.write_string(n + 1, column, text)
    notes.set_column(0, 0, 20)
    notes.set_column(2, 2, 70)
    sheet.freeze_panes(1, 0)
    book.close()
    content.seek(0)
    return content


def _need(record_type: RecordType, one: Field) -> str:
    return "是" if record_type.is_required(one) else ""


def _how(record_type: RecordType, one: Field) -> str:
    kind = record_type.kind_of(one)
    hints = {
        Kind.CHOICE: "填：" + "、".join(label for _, label in one.choices),
        Kind.DATE: "日期，如 2026-11-24",
        Kind.MOMENT: "时间，如 2026-11-24 09:30",
        Kind.MONEY: "以万元为单位的数字，如 500",
        Kind.BOOL: "填：是、否",
        Kind.CODE: "代码或名称",
        Kind.REFERENCE: "对方的名称",
        Kind.REFERENCES: "对方的名称，多个用“、”分开",
    }
    return "；".join(part for part in (one.help, hints.get(kind, "")) if part)


def export(
    session: Session, record_type: RecordType, query: service.ListQuery, *, personal: bool
) -> BytesIO:
    """The records of a list, all pages, as people read them; personal data masked by role."""
    import xlsxwriter

    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"constant_memory": True, "in_memory": True})
    sheet = book.add_worksheet(record_type.label[:31])
    fields = list(record_type.fields.values())
    for n, one in enumerate(fields):
        sheet.write_string(0, n, one.label)
    rows = session.scalars(service.statement(record_type, query).limit(MAX_ROWS)).unique()
    for row, record in enumerate(rows, 1):
        for n, one in enumerate(fields):
            sheet.write_string(row, n, show(record_type, one, record, personal=personal))
    book.close()
    content.seek(0)
    return content


def import_rows(
    session: Session, record_type: RecordType, content: bytes, name: str
) -> ImportReport:
    """
    Read a filled template into the database (导入).

    A row with the key of a record that exists changes it; cells left empty change nothing. Rows
    that are wrong are reported with their place and not written.
    """
    report = ImportReport()
    try:
        columns, rows = _read(record_type, content, name)
    except ValueError as error:
        report.refused = str(error)
        return report
    lookup = _References(session)
    existing = _existing(session, record_type)
    seen: dict[Any, int] = {}
    for number, cells in rows:
        _import_row(session, record_type, columns, cells, number, report, lookup, existing, seen)
    problem = service.commit(session, record_type)
    if problem:
        return ImportReport(refused=f"{problem}；全部行都没有写入")
    return report


def _read(
    record_type: RecordType, content: bytes, name: str
) -> tuple[list[Field | None], list[tuple[int, list[Any]]]]:
    if len(content) > MAX_BYTES:
        raise ValueError(f"文件“{name}”超过 {MAX_BYTES // 2**20} MB；请拆成几个文件导入")
    table = _sheet(content, name)
    if not table:
        raise ValueError(f"文件“{name}”是空的；请下载模板填写")
    columns = _columns(record_type, [str(cell).strip() for cell in table[0]], name)
    rows = [
        (number, row)
        for number, row in enumerate(table[1:], 2)
        if any(c not in ("", None) for c in row)
    ]
    if len(rows) > MAX_ROWS:
        raise ValueError(f"文件“{name}”有 {len(rows)} 行，一次最多 {MAX_ROWS} 行；请拆成几个文件")
    if not rows:
        raise ValueError(f"文件“{name}”只有表头，没有数据")
    return columns, rows


def _sheet(content: bytes, name: str) -> list[list[Any]]:
    from python_calamine import CalamineWorkbook

    from indexer.safety import check_zip

    try:
        if content[:2] == b"PK":
            with ZipFile(BytesIO(content)) as archive:
                check_zip(archive, where=name)
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:
        raise ValueError(
            f"文件“{name}”不是能读的 xlsx 工作簿；请用模板填写并另存为 .xlsx"
        ) from error


def _columns(record_type: RecordType, header: Sequence[str], name: str) -> list[Field | None]:
    by_label = {one.label: one for one in record_type.import_fields}
    unknown = [title for title in header if title and title not in by_label]
    if unknown:
        raise ValueError(
            f"文件“{name}”的表头有不认识的列：{'、'.join(unknown[:5])}。"
            f"可用的列：{'、'.join(by_label)}；请下载模板对照"
        )
    missing = [
        one.label
        for one in record_type.import_fields
        if record_type.is_required(one) and one.label not in header
    ]
    if missing:
        raise ValueError(f"文件“{name}”缺少必填的列：{'、'.join(missing)}；请下载模板对照")
    return [by_label.get(title) for title in header]


class _References:
    """Finds records by what people call them, once each."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str], list[int]] = {}

    def ids(self, model: Any, text: str) -> list[int]:
        key = (model.__tablename__, text)
        if key not in self._known:
            self._known[key] = list(self._find(model, text))
        return self._known[key]

    def _find(self, model: Any, text: str) -> Iterator[int]:
        target = REGISTRY.of(model)
        names = [
            n
            for n in ("credit_code", "number", "key", "name", "short_name", "title")
            if hasattr(model, n)
        ]
        if target and target.key and target.key not in names:
            names.insert(0, target.key)
        for name in names:
            found = self._session.scalars(
                select(model.id).where(getattr(model, name) == text).limit(2)
            ).all()
            if found:
                yield from found
                return
        if not names:
            for key, label in service.options(self._session, target, limit=1000) if target else []:
                if label == text:
                    yield key


def _existing(session: Session, record_type: RecordType) -> dict[Any, int]:
    if not record_type.key:
        return {}
    column = getattr(record_type.model, record_type.key)
    rows = session.execute(select(column, record_type.model.id))
    return {key: record_id for key, record_id in rows if key is not None}


def _import_row(
    session: Session,
    record_type: RecordType,
    columns: list[Field | None],
    cells: list[Any],
    number: int,
    report: ImportReport,
    lookup: _References,
    existing: dict[Any, int],
    seen: dict[Any, int],
) -> None:
    errors: list[RowError] = []
    form = _row_form(record_type, columns, cells, number, errors, lookup)
    names = [one.name for one in columns if one is not None]
    key = form.get(record_type.key) if record_type.key else None
    record_id = existing.get(str(key).strip()) if key not in (None, "") else None
    if record_id is not None:
        names = [name for name in names if form.get(name) not in (None, "", [])]
    try:
        values = service.read_form(session, record_type, form, names=names) if names else {}
    except service.FormErrors as error:
        labels = {n: f.label for n, f in record_type.fields.items()}
        errors += [
            RowError(number, labels.get(n, n), text.partition("：")[2] or text)
            for n, text in error.errors.items()
            if not any(e.column == labels.get(n) for e in errors)
        ]
        values = {}
    if key is not None and key in seen and not errors:
        label = record_type.fields[str(record_type.key)].label
        errors.append(RowError(number, label, f"与第 {seen[key]} 行重复"))
    if errors:
        report.errors += errors
        return
    if key not in (None, ""):
        seen[key] = number
    _write_row(session, record_type, values, record_id, number, report)


def _write_row(
    session: Session,
    record_type: RecordType,
    values: dict[str, Any],
    record_id: int | None,
    number: int,
    report: ImportReport,
) -> None:
    with session.no_autoflush:
        record = (
            service.get_record(session, record_type, record_id)
            if record_id is not None
            else service.new_record(record_type)
        )
        if record is None:
            report.errors.append(RowError(number, "", "这条记录已存在，但不在您的数据范围内"))
            return
        try:
            service.apply_values(record_type, record, values)
        except service.FormErrors as error:
            report.errors.append(RowError(number, "", str(error)))
            session.expunge(record) if record_id is None and record in session else None
            return
        if record_id is None:
            session.add(record)
            report.added += 1
        elif session.is_modified(record):
            report.changed += 1
        else:
            report.unchanged += 1


def _row_form(
    record_type: RecordType,
    columns: list[Field | None],
    cells: list[Any],
    number: int,
    errors: list[RowError],
    lookup: _References,
) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for one, cell in zip(columns, cells, strict=False):
        if one is None:
            continue
        kind = record_type.kind_of(one)
        value = _cell(cell)
        if isinstance(value, str) and value[:1] in _FORMULA and not _is_signed_number(value):
            errors.append(RowError(number, one.label, f"“{value[:30]}”像公式；请填值，不要填公式"))
            continue
        if kind in (Kind.REFERENCE, Kind.REFERENCES) and value not in (None, ""):
            value = _resolved(record_type, one, kind, str(value), number, errors, lookup)
        form[one.name] = value
    return form


def _is_signed_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cell(cell: Any) -> Any:
    """A cell as typed: whole floats are the integers they show as."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.strip() if isinstance(cell, str) else cell


def _resolved(
    record_type: RecordType,
    one: Field,
    kind: Kind,
    text: str,
    number: int,
    errors: list[RowError],
    lookup: _References,
) -> Any:
    names = [n.strip() for n in text.split("、")] if kind is Kind.REFERENCES else [text]
    found: list[int] = []
    for name in names:
        ids = lookup.ids(record_type.target(one), name)
        if len(ids) == 1:
            found += ids
        else:
            why = "找不到" if not ids else "不止一个，请填编号或代码："
            errors.append(RowError(number, one.label, f"{why}“{name}”"))
    if kind is Kind.REFERENCES:
        return found
    return found[0] if found else None

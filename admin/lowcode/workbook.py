"""
Workbooks that a record type gives: an empty template, an export (模板与导出).

XlsxWriter writes every cell as text (`write_string`), so that a value that looks like a formula
stays text.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from sqlalchemy.orm import Session, joinedload, selectinload

from admin.lowcode import listing
from admin.lowcode.record_type import Field, Kind, RecordType
from admin.lowcode.values import show

MAX_ROWS = 50_000  # of an import
MAX_EXPORTED = 1_000_000  # a sheet holds 1,048,576 rows
CHUNK = 500


def template(record_type: RecordType) -> BytesIO:
    """An empty workbook: a header, and a second sheet that explains each column."""
    import xlsxwriter

    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    bold = book.add_format({"bold": True, "bg_color": "#e8f0f7", "border": 1})
    sheet, notes = book.add_worksheet(record_type.label[:31]), book.add_worksheet("填写说明")
    for n, title in enumerate(("列名", "必填", "怎么填")):
        notes.write_string(0, n, title, bold)
    for n, texts in enumerate(_explained(record_type)):
        sheet.write_string(0, n, texts[0], bold)
        sheet.set_column(n, n, max(12, 2 * len(texts[0]) + 4))
        for column, text in enumerate(texts):
            notes.write_string(n + 1, column, text)
    notes.set_column(0, 0, 20)
    notes.set_column(2, 2, 70)
    sheet.freeze_panes(1, 0)
    book.close()
    content.seek(0)
    return content


def _explained(record_type: RecordType) -> Iterator[tuple[str, str, str]]:
    """Title, whether it must be filled, and how, of each column."""
    for one in record_type.import_fields:
        yield one.label, _need(record_type, one), _how(record_type, one)
    for extra in record_type.extras:
        for label, hint in extra.columns().items():
            yield label, "", hint


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
    session: Session, record_type: RecordType, query: listing.ListQuery, *, personal: bool
) -> IO[bytes]:
    """
    The records of a list, all pages, as people read them; personal data masked by role (导出).

    Rows go from the database to a file a chunk at a time, however many there are.
    """
    import xlsxwriter

    content = BytesIO()  # the compressed file; its sheet is written to a temporary one
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(record_type.label[:31])
        fields = list(record_type.fields.values())
        for n, one in enumerate(fields):
            sheet.write_string(0, n, one.label)
        for row, record in enumerate(_all_rows(session, record_type, query), 1):
            for n, one in enumerate(fields):
                sheet.write_string(row, n, show(record_type, one, record, personal=personal))
    content.seek(0)
    return content


def _all_rows(session: Session, record_type: RecordType, query: listing.ListQuery) -> Iterator[Any]:
    """The records of all pages; each chunk is let go before the next one comes."""
    loads = [_load(record_type, one) for one in record_type.fields.values()]
    found = listing.statement(record_type, listing.narrowed(session, record_type, query))
    found = found.options(*(one for one in loads if one is not None)).limit(MAX_EXPORTED)
    for chunk in session.scalars(found.execution_options(yield_per=CHUNK)).partitions():
        yield from chunk


def _load(record_type: RecordType, one: Field) -> Any:
    kind = record_type.kind_of(one)
    if kind is Kind.REFERENCE:
        return joinedload(getattr(record_type.model, one.name))
    if kind is Kind.REFERENCES:
        return selectinload(getattr(record_type.model, one.name))
    return None

"""
Importing a filled workbook (导入): rows are checked first; wrong ones are named with their place.

A row with the key of a record that exists changes it; cells left empty change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin.lowcode import listing, service
from admin.lowcode.record_type import REGISTRY, Extra, Field, Kind, RecordType
from admin.lowcode.sheets import Sheet, read_sheet
from admin.scope import changeable_ids

CHUNK = 500
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

    def to_json(self) -> dict[str, Any]:
        """As it is kept beside the file."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> ImportReport:
        """As it was kept."""
        errors = [RowError(**row) for row in kept.get("errors", ())]
        return cls(**{**kept, "errors": errors})

    @property
    def failed_rows(self) -> int:
        """How many rows were not written."""
        return len({error.row for error in self.errors})


def import_rows(
    session: Session, record_type: RecordType, content: bytes, name: str, *, now: datetime
) -> ImportReport:
    """Read a filled template into the database at once, in one transaction (导入)."""
    try:
        sheet = read_sheet(record_type, content, name)
    except ValueError as error:
        return ImportReport(refused=str(error))
    importer = Importer(session, record_type, sheet, now=now)
    importer.take(sheet.rows)
    problem = importer.problem() or service.commit(session, record_type)
    if problem:
        session.rollback()
        return ImportReport(refused=f"{problem}；全部行都没有写入")
    return importer.report


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
            for key, label in listing.options(self._session, target, limit=1000) if target else []:
                if label == text:
                    yield key


class Importer:
    """Takes rows of a sheet into the session; the caller commits (逐行导入)."""

    def __init__(
        self, session: Session, record_type: RecordType, sheet: Sheet, *, now: datetime
    ) -> None:
        self.report = ImportReport()
        self._session, self._type, self._sheet, self._now = session, record_type, sheet, now
        self._lookup = _References(session)
        self._existing = _existing(session, record_type)
        self._records: dict[int, Any] = {}
        self._seen: dict[Any, int] = {}
        self._written: list[tuple[int, Any]] = []
        self._changeable: set[int] = set()

    def take(self, rows: Sequence[tuple[int, list[Any]]]) -> None:
        """Check and write rows."""
        with self._session.no_autoflush:
            for start in range(0, len(rows), CHUNK):
                chunk = rows[start : start + CHUNK]
                self._load(chunk)
                for number, cells in chunk:
                    self._take(number, cells)

    def problem(self) -> str | None:
        """Flush, and say in words what would leave the writer's own scope."""
        try:
            self._session.flush()
        except IntegrityError:
            return "与已有的记录重复，或引用的记录刚被删除"
        ids = {record.id: number for number, record in self._written}
        self._written = []
        seen = changeable_ids(self._session, self._type.model, list(ids))
        lost = sorted(number for key, number in ids.items() if key not in seen)
        return f"第 {'、'.join(map(str, lost[:5]))} 行：{service.OUT_OF_SCOPE}" if lost else None

    def _load(self, rows: Sequence[tuple[int, list[Any]]]) -> None:
        """Load the records that rows change: one query a chunk."""
        place = next(
            (
                n
                for n, column in enumerate(self._sheet.columns)
                if column and column.field and column.field.name == self._type.key
            ),
            None,
        )
        if place is None:
            return
        keys = (str(_cell(cells[place])).strip() for _, cells in rows if place < len(cells))
        ids = [self._existing[key] for key in keys if key in self._existing]
        model = self._type.model
        found = self._session.scalars(select(model).where(model.id.in_(ids)))
        self._records = {record.id: record for record in found}
        self._changeable = changeable_ids(self._session, model, list(self._records))

    def _take(self, number: int, cells: list[Any]) -> None:
        errors: list[RowError] = []
        form, extras = self._read(number, cells, errors)
        key = form.get(self._type.key) if self._type.key else None
        record_id = self._existing.get(str(key).strip()) if key not in (None, "") else None
        values = self._values(number, form, errors, record_id)
        if key not in (None, "") and key in self._seen and not errors:
            label = self._type.fields[str(self._type.key)].label
            errors.append(RowError(number, label, f"与第 {self._seen[key]} 行重复"))
        if errors:
            self.report.errors += errors
            return
        if key not in (None, ""):
            self._seen[key] = number
        self._write(number, values, extras, record_id)

    def _read(
        self, number: int, cells: list[Any], errors: list[RowError]
    ) -> tuple[dict[str, Any], list[tuple[Extra, str, Any]]]:
        """The cells of the fields, and those of the extras that are filled."""
        form: dict[str, Any] = {}
        extras: list[tuple[Extra, str, Any]] = []
        for n, (column, cell) in enumerate(zip(self._sheet.columns, cells, strict=False)):
            if column is None:
                continue
            value = _cell(cell)
            if (number, n) in self._sheet.formulas or _looks_like_formula(value):
                shown = "" if value is None else str(value)[:30]
                errors.append(
                    RowError(number, column.label, f"“{shown}”是公式；请填值，不要填公式")
                )
            elif column.extra is not None:
                if value not in (None, ""):
                    extras.append((column.extra, column.label, value))
            elif column.field is not None:
                form[column.field.name] = self._resolved(number, column.field, value, errors)
        return form, extras

    def _values(
        self, number: int, form: dict[str, Any], errors: list[RowError], record_id: int | None
    ) -> dict[str, Any]:
        names = [n for n in form if record_id is None or form[n] not in (None, "", [])]
        if not names:
            return {}
        try:
            return service.read_form(
                self._session,
                self._type,
                form,
                names=names,
                record=self._records.get(record_id or 0),
            )
        except service.FormErrors as error:
            labels = {name: one.label for name, one in self._type.fields.items()}
            named = {one.column for one in errors}
            errors += [
                RowError(number, labels.get(name, name), text.partition("：")[2] or text)
                for name, text in error.errors.items()
                if labels.get(name) not in named
            ]
            return {}

    def _write(
        self,
        number: int,
        values: dict[str, Any],
        extras: list[tuple[Extra, str, Any]],
        record_id: int | None,
    ) -> None:
        is_new = record_id is None
        record = service.new_record(self._type) if is_new else self._records.get(record_id or 0)
        if record is None:
            self.report.errors.append(RowError(number, "", "这条记录已存在，但不在您的数据范围内"))
            return
        if record_id is not None and record_id not in self._changeable:
            self.report.errors.append(RowError(number, "", service.NOT_YOURS))
            return
        try:
            service.apply_values(self._type, record, values)
            self._session.add(record)
            stated = self._write_extras(record, extras)
        except service.FormErrors as error:
            self.report.errors += [
                RowError(number, column if column in _labels(extras) else "", text)
                for column, text in error.errors.items()
            ]
            self._undo(record, is_new=is_new)
            return
        self._written.append((number, record))
        if is_new:
            self.report.added += 1
        elif stated or self._session.is_modified(record):
            self.report.changed += 1
        else:
            self.report.unchanged += 1

    def _write_extras(self, record: Any, extras: list[tuple[Extra, str, Any]]) -> bool:
        """Write the extras' cells; says whether that changed anything."""
        changed = False
        for extra in self._type.extras:
            cells = {label: cell for one, label, cell in extras if one is extra}
            if cells:
                changed |= extra.cells(self._session, record, cells, self._now)
        return changed

    def _undo(self, record: Any, *, is_new: bool) -> None:
        if not is_new:
            self._session.refresh(record)
        elif record in self._session:
            self._session.expunge(record)

    def _resolved(self, number: int, one: Field, value: Any, errors: list[RowError]) -> Any:
        """A reference by what people call it, as ids; other values as they are."""
        kind = self._type.kind_of(one)
        if kind not in (Kind.REFERENCE, Kind.REFERENCES) or value in (None, ""):
            return value
        text = str(value)
        names = [n.strip() for n in text.split("、")] if kind is Kind.REFERENCES else [text]
        found: list[int] = []
        for name in names:
            ids = self._lookup.ids(self._type.target(one), name)
            if len(ids) == 1:
                found += ids
            else:
                why = "找不到" if not ids else "不止一个，请填编号或代码："
                errors.append(RowError(number, one.label, f"{why}“{name}”"))
        if kind is Kind.REFERENCES:
            return found
        return found[0] if found else None


def _labels(extras: list[tuple[Extra, str, Any]]) -> set[str]:
    return {label for _, label, _ in extras}


def _existing(session: Session, record_type: RecordType) -> dict[Any, int]:
    """The ids of all records by their key, in scope or not: the database knows no scope."""
    if not record_type.key:
        return {}
    table = record_type.model.__table__
    rows = session.execute(select(table.c[record_type.key], table.c.id))
    return {key: record_id for key, record_id in rows if key is not None}


def _looks_like_formula(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in _FORMULA and not _is_signed_number(value)


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

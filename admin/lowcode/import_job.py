"""
Imports kept, run in the background when they are large, their errors marked (导入任务).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from admin.jobs import GiveUp, JobRun, enqueue, handler
from admin.jobs.handlers import LONG
from admin.lowcode.importer import Importer, ImportReport, RowError, import_rows
from admin.lowcode.record_type import REGISTRY, RecordType
from admin.lowcode.sheets import read_sheet
from admin.principal import Principal, acting_as
from admin.records.import_file import ImportFile

KEPT = timedelta(days=7)
AT_ONCE = 2000  # more rows than this are a job
STEP = 1000


def start_import(
    session: Session,
    record_type: RecordType,
    content: bytes,
    name: str,
    principal: Principal,
    now: datetime,
) -> ImportFile:
    """Import a workbook: a small one at once, a large one as a job; the report is kept a week."""
    session.execute(delete(ImportFile).where(ImportFile.created_at < now - KEPT))
    kept = ImportFile(
        record_type=record_type.name, name=name[:300], content=content, user_id=principal.user_id
    )
    rows, report = _looked_at(record_type, content, name)
    if rows > AT_ONCE:
        session.add(kept)
        session.flush()
        job = enqueue(session, "import", str(kept.id), requested_by=principal.name, now=now)
        kept.job_id = job.id
        session.commit()
        return kept
    report = report or import_rows(session, record_type, content, name, now=now)
    kept.report = report.to_json()
    session.add(kept)
    session.commit()
    return kept


def _looked_at(
    record_type: RecordType, content: bytes, name: str
) -> tuple[int, ImportReport | None]:
    """How many rows a workbook has, or why it can't be read."""
    try:
        return len(read_sheet(record_type, content, name).rows), None
    except ValueError as error:
        return 0, ImportReport(refused=str(error))


def find_import(session: Session, import_id: int, principal: Principal) -> ImportFile | None:
    """One's own import."""
    return session.scalars(
        select(ImportFile).where(
            ImportFile.id == import_id, ImportFile.user_id == principal.user_id
        )
    ).one_or_none()


def report_of(kept: ImportFile) -> ImportReport | None:
    """The report, once there is one."""
    return ImportReport.from_json(kept.report) if kept.report else None


@handler("import", slot=LONG)
def run_import(run: JobRun) -> dict[str, Any]:
    """Import a kept file in steps, as the one who handed it in; resumes where it stopped."""
    with run.session() as session:
        kept, principal = _opened(session, run)
        record_type = REGISTRY[kept.record_type]
        sheet = read_sheet(record_type, kept.content, kept.name)
        report = ImportReport.from_json((run.cursor or {}).get("report") or {})
        start = (run.cursor or {}).get("row", 0)
        with acting_as(principal):
            importer = Importer(session, record_type, sheet, now=run.clock())
            importer.report = report
            for begin in range(start, len(sheet.rows), STEP):
                importer.take(sheet.rows[begin : begin + STEP])
                problem = importer.problem()
                if problem:
                    session.rollback()
                    raise GiveUp(f"{problem}；从第 {sheet.rows[begin][0]} 行起没有写入")
                done = min(begin + STEP, len(sheet.rows))
                cursor = {"row": done, "report": report.to_json()}
                run.progress(session, done=done, total=len(sheet.rows), cursor=cursor)
                session.commit()
        kept = session.merge(kept)
        kept.report = report.to_json()
        session.commit()
        return {"added": report.added, "changed": report.changed, "failed": report.failed_rows}


def _opened(session: Session, run: JobRun) -> tuple[ImportFile, Principal]:
    from flask_appbuilder.security.sqla.models import User

    from admin.security import principal_of

    kept = session.scalars(
        select(ImportFile).where(ImportFile.id == int(run.key)).options(undefer(ImportFile.content))
    ).one_or_none()
    if kept is None:
        raise GiveUp("要导入的文件已删除；请重新上传")
    user = session.get(User, kept.user_id)
    if user is None or not user.active:
        raise GiveUp("上传文件的账号已停用，没有导入")
    return kept, principal_of(session, user)


def marked_workbook(kept: ImportFile) -> BytesIO:
    """The file with its wrong cells marked, or a list of the errors where it is no xlsx (标错)."""
    report = report_of(kept) or ImportReport()
    try:
        return _marked(kept.content, report.errors)
    except Exception:  # an .xls, or an .xlsx that only the fast reader can read
        return _listed(report.errors)


def _marked(content: bytes, errors: list[RowError]) -> BytesIO:
    from openpyxl import load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    red = PatternFill("solid", start_color="FFF4CCCC")
    places = {str(cell.value).strip(): cell.column for cell in sheet[1] if cell.value is not None}
    last = sheet.max_column + 1
    sheet.cell(1, last, "问题")
    words: dict[int, list[str]] = {}
    for error in errors:
        words.setdefault(error.row, []).append(f"{error.column}：{error.message}".lstrip("："))
        cell = sheet.cell(error.row, places.get(error.column, last))
        cell.fill = red
        cell.comment = Comment(error.message, "导入")
    for row, messages in words.items():
        sheet.cell(row, last, "；".join(messages)).data_type = "s"
    found = BytesIO()
    book.save(found)
    found.seek(0)
    return found


def _listed(errors: list[RowError]) -> BytesIO:
    import xlsxwriter

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("问题")
        for n, row in enumerate(
            [("行", "列", "问题"), *((str(e.row), e.column, e.message) for e in errors)]
        ):
            for column, text in enumerate(row):
                sheet.write_string(n, column, text)
    content.seek(0)
    return content

"""Workbooks: the template, an import that says what is wrong where, errors marked, no formulas."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from admin.jobs import run_due
from admin.lowcode import import_job, workbook
from admin.lowcode.importer import ImportReport, import_rows
from admin.lowcode.listing import ListQuery
from admin.lowcode.record_type import REGISTRY
from admin.principal import Role
from admin.records.enterprise import Enterprise, FactValue
from admin.records.import_file import ImportFile
from admin.setup import open_sessions
from tests.admin.conftest import csrf_of
from tests.admin.world import credit_code

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
HEADER = ["统一社会信用代码", "企业名称", "成立日期", "从业人员", "营业收入（万元）"]


def book(*rows: list[Any], header: list[str] | None = None) -> bytes:
    made = Workbook()
    for row in [header or HEADER, *rows]:
        made.active.append(row)
    content = BytesIO()
    made.save(content)
    return content.getvalue()


def take(session: Any, *rows: list[Any], header: list[str] | None = None) -> ImportReport:
    content = book(*rows, header=header)
    return import_rows(session, REGISTRY["enterprise"], content, "企业.xlsx", now=NOW)


def enterprises(session: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(Enterprise)))


def test_the_template_has_the_columns_of_the_form_and_the_facts(app: Any) -> None:
    sheet = load_workbook(workbook.template(REGISTRY["enterprise"])).worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    assert {"统一社会信用代码", "企业名称", "从业人员", "营业收入（万元）"} <= set(titles)
    assert "规模" not in titles  # computed


def test_rows_become_enterprises_with_facts(session: Any) -> None:
    report = take(session, [credit_code(1), "甲公司", date(2019, 3, 1), 35, 500])
    assert (report.added, report.errors, report.refused) == (1, [], "")
    made = session.scalars(select(Enterprise)).one()
    assert (made.name, made.founded_on) == ("甲公司", date(2019, 3, 1))
    assert made.facts["employees"]["value"] == 35
    assert made.facts["revenue"]["value"] == 5_000_000


def test_a_unit_written_in_the_cell_counts(session: Any) -> None:
    take(session, [credit_code(1), "甲公司", None, "35人", "1.2亿元"])
    made = session.scalars(select(Enterprise)).one()
    assert made.facts["employees"]["value"] == 35
    assert made.facts["revenue"]["value"] == 120_000_000


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (["91530115MA0000001", "甲", None, None, None], "统一社会信用代码", "18 位"),
        ([credit_code(1), "=A1&B1", None, None, None], "企业名称", "公式"),
        ([credit_code(1), "甲", "去年三月", None, None], "成立日期", "不是日期"),
        ([credit_code(1), "甲", None, "很多", None], "从业人员", "不是数字"),
        ([credit_code(1), "甲", None, None, "500万美元"], "营业收入（万元）", "万美元"),
        ([credit_code(1), None, None, None, None], "企业名称", "必须填写"),
    ],
)
def test_a_bad_cell_is_named_with_its_row_and_column(
    session: Any, row: list[Any], column: str, words: str
) -> None:
    report = take(session, [credit_code(9), "好公司", None, 3, None], row)
    assert [(e.row, e.column) for e in report.errors] == [(3, column)]
    assert words in report.errors[0].message
    assert (report.added, report.failed_rows) == (1, 1)
    assert session.scalars(select(Enterprise.name)).all() == ["好公司"]
    assert session.scalar(select(func.count()).select_from(FactValue)) == 1


def test_a_date_written_as_text_is_read(session: Any) -> None:
    take(session, [credit_code(1), "甲公司", "2019年3月1日", None, None])
    assert session.scalars(select(Enterprise.founded_on)).one() == date(2019, 3, 1)


def test_a_wrong_header_refuses_the_file_and_lists_the_columns(session: Any) -> None:
    report = take(session, ["1", "甲"], header=["信用代码", "企业名称"])
    assert "信用代码" in report.refused
    assert "统一社会信用代码" in report.refused
    report = take(session, ["甲"], header=["企业名称"])
    assert "缺少必填的列：统一社会信用代码" in report.refused
    report = take(session, ["甲", "乙"], header=["企业名称", "企业名称"])
    assert "出现两次" in report.refused
    assert enterprises(session) == 0


def test_a_duplicate_in_the_file_names_the_first_row(session: Any) -> None:
    report = take(session, *[[credit_code(1), n, None, None, None] for n in ("甲", "乙")])
    assert [(e.row, e.message) for e in report.errors] == [(3, "与第 2 行重复")]
    assert session.scalars(select(Enterprise.name)).all() == ["甲"]


def test_the_same_file_twice_changes_nothing(session: Any) -> None:
    row = [credit_code(1), "甲公司", date(2019, 3, 1), 35, 500]
    take(session, row)
    report = take(session, row)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 1)
    assert session.scalar(select(func.count()).select_from(FactValue)) == 2


def test_an_empty_cell_changes_nothing(session: Any) -> None:
    take(session, [credit_code(1), "甲公司", date(2019, 3, 1), 35, 500])
    report = take(session, [credit_code(1), None, None, 40, None])
    assert (report.changed, report.errors) == (1, [])
    session.expire_all()
    made = session.scalars(select(Enterprise)).one()
    assert (made.name, made.facts["employees"]["value"]) == ("甲公司", 40)


def test_what_is_no_workbook_is_refused(session: Any) -> None:
    report = import_rows(session, REGISTRY["enterprise"], b"MZ\x00", "企业.xlsx", now=NOW)
    assert "不是能读的 xlsx" in report.refused


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ2", "A300000"])
def test_a_cell_far_off_is_refused_before_it_takes_memory(session: Any, cell: str) -> None:
    made = Workbook()
    made.active.append(HEADER)
    made.active[cell] = "远"
    content = BytesIO()
    made.save(content)
    report = import_rows(session, REGISTRY["enterprise"], content.getvalue(), "企业.xlsx", now=NOW)
    assert "请删去远处的单元格" in report.refused


@pytest.mark.one_database("rows stream by a cursor, which PostgreSQL has in transactions only")
def test_an_export_has_no_formulas(session: Any) -> None:
    session.add(Enterprise(credit_code=credit_code(1), name='=HYPERLINK("x")', address="@甲"))
    session.commit()
    content = workbook.export(session, REGISTRY["enterprise"], ListQuery(), personal=True)
    cells = [cell for row in load_workbook(content).worksheets[0] for cell in row]
    assert '=HYPERLINK("x")' in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # n: empty


def upload(client: Any, content: bytes) -> Any:
    token = csrf_of(client.get("/enterprise/import").get_data(as_text=True))
    data = {"csrf_token": token, "file": (BytesIO(content), "企业.xlsx")}
    return client.post("/enterprise/import", data=data, follow_redirects=True)


def test_the_wrong_cells_are_marked_in_a_workbook_to_download(login: Any, session: Any) -> None:
    client = login(Role.OFFICE)
    page = upload(client, book([credit_code(1), "甲", "去年", None, None])).get_data(as_text=True)
    assert "有错未写入 1 行" in page
    kept = session.scalars(select(ImportFile)).one()
    marked = client.get(f"/enterprise/import/{kept.id}/errors.xlsx")
    sheet = load_workbook(BytesIO(marked.get_data())).worksheets[0]
    assert "不是日期" in sheet["C2"].comment.text
    assert "成立日期" in sheet["F2"].value
    other = login(Role.ADMIN)
    assert other.get(f"/enterprise/import/{kept.id}/errors.xlsx").status_code == 404


def test_a_township_imports_only_what_it_may_see(login: Any, session: Any) -> None:
    header = ["统一社会信用代码", "企业名称", "属地单位"]
    client = login(Role.TOWNSHIP)
    page = upload(client, book([credit_code(1), "甲", "西山街道"], header=header))
    assert "数据范围" in page.get_data(as_text=True)
    assert enterprises(session) == 0
    upload(client, book([credit_code(1), "甲", "东山街道"], header=header))
    assert enterprises(session) == 1


def test_a_large_file_is_a_job_that_resumes_and_reports(
    login: Any, session: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "AT_ONCE", 2)
    monkeypatch.setattr(import_job, "STEP", 2)
    rows = [[credit_code(n), f"甲{n}", None, n, None] for n in range(1, 6)]
    client = login(Role.OFFICE)
    page = upload(client, book(*rows, ["x", "乙", None, None, None])).get_data(as_text=True)
    assert "后台导入" in page
    assert enterprises(session) == 0
    sessions = open_sessions(settings)
    report = run_due(sessions, settings, datetime.now(UTC), kinds=["import"])
    sessions.kw["bind"].dispose()
    assert len(report.done) == 1
    session.expire_all()
    kept = session.scalars(select(ImportFile)).one()
    page = client.get(f"/enterprise/import/{kept.id}").get_data(as_text=True)
    assert "新增 5 条" in page
    assert "有错未写入 1 行" in page
    assert enterprises(session) == 5

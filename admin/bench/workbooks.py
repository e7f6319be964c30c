"""A workbook of 20,000 enterprises imported, beside reading it with openpyxl alone (导入基准)."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

from admin.bench.databases import databases
from admin.jobs import run_due
from admin.lowcode import import_job
from admin.lowcode.record_type import REGISTRY
from admin.principal import Principal, Role, acting_as
from admin.records.import_file import ImportFile
from admin.setup import add_user, init_database, open_sessions
from policy_match.bench import Row, benchmark, sooner
from policy_match.settings import Settings, load_settings

ROWS = {"small": 2_500, "full": 20_000}
LIMIT = 40.0
HEADER = (
    "统一社会信用代码",
    "企业名称",
    "成立日期",
    "所在地区",
    "行业",
    "从业人员",
    "营业收入（万元）",
)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_INDUSTRIES = ("2625", "1012", "4710", "5431", "5169", "2720", "6513", "0610")


@benchmark("import")
def import_(scale: str) -> Iterator[Row]:
    """From the upload to the last row and its facts in the database, on each database."""
    logging.disable(logging.WARNING)
    content = make_workbook(ROWS[scale])
    start = time.perf_counter()
    assert read_alone(content) == ROWS[scale]
    alone = time.perf_counter() - start
    for name, environ in databases():
        taken = _imported(load_settings(environ, dotenv=None), content, ROWS[scale])
        yield sooner(
            f"导入 {ROWS[scale]} 行 xlsx（{name}）",
            taken,
            alone,
            "openpyxl 只读取同一文件",
            "秒",
            at_most=LIMIT,
        )


def make_workbook(rows: int) -> bytes:
    """A workbook of made-up enterprises (合成数据), each with two facts."""
    import xlsxwriter

    rng, content = random.Random(11), BytesIO()  # noqa: S311 - a benchmark's data, no secret
    with xlsxwriter.Workbook(content, {"constant_memory": True, "in_memory": True}) as book:
        sheet = book.add_worksheet("企业")
        for column, title in enumerate(HEADER):
            sheet.write_string(0, column, title)
        for n in range(rows):
            body = f"91530115{n:09d}"
            texts = (
                body + _check_digit(body),
                f"合成第{n}号企业有限公司",
                f"{1990 + n % 35}-{1 + n % 12:02d}-{1 + n % 28:02d}",
                "530115",
                rng.choice(_INDUSTRIES),
            )
            for column, text in enumerate(texts):
                sheet.write_string(n + 1, column, text)
            sheet.write_number(n + 1, 5, rng.randint(1, 500))
            sheet.write_number(n + 1, 6, rng.randint(1, 90_000))
    return content.getvalue()


def _check_digit(body: str) -> str:
    """The last character of a credit code (GB 32100-2015)."""
    total = sum(_ALPHABET.index(char) * pow(3, n, 31) for n, char in enumerate(body))
    return _ALPHABET[-total % 31]


def read_alone(content: bytes) -> int:
    """How many rows openpyxl reads from it."""
    from openpyxl import load_workbook

    sheet = load_workbook(BytesIO(content), read_only=True).worksheets[0]
    return sum(1 for row in sheet.iter_rows(values_only=True) if row[0]) - 1


def _imported(settings: Settings, content: bytes, rows: int) -> float:
    """Seconds from handing the file in to the end of the job that imports it."""
    from admin.app import create_app

    list(init_database(settings))
    app = create_app(settings)
    user = add_user(app, username="bench", password="Bench-2026-guan", role=Role.OFFICE)  # noqa: S106 - of a database that is dropped
    principal = Principal("bench", user_id=user.id, roles=frozenset({Role.OFFICE}))
    sessions = open_sessions(settings)
    start = time.perf_counter()
    with acting_as(principal), sessions() as session:
        now = datetime.now(UTC)
        kept = import_job.start_import(
            session, REGISTRY["enterprise"], content, "企业.xlsx", principal, now
        )
        key = kept.id
    run_due(sessions, settings, datetime.now(UTC), kinds=["import"])
    taken = time.perf_counter() - start
    with acting_as(principal), sessions() as session:
        report = import_job.report_of(session.get_one(ImportFile, key))
    sessions.kw["bind"].dispose()
    if report is None or report.added != rows:
        raise RuntimeError(f"the import added {report.added if report else 0} of {rows} rows")
    return taken

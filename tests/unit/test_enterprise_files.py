"""Enterprises from files: what people write in cells, and how a bad row is named."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from policy_match.domain.enterprise import Enterprise
from policy_match.enterprises import read_enterprises
from policy_match.errors import EnterpriseError, FactError, InputError

TODAY = date(2026, 11, 24)
HEADER = "企业名称,从业人员,营业收入（万元）,研发投入占比,成立日期,资质认定,上市,region"


def read(path: Path) -> list[Enterprise | InputError]:
    return list(read_enterprises(path, read_on=TODAY))


def table(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "名录.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_cells_are_read_as_people_fill_them(tmp_path, encoding):
    row = "甲,35人,“2,000”,3%,2019年3月1日,high_tech；tech_sme,否,530115"
    (one,) = read(table(tmp_path, row.replace("“2,000”", '"2,000"'), encoding=encoding))
    assert isinstance(one, Enterprise)
    facts = {name: value.to_json() for name, value in one.facts.items()}
    assert facts == {
        "employees": 35,
        "revenue": 20_000_000,
        "rd_ratio": 0.03,
        "established_on": "2019-03-01",
        "qualification": ["high_tech", "tech_sme"],
        "listed": False,
        "region": ["530115"],
    }


def test_a_unit_in_the_cell_wins_over_the_header(tmp_path):
    (one,) = read(table(tmp_path, "甲,,1.2亿元,,,,,"))
    assert isinstance(one, Enterprise)
    assert one.facts["revenue"].value == 120_000_000
    assert "employees" not in one.facts


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("甲,很多,,,,,,", "第 2 行"),
        ("甲,NaN,,,,,,", "有限的数"),
        ("甲,,500万吨,,,,,", "万吨"),
        ("甲,,,3,,,,", "超过 1"),
        ("甲,,,,2019-13-01,,,", "2019-03-01"),
        ("甲,,,,,,也许,", "是 或 否"),
        (",1,,,,,,", "credit_code"),
        ("甲,1,200,,,,,,5", "比表头多出"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_read(tmp_path, row, says):
    bad, good = read(table(tmp_path, row, "乙,5,,,,,,"))
    assert isinstance(bad, InputError)
    assert says in str(bad)
    assert "名录.csv" in str(bad)
    assert isinstance(good, Enterprise)


def test_an_unknown_column_names_the_nearest_facts(tmp_path):
    with pytest.raises(FactError, match="employees"):
        read(table(tmp_path, "甲,1", header="name,employes"))


def test_a_header_without_identity_or_with_a_column_twice_is_refused(tmp_path):
    with pytest.raises(EnterpriseError, match="credit_code"):
        read(table(tmp_path, "1", header="employees"))
    with pytest.raises(EnterpriseError, match="两次"):
        read(table(tmp_path, "甲,1,2", header="name,employees,从业人员"))


def test_a_repeated_enterprise_is_reported_and_the_first_is_kept(tmp_path):
    first, second = read(table(tmp_path, "甲,1,,,,,,", "甲,2,,,,,,"))
    assert isinstance(first, Enterprise)
    assert first.facts["employees"].value == 1
    assert "重复" in str(second)


def test_json_lines_name_the_line_that_is_no_json(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": "甲"}\n\n{"name": \n{"name": "乙"}\n', encoding="utf-8")
    one, bad, two = read(path)
    assert "第 3 行" in str(bad)
    assert [one.id, two.id] == ["甲", "乙"]  # type: ignore[union-attr]  # enterprises both


def test_a_workbook_is_read_like_a_table(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["name", "employees", "established_on", "industry"])
    sheet.write_row(1, 0, ["甲", 35])
    sheet.write_datetime(1, 2, datetime(2019, 3, 1))
    sheet.write_number(1, 3, 2720)
    book.close()
    (one,) = read(path)
    assert isinstance(one, Enterprise)
    facts = {name: value.to_json() for name, value in one.facts.items()}
    assert facts == {"employees": 35, "established_on": "2019-03-01", "industry": ["2720"]}


def test_a_parquet_file_is_read_like_a_table(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    columns = {
        "name": ["甲", "乙"],
        "revenue": [1.5e6, None],
        "established_on": [date(2019, 3, 1), None],
        "qualification": [["high_tech"], []],
    }
    pq.write_table(pa.table(columns), path)
    one, two = read(path)
    assert isinstance(one, Enterprise)
    assert isinstance(two, Enterprise)
    assert one.facts["revenue"].value == 1_500_000
    assert set(two.facts) == {"qualification"}


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.json", "a.csv", "a.pptx", "无.json"])
def test_a_broken_absent_or_foreign_file_gives_one_clear_error(tmp_path, name):
    path = tmp_path / name
    if name != "无.json":
        path.write_bytes(b"\xff\xfe\x00broken" if name != "a.csv" else b"")
    with pytest.raises(InputError, match=name):
        read(path)


def test_a_json_array_holds_several(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"name": "甲"}, {"name": "乙"}]), encoding="utf-8")
    assert len(read(path)) == 2

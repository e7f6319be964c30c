"""A table read by columns gives what reading it row by row gives."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policy_match.domain.criterion import Criterion, parse_criterion
from policy_match.domain.enterprise import Enterprise
from policy_match.domain.facts import default_registry
from policy_match.enterprise_columns import Reading, read_roster, roster_of_batches
from policy_match.enterprises import read_enterprises
from policy_match.errors import FactError, InputError
from policy_match.matching.roster import Roster
from policy_match.testing.register import AS_OF, decided

HEAD = "name,credit_code,注册地,industry,employees,revenue（万元）"
MESSY = f"""{HEAD},rd_ratio,成立日期,qualification,listed
甲公司,,530115,2720,35,1200,3%,2019-03-01,high_tech;tech_sme,是
乙公司,,530122,C27,1,"1,200.5",0.03,2019年3月1日,,否
丙公司,,,,,,,,,
丁公司,,530115,2720,-3,,,,,
戊公司,,530115,2720,3.5,,,,,
己公司,,530115,2720,NaN,,,,,
庚公司,,530115,2720,20人,500,1.5,,,
甲公司,,530115,,,,,,,
辛公司,123,530115,,,,,,,
壬公司,,530115001,9999,100000,3,0.02,2026-11-25,,
,,,,,,,,,
癸公司,,530115;530102,26；27,0300,0.0000001,0.1234567890123,2030-01-01,,
子公司,,530115,26,12,"5百万",0.1,2001-1-1,other:绿色工厂,1
丑公司,,530115,26,12 , 7 ,.5,2001/1/1,little_giant,maybe
寅公司,,530115,,99999999999999999999,8亿元,5 %,,,true
"""


def rules() -> list[Criterion]:
    raw: list[tuple[str, str, object]] = [
        ("region", "in", ["530115"]),
        ("industry", "in", ["27"]),
        ("employees", ">=", 20),
        ("revenue", ">=", 12_000_000),
        ("rd_ratio", ">=", 0.03),
        ("established_years", ">=", 7),
        ("established_on", "<", "2020-01-01"),
        ("size_class", "in", ["small", "micro"]),
        ("qualification", "in", ["high_tech", "other:绿色工厂"]),
        ("listed", "==", True),
    ]
    return [parse_criterion({"fact": fact, "op": op, "value": value}) for fact, op, value in raw]


def by_rows(path: Path) -> tuple[list[Enterprise], list[str]]:
    found = list(read_enterprises(path, read_on=AS_OF))
    people = [one for one in found if isinstance(one, Enterprise)]
    return people, [str(one) for one in found if isinstance(one, InputError)]


def by_columns(path: Path) -> tuple[Roster, list[str]]:
    errors: list[InputError] = []
    roster = read_roster(path, as_of=AS_OF, read_on=AS_OF, report=errors.append)
    return roster, [str(error) for error in errors]


def assert_the_same(path: Path) -> None:
    people, named = by_rows(path)
    roster, reported = by_columns(path)
    assert reported == named
    assert [roster.find(rule) for rule in rules()] == [decided(rule, people) for rule in rules()]
    assert roster.ids.of(range(roster.rows)) == [one.id for one in people]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_messy_csv(tmp_path: Path, ending: str, encoding: str) -> None:
    path = tmp_path / "名录.csv"
    path.write_bytes(MESSY.replace("\n", ending).encode(encoding))
    people, named = by_rows(path)
    assert len(people) >= 4
    assert len(named) >= 8
    assert_the_same(path)


@pytest.mark.parametrize(
    "text",
    [
        "name,employees\n甲,3\n\n乙,4\n",
        "name,employees\n甲,3,5\n乙,4\n",
        "name,employees\n甲\n乙,4\n",
        'name,"employees"\n甲,"3\n"\n',
        "name,employees\n",
    ],
    ids=["blank line", "too long", "too short", "quoted", "no rows"],
)
def test_an_uneven_csv(tmp_path: Path, text: str) -> None:
    path = tmp_path / "名录.csv"
    path.write_text(text, "utf-8")
    assert_the_same(path)


def test_an_unknown_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "名录.csv"
    path.write_text("name,employes\n甲,3\n", "utf-8")
    with pytest.raises(FactError, match=r"employes.*employees"):
        by_columns(path)


def test_a_parquet_of_every_type(tmp_path: Path) -> None:
    table = pa.table(
        {
            "name": ["甲", "乙", "丙", "丁", "甲"],
            "region": [["530115", "530102"], ["530100"], None, [], ["530115"]],
            "employees": pa.array([3, None, -1, 500, 3], pa.int32()),
            "revenue": [5e6, float("nan"), 1e7, None, 1.0],
            "rd_ratio": pa.array(["3%", "0.02", None, "", "1"]),
            "listed": [True, False, None, True, True],
            "established_on": pa.array([17000, None, 18000, 19000, 1], pa.date32()),
        }
    )
    path = tmp_path / "名录.parquet"
    pq.write_table(table, path)
    assert_the_same(path)


def test_batches_keep_counting_rows_and_ids() -> None:
    table = pa.table({"id": ["A", "B", "A", "C"], "employees": [3, 4, 5, -6]})
    errors: list[InputError] = []
    reading = Reading(AS_OF, default_registry(), errors.append)
    batches = table.to_batches(max_chunksize=2)
    roster = roster_of_batches(batches, reading, as_of=AS_OF, where="企业库", first_row=1)
    assert roster.ids.of(range(2)) == ["A", "B"]
    assert errors[0].where == "企业库 第 3 行"
    assert "不能为负" in str(errors[1])

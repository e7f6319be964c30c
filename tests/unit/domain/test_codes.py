"""Code tables: canonical codes, levels by prefix, names, former codes, errors."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_match.domain import _industry_codes as industry_module
from policy_match.domain.codes import (
    CODE_SETS,
    IndustryTable,
    RegionTable,
    code_table,
    find_industries,
    industry_table,
    region_table,
    short_name,
)
from policy_match.errors import CodeError

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")

SECTION_COUNTS = {  # GB/T 4754-2017, table of its introduction: divisions, groups, classes
    "A": (5, 24, 72),
    "B": (7, 19, 39),
    "C": (31, 179, 609),
    "D": (3, 9, 18),
    "E": (4, 18, 44),
    "F": (2, 18, 128),
    "G": (8, 27, 67),
    "H": (2, 10, 16),
    "I": (3, 17, 34),
    "J": (4, 26, 48),
    "K": (1, 5, 5),
    "L": (2, 12, 58),
    "M": (3, 19, 48),
    "N": (4, 18, 33),
    "O": (3, 16, 32),
    "P": (1, 6, 17),
    "Q": (2, 6, 30),
    "R": (5, 27, 48),
    "S": (6, 16, 34),
    "T": (1, 1, 1),
}


@pytest.fixture
def regions() -> RegionTable:
    return region_table()


@pytest.fixture
def industries() -> IndustryTable:
    return industry_table()


@pytest.mark.parametrize("name", CODE_SETS)
def test_each_code_set_has_the_one_interface(name: str) -> None:
    """Every code is canonical, labelled, and stands below only what its ancestors say."""
    table = code_table(name)
    assert table.name == name
    assert table.label
    assert table.version
    for code in table:
        assert code in table
        assert table.canonical(code) == code
        assert table.require(code) == code
        assert table.nearest_known(code) == code
        assert table.label_of(code)
        assert code not in table.ancestors(code)
        assert table.hierarchical or table.ancestors(code) == ()


def test_an_unknown_code_set_names_the_known() -> None:
    """The error lists what may be asked for."""
    with pytest.raises(CodeError, match="可用：region、industry"):
        code_table("regions")


def test_importing_reads_no_table() -> None:
    """Tables are read on first use."""
    program = (
        "import policy_match.domain.codes as codes\n"
        "from policy_match.domain import _tables\n"
        "assert _tables.csv_rows.cache_info().currsize == 0\n"
        "assert _tables.json_table.cache_info().currsize == 0\n"
        "codes.code_table('region')\n"
        "assert _tables.csv_rows.cache_info().currsize == 2\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


class TestRegions:
    """GB/T 2260."""

    @pytest.mark.parametrize(
        ("written", "canonical"),
        [
            ("530115", "530115"),
            (" ５３０１１５ ", "530115"),
            ("530122", "530115"),  # 晋宁县
            ("530122101", "530115101"),
            ("530122101000", "530115101000"),
            ("530115001000", "530115001000"),
            ("530115000000", "530115"),
            ("530115000", "530115"),
            ("53", "530000"),
            ("5301", "530100"),
            ("533023", "530581"),  # 保山地区腾冲县 → 腾冲县 → 腾冲市
            ("nowhere", "nowhere"),
        ],
    )
    def test_canonical(self, regions: RegionTable, written: str, canonical: str) -> None:
        """Former codes become their successors; the way of writing does not matter."""
        assert regions.canonical(written) == canonical

    @pytest.mark.parametrize(
        ("code", "above"),
        [
            ("530115001", ("530115", "530100", "530000", "000000")),
            ("530115001000", ("530115001", "530115", "530100", "530000", "000000")),
            ("530122", ("530100", "530000", "000000")),
            ("530100", ("530000", "000000")),
            ("530000", ("000000",)),
            ("000000", ()),
            ("539999", ("539900", "530000", "000000")),  # not in the table
            ("441900003", ("441900", "440000", "000000")),  # a city without counties
            ("5301155", ()),
            ("C27", ()),
        ],
    )
    def test_ancestors(self, regions: RegionTable, code: str, above: tuple[str, ...]) -> None:
        """By digits alone, nearest first, also for unknown codes."""
        assert regions.ancestors(code) == above

    def test_is_ancestor_is_strict(self, regions: RegionTable) -> None:
        """A code is not above itself; a former code stands where its successor does."""
        assert regions.is_ancestor("530100", "530122")
        assert regions.is_ancestor("530122", "530115001")
        assert not regions.is_ancestor("530115", "530122")
        assert not regions.is_ancestor("530115", "530100")

    @pytest.mark.parametrize(
        ("name", "codes"),
        [
            ("晋宁", ("530115",)),
            ("晋宁区", ("530115",)),
            ("晋宁县", ("530115",)),
            ("昆明", ("530100",)),
            ("云南", ("530000",)),
            ("全国", ("000000",)),
            ("五华", ("441424", "530102")),
            ("云南省昆明市晋宁县", ("530115",)),
            ("昆明五华区", ("530102",)),
            ("大理", ("532900", "532901")),
            ("内蒙古", ("150000",)),
            ("石林", ("530126",)),
            ("昆阳街道", ("530115001",)),
            ("晋宁区昆阳", ("530115001",)),
            ("香港", ("810000",)),
            ("思茅地区", ("530800",)),
            ("不存在市", ()),
            ("", ()),
        ],
    )
    def test_find(self, regions: RegionTable, name: str, codes: tuple[str, ...]) -> None:
        """Full, short and former names and paths; all codes of an ambiguous name."""
        assert regions.find(name) == codes

    def test_full_name(self, regions: RegionTable) -> None:
        """The path without rows that only group others."""
        assert regions.full_name("530122") == "云南省昆明市晋宁区"
        assert regions.full_name("110108") == "北京市海淀区"
        assert regions.full_name("000000") == "全国"
        assert regions.full_name("999999") is None

    @pytest.mark.parametrize(
        ("name", "short"),
        [
            ("晋宁区", "晋宁"),
            ("红河哈尼族彝族自治州", "红河"),
            ("新疆维吾尔自治区", "新疆"),
            ("宁蒗彝族自治县", "宁蒗"),
            ("云县", "云县"),
            ("香港特别行政区", "香港"),
            ("昆阳街道", "昆阳"),
        ],
    )
    def test_short_name(self, name: str, short: str) -> None:
        """Kind and peoples drop off; a single character is no name."""
        assert short_name(name) == short

    def test_counts(self, regions: RegionTable) -> None:
        """34 provinces and the 129 counties of 云南; streets of 云南 only."""
        provinces = [c for c in regions if c.endswith("0000") and c != "000000"]
        counties = [c for c in regions if re.fullmatch(r"53\d{4}", c) and not c.endswith("00")]
        streets = [c for c in regions if len(c) == 9]
        assert len(provinces) == 34
        assert len(counties) == 129
        assert {c[:2] for c in streets} == {"53"}
        assert len(streets) == 1461

    def test_every_code_has_its_levels(self, regions: RegionTable) -> None:
        """No county without its province, no street without its county."""
        for code in regions:
            assert all(above in regions for above in regions.ancestors(code)), code

    def test_successions_lead_to_current_codes(self, regions: RegionTable) -> None:
        """Each former code ends, in the same province, at a code that the table has."""
        for code, row in regions.successions.items():
            assert code not in set(regions)
            assert regions.canonical(code) in set(regions), row
            assert regions.canonical(code)[:2] == code[:2]
            assert row.basis in {"known", "derived"}
            assert row.source
            assert re.fullmatch(r"\d{4}(-\d\d){0,2}|\d{4}/\d{4}", row.effective), row

    def test_derived_successions_keep_the_name(self, regions: RegionTable) -> None:
        """A guess is made only where the base name lived on."""
        for row in regions.successions.values():
            if row.basis == "derived":
                label = regions.label_of(row.successor)
                assert label is not None
                assert short_name(label) == short_name(row.name)

    def test_divided_counties_have_no_successor(self, regions: RegionTable) -> None:
        """What was divided or merged is left alone: 莱芜市, 巢湖市, 邯郸县."""
        for code in ("371200", "341400", "130421"):
            assert regions.canonical(code) == code
            assert code not in regions

    @given(st.from_regex(r"\A(\d{6}|\d{9}|\d{12})\Z", fullmatch=True))
    @settings(deadline=None)
    def test_canonical_is_stable(self, code: str) -> None:
        """Reading a code twice changes nothing, and ancestors have ancestors."""
        table = region_table()
        mine = table.canonical(code)
        assert table.canonical(mine) == mine
        above = table.ancestors(mine)
        for n, one in enumerate(above):
            assert table.ancestors(one) == above[n + 1 :] or table.canonical(one) != one


class TestIndustries:
    """GB/T 4754-2017."""

    @pytest.mark.parametrize(
        ("written", "canonical"),
        [
            ("C27", "27"),
            ("c2720", "2720"),
            ("Ｃ２７", "27"),
            ("c", "C"),
            (" 2720 ", "2720"),
            ("A27", "A27"),
            ("2799", "2799"),
            ("0141", "0141"),
        ],
    )
    def test_canonical(self, industries: IndustryTable, written: str, canonical: str) -> None:
        """A letter before digits drops off only when it is the division's own."""
        assert industries.canonical(written) == canonical

    @pytest.mark.parametrize(
        ("code", "above"),
        [
            ("2720", ("272", "27", "C")),
            ("C2720", ("272", "27", "C")),
            ("27", ("C",)),
            ("C", ()),
            ("2799", ("279", "27", "C")),
            ("9999", ("999", "99")),
            ("A27", ()),
            ("27205", ()),
        ],
    )
    def test_ancestors(self, industries: IndustryTable, code: str, above: tuple[str, ...]) -> None:
        """Letter, 2, 3, 4 digits."""
        assert industries.ancestors(code) == above

    def test_nearest_known(self, industries: IndustryTable) -> None:
        """An unknown code hangs under its longest known prefix."""
        assert industries.nearest_known("2799") == "27"
        assert industries.nearest_known("2729") == "272"
        assert industries.nearest_known("9999") is None

    def test_counts_are_those_of_the_standard(self, industries: IndustryTable) -> None:
        """20 sections, 97 divisions, 473 groups, 1,381 classes, and each section's own."""
        assert Counter(len(code) for code in industries) == {1: 20, 2: 97, 3: 473, 4: 1381}
        counts = {
            section: tuple(
                sum(len(code) == size for code in industries.descendants(section))
                for size in (2, 3, 4)
            )
            for section in industries
            if len(section) == 1
        }
        assert counts == SECTION_COUNTS

    def test_every_class_has_its_levels(self, industries: IndustryTable) -> None:
        """No class without its group, division and section."""
        for code in industries:
            assert all(above in industries for above in industries.ancestors(code)), code

    def test_descriptions(self, industries: IndustryTable) -> None:
        """The standard's own explanations come along."""
        assert "磷" in industries.description_of("102") + industries.description_of("2622")
        assert industries.description_of("9999") == ""

    @pytest.mark.parametrize(
        ("name", "codes"),
        [
            ("制造业", ("C",)),
            ("餐饮", ("62",)),
            ("软件业", ("65",)),
            ("物业管理", ("702",)),  # and its only class 7020
            ("磷化工", ("2611", "2613", "2622")),
            ("三维(3D)打印技术推广服务", ("7517",)),
            ("没有的行业", ()),
        ],
    )
    def test_find(self, industries: IndustryTable, name: str, codes: tuple[str, ...]) -> None:
        """The standard's names and common ones."""
        assert industries.find(name) == codes

    def test_synonyms_are_codes(self, industries: IndustryTable) -> None:
        """Every common name leads to codes of the table, and excluded words hide one."""
        assert all(code in industries for codes in industries.aliases.values() for code in codes)
        assert len(industries.aliases) > 400

    def test_find_industries(self) -> None:
        """Longest names win; words that only contain a name are passed over."""
        text = "支持住宿和餐饮业、磷化工企业，由农业农村局办理医疗保险，鼓励软件企业。"
        found = find_industries(text)
        assert [(one.text, one.codes) for one in found] == [
            ("住宿和餐饮业", ("H",)),
            ("磷化工", ("2611", "2613", "2622")),
            ("软件企业", ("65",)),
        ]
        assert all(text[one.start : one.end] == one.text for one in found)

    def test_an_amendment_changes_the_table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An amendment (修改单) is data: it adds, renames and removes classes."""
        changes = [
            {"op": "add", "code": "2799", "name": "新增小类", "description": "说明"},
            {"op": "rename", "code": "2710", "name": "改名小类"},
            {"op": "remove", "code": "2720"},
        ]
        real = industry_module.json_table

        def amended(name: str) -> object:
            if name == "industry_amendments.json":
                return {"amendments": [{"changes": changes}]}
            return real(name)

        monkeypatch.setattr(industry_module, "json_table", amended)
        table = industry_module.industry_table.__wrapped__()
        assert table.label_of("2799") == "新增小类"
        assert table.description_of("2799") == "说明"
        assert table.label_of("2710") == "改名小类"
        assert table.description_of("2710") == industry_table().description_of("2710")
        assert "2720" not in table
        assert "2799" in table.descendants("C")

    @pytest.mark.realdata
    @needs_data
    def test_names_are_those_of_the_source(self, industries: IndustryTable) -> None:
        """The packaged names equal the source's but for six corrected ones."""
        with (DATA / "standards" / "gb_t_4754_2017.csv").open(encoding="utf-8-sig") as file:
            names = {row["code"]: row["name"] for row in csv.DictReader(file)}
        assert set(names) == set(industries)
        corrected = {code for code in names if names[code] != industries.label_of(code)}
        assert corrected <= {"727", "7271", "905", "9051", "194", "7517"}

    @pytest.mark.realdata
    @needs_data
    def test_gold_industries_are_known(self, industries: IndustryTable) -> None:
        """Every industry and region code of the annotated policies is in the tables."""
        lines = (DATA / "gold" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
        used = Counter(
            (leaf["fact"], code)
            for line in lines
            for leaf in coded(json.loads(line))
            for code in leaf["value"]
        )
        assert used
        unknown = [pair for pair in used if pair[1] not in code_table(pair[0])]
        assert unknown == []


def coded(node: object) -> list[dict[str, object]]:
    """The leaves of a rule that hold codes of a closed set."""
    if isinstance(node, list):
        return [leaf for one in node for leaf in coded(one)]
    if not isinstance(node, dict):
        return []
    if node.get("fact") in CODE_SETS:
        return [node]
    return coded(list(node.values()))


class TestFlatSets:
    """Entity type, ownership, size class, qualification, names."""

    def test_other_qualifications(self) -> None:
        """Any qualification can be named."""
        table = code_table("qualification")
        assert table.require("other:绿色工厂") == "other:绿色工厂"
        assert table.canonical("OTHER： 绿色工厂") == "other:绿色工厂"
        assert table.label_of("other:绿色工厂") == "绿色工厂"
        assert "other:" not in table
        assert table.find("高企") == ("high_tech",)
        assert table.ancestors("high_tech") == ()

    def test_names_are_open(self) -> None:
        """Every text that is not empty is its own code."""
        table = code_table("names")
        assert table.require(" 晋宁工业园区（青山片区） ") == "晋宁工业园区(青山片区)"
        assert " " not in table
        with pytest.raises(CodeError):
            table.require("  ")

    @pytest.mark.parametrize(
        ("table", "name", "code"),
        [
            ("ownership", "民营企业", "private"),
            ("entity_type", "合作社", "cooperative"),
            ("size_class", "小型企业", "small"),
            ("qualification", "专精特新“小巨人”企业", "little_giant"),
        ],
    )
    def test_names_of_flat_codes(self, table: str, name: str, code: str) -> None:
        """Chinese names find their codes."""
        assert code_table(table).find(name) == (code,)


class TestErrors:
    """A code that a table lacks."""

    @pytest.mark.parametrize(
        ("table", "code", "hint"),
        [
            ("region", "530155", "530115（晋宁区）"),
            ("region", "晋宁去", "530115（晋宁区）"),
            ("region", "晋宁区", "530115（晋宁区）"),
            ("industry", "2799", "27（医药制造业）"),
            ("industry", "餐饮", "62（餐饮业）"),
            ("qualification", "gazele", "gazelle（瞪羚企业）"),
            ("ownership", "民企", "private（民营）"),
            ("size_class", "小型", "small（小型）"),
        ],
    )
    def test_suggestions(self, table: str, code: str, hint: str) -> None:
        """The message holds the value, the table and the nearest codes."""
        with pytest.raises(CodeError) as caught:
            code_table(table).require(code)
        assert f"“{code}”" in str(caught.value)
        assert hint in str(caught.value)

    def test_nothing_near(self) -> None:
        """Without a near code the message says where to look."""
        with pytest.raises(CodeError, match="请对照代码表填写"):
            code_table("ownership").require("%%%%")


class TestSearch:
    """What a picker shows."""

    def test_by_code_name_and_alias(self) -> None:
        """Code prefix first, then names that begin so, then names that hold it."""
        industries = code_table("industry")
        assert industries.search("27", 2) == [("27", "医药制造业"), ("271", "化学药品原料药制造")]
        assert industries.search("医药", 1) == [("27", "医药制造业")]
        assert ("62", "餐饮业") in industries.search("餐饮", 3)
        assert ("530115", "晋宁区") in code_table("region").search("晋宁")
        assert code_table("qualification").search("高企", 1) == [("high_tech", "国家高新技术企业")]
        assert len(industries.search("制造")) == 20

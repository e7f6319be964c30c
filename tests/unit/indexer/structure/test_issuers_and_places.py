"""Who issued a document, and where that governs."""

from __future__ import annotations

import pytest

from indexer.structure.issuers import is_body, split_bodies
from indexer.structure.regions import place_of

from .conftest import Read

BODY = "一、支持内容。对符合条件的企业给予奖励。"


@pytest.mark.parametrize(
    ("name", "level", "region"),
    [
        ("国务院办公厅", "central", "000000"),
        ("国家税务总局", "central", "000000"),
        ("国家税务总局昆明市晋宁区税务局", "district", "530115"),
        ("中国人民银行昆明中心支行", "city", "530100"),
        ("云南省人民政府", "province", "530000"),
        ("中共昆明市晋宁区委办公室", "district", "530115"),
        ("晋宁区财政局", "district", "530115"),
        ("晋宁产业园区管理委员会", "district", "530115"),
        ("昆明高新技术产业开发区管理委员会", "district", "530100"),
        ("云南滇中新区管理委员会", "city", "530100"),
        ("北京市海淀区人民政府", "district", "110108"),
        ("上海市经济和信息化委员会", "province", "310000"),
        ("大理白族自治州人民政府", "city", "532900"),
        ("大理州工业和信息化局", "city", "532900"),
        ("横琴粤澳深度合作区执行委员会", "city", "440400"),
        ("太湖流域管理局", "central", "000000"),
    ],
)
def test_place_by_name(name: str, level: str, region: str) -> None:
    place = place_of(name)
    assert place is not None
    assert (place.level, place.region) == (level, region)


@pytest.mark.parametrize("name", ["朝阳区人民政府", "市财政局", "某某协会"])
def test_a_name_that_tells_nothing_gives_nothing(name: str) -> None:
    assert place_of(name) is None


@pytest.mark.parametrize(
    "text", ["各州、市人民政府", "为贯彻落实党中央、国务院", "关于财政部", "一、工作目标", ""]
)
def test_prose_is_no_body(text: str) -> None:
    assert not is_body(text)


def test_names_run_together_are_taken_apart() -> None:
    assert split_bodies("财政部、税务总局财政部、税务总局") == ("财政部", "税务总局")


def test_an_ambiguous_code_never_decides_alone(read: Read) -> None:
    """晋 is 山西 and 晋宁."""
    both = read(
        "晋办通〔2024〕900号",
        "中共昆明市晋宁区委办公室　昆明市晋宁区人民政府办公室关于印发方案的通知",
        "各有关单位：",
        BODY,
        "中共昆明市晋宁区委办公室",
        "昆明市晋宁区人民政府办公室",
        "2024年3月13日",
    )
    assert (both.level, both.region) == ("district", "530115")
    assert len(both.issuers) == 2
    alone = read("晋办通〔2024〕900号", "关于印发方案的通知", "各有关单位：", BODY)
    assert (alone.level, alone.region) == (None, None)


def test_a_relative_signature_gives_way_to_the_title(read: Read) -> None:
    policy = read("昆明市财政局关于支持企业的通知", "各单位：", BODY, "市财政局", "2024年3月13日")
    assert policy.issuers == ("昆明市财政局",)


def test_a_reposting_site_is_not_the_issuer(read: Read) -> None:
    policy = read(
        "（转载）昆明市商务局关于支持展会的通知",
        "昆商发〔2024〕900号",
        "各单位：",
        BODY,
        "昆明市商务局",
        "2024年3月13日",
        发布机构="昆明市晋宁区人民政府昆阳街道办事处",
    )
    assert policy.issuers == ("昆明市商务局",)
    assert policy.title == "昆明市商务局关于支持展会的通知"


def test_signature_over_two_lines(read: Read) -> None:
    policy = read(
        "关于做好保障工作的通知",
        "各单位：",
        BODY,
        "昆明市优化营商环境促进市场主体",
        "倍增领导小组办公室",
        "2024年3月13日",
    )
    assert policy.issuers == ("昆明市优化营商环境促进市场主体倍增领导小组办公室",)


def test_our_city_and_its_name_in_the_text(read: Read) -> None:
    policy = read("企业扶持申报条件", "一、申报条件", "在东莞市注册，为我市纳税的企业。")
    assert (policy.level, policy.region) == ("city", "441900")


def test_nothing_tells(read: Read) -> None:
    policy = read("企业扶持申报条件", "一、申报条件", "依法注册的企业。")
    assert (policy.level, policy.region) == (None, None)

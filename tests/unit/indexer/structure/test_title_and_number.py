"""Titles over several lines, letterheads, numbers of the document's own."""

from __future__ import annotations

import pytest

from .conftest import Read

BODY = "一、支持内容。对符合条件的企业给予奖励。"


def test_letterhead_is_no_title(read: Read) -> None:
    policy = read(
        "特急",
        "云南省人民政府文件",
        "云政发〔2024〕900号",
        "云南省人民政府关于支持",
        "工业企业发展的意见",
        "各州、市人民政府，省直各委、办、厅、局：",
        BODY,
        "云南省人民政府",
        "2024年3月1日",
    )
    assert policy.title == "云南省人民政府关于支持工业企业发展的意见"
    assert policy.doc_no == "云政发〔2024〕900号"
    kinds = {block.text: block.kind for block in policy.blocks}
    assert kinds["云南省人民政府文件"] == "furniture"
    assert kinds["各州、市人民政府，省直各委、办、厅、局："] == "addressee"


def test_spread_characters_and_joint_issuers(read: Read) -> None:
    policy = read(
        "财 政 部　税 务 总 局",
        "关 于 延 续 政 策 的 公 告",
        "财政部　税务总局公告2024年第900号",
        BODY,
    )
    assert policy.title == "财政部 税务总局关于延续政策的公告"
    assert policy.issuers == ("财政部", "税务总局")
    assert policy.doc_no == "财政部 税务总局公告2024年第900号"


def test_the_inner_document_is_told_apart(read: Read) -> None:
    policy = read(
        "昆明市财政局关于印发",
        "《昆明市资金管理办法",
        "（试行）》的通知",
        "昆财规〔2024〕900号",
        "各县（市）区财政局：",
        "现将《昆明市资金管理办法（试行）》印发给你们。",
        "昆明市财政局",
        "2024年5月6日",
        "昆明市资金管理办法（试行）",
        "第一条 本办法自2024年6月1日起施行。",
    )
    assert policy.title == "昆明市财政局关于印发《昆明市资金管理办法（试行）》的通知"
    assert [block.kind for block in policy.blocks][-2:] == ["title", "article"]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("昆政发[2024] 900 号", "昆政发〔2024〕900号"),
        ("昆政发〔２０２４〕９００号", "昆政发〔2024〕900号"),
        ("发文字号：昆政发(2024)900号", "昆政发〔2024〕900号"),
        ("昆政发〔2024〕900号 签发人：张某", "昆政发〔2024〕900号"),
    ],
)
def test_ways_of_writing_a_number(read: Read, line: str, number: str) -> None:
    assert read("昆明市人民政府关于支持企业的通知", line, "各单位：", BODY).doc_no == number


def test_a_cited_number_is_not_its_own(read: Read) -> None:
    policy = read(
        "关于组织申报的通知",
        "各有关单位：",
        "根据《管理办法》（昆政发〔2023〕900号）的规定，现通知如下：",
        BODY,
    )
    assert policy.doc_no is None
    assert policy.references[0].doc_no == "昆政发〔2023〕900号"


def test_an_order_takes_its_issuer_from_the_letterhead(read: Read) -> None:
    policy = read(
        "中华人民共和国国务院令",
        "第 900 号",
        "《某某条例》已经2024年1月5日国务院第1次常务会议通过，现予公布，自2024年5月1日起施行。",
        "总 理 某某某",
        "二〇二四年一月九日",
        "某某条例",
        "第一章 总则",
        "第一条 为了规范管理，制定本条例。",
    )
    assert (policy.title, policy.doc_no) == ("某某条例", "国务院令第900号")
    assert policy.issuers == ("国务院",)
    assert str(policy.issued_on) == "2024-01-09"
    assert str(policy.effective_on) == "2024-05-01"


def test_a_page_without_a_title_in_the_text_gives_its_own(read: Read) -> None:
    policy = read("各有关单位：", BODY, 标题="昆明市商务局关于支持展会的通知")
    assert policy.title == "昆明市商务局关于支持展会的通知"
    assert read("各有关单位：", BODY, name="申报通知.txt").title == "申报通知"


def test_a_card_is_read_by_its_labels(read: Read) -> None:
    policy = read(
        "某市支持企业上市",
        "依据文件：《关于支持上市的意见》",
        "发文机构：北京市财政局、北京市市场监督管理局",
        "发文字号：京财〔2024〕900号/京财〔2024〕901号",
        "发布日期：2024-3-5",
        "服务对象：中小企业",
    )
    assert policy.issuers == ("北京市财政局", "北京市市场监督管理局")
    assert policy.doc_no == "京财〔2024〕900号/京财〔2024〕901号"
    assert str(policy.issued_on) == "2024-03-05"
    other = read(
        "某市支持企业融资",
        "依据文件：《关于支持上市的意见》",
        "发文机构：北京市财政局、北京市市场监督管理局",
        "发文字号：京财〔2024〕900号/京财〔2024〕901号",
        "发布日期：2024-3-5",
        "服务对象：中小企业",
    )
    assert other.id != policy.id, "cards of one number are records of their own"


def test_ids_hold_across_ways_of_writing(read: Read) -> None:
    one = read("昆明市人民政府关于支持企业的通知", "昆政发〔2024〕900号", "各单位：", BODY)
    two = read(
        "昆明市人民政府关于支持企业的通知", "昆政发[2024]900 号", "各单位：", BODY + "（全文）"
    )
    assert one.id == two.id
    assert one.id.startswith("p-")
    assert len(one.id) == 14

"""Amended documents: the text and the rules as of a day, or a doubt that names the amendment."""

from __future__ import annotations

from datetime import date

import pytest

from indexer.amend import as_issued, changing_documents, current_readings, noted
from indexer.amend.instructions import Op, instructions_of
from indexer.document import BlockKind, Document, RawBlock
from indexer.extract import extract_measures
from indexer.lineage import derive_events
from indexer.structure import structure
from policy_match.domain.policy import DoubtKind, Policy, PolicyStatus, Review, ReviewState

TODAY = date(2026, 3, 1)
OLD = (
    "昆明市晋宁区人民政府关于印发《晋宁区支持工业企业发展办法》的通知",
    "晋政发〔2023〕901号",
    "各有关单位：",
    "现将《晋宁区支持工业企业发展办法》印发给你们，请遵照执行。",
    "昆明市晋宁区人民政府",
    "2023年3月13日",
    "晋宁区支持工业企业发展办法",
    "第一条　为支持工业企业发展，制定本办法。",
    "第二条　对营业收入1亿元以上的企业，给予最高20万元奖励。",
    "第三条　对从业人员50人以上的企业，符合下列条件的，给予最高10万元补助：",
    "（一）在晋宁区注册；",
    "（二）未被列入失信被执行人名单。",
    "第四条　对研发费用占比3%以上的企业，给予最高30万元补助。",
    "第五条　本办法自2023年4月1日起施行，有效期至2025年12月31日。",
)


def read(*lines: str) -> Policy:
    blocks = tuple(RawBlock(BlockKind.PARAGRAPH, line) for line in lines)
    document = Document(name="文件.txt", format="txt", blocks=blocks)
    policy = structure(document)
    return policy.model_copy(update={"measures": extract_measures(policy, document)})


def amending(
    *orders: str, number: str = "晋政发〔2024〕905号", day: str = "2024年5月6日"
) -> Policy:
    return read(
        "昆明市晋宁区人民政府关于修改《晋宁区支持工业企业发展办法》的决定",
        number,
        "经研究，决定对《晋宁区支持工业企业发展办法》（晋政发〔2023〕901号）作如下修改：",
        *orders,
        "昆明市晋宁区人民政府",
        day,
    )


def current(*others: Policy, as_of: date = TODAY) -> Policy:
    old = read(*OLD)
    found = current_readings(derive_events([old, *others]), as_of=as_of)
    return next(one for one in found if one.id == old.id)


def amended(policy: Policy) -> list[str]:
    """What the measures say of changes that were not carried out."""
    doubts = [one for measure in policy.measures for one in measure.review.doubts]
    return [one.reason or "" for one in doubts if one.kind is DoubtKind.AMENDED]


def line(policy: Policy, start: str) -> str:
    (found,) = (block.text for block in policy.blocks if block.text.startswith(start))
    return found


def test_words_of_a_clause_and_the_rule_read_from_them() -> None:
    now = current(amending("一、将第二条中的“1亿元”修改为“5000万元”，“20万元”修改为“50万元”。"))
    assert line(now, "第二条") == "第二条　对营业收入5000万元以上的企业，给予最高50万元奖励。"
    measure = next(one for one in now.measures if one.quote and "5000万元" in one.quote)
    leaf = next(one for one in measure.criteria.all if getattr(one, "fact", "") == "revenue")
    assert (leaf.op, leaf.value) == (">=", 50_000_000)
    assert measure.benefit.max_amount == 500_000
    assert [(one.by, one.reason) for one in now.amendments] == [("晋政发〔2024〕905号", None)] * 2
    for one in now.amendments:
        assert one.at is not None
        assert now.text[slice(*one.at)] in ("5000万元", "50万元")
    assert not amended(now)
    assert now.as_issued == read(*OLD).blocks


def test_a_whole_clause_in_several_paragraphs() -> None:
    now = current(
        amending(
            "一、将第三条修改为：“第三条　对从业人员30人以上的企业，符合下列条件的，给予补助：",
            "“（一）在昆明市注册；",
            "“（二）为高新技术企业。”",
            "二、删去第四条。",
        )
    )
    texts = [block.text for block in now.blocks]
    at = texts.index("第三条　对从业人员30人以上的企业，符合下列条件的，给予补助：")
    assert texts[at + 1 : at + 4] == [
        "（一）在昆明市注册；",
        "（二）为高新技术企业。",
        "第五条　本办法自2023年4月1日起施行，有效期至2025年12月31日。",
    ]
    assert [now.blocks[at + n].kind for n in (0, 1)] == ["article", "item"]
    assert not any("30万元" in (one.quote or "") for one in now.measures)


def test_items_and_articles_are_added_and_numbers_move_on() -> None:
    now = current(
        amending(
            "一、第三条增加一项，作为第（二）项：“（二）依法纳税；”",
            "二、增加一条，作为第四条：“第四条　对新认定的专精特新中小企业，给予10万元奖励。”",
        )
    )
    heads = [block.text[:6] for block in now.blocks if block.kind in ("article", "item")]
    assert heads[2:] == [
        "第三条　对从",
        "（一）在晋宁",
        "（二）依法纳",
        "（三）未被列",
        "第四条　对新",
        "第五条　对研",
        "第六条　本办",
    ]
    assert any("专精特新" in (one.quote or "") for one in now.measures)


@pytest.mark.parametrize(
    ("order", "old", "new"),
    [
        ("删去第二条中的“最高”。", "给予最高20万元奖励", "给予20万元奖励"),
        ("将第三条第（二）项修改为：“（二）无重大违法记录。”", "失信", "（二）无重大违法记录。"),
        ("在第四条“企业”后增加“和科研机构”。", "以上的企业，给予最高30", "企业和科研机构，"),
        ("第四条改为第三条之一。", "第四条　对研发", "对研发费用"),
        (
            "第五条改为第六条，修改为：“第六条　本办法自发布之日起施行。”",
            "第五条",
            "第六条　本办法自",
        ),
    ],
)
def test_other_ways_to_order_a_change(order: str, old: str, new: str) -> None:
    now = current(amending(order))
    assert old in read(*OLD).text
    assert new in now.text
    if "之一" not in order:
        assert old not in now.text
        assert not now.amendments[0].is_open(TODAY)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("将第九条中的“1亿元”修改为“2亿元”。", "没有找到唯一的第9条"),
        ("将第二条中的“3亿元”修改为“2亿元”。", "没有“3亿元”"),
        ("将第二条中关于收入的要求予以修改，具体由区工信局另行规定。", "没有读懂"),
        ("调整第二条第一款至第三款的标准，详见附件。", "没有读出"),
    ],
)
def test_what_can_not_be_carried_out_is_never_silently_old(order: str, reason: str) -> None:
    """The measure says which document changed it, and from when."""
    now = current(amending(order))
    assert now.blocks == read(*OLD).blocks
    told = [one for one in now.amendments if one.is_open(TODAY)]
    assert len(told) == 1
    assert reason in (told[0].reason or "")
    assert amended(now)
    assert all("晋政发〔2024〕905号" in one for one in amended(now))
    assert any(one.review.needed for one in now.measures)


def test_a_change_of_one_clause_leaves_other_measures_alone() -> None:
    now = current(amending("将第二条中的“3亿元”修改为“2亿元”。"))
    marked = [bool(one.review.doubts) for one in now.measures]
    assert marked == ["1亿元" in (one.quote or "") for one in now.measures]


def test_a_change_counts_from_its_day() -> None:
    later = amending("将第二条中的“1亿元”修改为“2亿元”。", day="2026年9月1日")
    before = current(later, as_of=date(2026, 8, 31))
    assert "1亿元" in line(before, "第二条")
    assert not any(one.review.needed for one in before.measures)
    assert before.amendments[0].is_open(date(2026, 9, 1))
    assert "2亿元" in line(current(later, as_of=date(2026, 9, 1)), "第二条")


def test_changes_follow_one_another_and_can_be_taken_back() -> None:
    first = amending("将第二条中的“1亿元”修改为“2亿元”。")
    second = amending(
        "将第二条中的“2亿元”修改为“3亿元”。", number="晋政发〔2025〕906号", day="2025年7月1日"
    )
    old = read(*OLD)
    now = current_readings([old, second, first], as_of=TODAY)[0]
    assert "3亿元" in line(now, "第二条")
    assert [one.by for one in now.amendments] == ["晋政发〔2024〕905号", "晋政发〔2025〕906号"]
    assert current_readings([now, second, first], as_of=TODAY)[0] == now
    assert as_issued(now).blocks == old.blocks
    assert current_readings([now], as_of=TODAY)[0].blocks == old.blocks
    assert [one.criteria for one in as_issued(now).measures] == [
        one.criteria for one in old.measures
    ]


def test_validity_is_extended() -> None:
    longer = read(
        "昆明市晋宁区人民政府关于延长《晋宁区支持工业企业发展办法》有效期的通知",
        "晋政发〔2025〕907号",
        "经研究，决定将《晋宁区支持工业企业发展办法》（晋政发〔2023〕901号）有效期延长至2027年12月31日。",
        "昆明市晋宁区人民政府",
        "2025年12月1日",
    )
    assert read(*OLD).status_on(TODAY) is PolicyStatus.EXPIRED
    now = current(longer)
    assert now.expires_on == date(2027, 12, 31)
    assert now.status_on(TODAY) is PolicyStatus.IN_FORCE
    assert as_issued(now).expires_on == date(2025, 12, 31)
    assert not amended(now)
    reworded = current(amending("将第五条中的“2025年12月31日”修改为“2026年12月31日”。"))
    assert reworded.expires_on == date(2026, 12, 31)
    assert reworded.status_on(TODAY) is PolicyStatus.IN_FORCE


def test_orders_go_to_the_document_they_stand_under() -> None:
    other = read(
        "昆明市晋宁区人民政府关于印发《晋宁区支持服务业办法》的通知",
        "晋政发〔2023〕902号",
        "第一条　为支持服务业，制定本办法。",
        "第二条　对营业收入1亿元以上的服务业企业，给予最高5万元奖励。",
        "昆明市晋宁区人民政府",
        "2023年3月14日",
    )
    both = read(
        "昆明市晋宁区人民政府关于修改部分文件的决定",
        "晋政发〔2024〕908号",
        "一、对《晋宁区支持工业企业发展办法》（晋政发〔2023〕901号）作如下修改：",
        "将第二条中的“1亿元”修改为“2亿元”。",
        "二、对《晋宁区支持服务业办法》（晋政发〔2023〕902号）作如下修改：",
        "将第二条中的“1亿元”修改为“3亿元”。",
        "昆明市晋宁区人民政府",
        "2024年5月6日",
    )
    found = current_readings([read(*OLD), other, both], as_of=TODAY)
    assert "2亿元" in line(found[0], "第二条")
    assert "3亿元" in line(found[1], "第二条")


def test_one_stretch_is_not_changed_twice_by_one_document() -> None:
    now = current(amending("一、删去第二条。", "二、将第二条中的“1亿元”修改为“2亿元”。"))
    assert [one.reason for one in now.amendments] == [None, "与同一文件的另一处修改重叠"]


def test_a_long_hostile_order_is_read_in_bounded_time() -> None:
    """Nested quotes and endless places end, and change nothing that is not sure."""
    assert instructions_of("将" + "第一条第一款" * 5000 + "修改为“" + "“" * 5000)
    assert [one.op for one in instructions_of("“" * 3000 + "增加一条")] == [Op.UNREAD]


def test_published_rules_are_told_of_a_change_and_stay() -> None:
    """What staff published is changed by staff alone; a look after the change settles it."""
    old, change = read(*OLD), amending("将第二条中的“1亿元”修改为“2亿元”。")
    published = Review(state=ReviewState.PUBLISHED, on=date(2023, 4, 1))
    measures = tuple(one.model_copy(update={"review": published}) for one in old.measures)
    old = old.model_copy(update={"measures": measures})
    documents = changing_documents([old, change])[old.id]
    now = noted(old, documents, as_of=TODAY)
    assert now.blocks == old.blocks
    assert [one.review.needed for one in now.measures] == [
        "1亿元" in (one.quote or "") for one in now.measures
    ]
    looked = Review(state=ReviewState.PUBLISHED, on=date(2024, 6, 1))
    measures = tuple(one.model_copy(update={"review": looked}) for one in old.measures)
    again = noted(old.model_copy(update={"measures": measures}), documents, as_of=TODAY)
    assert not any(one.review.needed for one in again.measures)


def test_a_match_says_that_a_change_came_into_force_since_the_index_was_made() -> None:
    later = amending("将第二条中的“1亿元”修改为“2亿元”。", day="2026年9月1日")
    policy = current(later, as_of=TODAY)
    assert not policy.is_behind(policy.measures[0], day=TODAY)
    assert policy.is_behind(policy.measures[0], day=date(2026, 9, 1))


def test_amendments_stand_in_the_json_only_where_there_are_some() -> None:
    now = current(amending("将第二条中的“1亿元”修改为“2亿元”。"))
    assert Policy.model_validate(now.to_json()) == now
    assert "amendments" not in read(*OLD).to_json()

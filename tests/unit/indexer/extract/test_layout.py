"""Where measures apply, which headings count, bands, shortcuts and what must not be."""

from __future__ import annotations

from datetime import date

from indexer.document import BlockKind, Document, RawBlock
from indexer.extract import extract_measures
from indexer.structure import structure
from policy_match.domain.criterion import AnyOf, AttestLeaf, FactLeaf, Not, children_of
from policy_match.domain.policy import Measure

from .conftest import Condition, Extract, atoms_of, attests_of


def test_a_central_text_about_one_place_applies_there(extract: Extract) -> None:
    measures = extract(
        "国务院关于鼓励投资开发海南岛的规定",
        "第一条 为了加快海南岛的开发建设，制定本规定，适用于海南。",
        "第二条 在海南从事农业开发的企业，第一年至第五年免征所得税。",
        "国务院",
        "1988年5月4日",
    )

    assert measures
    for measure in measures:
        assert isinstance(measure.scope, FactLeaf)
        assert measure.scope.value == ("460000",)


def test_a_central_text_that_passes_on_a_places_paper_applies_everywhere(extract: Extract) -> None:
    measures = extract(
        "国务院办公厅关于转发海南省支持企业若干措施的通知",
        "一、对海南、云南等地的企业给予最高10万元奖励，海南、海南先行。",
        "国务院办公厅",
        "2024年5月4日",
    )

    assert all(measure.scope is None for measure in measures)


def test_new_words_of_another_document_are_no_measure(extract: Extract) -> None:
    assert (
        extract(
            "昆明市财政局关于修改《昆明市某办法》的通知",
            "一、将第二条“给予10万元奖励”修改为“对制造业企业给予20万元奖励”。",
            "二、增加一条，作为第五条：“对餐饮业企业给予5万元奖励。”",
        )
        == ()
    )


def test_a_heading_may_have_no_number_and_no_colon(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市科技局关于组织申报某项目的通知",
        "申报条件",
        "（一）在昆明市注册的企业。",
        "（二）从业人员不少于10人。",
        "支持标准",
        "给予最高10万元补助。",
    )

    assert ("employees", ">=", 10) in atoms_of(measure.criteria)
    assert measure.benefit.max_amount == 100000


def test_numbers_that_begin_anew_have_lost_their_heading(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市科技局关于组织申报某项目的通知",
        "一、支持标准",
        "给予最高10万元补助。",
        "二、申报条件",
        "（一）在昆明市注册的企业。",
        "（二）从业人员不少于10人。",
        "（一）网上注册",
        "企业在平台上注册账号，从业人员填500人以上。",
    )

    assert [a for a in atoms_of(measure.criteria) if a[0] == "employees"] == [
        ("employees", ">=", 10)
    ]


def test_what_is_given_is_no_list_of_conditions(extract: Extract) -> None:
    measures = extract(
        "昆明市支持青年企业办法",
        "第五条 对符合条件的企业给予支持，具体如下：",
        "（一）对新注册的企业给予10万元奖励。",
        "（二）对高新技术企业给予20万元奖励。",
        "第六条 对餐饮业企业给予5万元奖励。",
    )

    last = next(m for m in measures if m.benefit.max_amount == 50000)
    assert ("qualification", "in", "high_tech") not in atoms_of(last.criteria)


def test_bands_each_with_a_demand_are_cases(condition: Condition) -> None:
    rule = condition(
        "年销售收入5000万元以下的，研发费用占销售收入比例不低于5%；"
        "年销售收入5000万元以上的，研发费用占销售收入比例不低于3%。"
    )

    (bands,) = (node for node in children_of(rule) if isinstance(node, AnyOf))
    facts = [sorted({fact for fact, _, _ in atoms_of(band)}) for band in bands.any]
    assert facts == [["rd_ratio", "revenue"], ["rd_ratio", "revenue"]]


def test_a_share_may_be_named_in_the_header_alone(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市科技局关于组织申报某项目的通知",
        "一、支持标准",
        "给予最高10万元补助。",
        "二、申报条件",
        "（一）研发费用总额占销售收入总额的比例符合以下要求：",
        "（1）收入低于5000万元的，不低于6%；",
        "（2）收入5000万元以上的，不低于3%。",
    )

    found = set(atoms_of(measure.criteria))
    assert {("rd_ratio", ">=", 0.06), ("rd_ratio", ">=", 0.03)} <= found


def test_what_is_stated_in_the_negative_is_to_be_so(condition: Condition) -> None:
    rule = condition("企业的产品不属于国家限制类。")

    assert attests_of(rule) == ["企业的产品不属于国家限制类"]
    assert not any(isinstance(node, Not) for node in children_of(rule))


def test_what_rules_out_asks_for_the_case_alone(condition: Condition) -> None:
    rule = condition("存在拖欠工资行为的单位，不得申报。")

    (node,) = children_of(rule)
    assert isinstance(node, Not)
    assert isinstance(node.child, AttestLeaf)
    assert node.child.attest == "存在拖欠工资行为"


def test_a_shortcut_is_no_condition(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市科技局关于组织申报某项目的通知",
        "一、支持标准",
        "给予最高10万元补助。",
        "二、申报条件",
        "（一）从业人员不超过500人。",
        "（二）若同时符合下列条件中的一项，可以直接认定：",
        "1.持有高新技术企业证书；",
        "2.近五年获得过科技奖励。",
    )

    assert atoms_of(measure.criteria) == [("employees", "<=", 500)]


def test_a_bracket_rules_out_only_what_it_names(condition: Condition) -> None:
    rule = condition("企业注册地在云南省（昆明除外），且从业人员不少于10人。")

    assert set(atoms_of(rule)) >= {
        ("region", "in", "530000"),
        ("region", "not in", "530100"),
        ("employees", ">=", 10),
    }


def test_a_call_may_set_its_last_day_among_the_steps(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市科技局关于组织申报2026年某项目的通知",
        "一、申报条件",
        "在昆明市注册的企业。",
        "二、工作要求",
        "企业应于2026年12月31日前在网上完成申报。",
        "三、支持标准",
        "给予最高10万元补助。",
    )

    assert measure.window.closes_on == date(2026, 12, 31)


def table(*rows: str) -> tuple[Measure, ...]:
    """The measures of a call for applications whose support is a table."""
    lines = (
        "昆明市科技局关于组织申报某奖补的通知",
        "一、申报对象",
        "在昆明市注册的企业。",
        "二、奖补标准",
    )
    blocks = [RawBlock(BlockKind.PARAGRAPH, line) for line in lines]
    blocks += [RawBlock(BlockKind.TABLE_ROW, row, cells=tuple(row.split(" | "))) for row in rows]
    document = Document(name="表.txt", format="txt", blocks=tuple(blocks))
    return extract_measures(structure(document), document)


def test_rows_of_a_table_are_measures() -> None:
    measures = table(
        "项目 | 条件 | 奖补标准",
        "高企奖励 | 首次认定的高新技术企业 | 一次性奖励10万元",
        "瞪羚奖励 | 年营业收入5000万元以上的瞪羚企业 | 一次性奖励20万元",
    )

    assert [(m.title, int(m.benefit.max_amount or 0)) for m in measures] == [
        ("高企奖励", 100000),
        ("瞪羚奖励", 200000),
    ]
    assert ("qualification", "in", "high_tech") in atoms_of(measures[0].criteria)
    assert ("revenue", ">=", 50000000) in atoms_of(measures[1].criteria)
    for measure in measures:
        assert ("region", "in", "530100") in atoms_of(measure.criteria)


def test_a_table_without_a_head_is_not_read_by_columns() -> None:
    measures = table("5000万元以上 | 奖励10万元", "3000万元以上 | 奖励5万元")

    assert not any(fact == "revenue" for m in measures for fact, _, _ in atoms_of(m.criteria))


def test_a_term_means_what_the_text_says(extract: Extract) -> None:
    measures = extract(
        "昆明市扶持办法",
        "第一条 本办法所称种子企业，是指成立3年以内、从业人员10人以上的制造业企业。",
        "第二条 对种子企业，给予最高50万元奖励。",
        "第三条 对餐饮企业，给予最高10万元奖励。",
    )

    first, second = measures
    assert {("established_years", "<=", 3), ("employees", ">=", 10)} <= set(
        atoms_of(first.criteria)
    )
    assert not any(fact == "employees" for fact, _, _ in atoms_of(second.criteria))


def test_bounds_that_nobody_meets_are_left_to_people(condition: Condition) -> None:
    rule = condition("从业人员300人以上且100人以下。")

    assert atoms_of(rule) == []
    assert attests_of(rule) == ["从业人员300人以上且100人以下"]


def test_conditions_may_be_listed_behind_what_is_given(extract: Extract) -> None:
    """“…同时符合以下条件的，按…补助，最高…：” lists conditions, and none of them is lost."""
    (measure,) = extract(
        "昆明市商务局关于支持电商发展的通知",
        "第一条 电商基地运营企业同时符合以下条件的，按实际投入的20%给予补助，最高不超过100万元：",
        "（一）经营面积3000平方米以上；",
        "（二）入驻电商企业20家以上；",
        "（三）从业人员不少于30人。",
    )

    assert ("employees", ">=", 30) in atoms_of(measure.criteria)
    assert not [atom for atom in atoms_of(measure.criteria) if atom[0] == "industry"]
    attests = " ".join(attests_of(measure.criteria))
    assert "经营面积3000平方米以上" in attests
    assert "入驻电商企业20家以上" in attests


def test_amounts_listed_behind_a_condition_are_no_conditions(extract: Extract) -> None:
    """Steps of what is given are each for their own; the higher is no condition of the lower."""
    measures = extract(
        "昆明市商务局关于支持电商发展的通知",
        "第一条 企业符合以下条件的，给予奖励，标准如下：",
        "（一）营业收入5000万元以上的，奖励10万元；",
        "（二）营业收入1亿元以上的，奖励20万元。",
    )

    asked = [[a for a in atoms_of(m.criteria) if a[0] == "revenue"] for m in measures]
    assert asked == [[("revenue", ">=", 50_000_000)], [("revenue", ">=", 100_000_000)]]

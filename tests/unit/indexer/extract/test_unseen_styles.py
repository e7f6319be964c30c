"""Turns of phrase met in documents that no rule was written from; the wording is our own."""

from __future__ import annotations

from decimal import Decimal

from .conftest import Extract, atoms_of


def test_a_list_of_exclusions_may_be_announced_by_a_full_stop(extract: Extract) -> None:
    """有下列情形之一的物流企业，不予支持。 rules out what is listed, not the kind it names."""
    (measure,) = extract(
        "昆明市总部企业奖励办法",
        "服务对象：在昆明市注册的总部企业",
        "支持内容：给予一次性奖励50万元。",
        "条件要求：有下列情形之一的总部企业，不予支持。",
        "1．近两年因违法行为受到环保、税务部门行政处罚。",
        "2．法定代表人被列入失信被执行人名单。",
    )

    atoms = atoms_of(measure.criteria)
    assert ("no_major_violation", "==", True) in atoms
    assert ("no_dishonesty", "==", True) in atoms
    assert ("qualification", "not in", "hq") not in atoms


def test_rules_of_management_are_no_law(extract: Extract) -> None:
    """管理办法 ends like a law's title; what it gives to anybody is a measure all the same."""
    measures = extract(
        "昆明市社区食堂运营管理办法",
        "第一条 社区食堂应当保持卫生。",
        "第二条 在本市行政区域内开展助餐的养老服务组织可以按规定申请以下补贴：",
        "（一）运营补贴。连续运营满12个月的，给予补贴6万元。",
        "（二）等级补贴。被评为五星级的给予8万元，四星级的给予5万元。",
    )

    assert [m.benefit.max_amount for m in measures] == [Decimal(60000), Decimal(80000)]
    for measure in measures:
        assert ("region", "in", "530100") in atoms_of(measure.criteria)


def test_conditions_to_apply_make_a_measure_whatever_the_title(extract: Extract) -> None:
    """A section called 申报条件 calls for applications, though the title says only 管理办法."""
    (measure,) = extract(
        "云南省数字乡村园区管理办法",
        "第一章 总则",
        "第一条 为加快数字乡村建设，制定本办法。",
        "第二章 申报条件",
        "第二条 园区应具备下列条件：",
        "（一）运营机构是依法注册的独立法人；",
        "（二）运营机构近两年无涉税违法行为。",
    )

    assert {("legal_person", "==", True), ("tax_compliant", "==", True)} <= set(
        atoms_of(measure.criteria)
    )


def test_a_title_sentence_names_the_beneficiary_where_no_other_does(extract: Extract) -> None:
    """帮扶中小微企业使用贷款。 …可按利息的40%申请补贴."""
    measures = extract(
        "昆明市支持花卉产业发展若干措施",
        "一、支持花卉企业扩大种植。对新建温室的企业，给予最高20万元补助。",
        "二、帮扶花卉行业小微企业使用银行贷款。单笔贷款额不低于30万元，且不超过500万元的流动资金"
        "贷款，可按实际利息的40%申请补贴，每户每年最高15万元。",
    )

    assert measures[1].benefit.max_amount == Decimal(150000)
    assert {("size_class", "in", "small"), ("loan_amount", ">=", 300000)} <= set(
        atoms_of(measures[1].criteria)
    )


def test_a_zone_may_go_by_the_short_name_it_was_given(extract: Extract) -> None:
    """…绿色能源先导区（以下简称先导区）: 注册在先导区 means that zone."""
    (measure,) = extract(
        "关于支持昆明市绿色能源先导区的若干措施",
        "为推进昆明市绿色能源先导区（以下简称先导区）建设，制定本措施。",
        "一、适用对象",
        "登记注册在先导区的企业。",
        "二、支持标准",
        "按照研发投入的20%给予补助，最高不超过100万元。",
    )

    assert ("zone", "in", "昆明市绿色能源先导区") in atoms_of(measure.criteria)


def test_what_is_to_be_created_is_no_title_held(extract: Extract) -> None:
    """鼓励创建企业技术中心 asks of nobody that he has one; 成功创建 does."""
    goal, held = extract(
        "昆明市支持企业创新若干措施",
        "一、鼓励制造业企业创建省级企业技术中心，按照建设投入的10%给予补助。",
        "二、对成功创建为省级企业技术中心的制造业企业，给予20万元奖励。",
    )

    assert ("qualification", "in", "tech_center") not in atoms_of(goal.criteria)
    assert ("qualification", "in", "tech_center") in atoms_of(held.criteria)


def test_what_is_not_supported_may_head_a_list_with_any_noun(extract: Extract) -> None:
    """以下地块不享受补贴: the items below are ruled out, whatever the noun."""
    (measure,) = extract(
        "昆明市绿肥补贴工作方案",
        "服务对象：在本市从事种植的农民专业合作社、农村集体经济组织、涉农企业等经营主体",
        "支持标准：每亩补贴100元。",
        "条件要求：以下地块不享受绿肥补贴：",
        "1．已享受区级相同补贴政策的；",
        "2．闲置两年以上的。",
    )

    atoms = atoms_of(measure.criteria)
    assert ("not_duplicate_funding", "==", True) in atoms
    assert ("entity_type", "in", "enterprise") in atoms


def test_who_is_given_something_is_a_beneficiary(extract: Extract) -> None:
    """给予担保机构一定的补贴: the one after 给予, though it serves others in the same sentence."""
    measures = extract(
        "昆明市支持科技担保若干措施",
        "一、鼓励担保机构为科技企业提供担保服务，根据承担的风险，给予担保机构一定的补贴，最高20万元。",
        "二、对瞪羚企业、隐形冠军企业，建立联合服务机制，给予最高30万元奖励。",
    )

    assert ("entity_type", "in", "financial") in atoms_of(measures[0].criteria)
    assert ("qualification", "in", "hidden_champion") in atoms_of(measures[1].criteria)

"""Whatever the text, extraction ends, quotes exactly, and holds nothing impossible for sure."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.extract import extract_measures
from indexer.structure import structure
from policy_match.domain.criterion import MAX_LEAVES, AttestLeaf, FactLeaf, leaves_of
from tests.unit.indexer.extract.conftest import document_of

PIECES = (
    "申报条件：",
    "支持对象",
    "支持标准：",
    "一、",
    "（一）",
    "1.",
    "第三条 ",
    "（",
    "）",
    "《",
    "”",
    "|",
    "在昆明市注册的企业",
    "年营业收入",
    "从业人员",
    "不低于",
    "超过",
    "以上",
    "以下",
    "（含）",
    "且",
    "或",
    "500",
    "万元",
    "2亿元至1亿元",
    "三百",
    "百分之三十",
    "%",
    "2026年2月30日",
    "2026年13月1日前",
    "不得申报",
    "除外",
    "不属于",
    "之一",
    "任意2项",
    "符合下列条件的",
    "所称“种子企业”，是指",
    "给予最高10万元奖励",
    "将第二条修改为",
    "高新技术企业",
    "制造业",
    "，",
    "。",
    "；",
    "：",
    "\u3000",
    "□",
    "9" * 40,
)
LINES = st.lists(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=14).map("".join),
    min_size=1,
    max_size=14,
)
SURE, IMPOSSIBLE = 0.5, 10**16  # yuan, more than all the money there is


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(LINES)
def test_any_text_is_read_with_exact_quotes(lines: list[str]) -> None:
    document = document_of("昆明市某办法", *(line.replace("\n", " ") for line in lines))
    policy = structure(document)

    measures = extract_measures(policy, document)

    for measure in measures:
        leaves = list(leaves_of(measure.criteria))
        assert len(leaves) <= MAX_LEAVES
        for leaf in leaves:
            assert isinstance(leaf, FactLeaf | AttestLeaf)
            if leaf.at is not None:
                assert leaf.quote == policy.text[slice(*leaf.at)]
            if isinstance(leaf, FactLeaf) and isinstance(leaf.value, int | float):
                unheard_of = abs(leaf.value) > IMPOSSIBLE
                assert not unheard_of or (leaf.confidence or 0) <= SURE

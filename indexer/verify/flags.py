"""Yes-or-no conditions beside their quotes (是否类条件核对)."""

from __future__ import annotations

import re

from indexer.extract.view import view_of
from policy_match.domain.criterion import FactLeaf

_WORDS = {  # what a quote must speak of for each fact
    "legal_person": r"法人",
    "listed": r"上市|挂牌",
    "above_scale": r"规模以上|限额以上|规上|限上|以上工业",
    "small_low_profit": r"小型微利",
    "no_dishonesty": r"失信|信用|信誉|诚信|黑名单|惩戒|异常名录|不良|被执行",
    "no_major_violation": r"违法|违规|处罚|犯罪|违纪|违反|依法|合法|守法|法律|负面|违约",
    "no_safety_accident": r"安全|事故|环保|环境|质量|污染",
    "tax_compliant": r"税",
    "not_duplicate_funding": r"重复|财政|资金|支持|资助|补助|补贴|奖励|享受",
}
_GOOD = frozenset(
    {
        "no_dishonesty",
        "no_major_violation",
        "no_safety_accident",
        "tax_compliant",
        "not_duplicate_funding",
    }
)
_NOT = re.compile(r"(?:未|非|不|没有|无|尚未)[^,。;]{0,6}$")


def flag_problem(leaf: FactLeaf, quote: str, *, negated: bool) -> tuple[str, str] | None:
    """
    How a yes-or-no leaf differs from its quote (是否类条件是否一致).

    The quote must speak of the matter. A fact that is written as the good condition is asked for
    as true; of the others the quote's own negation decides: 未上市 asks for listed == false.
    """
    text = view_of(quote).text
    words = _WORDS.get(leaf.fact)
    hits = list(re.finditer(words, text)) if words else []
    if words and not hits:
        return "flag", "引文没有说到这一项"
    asks = bool(leaf.value) != negated
    if leaf.op != "==":
        return "op", "是否类条件只能用等于"
    if leaf.fact in _GOOD:
        return None if asks else ("flag", "引文要求的是良好的一面")
    denied = bool(hits) and all(_NOT.search(text[: hit.start()]) for hit in hits)
    return None if asks != denied else ("flag", "引文否定了这一项" if denied else "引文要求这一项")

"""Codes and names of a rule beside its quote (代码核对)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from indexer.extract.registry import read_clause
from indexer.extract.view import view_of
from policy_match.domain.codes import code_table, short_name
from policy_match.domain.criterion import FactLeaf
from policy_match.domain.facts import FactSpec, FactType, default_registry

_SEPARATOR = re.compile(r"[,。;:\n]")
_SYNONYMS: dict[str, dict[str, str]] = {
    "entity_type": {
        "enterprise": r"企业|公司|厂|商贸?|单位|主体|机构|市场主体|业主|店",
        "institution": r"事业单位|单位|机构|主体",
        "university": r"高校|高等|院校|大学",
        "research_institute": r"科研|研究|研发",
        "social_org": r"社会组织|社会团体|协会|商会|联盟|行业组织|民办非企业|民非|学会|基金会|社团",
        "individual_business": r"个体",
        "cooperative": r"合作社",
        "medical": r"医疗|医院|卫生",
        "financial": r"金融|银行|投资|基金|保险|证券|担保|租赁|保理|信托|小额贷款|贷款公司",
    },
    "ownership": {
        "state": r"国有|国资|央企|国企",
        "private": r"民营|民间|私营|非公",
        "foreign": r"外资|外商|外企|境外|港澳",
    },
    "size_class": {
        "large": r"大型|大中|大企业|大、|大小|领军|龙头",
        "medium": r"中型|中小|大中|小巨人",
        "small": r"小型|小微|中小|微小|小巨人",
        "micro": r"微型|小微|中小|微小|小巨人",
    },
    "qualification": {
        "high_tech": r"高新技术企业|国高|高企",
        "zgc_high_tech": r"中关村高新|高新技术企业",
        "tech_sme": r"科技型中小",
        "innovative_sme": r"创新型中小",
        "specialized_sme": r"专精特新",
        "little_giant": r"小巨人",
        "champion": r"单项冠军",
        "gazelle": r"瞪羚",
        "unicorn": r"独角兽",
        "hidden_champion": r"隐形冠军",
        "tech_center": r"技术中心|研发中心",
        "tech_service": r"技术先进型",
        "hq": r"总部|跨国公司",
        "leading_agri": r"龙头企业|产业化",
        "time_honored": r"老字号",
        "startup_incubator": r"孵化|众创|加速器",
    },
}
_BRIEF = {"710000": "台", "810000": "港", "820000": "澳"}  # 港澳台
_SUB_REGION = re.compile(
    r"本[省市区县]|我[省市区县]|全[省市区县]|[省市区县]内|当地|辖区|注册|在京|本地"
)


def code_problem(leaf: FactLeaf, spec: FactSpec, quote: str) -> tuple[str, str] | None:
    """
    How a leaf of codes or names differs from its quote (代码是否一致).

    A code is right where the quote has its name or a synonym, or where the readers find it in
    the quote. What they find beside the rule's codes has been left out.
    """
    text = view_of(quote).text
    wanted = leaf.value if isinstance(leaf.value, tuple) else (str(leaf.value),)
    read = _read(leaf.fact, text)
    strange = [code for code in wanted if code not in read and not _is_named(code, leaf, text)]
    if strange:
        return "code", f"引文里读到的是：{'、'.join(sorted(read)) or '没有'}"
    if leaf.fact == "entity_type":
        return None  # whom else a quote names, a bank that lends, is seldom an applicant
    left_out = sorted(code for code in read if not _covered(code, wanted, spec))
    return ("code_left_out", "、".join(left_out)) if left_out else None


@lru_cache(maxsize=4096)
def _read(fact: str, text: str) -> frozenset[str]:
    """The codes of a fact that the readers find in a text by itself."""
    found: set[str] = set()
    for clause in (text, *_SEPARATOR.split(text)):
        for role in ("condition", "target"):
            for one in read_clause(clause, role=role):
                if one.fact == fact and isinstance(one.value, tuple) and not one.negated:
                    found.update(one.value)
    return frozenset(found)


def _covered(code: str, wanted: Iterable[str], spec: FactSpec) -> bool:
    if spec.type is FactType.NAMES:
        return any(code in one or one in code or _is_within(code, one) for one in wanted)
    table = code_table(spec.code_set)
    return any(
        code == one or one in table.ancestors(code) or code in table.ancestors(one)
        for one in wanted
    )


def _is_named(code: str, leaf: FactLeaf, text: str) -> bool:
    synonym = _SYNONYMS.get(leaf.fact, {}).get(code)
    if synonym is not None:
        return bool(re.search(synonym, text))
    if leaf.fact == "zone":
        return _shares_name(code, text) or _short_for(code, text)
    if leaf.fact in ("theme", "chain"):
        return _shares_name(code, text)
    if leaf.fact in ("region", "tax_region", "stat_region"):
        return _names_region(code, text)
    table = code_table(default_registry()[leaf.fact].code_set)
    label = table.label_of(code) or code.removeprefix("other:")
    return _shares_name(label, text)


def _names_region(code: str, text: str) -> bool:
    """A place by its name, short or full, or by 本市, 我区, which only the document can tell."""
    table = code_table("region")
    for one in (code, *table.ancestors(code)):
        label = table.label_of(one)
        if label and len(label) > 1 and (label in text or short_name(label) in text):
            return True
        if one in _BRIEF and re.search(_BRIEF[one], text):
            return True
    return bool(_SUB_REGION.search(text))


def _shares_name(label: str, text: str) -> bool:
    """The name stands in the text; 业, 产业 or 服务 at its end may be missing."""
    name = view_of(label).text
    return any(name.removesuffix(end) in text for end in ("", "业", "产业", "服务"))


def _short_for(name: str, text: str) -> bool:
    """中关村示范区 for 中关村国家自主创新示范区: the head and the kind, the middle left out."""
    head, kind = re.escape(name[:2]), re.escape(name[-3:])
    return any(_is_within(hit[0], name) for hit in re.finditer(rf"{head}\w{{0,12}}?{kind}", text))


def _is_within(short: str, name: str) -> bool:
    signs = iter(name)
    return all(sign in signs for sign in short)

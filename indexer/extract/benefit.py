"""What a measure gives: kinds, the highest cap for one applicant, rate (扶持内容)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from indexer.extract.figures import Figure, Unit, figures
from policy_match.domain.policy import Benefit, BenefitKind

_KINDS = (
    (BenefitKind.LOAN_INTEREST, r"贴息|利息(?:补贴|补助|支持)|贷款利率优惠"),
    (BenefitKind.GUARANTEE, r"融资担保|担保费|保函|担保(?:支持|补贴|增信)|风险补偿"),
    (BenefitKind.INSURANCE, r"保费|保险(?:费)?(?:补贴|补助|支持)"),
    (
        BenefitKind.TAX,
        r"(?:减征|免征|减免|减按|退(?:还|税)|加计扣除|即征即退|抵扣|税收优惠|所得税优惠|免税)",
    ),
    (
        BenefitKind.FEE_CUT,
        r"(?:减免|减缴|免收|免除|降低|缓缴|返还)[^,。;]{0,14}(?:费|租金|房租|保证金)|收费减免|"
        r"房租减免|(?:费|租金)[^,。;]{0,6}减免|同价",
    ),
    (BenefitKind.EQUITY, r"股权投资|出资额|参股|(?:投资|引导|产业)基金"),
    (BenefitKind.TALENT, r"落户|人才(?:引进|公寓|补贴|奖励|政策)|毕业生|子女入学|工作居住证"),
    (BenefitKind.LAND_ENERGY, r"用地|容积率|用电(?:价|支持)|电价|土地(?:供应|出让|保障)|能耗指标"),
    (BenefitKind.MARKET, r"政府采购|首购|首台|推广(?:应用)?|场景|市场准入|展会|路演|推介"),
    (BenefitKind.RECOGNITION, r"认定|授牌|称号|颁发证书|命名|入库|备案"),
    (
        BenefitKind.SERVICE,
        r"培训|对接|辅导|服务支持|绿色通道|咨询服务|提供[^,。;]{0,12}服务|专项信贷",
    ),
    (
        BenefitKind.GRANT,
        r"奖励|补助|补贴|资助|奖补|资金支持|资金扶持|给予[^,。;]{0,24}(?:支持|扶持)|"
        r"支持金额|资助额度|后补助|配套|创新券|返还",
    ),
)
_KIND = tuple((kind, re.compile(form)) for kind, form in _KINDS)
_GIVE = re.compile(
    r"(?:给予|予以|奖励|补助|补贴|资助|奖补|支持|扶持|发放|拨付|配套|奖|补|额度|强度|限额|最高|"
    r"上限|封顶|出资额|金额|授予|返还|贴息)[^。;]{0,24}$"
)
_CONDITION_NOUN = re.compile(
    r"(?:投资(?:额|总额|规模)?|投入|收入|销售额|营收|产值|贷款(?:额|余额|金额)?|合同(?:额|"
    r"金额)?|交易额|注册资[本金]|净资产|资产(?:总额)?|利润|纳税额?|税收|贡献|融资额?|出口额|"
    r"费用|成本|规模|采购额|票房|营业额|增加值|库存|保费|实收资本|房租|租金|年薪|工资|估值|"
    r"造价|增量|超过部分|部分|基数|每满|每增加|每新增)"
    r"(?:总?额|金额)?[^,。;、]{0,10}$"
)
_SECOND_BOUND = re.compile(r"(?:不低于|不少于|以上)[^。;]{0,24}(?:且|并|,)$")
_BUDGET = re.compile(
    r"(?:总规模|总额度|资金规模|基金规模|安排(?:总额)?|设立[^,。;]{0,20}|预算(?:总额)?|"
    r"总预算|专项资金(?:总额|规模)?|资金池|总量控制|规模(?:不低于|为|达到?)?|发放总额|"
    r"年度(?:资金)?总额)[^,。;]{0,14}$"
)
_PER_UNIT = re.compile(
    r"(?:每|/|元/)(?:人|名|平方米|平米|亩|吨|千瓦时|度|公里|件|张|位|间|床|标准箱|票|小时|"
    r"学时|天|月|分钟|生|例|头|只|株|立方米)|每(?:人|名|平方米|平米|㎡|亩|吨|千瓦时|度|辆|"
    r"公里|床|个床位|标箱)"
)
_UNIT_AFTER = re.compile(
    r"^/?(?:每)?(?:/)?(?:人|名|平方米|平米|㎡|亩|吨|千瓦时|度|公里|床|月|天|分钟|立方米)(?!民币)"
)
_SHARE = re.compile(
    r"(?:股|持股|占股|出资比例|税率|利率|先期拨付|剩余|首期|第[一二三]期|拨付)[^,。;]{0,12}$"
)
_RATE_NEAR = re.compile(
    r"(?:按|按照|比例|给予|不超过|不高于|补助|补贴|奖励|支持|资助|贴息|最高|额的|"
    r"的)[^,。;]{0,12}$"
)


def benefit_of(text: str, raw: str) -> Benefit:
    """
    Read what a benefit text gives (读取扶持内容).

    Args:
        text: the text in the view.
        raw: the same as written, kept in the benefit.
    """
    caps = list(caps_of(text))
    return Benefit(
        kinds=kinds_of(text),
        max_amount=max(caps) if caps else None,
        rate=rate_of(text),
        text=raw[:2000] or None,
    )


def kinds_of(text: str) -> tuple[BenefitKind, ...]:
    """The kinds of support that a text names, grant first where it has any."""
    found = [kind for kind, form in _KIND if form.search(text)]
    order = list(BenefitKind)
    return tuple(sorted(found, key=order.index))


def caps_of(text: str) -> Iterator[Decimal]:
    """Amounts of money that one applicant may get; budgets and per-unit rates are left out."""
    last_end, chained = 0, False
    for figure in figures(text):
        if figure.unit is not Unit.MONEY or figure.high <= 0:
            continue
        before = text[max(0, figure.start - 40) : figure.start]
        clause = re.split(r"[。;]", before)[-1]
        joined = last_end and _JOINT.fullmatch(text[last_end : figure.start])
        chained = chained if joined else _is_cap(text, figure, clause)
        last_end = figure.end
        if chained:
            yield figure.high


def _is_cap(text: str, figure: Figure, before: str) -> bool:
    after = text[figure.end :]
    if figure.op in (">=", ">") or re.match(r"(?:\(含\))?的(?:,|企业|项目|单位|给予|按)", after):
        return False  # whoever reaches it gets something else
    near = re.split(r"[,:]", before)[-1]
    if _SECOND_BOUND.search(before) and re.match(r"(?:\([^()]{0,10}\))?的", after):
        return False  # 不低于50万元,且不超过1000万元的贷款: what is asked for
    if _BUDGET.search(before) or _UNIT_AFTER.match(text[figure.end :]):
        return False
    if _CONDITION_NOUN.search(near) and not _GIVE.search(near.split("的")[-1]):
        return False
    if _PER_UNIT.search(near) and figure.high < 10000:
        return False
    stated = text[figure.start : figure.end]
    return (figure.op == "<=" and not stated.endswith(("以下", "以内", "之内"))) or bool(
        _GIVE.search(before)
        or re.match(
            r"[^,。;]{0,10}(?:奖励|补助|补贴|资助|支持|资金|奖补|的?扶持)", text[figure.end :]
        )
    )


def rate_of(text: str) -> float | None:
    """The highest share of cost or interest that is given, as a fraction."""
    rates = [
        figure.high
        for figure in figures(text)
        if figure.unit is Unit.RATIO
        and figure.op not in (">=", ">")
        and figure.high <= 1
        and _RATE_NEAR.search(text[max(0, figure.start - 24) : figure.start])
        and not _SHARE.search(text[max(0, figure.start - 24) : figure.start])
    ]
    return float(max(rates)) if rates else None


_JOINT = re.compile(r"(?:和|、|或者?|及|与|以及)")
_MEASURE_VERB = re.compile(
    r"给予|予以(?:奖励|补助|补贴|资助|支持)|奖励|补贴|补助|资助|贴息|减免|减缴|免征|减按|"
    r"减征|减半|加计扣除|免收|返还|配套(?:资金|支持)|资金支持|优先(?:支持|推荐|安排|保障)"
)
_CONCRETE = re.compile(
    r"\d(?:万|亿|千|百)*元|\d%|百分之|免征|免收|减半|全额|加计扣除|减按|减征|退还|"
    r"[一二三四五六七八九十百]+(?:万|亿)元|(?:减免|贴息|补偿)[^,。;]{0,12}\d|"
    r"\d[^,。;]{0,12}(?:减免|贴息|补偿)"
)
_OFFICE = re.compile(
    r"^[^,。;:]{0,24}(?:人民政府|部门|财政|国家|委员会|各级|本[市省区县]|机关|"
    r"单位和个人)[^,。;]{0,24}"
    r"(?:应当|可以|不得|要|设立|支持|建立|鼓励|安排|采取|保障)"
)
_SUM = re.compile(r"\d(?:万|亿|千|百)*元|\d%|免征|减半|减按|减征|加计扣除")
_PENALTY = re.compile(
    r"罚款|处分|处罚|警告|责令|追究|追回|收回|撤销|取消[^,。;]{0,8}资格|没收|吊销|滞纳金"
)
_DECIDES = re.compile(
    r"(?:人民政府|国务院|自治机关|主管部门)[^。;]{0,24}(?:可以)?(?:决定|规定|批准)[^。;]{0,24}"
    r"(?:减征|免征|减免|缓征|减收|免收)|(?:不得|擅自)[^。;]{0,16}(?:减征|免征|减免|缓征|免收)|"
    r"(?:减征|免征|减免)[^。;]{0,16}由[^。;]{0,20}(?:规定|决定|确定)$"
)
_OWN_STAFF = re.compile(
    r"(?:收入|利润|收益|股份|比例)中?[^。;]{0,6}提取[^。;]{0,30}(?:奖励|报酬|比例)"
)


def offers(text: str) -> bool:
    """Whether a sentence of a text offers something to somebody; a penalty is no offer."""
    return any(_MEASURE_VERB.search(one) and not _no_offer(one) for one in _STOPS.split(text))


def _no_offer(sentence: str) -> bool:
    """A penalty, what an office may decide, what one must pay its own staff or may not waive."""
    return bool(
        _PENALTY.search(sentence) or _DECIDES.search(sentence) or _OWN_STAFF.search(sentence)
    )


def is_concrete(text: str) -> bool:
    """
    Whether an offer says how much: money, a share, a tax relief.

    What an office shall do (市人民政府应当安排资金) says it only with a sum.
    """
    form = _SUM if _OFFICE.match(text) else _CONCRETE
    return bool(form.search(text))


_STOPS = re.compile(r"[。;\n]")


def gives(text: str) -> bool:
    """Whether one of its sentences offers something and says how much."""
    return any(offers(one) and is_concrete(one) for one in _STOPS.split(text))

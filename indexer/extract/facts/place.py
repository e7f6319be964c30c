"""注册地 region and 园区 zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.extract.registry import Clause, Finding, extractor
from policy_match.domain.codes import region_table

_OWN = (
    r"(?:本|我|该|全(?=.(?:范围|行政区|境内|内)))(?P<word>省|市|区|县|州)"
    r"(?!场|域|政|级财|财政|级|委|直|属)"
)
_REGISTER = re.compile(
    r"注册|登记|设立|纳税|税务|住所|办公场所|经营场所|工商|成立|落户|所在地|属地|行政区域|"
    r"辖区|范围内|境内|经营|从事|统计|迁入|区域内|地区"
)
_ABROAD = re.compile(r"境外|国外|国\(境\)外|海外|全国|国内|境内\(")
_OWN_WORD = re.compile(_OWN)


@extractor(
    "region",
    hints=("省", "市", "区", "县", "州", "在", "注册", "辖区"),
    roles=("condition", "target", "subject"),
)
def region(clause: Clause) -> Iterator[Finding]:
    """在北京市注册, 本市企业, 注册地在我区."""
    found = list(_places(clause))
    if found:
        best = max(found, key=lambda one: one.sure)
        yield best


def _places(clause: Clause) -> Iterator[Finding]:
    text = clause.text
    seen: set[str] = set()
    for start, end, code in _mentions(clause):
        if code in seen or not _is_applicants(text, start, end, clause.role):
            continue
        seen.add(code)
        sure = 0.9 if _REGISTER.search(text[max(0, start - 8) : end + 10]) else 0.7
        negated = bool(_NOT_THERE.search(text[:start]))
        yield Finding("region", "in", (code,), start, end, sure, negated)


_NOT_THERE = re.compile(r"(?:未|没有|尚未|不)(?:曾)?在$")


def _occurrences(name: str, text: str) -> Iterator[int]:
    """Where a name stands; a search as text, since patterns by the hundred would be compiled."""
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + len(name))


def _mentions(clause: Clause) -> Iterator[tuple[int, int, str]]:
    context, text = clause.context, clause.text
    for hit in _OWN_WORD.finditer(text):
        code = context.levels.get(hit["word"])
        if code:
            yield hit.start(), hit.end(), code
    for name, code in context.place_names.items():
        for at in _occurrences(name, text):
            yield at, at + len(name), code
    if _REGISTER.search(text):
        yield from _named_places(text)
    yield from _abbreviated(text, context.region)


_ABBREVIATED = re.compile(
    r"在(?P<sign>[京津沪渝莞穗杭甬蓉邕粤浙鄂湘皖赣闽黔桂琼豫滇冀鲁辽深汉锡厦榕青筑昆])"
    r"(?=(?:依法|正常|实际|合法)?(?:注册|登记|设立|纳税|纳统|经营|成立|落户|投资|创办|发展|从业|"
    r"办公|企业|单位|高校|机构|法人|生产|运营|工商|跨国|地区总部|累计))|在京(?!津|沪|东)"
)
_BY_SIGN = {
    **{"京": "110000", "津": "120000", "沪": "310000", "渝": "500000", "莞": "441900"},
    **{"穗": "440100", "杭": "330100", "甬": "330200", "蓉": "510100", "邕": "450100"},
    **{"粤": "440000", "浙": "330000", "鄂": "420000", "湘": "430000", "皖": "340000"},
    **{"赣": "360000", "闽": "350000", "黔": "520000", "桂": "450000", "琼": "460000"},
    **{"豫": "410000", "滇": "530000", "冀": "130000", "鲁": "370000", "辽": "210000"},
    **{"深": "440300", "汉": "420100", "锡": "320200", "厦": "350200", "榕": "350100"},
    **{"青": "370200", "筑": "520100", "昆": "530100"},
}
_CLEAR = frozenset("京津沪渝莞穗杭甬蓉邕粤浙鄂湘皖赣闽黔桂琼豫滇")


def _abbreviated(text: str, own: str | None) -> Iterator[tuple[int, int, str]]:
    """在莞注册, 在京企业: the sign of a place, doubtful ones only where the policy is its own."""
    for hit in _ABBREVIATED.finditer(text):
        sign = hit["sign"] or "京"
        code = _BY_SIGN[sign]
        if sign in _CLEAR or (own is not None and own[:4] == code[:4]):
            yield hit.start(), hit.end(), code


_KIND = re.compile(r"[省市区县州旗]")


def _named_places(text: str) -> Iterator[tuple[int, int, str]]:
    """Places of the whole country by their full names, the longest name at each place."""
    last = 0
    for hit in _KIND.finditer(text):
        for size in range(min(8, hit.end() - last), 2, -1):
            code = _place_of(text[hit.end() - size : hit.end()])
            if code:
                yield hit.end() - size, hit.end(), code
                last = hit.end()
                break


@lru_cache(maxsize=4096)
def _place_of(name: str) -> str | None:
    """The code of a full name that only one place bears."""
    codes = [code for code in region_table().find(name) if region_table().label_of(code) == name]
    return codes[0] if len(codes) == 1 else None


_PUBLISHER = re.compile(
    r"^(?:市|省|区|县)?(?:[\u4e00-\u9fff]{0,14}(?:局|委员会|委|厅|部门|政府|办公室|中心|"
    r"管委会|平台|基金|资金|网站|办法|规划|标准|目录|规定|名单|名录)|级)"
)


def _is_applicants(text: str, start: int, end: int, role: str) -> bool:
    before, after = text[max(0, start - 10) : start], text[end:]
    if role == "target" and not before and after == "范围":
        return True  # 服务对象:全市范围
    if re.match(
        r"(?:市|区)?(?:入驻|有)|(?:市|区|县|省)?(?:以)?外|"
        r"[\u4e00-\u9fff、]{0,12}除外",
        after,
    ) or before.endswith("与"):
        return False
    if _ABROAD.search(after[:6]) or re.search(
        r"项目实施地|实施地|落地|除$|不含$|外$|以外$", before
    ):
        return False
    if _REGISTER.search(before) or re.match(
        r"(?:市|地区|行政区域|行政区划|辖区|区域|范围|境|全境)*(?:内)?(?:依法|正式|"
        r"合法)?(?:工商)?(?:注册|登记|设立|办理|纳税|成立|从事|经营|拥有固定|具有固定|"
        r"有固定|依法)",
        after,
    ):
        return not re.match(r"(?:市|区)?[\u4e00-\u9fff]{0,8}(?:局|委)(?:登记|备案|注册)", after)
    if re.search(r"(?:在|于)$", before) and re.match(
        r"(?:市|地区)?(?:行政区域|行政区划|辖区|范围|区域|境)*(?:内)", after
    ):
        return True
    if role in ("target", "subject"):
        head = re.match(
            r"(?:市|地区|的|内|范围内)?[^,;。]{0,40}?(?:企业|单位|机构|公司|组织|主体|"
            r"个体工商户|合作社)",
            after,
        )
        if head and re.search(r"[“”]|(?<!各)级|认定|评|颁发|专精特新|名牌|商标|著名", head[0]):
            return False  # the level of a recognition
        return (
            bool(head)
            and not _PUBLISHER.match(after)
            and not re.search(r"[为向给]|面向|服务", before[-6:])
        )
    return bool(re.match(r"(?:地方|的)?(?:企业|单位|机构|公司|法人)", after)) and not re.search(
        r"[为向给]|面向|服务|与", before[-6:]
    )


_ZONE = re.compile(
    r"(?:中国\([\u4e00-\u9fff]{2,4}\))?[\u4e00-\u9fff]{2,14}?(?:自主创新示范区|示范区|"
    r"经济技术开发区|开发区|自由贸易试验区|自贸试验区|自贸区|高新区|经开区|科学城|"
    r"综合保税区|保税区|产业园区?|科技园区?|工业园区?|工业集中区|创新区|科创街区|城市副中心|"
    r"先导区|先行(?:示范)?区|合作区|试验区)"
)
_ZONE_NEAR = re.compile(
    r"(?:注册|登记|位于|入驻|设在|落户|在|于|地为|地址为|所在|属于)[^,;。]{0,6}$"
)
_COMMON_NOUN = re.compile(
    r"^(?:以下)?简称|^[外内设非](?:立|有)?|^(?:特色|科技|产业|工业|各类|实体|国家级|"
    r"市级)*(?:产业园区?|科技园区?|工业园区?|示范区|开发区)$"
)
_ZONE_LEAD = re.compile(
    r"^(?:.*(?:组织|支持|推进|加快|打造|推动|促进|聚焦|符合|在|于|位于|入驻|为|落户|的|对|至|到|和|及|与|或|"
    r"地))(?=[\u4e00-\u9fff]{2})"
)


@extractor(
    "zone",
    hints=(
        "示范区",
        "开发区",
        "贸",
        "高新区",
        "经开区",
        "科学城",
        "保税区",
        "园",
        "集中区",
        "街区",
        "创新区",
        "先导区",
        "先行",
        "合作区",
        "试验区",
    ),
    roles=("condition", "target", "subject"),
)
def zone(clause: Clause) -> Iterator[Finding]:
    """注册在中关村示范区范围内; several joined by 、 are one list."""
    names: list[str] = []
    start = end = -1
    for hit in _ZONE.finditer(clause.text):
        name = _ZONE_LEAD.sub("", hit[0])
        left = hit.end() - len(name)
        joined = bool(names) and clause.text[end:left] in ("、", "和", "及", "或", "以及")
        known = clause.context.short_zones.get(name)
        if known is None and (len(name) < 4 or _COMMON_NOUN.match(name)):
            continue
        if not (joined or _located(clause, left, hit.end())):
            continue
        full = (
            (_ZONE_LEAD.sub("", known) if known else clause.context.zone_name(name))
            .replace("(", "（")
            .replace(")", "）")
        )
        if full not in names:
            names.append(full)
        start, end = (left if start < 0 else start), hit.end()
    if names:
        yield Finding("zone", "in", tuple(names), start, end, 0.85)


def _located(clause: Clause, start: int, end: int) -> bool:
    before, after = clause.text[:start], clause.text[end:]
    if re.match(r"(?:管理委员会|管委会|发布|认定|分局|级|分园)", after):
        return False
    if clause.role == "subject" and not re.search(r"注册|登记|位于|落户", before[-8:] + after[:6]):
        return False
    return bool(_ZONE_NEAR.search(before) or _ZONE_AFTER.match(after))


_ZONE_AFTER = re.compile(
    r"(?:[、和及或]|以及)?[^,;。]{0,30}?范围内|(?:范围)?内?(?:注册|登记|的?企业|内)|一区"
)


_EXCEPT = re.compile(
    r"\(?(?:不含|不包括|除)(?P<names>[\u4e00-\u9fff、]{2,16}?)(?:地区|市)?(?:\)|$|外)|"
    r"\((?P<named>[\u4e00-\u9fff、]{2,16}?)(?:地区|市)?除外\)"
)
_ISLANDS = {"港澳台": ("710000", "810000", "820000")}


@extractor("region_except", hints=("不含", "不包括", "除", "除外"), roles=("condition", "target"))
def region_except(clause: Clause) -> Iterator[Finding]:
    """全国范围内(不含港澳台地区), 广东省内(不含深圳)."""
    for hit in _EXCEPT.finditer(clause.text):
        codes: list[str] = []
        for name in (hit["names"] or hit["named"]).split("、"):
            codes.extend(_ISLANDS.get(name, region_table().find(name)[:1]))
        if codes:
            yield Finding("region", "in", tuple(codes), hit.start(), hit.end(), 0.85, True)

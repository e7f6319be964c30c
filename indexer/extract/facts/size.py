"""企业划型 size_class, 规模以上 above_scale, 小型微利 small_low_profit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.registry import Clause, Finding, extractor

_SIZE = re.compile(
    r"(?P<sme>中小微(?:型)?(?:企业)?|中、小、微|大众创业型中小|中小(?:型)?(?:微)?企业|中小企业)|"
    r"(?P<small>小(?:型)?(?:和|及|、)?微(?!利)(?:型)?(?:养老|文化|科技|初创|外贸|创业|"
    r"民营)?(?:企业)?|小微(?!利))|"
    r"(?P<medium>中型企业)|(?P<large>大(?:中)?型企业)|(?P<little>小型企业)|(?P<micro>微型企业)"
)
_CLASSES = {
    "sme": ("medium", "small", "micro"),
    "small": ("small", "micro"),
    "medium": ("medium",),
    "large": ("large",),
    "little": ("small",),
    "micro": ("micro",),
}
_NAMED = re.compile(r"(?:科技型|创新型|专精特新[”\"]?|高成长性?|优质)$")
_OTHER_PARTY = re.compile(
    r"(?:(?<![应须需位体人象者])为|向|面向|服务于?|针对|帮助|带动|促进|对|支撑|助力|聚焦|"
    r"围绕|扶持|纳入|引导)[^,;。对]{0,12}$"
)
_SERVICE_NOUN = re.compile(
    r"^(?!使用|获得|取得|申请)(?:[^,;。]{0,4})?(?:“?(?:隐形冠军|单项冠军)|(?:担保|融资|贷款|信贷)(?:业务|服务)|服务机构|公共服务|服务平台|服务券|名录|促进法|为主体|发展(?:专项|"
    r"资金|基金)|局|公共|融资|信用担保|特色|"
    r"创业(?:创新)?(?:示范)?基地|提供|开展|规定|标准|信贷|贷款|金融|集聚|数字化转型(?:城市|"
    r"试点城市))"
)


@extractor(
    "size_class",
    hints=("中小", "小微", "小型", "中型", "大型", "微型", "小、微"),
    roles=("condition", "target", "subject", "excluded"),
)
def size_class(clause: Clause) -> Iterator[Finding]:
    """中小企业, 小微企业; not 科技型中小企业, which is a recognition, nor 为中小企业服务."""
    classes: list[str] = []
    start = end = -1
    for hit in _SIZE.finditer(clause.text):
        if not _applicant(clause, hit):
            continue
        kind = str(hit.lastgroup)
        codes = _CLASSES[kind]
        if hit[0].startswith("大中型"):
            codes = ("large", "medium")
        classes.extend(code for code in codes if code not in classes)
        start = hit.start() if start < 0 else start
        end = hit.end()
    if classes and len(classes) < 4:
        yield Finding("size_class", "in", tuple(classes), start, end, 0.85)


def _applicant(clause: Clause, hit: re.Match[str]) -> bool:
    before, after = clause.text[: hit.start()], clause.text[hit.end() :]
    if _NAMED.search(before) and "微" not in hit[0]:
        return False
    if _SERVICE_NOUN.match(after):
        return False
    if clause.role == "subject":
        return not re.search(r"(?:为|向|面向|服务)[^,;。]{0,8}$", before)
    if clause.role == "target":
        return not re.search(r"(?:为|向|面向|服务)[^,;。]{0,12}$", before)
    return not _OTHER_PARTY.search(before)


_ABOVE = re.compile(r"规模以上|规上|限额以上|限上")
_BECOMING = re.compile(
    r"(?:小升规|新升|首次|升为?|升规|培育|新增|纳入|进入|入库|达到)[^,;。]{0,6}$|未达到?$|下$"
)


@extractor(
    "above_scale",
    hints=("规模以上", "规上", "限额以上", "限上"),
    roles=("condition", "target", "subject"),
)
def above_scale(clause: Clause) -> Iterator[Finding]:
    """规模以上工业企业, 限额以上."""
    hit = _ABOVE.search(clause.text)
    if hit is None or re.search(r"占|覆盖|家", clause.text[max(0, hit.start() - 4) : hit.start()]):
        return
    yield Finding("above_scale", "==", True, hit.start(), hit.end(), 0.85)


@extractor("small_low_profit", hints=("小型微利",), roles=("condition", "target", "subject"))
def small_low_profit(clause: Clause) -> Iterator[Finding]:
    """小型微利企业 of the tax law, which is not a size class."""
    start = clause.text.index("小型微利")
    yield Finding("small_low_profit", "==", True, start, start + 4, 0.9)

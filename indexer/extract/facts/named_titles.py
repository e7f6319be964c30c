"""其他称号 qualification other:名称: 知识产权示范企业, 标准化试点单位."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.registry import Clause, Finding, extractor

_NAME = (
    r"(?P<name>(?!应|须|为|是|的|与|和)[\u4e00-\u9fff]{2,14}?"
    r"(?:示范|试点|领军|优势|标杆)(?:企业|单位))"
)
_LEVELS = r"(?:国家级?|[省市区县]级|的|和|、|或|“)*"
_HELD = re.compile(
    rf"(?:(?:已|已经|被|获|首次|新)(?:被|获)?(?:认定|评定|评选|授予)为?|评为|获评|入选|属于|获得){_LEVELS}{_NAME}"
)
_CASE = re.compile(rf"^{_NAME}(?=,|应|须|$)")
_GOAL = re.compile(r"(?:申请|申报|拟|争创|创建|推荐|培育|支持|鼓励)[^,;。]{0,8}$")
_COMMON = re.compile(
    r"^(?:国家级?|[省市区县]级|该|本|其他|各类|申请|申报|一批|重点|龙头|行业|产业)*(?:示范|试点|领军|优势|标杆)"
)

_APPLYING = ("申请", "申报", "拟")


@extractor(
    "named_title",
    hints=("示范企业", "示范单位", "试点企业", "试点单位", "领军企业", "优势企业", "标杆企业"),
    roles=("condition", "target"),
)
def named_title(clause: Clause) -> Iterator[Finding]:
    """已被认定为知识产权示范企业; an item that heads the conditions of such ones."""
    for form in (_HELD, _CASE):
        for hit in form.finditer(clause.text):
            name = hit["name"]
            if (
                name.startswith(_APPLYING)
                or _COMMON.match(name)
                or _GOAL.search(clause.text[: hit.start("name")])
            ):
                continue
            value = (f"other:{name}",)
            yield Finding("qualification", "in", value, hit.start("name"), hit.end("name"), 0.65)
            return

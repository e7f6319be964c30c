"""从业人员 employees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.figures import Unit
from indexer.extract.measured import compared, measured
from indexer.extract.registry import Clause, Finding, extractor

_STAFF = re.compile(
    r"(?<![\u4e00-\u9fff]发)(?:企业|在职|参保|全职|平均|现有|在册|本地|全部)*(?:职工(?!作)|员工|"
    r"从业人员|从业人数|用工|在职人员|参保人员|吸纳就业(?!困难))"
    r"(?:人数|总数|总人数|平均人数|总量|数量|规模|数)?"
)
_PART = re.compile(r"占|中|其中|%|人次|残疾|就业困难|失业|毕业|裁|培训|专职|新招")


@extractor("employees", hints=("职工", "员工", "从业", "用工", "参保", "就业"))
def employees(clause: Clause) -> Iterator[Finding]:
    """职工总数不超过500人; not 专业人员 or a part of the staff."""
    for found in measured(clause, "employees", _STAFF, Unit.PERSONS, gap=8, avoid=_PART, sure=0.9):
        if not _PART.search(clause.text[max(0, found.start - 8) : found.start]):
            yield found
    for figure in clause.figures:
        if figure.unit is not Unit.PERSONS or figure.op is None:
            continue
        noun = re.match(r"(?:在职|全职)?(?:职工|员工|从业人员)", clause.text[figure.end :])
        if noun and not _PART.search(clause.text[max(0, figure.start - 6) : figure.start]):
            yield from compared("employees", figure, figure.start, figure.end + noun.end(), 0.8)

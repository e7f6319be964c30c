"""
What a text means by its own terms (定义).

本办法所称“小巨人企业”，是指…的企业: who is promised something for 小巨人企业 must be what is said
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.extract.view import View

_DEFINITION = re.compile(
    r"所(?:称|指)(?:的)?[“]?(?P<term>[\u4e00-\u9fff“”A-Za-z0-9]{2,20}?)[”]?(?:\([^()\n]{1,30}\))?,?是?指"
    r"(?P<said>[^。;\n]{6,200})"
)
_APPLICANT = re.compile(r"(?:企业|机构|单位|主体|组织|工商户|合作社|园区|平台|孵化器|载体)$")
_MOST = 40


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and where what it means stands (定义)."""

    term: str
    start: int
    end: int


def definitions_of(view: View) -> tuple[Definition, ...]:
    """The definitions of kinds of applicant, in reading order (查找定义)."""
    found = []
    for hit in _hits(view.text):
        term = hit["term"].strip("“”")
        if _APPLICANT.search(term):
            found.append(Definition(term, hit.start("said"), hit.end("said")))
    return tuple(found[:_MOST])


def _hits(text: str) -> Iterator[re.Match[str]]:
    return _DEFINITION.finditer(text) if "所称" in text or "所指" in text else iter(())

"""专利 patents, 发明专利 invention_patents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.extract.figures import Figure, Unit
from indexer.extract.measured import compared
from indexer.extract.registry import Clause, Finding, extractor

_PATENT = re.compile(r"(?P<kind>发明)?(?:、)?专利(?P<tail>权|授权|申请)?(?:数量|总数|数|量|证书)?")
_MIXED = re.compile(
    r"版权|著作权|PCT|标准|申请|商标|品种|专利池|服务|代理|海外|国外|国际|实用新型|外观"
)
_OWNED = re.compile(r"拥有|获得|具有|取得|授权|有效|自主|知识产权|已有|^|不少于")


@extractor("patents", hints=("专利",))
def patents(clause: Clause) -> Iterator[Finding]:
    """拥有发明专利5件以上, 有效专利不少于10项; not applications, pools or mixed rights."""
    mixed = bool(_MIXED.search(clause.text))
    for hit in _PATENT.finditer(clause.text):
        if mixed and not (hit["kind"] and _alone(clause.text, hit)):
            continue
        figure = _nearest(clause, hit)
        if figure is None:
            continue
        fact = "invention_patents" if hit["kind"] else "patents"
        start, end = min(hit.start(), figure.start), max(hit.end(), figure.end)
        yield from compared(fact, figure, start, end, 0.85)


_PARTS = re.compile(r"或者?|,|;|、|以及|和|及|\+")

_PARTS_AFTER = re.compile(rf"{_PARTS.pattern}|\(")


def _alone(text: str, hit: re.Match[str]) -> bool:
    """Whether its own part of a list (1项发明专利或5项实用新型) holds no other right."""
    start = max((one.end() for one in _PARTS.finditer(text, 0, hit.start())), default=0)
    after = _PARTS_AFTER.search(text, hit.end())
    own = text[start : after.start() if after else len(text)]
    joined = after is not None and after[0] == "+"
    return not joined and not _MIXED.search(own)


def _nearest(clause: Clause, hit: re.Match[str]) -> Figure | None:
    """The count right behind the noun, else right before it (1件以上发明专利)."""
    counts = [one for one in clause.figures if one.unit is Unit.PIECES]
    for figure in counts:
        between = clause.text[hit.end() : figure.start]
        if 0 <= figure.start - hit.end() <= 6 and not re.search(r"[,;、或+]", between):
            return _owned(figure)
    for figure in counts:
        between = clause.text[figure.end : hit.start()]
        if 0 <= hit.start() - figure.end <= 8 and not re.search(r"[,;]", between):
            return _owned(figure)
    return None


def _owned(figure: Figure) -> Figure:
    op = figure.op or (None if figure.is_range else ">=")
    return Figure(figure.unit, figure.low, figure.high, op, figure.start, figure.end)

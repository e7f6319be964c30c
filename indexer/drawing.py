"""
The chain of a policy drawn as SVG, level below level (脉络图的绘制), with no program but this one.

Documents stand in bands from 中央 down to 区县级; those whose level nobody wrote stand last. The
picture's looks are classes for the page's own style sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from indexer.picture import Chart, Node
from policy_match.domain.policy import PolicyLevel
from policy_match.wording import LEVELS

PER_ROW = 3
BOX_WIDTH, GAP, LEFT = 270, 34, 84
LINE, PADDING, BETWEEN_ROWS, BETWEEN_BANDS = 19, 10, 40, 62
UNSAID, ABSENT = "层级未注明", "未收录"


@dataclass(frozen=True, slots=True)
class Box:
    """Where a document is drawn (方框)."""

    node: Node
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        """The middle of its width."""
        return self.x + BOX_WIDTH / 2


@dataclass(frozen=True, slots=True)
class Band:
    """One level with its height (层级带)."""

    label: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture in place (版面)."""

    boxes: dict[str, Box]
    bands: tuple[Band, ...]
    width: float
    height: float


def lay_out(chart: Chart) -> Layout:
    """Put the documents of each level in rows of at most three."""
    boxes: dict[str, Box] = {}
    bands: list[Band] = []
    widest = max((min(PER_ROW, len(many)) for _, many in _by_level(chart)), default=1)
    width = LEFT + widest * (BOX_WIDTH + GAP)
    y = float(GAP)
    for label, many in _by_level(chart):
        top = y
        for start in range(0, len(many), PER_ROW):
            row = many[start : start + PER_ROW]
            height = max(_height(node) for node in row)
            indent = (widest - len(row)) * (BOX_WIDTH + GAP) / 2
            for n, node in enumerate(row):
                x = LEFT + indent + n * (BOX_WIDTH + GAP)
                boxes[node.name] = Box(node, x, y, height)
            y += height + BETWEEN_ROWS
        bands.append(Band(label, top, y - BETWEEN_ROWS - top))
        y += BETWEEN_BANDS - BETWEEN_ROWS
    return Layout(boxes, tuple(bands), width, y - BETWEEN_BANDS + GAP)


def _by_level(chart: Chart) -> list[tuple[str, list[Node]]]:
    levels: tuple[PolicyLevel | None, ...] = (*LEVELS, None)
    found = [(level, [one for one in chart.nodes if one.level == level]) for level in levels]
    return [(_label(level, many), many) for level, many in found if many]


def _label(level: PolicyLevel | None, many: list[Node]) -> str:
    if level is not None:
        return LEVELS[level]
    return UNSAID if any(one.policy_id for one in many) else ABSENT


def _height(node: Node) -> float:
    return len(node.lines) * LINE + 2 * PADDING


def to_svg(chart: Chart, *, link: Callable[[str], str | None], label: str) -> str:
    """
    The chart as an SVG for a page (绘制脉络图).

    Args:
        chart: what to draw.
        link: the address of a policy's page, by its id; None where there is none to go to.
        label: what the picture is, for those who can't see it; the page lists the ties beside it.
    """
    laid = lay_out(chart)
    parts = [
        f'<svg class="chain" role="group" aria-label="{escape(label)}" '
        f'viewBox="0 0 {laid.width:g} {laid.height:g}" width="{laid.width:g}">',
        '<defs><marker id="chain-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        *(_band(band, laid.width) for band in laid.bands),
        *_arrows(chart, laid),
        *(_box(box, link) for box in laid.boxes.values()),
        "</svg>",
    ]
    return "".join(parts)


def _band(band: Band, width: float) -> str:
    top, height = band.y - 14, band.height + 28
    middle = band.y + band.height / 2
    return (
        f'<rect class="band" x="4" y="{top:g}" width="{width - 8:g}" height="{height:g}" rx="6"/>'
        f'<text class="level" x="14" y="{middle:g}">{escape(band.label)}</text>'
    )


def _box(box: Box, link: Callable[[str], str | None]) -> str:
    node = box.node
    kinds = [("start", node.start), ("gone", node.gone), ("absent", node.policy_id is None)]
    names = " ".join(["doc", *(name for name, holds in kinds if holds)])
    top = box.y + (box.height - len(node.lines) * LINE) / 2 + 14
    lines = "".join(
        f'<tspan x="{box.middle:g}" y="{top + n * LINE:g}">{escape(line)}</tspan>'
        for n, line in enumerate(node.lines)
    )
    drawn = (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX_WIDTH}" height="{box.height:g}" rx="5"/>'
        f'<text text-anchor="middle">{lines}</text>'
    )
    url = link(node.policy_id) if node.policy_id and not node.start else None
    inside = f'<a href="{escape(url)}">{drawn}</a>' if url else drawn
    return f'<g class="{names}">{inside}</g>'


def _arrows(chart: Chart, laid: Layout) -> list[str]:
    """Curves from each document to the one it rests on, with the word for the tie."""
    words: dict[tuple[str, str], list[str]] = {}
    for start, end, word in chart.arrows:
        words.setdefault((start, end), []).append(word)
    return [
        _arrow(laid.boxes[start], laid.boxes[end], "、".join(many))
        for (start, end), many in words.items()
        if start != end
    ]


def _arrow(start: Box, end: Box, word: str) -> str:
    if start.y == end.y:
        return _level_arrow(start, end, word)
    is_up = end.y < start.y
    y1 = start.y if is_up else start.y + start.height
    y2 = end.y + end.height if is_up else end.y
    bend = (y2 - y1) / 2
    x1, x2 = start.middle, end.middle
    path = f"M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}"
    return _tie(path, (x1 + x2) / 2, (y1 + y2) / 2, word)


def _level_arrow(start: Box, end: Box, word: str) -> str:
    """Between neighbours straight; over others in a bow above the row."""
    right = end.x > start.x
    near = abs(end.x - start.x) <= BOX_WIDTH + GAP
    if near:
        x1 = start.x + BOX_WIDTH if right else start.x
        x2, y = (end.x if right else end.x + BOX_WIDTH), start.y + start.height / 2
        return _tie(f"M{x1:g} {y:g}L{x2:g} {y:g}", (x1 + x2) / 2, y - 10, word)
    x1, x2, y = start.middle, end.middle, start.y
    path = f"M{x1:g} {y:g}C{x1:g} {y - 30:g} {x2:g} {y - 30:g} {x2:g} {y:g}"
    return _tie(path, (x1 + x2) / 2, y - 22, word)


def _tie(path: str, x: float, y: float, word: str) -> str:
    half = 7 * len(word) + 4
    return (
        f'<path class="tie" d="{path}" marker-end="url(#chain-tip)"/>'
        f'<rect class="word-back" x="{x - half:g}" y="{y - 9:g}" width="{2 * half}" height="18" '
        f'rx="3"/><text class="word" x="{x:g}" y="{y + 4:g}" text-anchor="middle">'
        f"{escape(word)}</text>"
    )

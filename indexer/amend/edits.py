"""Orders of change turned into edits of one document's text, and carried out (修改落实)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.amend.instructions import Instruction, Op, Place
from indexer.amend.places import Places, Spot
from indexer.document import BlockKind, RawBlock
from indexer.extract.view import view_of
from indexer.headings import heading_of
from indexer.outline import Section
from indexer.readers.numerals import counting
from indexer.structure.blocks import policy_blocks
from policy_match.domain.policy import Block, Policy

_HEADS = frozenset({"chapter", "section", "article", "item"})
_INNER_BREAK = "\x00"  # stands for a line feed inside a block
_MOVES_ON = re.compile(r"依次|顺延|顺序(?:作|做)?(?:出)?相应调整|序号[^。;\n]{0,8}调整|重新编号")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the text and what takes its place (编辑)."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order (落实结果): its edits, or why there are none."""

    edits: tuple[Edit, ...] = ()
    reason: str | None = None
    at: tuple[int, int] | None = None  # what it touches in the text before the change


def plan(policy: Policy, orders: Sequence[Instruction], whole: str) -> list[Outcome]:
    """
    The edits that orders mean for a document (拟定修改).

    Places go by the numbers before the change. An edit that crosses an earlier one is refused.

    Args:
        policy: the document to be changed.
        orders: in the order given.
        whole: all of the changing document's text, which may say that numbers move on.
    """
    planner = _Planner(Places(policy), moves_on=bool(_MOVES_ON.search(whole)))
    renumbered = any(one.op is Op.RENUMBER for one in orders)
    planner.moves_on = planner.moves_on and not renumbered
    found: list[Outcome] = []
    taken: list[Edit] = []
    for order in orders:
        outcome = planner.outcome(order)
        if any(_cross(edit, other) for edit in outcome.edits for other in taken):
            outcome = Outcome(reason="与同一文件的另一处修改重叠", at=outcome.at)
        taken.extend(outcome.edits)
        found.append(outcome)
    return found


def _cross(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


class _Planner:
    """Finds the stretch that an order means, and its new text (拟定)."""

    def __init__(self, places: Places, *, moves_on: bool) -> None:
        self.places, self.moves_on = places, moves_on
        self.text = places.text
        self.view = view_of(places.text)

    def outcome(self, order: Instruction) -> Outcome:
        if order.op is Op.UNREAD:
            return Outcome(reason="没有读懂这处修改", at=self._touched(order))
        if order.op is Op.REWORD:
            return self._reword(order)
        if order.op is Op.ADD:
            return self._add(order)
        if order.op is Op.EXTEND:
            return Outcome()
        return self._whole(order)

    def _touched(self, order: Instruction) -> tuple[int, int] | None:
        spots = [spot for place in order.places if (spot := self.places.find(place))]
        if not spots or len(spots) < len(order.places):
            return None
        return min(one.start for one in spots), max(one.end for one in spots)

    def _reword(self, order: Instruction) -> Outcome:
        spans = [(0, len(self.text))]
        if order.places:
            spots = [self.places.find(place) for place in order.places]
            if None in spots:
                return Outcome(reason=f"原文里没有找到唯一的{order.clause}")
            spans = [(spot.start, spot.end) for spot in spots if spot is not None]
        old = view_of(order.old).text
        if len(old) < _SHORTEST:
            return Outcome(reason=f"“{order.old}”太短，不能确定改的是哪一处", at=_around(spans))
        edits = tuple(edit for span in spans for edit in self._occurrences(old, span, order.new))
        if not edits:
            return Outcome(reason=f"原文{order.clause}里没有“{order.old}”", at=_around(spans))
        return Outcome(edits, at=_around(spans) if order.places else None)

    def _occurrences(self, old: str, span: tuple[int, int], new: str) -> Iterator[Edit]:
        at = self.view.text.find(old)
        while at >= 0:
            start, end = self.view.span(at, at + len(old))
            if span[0] <= start and end <= span[1]:
                yield Edit(start, end, new)
            at = self.view.text.find(old, at + len(old))

    def _whole(self, order: Instruction) -> Outcome:
        """Replace, delete or renumber whole clauses."""
        spots = [self.places.find(place) for place in order.places]
        found = [spot for spot in spots if spot is not None]
        if len(found) < len(spots) or not found:
            return Outcome(reason=f"原文里没有找到唯一的{order.clause}")
        at = (found[0].start, found[-1].end)
        if order.op is Op.REPLACE:
            if not order.new or len(found) != 1:
                return Outcome(reason="没有读出修改后的条文", at=at)
            return Outcome((self._replaced(found[0], order.new),), at=at)
        if order.op is Op.RENUMBER:
            return self._renumbered(found, order, at)
        edits = [Edit(*self._with_break(spot), "") for spot in found]
        moved = [e for spot in found for e in self._moved(spot, -len(found))]
        return Outcome((*edits, *(moved if self.moves_on else [])), at=at)

    def _replaced(self, spot: Spot, new: str) -> Edit:
        """The new words with the old number where they bring none."""
        numbered = heading_of(new) is not None or spot.inner == spot.start
        return Edit(spot.start if numbered else spot.inner, spot.end, new)

    def _renumbered(
        self, found: Sequence[Spot], order: Instruction, at: tuple[int, int]
    ) -> Outcome:
        section = found[0].section
        if len(found) != 1 or section is None or not order.number:
            return Outcome(reason="没有读懂编号的变化", at=at)
        return Outcome((_new_number(section, order.number[-1].ordinal),), at=at)

    def _with_break(self, spot: Spot) -> tuple[int, int]:
        if spot.end < len(self.text):
            return spot.start, spot.end + 1
        return max(0, spot.start - 1), spot.end

    def _moved(self, spot: Spot, by: int) -> Iterator[Edit]:
        """The numbers of those that follow, moved on."""
        for one in spot.siblings:
            if one.span[0] > spot.start and one.ordinal is not None:
                yield _new_number(one, one.ordinal + by)

    def _add(self, order: Instruction) -> Outcome:
        if not order.new:
            return Outcome(reason="没有读出增加的条文", at=self._touched(order))
        above = order.places[0] if order.places else ()
        if above and self.places.find(above) is None:
            return Outcome(reason=f"原文里没有找到唯一的{order.clause}")
        if order.after is not None:
            return self._beside(above, order)
        number = order.number
        full = number if not above or (number and number[0].unit == "条") else (*above, *number)
        if number and (taken := self.places.find(full)) is not None:
            edits = [Edit(taken.start, taken.start, order.new + "\n")]
            if taken.section is not None and taken.section.ordinal is not None:
                edits.append(_new_number(taken.section, taken.section.ordinal + 1))
                edits.extend(self._moved(taken, 1))
            return Outcome(tuple(edits), at=(taken.start, taken.end))
        end = self._end_of(above, full)
        if end is None:
            return Outcome(reason="不能确定增加在哪里")
        return Outcome((Edit(end, end, "\n" + order.new),), at=(end, end))

    def _beside(self, above: Place, order: Instruction) -> Outcome:
        spot = self.places.find(above) if above else None
        if spot is None:
            return Outcome(reason="不能确定增加在哪里")
        if not order.after:
            return Outcome((Edit(spot.start, spot.start, order.new + "\n"),), at=_at(spot))
        edits = [Edit(spot.end, spot.end, "\n" + order.new)]
        if self._collides(spot, order.new):
            edits.extend(self._moved(spot, 1))
        return Outcome(tuple(edits), at=_at(spot))

    def _collides(self, spot: Spot, new: str) -> bool:
        """Whether new text bears a number that a later clause of the row has."""
        own = heading_of(new)
        return own is not None and any(
            one.ordinal == own.ordinal and one.scheme is own.scheme and one.span[0] > spot.start
            for one in spot.siblings
        )

    def _end_of(self, above: Place, full: Place) -> int | None:
        """Where a new last clause goes: behind the article it follows, or what it belongs to."""
        if above:
            spot = self.places.find(above)
            return spot.end if spot else None
        if full and full[0].unit == "条":
            before = self.places.find(_before(full))
            return before.end if before else None
        return None


def _before(place: Place) -> Place:
    """第八条 → 第七条; 第三条之一 → 第三条."""
    last = place[-1]
    if last.sub is not None:
        sub = last.sub - 1 if last.sub > 1 else None
        return (*place[:-1], type(last)(last.unit, last.ordinal, sub, last.bracketed))
    return (*place[:-1], type(last)(last.unit, last.ordinal - 1, None, last.bracketed))


def _at(spot: Spot) -> tuple[int, int]:
    return spot.start, spot.end


def _around(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min(start for start, _ in spans), max(end for _, end in spans)


def _new_number(section: Section, ordinal: int) -> Edit:
    """The digits of a section's number, written anew in its own style."""
    number = section.number or ""
    arabic = re.search(r"\d+", number)
    old = arabic or re.search(r"[〇零一二三四五六七八九十百两]+", number)
    if old is None:
        return Edit(section.span[0], section.span[0], "")
    start = section.head[0] + old.start()
    new = str(ordinal) if arabic else counting(ordinal)
    new = new[1:] if 10 <= ordinal < 20 and not arabic else new  # 十二, not 一十二
    return Edit(start, start + len(old[0]), new)


def carried_out(
    policy: Policy, edits: Sequence[Edit]
) -> tuple[tuple[Block, ...], dict[Edit, tuple[int, int]]]:
    """
    The blocks of a document after edits, and where each edit's text now stands (修改后的文本块).

    A line that was there keeps its kind; new lines, and those with a number, are classed anew.
    """
    kinds = {block.at[0]: block.kind for block in policy.blocks}
    text = "\n".join(block.text.replace("\n", _INNER_BREAK) for block in policy.blocks)
    out: list[str] = []
    begins: dict[int, str] = {}
    placed: dict[Edit, tuple[int, int]] = {}
    at = size = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        size = _copy(text, at, edit.start, out, size, kinds, begins)
        placed[edit] = (size, size + len(edit.new))
        if edit.start in kinds and edit.end > edit.start:
            begins[size] = kinds[edit.start]
        out.append(edit.new)
        size += len(edit.new)
        at = edit.end
    _copy(text, at, len(text), out, size, kinds, begins)
    return _blocks("".join(out), begins), placed


def _copy(
    text: str,
    start: int,
    end: int,
    out: list[str],
    size: int,
    kinds: dict[int, str],
    begins: dict[int, str],
) -> int:
    """Copy a stretch as it stands; note the kinds of the blocks that begin in it."""
    for begin in (n for n in kinds if start <= n < end):
        begins[size + begin - start] = kinds[begin]
    out.append(text[start:end])
    return size + end - start


def _blocks(text: str, begins: dict[int, str]) -> tuple[Block, ...]:
    raw: list[RawBlock] = []
    kinds: list[str] = []
    at = 0
    for line in text.split("\n"):
        kind = begins.get(at, "paragraph")
        kinds.append("paragraph" if kind in _HEADS else kind)
        raw.append(RawBlock(BlockKind.PARAGRAPH, line.replace(_INNER_BREAK, "\n")))
        at += len(line) + 1
    return policy_blocks(raw, kinds)

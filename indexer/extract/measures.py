"""
Measures with criteria from a structured policy (扶持措施的提取): `extract_measures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.document import Document
from indexer.extract.alignment import Alignment, align
from indexer.extract.benefit import benefit_of, offers
from indexer.extract.context import Context
from indexer.extract.details import contact_of, how_of, materials_of, mode_of
from indexer.extract.guides import Guide, guides_of
from indexer.extract.lines import Item, item_tree
from indexer.extract.logic import Reader
from indexer.extract.nothing import offers_nothing
from indexer.extract.parts import Layout, Line, Part, Role, lay_out
from indexer.extract.prune import tidy
from indexer.extract.subject import subject_of
from indexer.extract.titles import title_of
from indexer.extract.units import Unit, units_of
from indexer.extract.unread import with_conditions
from indexer.extract.view import View, view_of
from indexer.extract.window import window_of
from policy_match.domain.criterion import All, Criterion
from policy_match.domain.policy import ApplicationWindow, Measure, Policy

MAX_MEASURES = 300
_BODY = (Role.OTHER, Role.BENEFIT)


def extract_measures(policy: Policy, document: Document) -> tuple[Measure, ...]:
    """
    Read what a policy offers, to whom and when (提取措施).

    Args:
        policy: as structured; its own measures are not looked at.
        document: what it was read from; its tables add rows.

    Returns:
        The measures in reading order, with ids `{policy.id}-m01` on; none where the document
        offers nothing.
    """
    del document  # rows of tables are blocks of the policy, too
    if offers_nothing(policy):
        return ()
    view = view_of(policy.text)
    layout = lay_out(policy, view)
    reader = Reader.of(view, Context(policy, view.text))
    drafts = [draft for guide in guides_of(layout) for draft in _Guide(guide, layout, reader).drafts()]
    return tuple(
        with_conditions(draft).model_copy(update={"id": f"{policy.id}-m{n:02d}"})
        for n, draft in enumerate(drafts[:MAX_MEASURES], 1)
    )


class _Guide:
    """Makes the measures of one guide (一份指南的措施)."""

    def __init__(self, guide: Guide, layout: Layout, reader: Reader) -> None:
        self.guide, self.layout, self.reader = guide, layout, reader
        self.view = reader.view
        self.policy = reader.context.policy

    def drafts(self) -> list[Measure]:
        """The measures; their ids are given later."""
        units = self._units()
        conditions = self._items(Role.CONDITION)
        targets = self._items(Role.TARGET)
        if not units and not conditions and not targets:
            return []
        shared = [*self.reader.items(targets, "target"), *self._remarks()]
        aligned = align(conditions, units, self.view)
        if not units:
            criteria = [*shared, *self.reader.items(conditions, "condition")]
            return [self._measure(None, criteria)] if criteria else []
        shared += self.reader.items(aligned.common, "condition")
        return [self._of_unit(unit, shared, aligned) for unit in units]

    def _of_unit(self, unit: Unit, shared: list[Criterion], aligned: Alignment) -> Measure:
        criteria = [
            *shared,
            *self.reader.items(aligned.own_of(unit), "condition"),
            *subject_of(unit, self.reader),
        ]
        return self._measure(unit, criteria)

    def _units(self) -> list[Unit]:
        parts = self.guide.of(Role.BENEFIT)
        if parts:
            units = [unit for part in parts for unit in units_of(item_tree(part.lines, self.view), self.view)]
            return units
        return list(self._free_units())

    def _free_units(self) -> Iterator[Unit]:
        """Units among the lines that have no role, where a document has no labelled benefits."""
        labelled = self.guide.of(Role.CONDITION, Role.TARGET)
        for part in self.guide.of(Role.OTHER):
            lines = [line for line in part.lines if line.kind not in _NOT_PROSE]
            for item in item_tree(lines, self.view):
                yield from self._offering(item, bool(labelled))

    def _offering(self, item: Item, labelled: bool) -> Iterator[Unit]:
        stack = [item]
        while stack:
            top = stack.pop()
            text = top.text(self.view)
            if top.children and not offers(text):
                stack.extend(reversed(top.children))
            elif offers(self.view.text[top.start : top.last]) and (_CONCRETE.search(text) or labelled):
                yield from units_of([top], self.view)

    def _remarks(self) -> list[Criterion]:
        """Conditions said in passing: 已获得其他财政资金的不再支持, among benefits or procedure."""
        found: list[Criterion] = []
        for part in self.guide.of(Role.BENEFIT, Role.PROCEDURE, Role.ASIDE, Role.OTHER):
            for line in part.lines:
                if _REMARK.search(self.view.text, line.start, line.end):
                    found.extend(self.reader.remarks(line.start, line.end))
        return found[:1]

    def _items(self, role: Role) -> list[Item]:
        return [item for part in self.guide.of(role) for item in item_tree(part.lines, self.view)]

    def _measure(self, unit: Unit | None, criteria: Sequence[Criterion]) -> Measure:
        view = self.view
        whole = "\n".join(view.text[p.span[0] : p.span[1]] for p in self.guide.of(Role.BENEFIT))
        text = unit.text(view) if unit else whole
        raw = unit.quote(view) if unit else ""
        at = view.span(unit.start, unit.end) if unit else self._whole_span()
        return Measure(
            id="",
            title=title_of(unit, view, self.policy, self.guide.title),
            quote=view.raw[at[0] : at[1]],
            at=at,
            criteria=tidy(All(all=tuple(criteria))),
            benefit=benefit_of(text, raw),
            window=self._window(),
            how_to_apply=how_of(self._lines(Role.PROCEDURE), view),
            materials=materials_of(self._lines(Role.MATERIALS), view),
            contact=contact_of(self._lines(Role.CONTACT) or self.layout.lines, view),
            mode=mode_of(view.text),
        )

    def _whole_span(self) -> tuple[int, int]:
        lines = [line for part in self.guide.of(Role.CONDITION, Role.TARGET) for line in part.lines]
        return self.view.span(min(l.start for l in lines), max(l.end for l in lines))

    def _lines(self, role: Role) -> list[Line]:
        return [line for part in self.guide.of(role) for line in part.lines]

    def _window(self) -> ApplicationWindow:
        lines = self._lines(Role.WINDOW)
        text = "\n".join(self.view.text[line.start : line.end] for line in lines)
        raw = "\n".join(self.view.quote(line.start, line.end)[0] for line in lines)
        issued = self.policy.issued_on
        return window_of(text, raw, year=issued.year if issued else None)


_NOT_PROSE = frozenset({"title", "doc_no", "addressee", "signature", "copy_to", "furniture", "footnote"})
_REMARK = re.compile(r"重复|已(?:经)?(?:获得?|享受|取得)过?")
_CONCRETE = re.compile(r"\d|[一二三四五六七八九十]+(?:万|%)|免征|免收|全额|减半|优先|加计扣除")

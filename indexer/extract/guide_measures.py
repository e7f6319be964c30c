"""The measures of one application guide: units, shared conditions, details (一份指南的措施)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from indexer.extract.alignment import Alignment, align, titles_of, unit_named
from indexer.extract.benefit import benefit_of, caps_of, gives, is_concrete, kinds_of, offers
from indexer.extract.definitions import Definition, definitions_of
from indexer.extract.details import contact_of, how_of, materials_of, mode_of
from indexer.extract.guides import Guide
from indexer.extract.lines import Item, item_tree, part_items
from indexer.extract.logic import Reader
from indexer.extract.nothing import changes_another, is_applied_for, is_law, names_business
from indexer.extract.parts import Layout, Line, Part, Role
from indexer.extract.prune import tidy
from indexer.extract.rows import row_units
from indexer.extract.scope import scope_of
from indexer.extract.sentences import sentences
from indexer.extract.subject import subject_of
from indexer.extract.terms import terms_of
from indexer.extract.titles import title_of
from indexer.extract.units import PLAIN_RANK, Unit, free_units, units_of
from indexer.extract.view import View
from indexer.extract.window import is_due, name_before_days, rounds_of, window_of
from indexer.headings import Scheme
from policy_match.domain.criterion import All, AnyOf, Criterion
from policy_match.domain.policy import ApplicationWindow, Benefit, BenefitKind, Measure

MAX_MEASURES = 300
_NOT_PROSE = frozenset(
    {"title", "doc_no", "addressee", "signature", "copy_to", "furniture", "footnote"}
)
_PREFACE = re.compile(
    r"根据|为(?:了|贯彻|深入|进一步|落实|加快|推动|支持|促进|规范|做好|抢抓|把|鼓励|加强)|"
    r"按照|依据|"
    r"经[^,。]{0,12}(?:同意|研究)|现将|现就|各[^,。]{0,20}:"
)
_APPLIES = re.compile(
    r"本(?:政策|办法|措施|意见|细则|通知|规定|指南)?(?:的)?(?:适用(?:于|对象|范围)|支持对象)"
)
_APPLICANT_SHALL = re.compile(
    r"(?:参评|申报|申请|参选)(?:的)?(?:企业|单位|主体|机构|人)(?:应当|应|须|必须)(?!按|向|"
    r"在[^,。]{0,12}(?:系统|平台|网)|提交|填|于|对|如实|将|认真)"
)
_RECOGNISES = re.compile(
    r"(?:申请|申报)?(?:认定|评定|公告|评价)为?[^,。:]{0,30}|(?:申请|申报)[^,。;:]{2,24}(?:应当|"
    r"应|须)"
)
_RECOGNISING_TITLE = re.compile(r"认定|评定|评价|分级培育")
_CONDITION_HEAD = re.compile(
    r"(?:符合|具备|满足)[^。;]{0,14}(?:条件|要求)[^。;]{0,30}(?:可以|可|应当|应|方可|均可|:$)|"
    r"(?:须|应)?(?:同时)?(?:符合|具备|满足)(?:以下|下列)[^。;]{0,16}:$|"
    r"在(?:下列|以下)(?:条件|指标)中[^。;]{0,16}:$"
)
_BELOW_ALL = re.compile(r"(?:应|须|需|当)?(?:同时)?(?:符合|满足|具备)(?:下列|以下)[^。;\n]{0,24}:")
_CALLS = re.compile(r"申报|申请|征集|推荐|遴选|评选|受理|报名|认定|评价")
_TO_APPLY = re.compile(r"(?:申报|认定|评选|评定|入库|推荐|遴选)(?:的)?(?:基本)?(?:条件|要求)")
_YEAR = re.compile(r"(20\d\d)年")
_SUPPORTS = re.compile(r"(?:支持|扶持|帮扶|优惠|奖励|奖补|补助|补贴|资助)")
_RULED_OUT = re.compile(r"不予|负面清单|不得|除外")
_REMARK = re.compile(r"重复|已(?:经)?(?:获得?|享受|取得)过?")


class GuideReader:
    """Makes the measures of one guide (读一份指南)."""

    def __init__(self, guide: Guide, layout: Layout, reader: Reader) -> None:
        self.guide, self.layout, self.reader = guide, layout, reader
        self.view = reader.view
        self.tidied: Sequence[Criterion] = ()  # what every measure of the guide shares
        self.policy = reader.context.policy

    def measures(self) -> list[Measure]:
        """The measures in reading order; their ids are given later."""
        free = self._free_items()
        listed = _take_conditions(free, self.view, self._used_definitions)
        conditions = [*self._conditions(), *listed]
        targets = self._items(Role.TARGET)
        units = self._units(free, labelled=bool(conditions or targets))
        units = [unit for unit in units if self._is_own(unit)][:MAX_MEASURES]
        if not units and not conditions and not targets:
            return []
        shared = self._shared(targets)
        if not units:
            labelled = any(part.section.scheme is Scheme.LABEL for part in self.guide.parts)
            applied = labelled or is_applied_for(self.policy) or self._calls_for()
            return self._by_rounds(self._without_units(shared, conditions)) if applied else []
        aligned = align(conditions, units, self.view)
        shared += [*self.reader.items(aligned.common, "condition"), *self._remarks()]
        shared = list(tidy(All(all=tuple(shared)), text=self.view.raw).all)
        self.tidied = shared
        windows = self._own_windows(units)
        measures = [self._of_unit(unit, shared, aligned, windows.get(unit.start)) for unit in units]
        return self._by_rounds([*self._recognition(shared), *measures])

    def _calls_for(self) -> bool:
        """Whether a section is called 申报条件, as in rules whose title says only 管理办法."""
        titles = (part.section.title for part in self.guide.of(Role.CONDITION))
        return not is_law(self.policy) and any(_TO_APPLY.search(title) for title in titles)

    def _without_units(self, shared: list[Criterion], conditions: Sequence[Item]) -> list[Measure]:
        """What is only recognised: one measure, or one for each kind with conditions."""
        heads = [item for item in conditions if item.children]
        cases = [item for item in heads if _RECOGNISES.search(item.text(self.view))]
        if len(cases) < 2:
            criteria = [*shared, *self.reader.items(conditions, "condition"), *self._remarks()]
            return [self._measure(None, criteria)] if criteria else []
        apart = set(cases)
        rest = [item for item in conditions if item not in apart]
        common = [*shared, *self.reader.items(rest, "condition"), *self._remarks()]
        return [self._case(item, common) for item in cases]

    def _case(self, item: Item, common: list[Criterion]) -> Measure:
        unit = Unit(item.start, item.last, (item.start, item.end), ((item.start, item.end),))
        measure = self._measure(unit, [*common, *self.reader.below(item, "condition")])
        return measure.model_copy(update={"benefit": Benefit(kinds=(BenefitKind.RECOGNITION,))})

    def _recognition(self, shared: list[Criterion]) -> list[Measure]:
        """A set of rules that recognises and rewards: the recognition is applied for by itself."""
        if not _RECOGNISING_TITLE.search(self.policy.title):
            return []
        for part in self.guide.of(Role.CONDITION):
            items = part_items(part, self.view)
            heads = "".join(item.text(self.view)[:40] for item in items)
            if part.section.scheme is not Scheme.LABEL and re.search("认定|评价|评定", heads):
                start, end = part.span
                unit = Unit(start, end, (start, start), ())
                measure = self._measure(unit, shared)
                return [
                    measure.model_copy(
                        update={"benefit": Benefit(kinds=(BenefitKind.RECOGNITION,))}
                    )
                ]
        return []

    def _shared(self, targets: Sequence[Item]) -> list[Criterion]:
        """What holds for every measure: the target, 本政策适用于…, remarks in passing."""
        nodes = self._of_targets(targets)
        nodes.extend(n for one in targets for n in self._defined(one.start, one.last))
        for part in self.guide.of(Role.CONDITION):
            if _RULED_OUT.search(part.section.title):
                nodes.extend(self.reader.items(part_items(part, self.view), "excluded"))
        for line in self._lines(Role.OTHER, Role.ASIDE):
            if _APPLIES.match(self.view.text, line.start, line.end):
                nodes.extend(self.reader.stretch(line.start, line.end, "target"))
            elif _APPLICANT_SHALL.match(self.view.text, line.start, line.end):
                nodes.extend(self.reader.stretch(line.start, line.end, "condition"))
        return nodes

    def _of_targets(self, targets: Sequence[Item]) -> list[Criterion]:
        """Kinds of applicant listed one by one are alternatives: （一）企业；（二）高校院所."""
        numbered = [item for item in targets if item.rank < PLAIN_RANK]
        if len(numbered) < 2 or not all(_names_kind(one.text(self.view)) for one in numbered):
            return self.reader.items(targets, "target")
        listed = set(numbered)
        rest = [item for item in targets if item not in listed]
        kinds = [All(all=tuple(self.reader.items([one], "target"))) for one in numbered]
        return [*self.reader.items(rest, "target"), AnyOf(any=tuple(k for k in kinds if k.all))]

    def _remarks(self) -> list[Criterion]:
        """已获得其他财政资金的不再支持, said among benefits or procedure."""
        for line in self._lines(Role.BENEFIT, Role.PROCEDURE, Role.ASIDE, Role.OTHER):
            stated = _REMARK.search(self.view.text, line.start, line.end)
            if stated and line.kind != "table_row":  # a form's promise is no condition
                found = list(self.reader.remarks(line.start, line.end))
                if found:
                    return found[:1]
        return []

    def _of_unit(
        self,
        unit: Unit,
        shared: list[Criterion],
        aligned: Alignment,
        window: ApplicationWindow | None,
    ) -> Measure:
        criteria = [
            *shared,
            *self.reader.items(aligned.own_of(unit), "condition"),
            *subject_of(unit, self.reader, self._defined),
        ]
        measure = self._measure(unit, criteria)
        return measure if window is None else measure.model_copy(update={"window": window})

    def _defined(self, start: int, end: int) -> list[Criterion]:
        """What the text means by the terms in a stretch, said elsewhere."""
        text = self.view.text[start:end] if self._definitions else ""
        named = [one for one in self._definitions if one.term in text]
        return [
            node
            for one in named
            if not start <= one.start < end
            for node in (*self._meaning(one), *self._listed_in(one))
        ]

    def _meaning(self, one: Definition) -> list[Criterion]:
        if one.list is not None and _BELOW_ALL.fullmatch(self.view.text, one.start, one.end):
            return []  # 同时符合下列条件的企业: says nothing by itself
        return self.reader.sentence(one.start, one.end, "condition")

    def _listed_in(self, one: Definition) -> list[Criterion]:
        return self.reader.below(one.list, "condition") if one.list is not None else []

    @cached_property
    def _definitions(self) -> tuple[Definition, ...]:
        return definitions_of(self.view, self.layout.lines)

    @cached_property
    def _used_definitions(self) -> frozenset[int]:
        """Where the lists begin that say what a term means which the text uses elsewhere."""
        text = self.view.text
        return frozenset(
            one.list.start
            for one in self._definitions
            if one.list is not None
            and text.count(one.term) > text.count(one.term, one.list.start, one.last)
        )

    def _units(self, free: Sequence[Item], *, labelled: bool) -> list[Unit]:
        """Units of the benefit parts; where these offer nothing, those of the text at large."""
        view, parts = self.view, self.guide.of(Role.BENEFIT)
        found = [unit for part in parts for unit in self._of_part(part)]
        if len(parts) > 1 and any(_has_cap(unit, view) for unit in found):
            found = [unit for unit in found if _has_cap(unit, view) or not _describes(unit, view)]
        if not any(part.section.scheme is Scheme.LABEL for part in parts):
            named = labelled or any(_SUPPORTS.search(part.section.title) for part in parts)
            found = [unit for unit in found if _supports(unit.text(view), named)]
        if any(offers(unit.text(view)) or labelled for unit in found):
            return found
        return list(free_units(free, view, numbered_only=labelled)) or found

    def _of_part(self, part: Part) -> list[Unit]:
        """Rows of a table that give something, else the units of the part's lines."""
        rows = row_units(part.lines, self.view)
        return [*rows] if rows else units_of(part_items(part, self.view), self.view)

    def _is_own(self, unit: Unit) -> bool:
        """Whether it offers something here: not another document's new words, nor law at large."""
        text = unit.text(self.view)
        if changes_another(text):
            return False
        return not is_law(self.policy) or any(
            gives(one) and names_business(one) for one in text.split("\n")
        )

    def _free_items(self) -> list[Item]:
        """The lines without a role as a tree, without preface, signature and furniture."""
        view, found = self.view, list[Item]()
        for part in self.guide.of(Role.OTHER):
            lines = [line for line in part.lines if line.kind not in _NOT_PROSE]
            lines = [line for line in lines if not _PREFACE.match(view.text, line.start, line.end)]
            found.extend(item_tree(lines, view))
        return found

    def _items(self, role: Role) -> list[Item]:
        return [item for part in self.guide.of(role) for item in part_items(part, self.view)]

    def _conditions(self) -> list[Item]:
        parts = self.guide.of(Role.CONDITION)
        asked = [part for part in parts if not _RULED_OUT.search(part.section.title)]
        return [item for part in asked for item in part_items(part, self.view)]

    def _lines(self, *roles: Role) -> list[Line]:
        return [line for part in self.guide.of(*roles) for line in part.lines]

    def _measure(self, unit: Unit | None, criteria: Sequence[Criterion]) -> Measure:
        view = self.view
        at = view.span(unit.start, unit.end) if unit else self._whole_span()
        return Measure(
            id="",
            title=title_of(unit, view, self.policy, self.guide.title),
            quote=view.raw[at[0] : at[1]],
            at=at,
            criteria=tidy(All(all=tuple(criteria)), done=self.tidied, text=view.raw),
            scope=self._scope(unit),
            benefit=self._benefit(unit),
            window=self._details.window,
            how_to_apply=self._details.how_to_apply,
            materials=self._details.materials,
            contact=self._details.contact,
            mode=self._details.mode,
        )

    @cached_property
    def _details(self) -> Measure:
        """What all measures of the guide share beside their conditions, read once."""
        view = self.view
        return Measure(
            id="",
            title="",
            window=self._window(),
            how_to_apply=how_of(self._lines(Role.PROCEDURE), view),
            materials=materials_of(self._lines(Role.MATERIALS), view),
            contact=contact_of(self._lines(Role.CONTACT), self.layout.lines, view),
            mode=mode_of(view.text),
        )

    def _benefit(self, unit: Unit | None) -> Benefit:
        """The unit's benefit; its kinds by the document's title where the text names none."""
        if unit is None:
            return Benefit(kinds=kinds_of(self.policy.title))
        quote = unit.quote(self.view)
        benefit = benefit_of(unit.text(self.view), quote)
        benefit = benefit.model_copy(update={"terms": terms_of(quote)})
        if benefit.kinds:
            return benefit
        return benefit.model_copy(update={"kinds": kinds_of(self.policy.title)})

    def _scope(self, unit: Unit | None) -> Criterion | None:
        """What the target, the unit or the title says of the place."""
        spans = [part.span for part in self.guide.of(Role.TARGET)]
        if unit is None:
            spans += [part.span for part in self.guide.of(Role.CONDITION)]
        texts = [self.view.text[a:b] for a, b in spans]
        texts += [unit.text(self.view)] if unit else []
        return scope_of(self.policy, texts)

    def _whole_span(self) -> tuple[int, int]:
        lines = self._lines(Role.CONDITION, Role.TARGET) or self.layout.lines
        return self.view.span(min(one.start for one in lines), max(one.end for one in lines))

    def _window(self) -> ApplicationWindow:
        lines = self._lines(Role.WINDOW)
        text = "\n".join(self.view.text[line.start : line.end] for line in lines)
        raw = "\n".join(self.view.quote(line.start, line.end)[0] for line in lines)
        window = window_of(text, raw, year=self._year)
        if window.closes_on or window.rolling or not _CALLS.search(self.policy.title):
            return window
        return self._due() or window

    def _own_windows(self, units: Sequence[Unit]) -> dict[int, ApplicationWindow]:
        """The windows that lines on time give to one unit by its name, by the unit's start."""
        found: dict[int, ApplicationWindow] = {}
        lines = self._lines(Role.WINDOW) if len(units) > 1 else []
        titles = titles_of(units, self.view) if lines else []
        for line in lines:
            for start, end in sentences(self.view.text, line.start, line.end):
                named = unit_named(name_before_days(self.view.text[start:end]), units, titles)
                if named is not None:
                    found.setdefault(named.start, self._window_in(start, end))
        return found

    def _window_in(self, start: int, end: int) -> ApplicationWindow:
        raw = self.view.quote(start, end)[0]
        return window_of(self.view.text[start:end], raw, year=self._year)

    def _by_rounds(self, measures: list[Measure]) -> list[Measure]:
        """Each measure once for every round of applications, with the round's own window."""
        if any(one.window != self._details.window for one in measures):
            return measures
        windows = [
            (name, self._window_in(part.span[0] + a, part.span[0] + b))
            for part in self.guide.of(Role.WINDOW)
            for name, a, b in rounds_of(self.view.text[slice(*part.span)])
        ]
        if not windows or any(one.closes_on is None for _, one in windows):
            return measures
        return [
            measure.model_copy(update={"title": f"{measure.title}（{name}）", "window": window})
            for measure in measures
            for name, window in windows
        ]

    def _due(self) -> ApplicationWindow | None:
        """The day that a call for applications sets among the steps or elsewhere."""
        for line in self._lines(Role.PROCEDURE, Role.MATERIALS, Role.ASIDE, Role.OTHER):
            for start, end in sentences(self.view.text, line.start, line.end):
                text = self.view.text[start:end]
                if is_due(text):
                    found = window_of(text, self.view.quote(start, end)[0], year=self._year)
                    if found.closes_on:
                        return found
        return None

    @property
    def _year(self) -> int | None:
        """What a day without a year belongs to: the year of issue, else that of the title."""
        named = _YEAR.search(self.policy.title)
        if self.policy.issued_on:
            return self.policy.issued_on.year
        return int(named[1]) if named else None


_KIND = re.compile(
    r"(?:(?!应当?|必?须|需|不得|不能|未|没有|且)[^。;]){2,80}?(?:企业|单位|机构|组织|主体|院所|高校|公司|法人|"
    r"园区|基地|平台|项目|团队|合作社|工商户|商户|协会|个人|人员|者|医院|学校|载体)(?:等|\([^()]*\))?[。;]?"
)
_NAMED_KIND = re.compile(r"[^。,;]{2,20}(?:工厂|企业|园区|平台|基地|单位|项目)。面向")


def _names_kind(text: str) -> bool:
    """Whether an item only names a kind of applicant."""
    return bool(_KIND.fullmatch(text) or _NAMED_KIND.match(text))


def _supports(text: str, labelled: bool) -> bool:
    """Whether a unit of a part on benefits gives anything; with conditions at hand, in any kind."""
    return gives(text) or (labelled and (offers(text) or bool(kinds_of(text))))


def _has_cap(unit: Unit, view: View) -> bool:
    return any(True for _ in caps_of(unit.text(view)))


def _describes(unit: Unit, view: View) -> bool:
    """专题内容: says what it is about, before the part that says what is given."""
    return unit.title[1] - unit.title[0] < 200 and not offers(unit.text(view)[60:])


def _take_conditions(items: list[Item], view: View, defining: frozenset[int]) -> list[Item]:
    """
    Take the items that list conditions out of a tree, and give them back.

    A list that only says what a term means (it starts at one of `defining`) binds those for whom
    the term is used, not everybody.
    """
    taken: list[Item] = []
    left: list[Item] = []
    for item in items:
        if item.start in defining:
            continue
        if _lists_conditions(item, view):
            taken.append(item)
        else:
            left.append(item)
            taken.extend(_take_conditions(item.children, view, defining))
    items[:] = left
    return taken


def _lists_conditions(item: Item, view: View) -> bool:
    """第三条 符合下列条件之一的，可以申请: with items below and no money in the head."""
    head = item.text(view)
    if not item.children or not _CONDITION_HEAD.search(head) or is_concrete(head):
        return False
    given = sum(gives(view.text[child.start : child.last]) for child in item.children)
    return given * 2 <= len(item.children)  # 给予支持，具体如下: heads benefits

"""
Documents as they read on a day, with what later ones changed (某日现行文本): `current_readings`.

Pure: policies in, policies out. What can't be carried out surely is told in `amendments`, and the
measures that it may touch are marked doubtful with the changing document named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from indexer.amend.changes import ChangingDocument, changing_documents
from indexer.amend.edits import Edit, Outcome, carried_out, plan
from indexer.amend.instructions import Instruction, Op
from indexer.document import BlockKind, Document, RawBlock
from indexer.extract import extract_measures
from indexer.structure.dates import add_months
from indexer.structure.terms import read_term
from policy_match.domain.criterion import leaves_of
from policy_match.domain.policy import (
    Amendment,
    Doubt,
    DoubtKind,
    Event,
    EventKind,
    Measure,
    Policy,
)

NO_ORDERS = "没有读出逐条的修改内容"
LATER = "尚未施行"
BY_PEOPLE = "已发布的规则不自动改写，请核对后重新发布"


def current_readings(policies: Iterable[Policy], *, as_of: date) -> tuple[Policy, ...]:
    """
    Each policy as it reads on a day (现行文本).

    A policy that others change has its text as issued in `as_issued`, its blocks and measures as
    changed, and in `amendments` one entry an order: by which document, from when, which clause,
    and either where the new words stand or why the order was not carried out. Doing this again,
    or for another day, starts from the text as issued.

    Args:
        policies: the set, with their events; other documents change a policy only from within it.
        as_of: orders of documents that take effect later are listed, not carried out.
    """
    known = [as_issued(policy) for policy in policies]
    changing = changing_documents(known)
    return tuple(_changed(policy, changing.get(policy.id, ()), as_of) for policy in known)


def as_issued(policy: Policy) -> Policy:
    """The policy before any change by others (原文); itself where nothing changed it."""
    if not policy.amendments:
        return policy
    own = [one.on for one in policy.events if one.kind is EventKind.EXPIRES and one.by is None]
    bare = policy.model_copy(
        update={
            "amendments": (),
            "as_issued": (),
            "blocks": policy.as_issued or policy.blocks,
            "expires_on": own[0] if own else None,
            "events": tuple(one for one in policy.events if not _extends(one)),
        }
    )
    if policy.as_issued:
        return _reread(bare)
    return bare.model_copy(update={"measures": tuple(map(_undoubted, bare.measures))})


def _extends(event: Event) -> bool:
    return event.kind is EventKind.EXPIRES and event.by is not None


def _undoubted(measure: Measure) -> Measure:
    kept = tuple(one for one in measure.review.doubts if one.kind is not DoubtKind.AMENDED)
    if kept == measure.review.doubts:
        return measure
    review = measure.review.model_copy(update={"doubts": kept})
    return measure.model_copy(update={"review": review})


def _reread(policy: Policy) -> Policy:
    """The measures read anew from its blocks (重读措施)."""
    from indexer.doubts import marked
    from indexer.learned import completed

    blocks = tuple(RawBlock(BlockKind.PARAGRAPH, block.text) for block in policy.blocks)
    document = Document(policy.source.file or policy.id, "txt", blocks)
    bare = policy.model_copy(update={"measures": (), "guesses": ()})
    return marked(completed(bare.model_copy(update={"measures": extract_measures(bare, document)})))


def _changed(policy: Policy, documents: Sequence[ChangingDocument], as_of: date) -> Policy:
    original = policy.blocks
    for one in documents:
        if one.on is not None and one.on > as_of:
            policy = _listed(policy, [_entry(one, None, f"{LATER}（{one.on}起）")])
        else:
            policy = _changed_by(policy, one)
    if policy.blocks != original:
        policy = _reread(policy.model_copy(update={"as_issued": original}))
    return behind(policy, as_of=as_of)


def _changed_by(policy: Policy, document: ChangingDocument) -> Policy:
    if not document.orders:
        return _listed(policy, [_entry(document, None, NO_ORDERS)])
    outcomes = plan(policy, document.orders, document.whole)
    edits = [edit for outcome in outcomes for edit in outcome.edits]
    blocks, placed = carried_out(policy, edits) if edits else (policy.blocks, {})
    moved = _Moved(edits)
    entries = [
        _entry(document, order, outcome.reason, _now_at(outcome, placed, moved))
        for order, outcome in zip(document.orders, outcomes, strict=True)
    ]
    carried = [
        one.model_copy(update={"at": moved.span(one.at) if one.at else None})
        for one in policy.amendments
    ]
    before = read_term(policy.text, policy.issued_on).expires
    policy = policy.model_copy(update={"blocks": blocks, "amendments": tuple(carried)})
    after = read_term(policy.text, policy.issued_on).expires if edits else before
    if after is not None and after != before:
        policy = _ending(policy, after, document.by)
    return _extended(_listed(policy, entries), document)


def _listed(policy: Policy, entries: Sequence[Amendment]) -> Policy:
    return policy.model_copy(update={"amendments": (*policy.amendments, *entries)})


def _entry(
    document: ChangingDocument,
    order: Instruction | None,
    reason: str | None,
    at: tuple[int, int] | None = None,
) -> Amendment:
    return Amendment(
        by=document.by,
        policy_id=document.policy_id,
        title=document.title,
        on=document.on,
        clause=order.clause if order else None,
        words=order.words if order else None,
        reason=reason,
        at=at,
    )


def _now_at(
    outcome: Outcome, placed: dict[Edit, tuple[int, int]], moved: _Moved
) -> tuple[int, int] | None:
    """Where the new words stand; of an order not carried out, the clause it speaks of."""
    spans = [placed[edit] for edit in outcome.edits]
    if spans:
        return min(a for a, _ in spans), max(b for _, b in spans)
    return moved.span(outcome.at) if outcome.at else None


class _Moved:
    """Where a place in the text before lies after edits (位移)."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = sorted(edits, key=lambda one: (one.start, one.end))

    def span(self, at: tuple[int, int]) -> tuple[int, int]:
        start, end = self._place(at[0]), self._place(at[1])
        return start, max(start, end)

    def _place(self, at: int) -> int:
        shift = 0
        for edit in self.edits:
            if edit.end > at:
                break
            shift += len(edit.new) - (edit.end - edit.start)
        return at + shift


def _extended(policy: Policy, document: ChangingDocument) -> Policy:
    """The new last day of validity, as an event by the document that sets it (延长有效期)."""
    for order in document.orders:
        if order.op is not Op.EXTEND:
            continue
        day = order.day
        if day is None and order.months and policy.expires_on:
            day = add_months(policy.expires_on, order.months)
        if day is not None:
            policy = _ending(policy, day, document.by)
    return policy


def _ending(policy: Policy, day: date, by: str) -> Policy:
    events = (*policy.events, Event(kind=EventKind.EXPIRES, on=day, by=by))
    return policy.model_copy(update={"expires_on": day, "events": events})


def noted(policy: Policy, documents: Sequence[ChangingDocument], *, as_of: date) -> Policy:
    """
    The policy with what others change in it told, and nothing carried out (只标注修改).

    For rules that people have published: these are changed by people alone.

    Args:
        policy: with its text and its measures.
        documents: those that change it, as `changing_documents` gives them.
        as_of: measures become doubtful by changes that count on this day.
    """
    bare = policy.model_copy(update={"amendments": ()})
    entries = [
        _entry(one, order, outcome.reason or BY_PEOPLE, outcome.at)
        for one in documents
        for order, outcome in zip(one.orders, plan(bare, one.orders, one.whole), strict=True)
    ]
    entries += [_entry(one, None, NO_ORDERS) for one in documents if not one.orders]
    return behind(_listed(bare, entries), as_of=as_of)


def behind(policy: Policy, *, as_of: date) -> Policy:
    """
    The policy, its measures doubtful where a change could not be carried out (修改存疑).

    A change of one clause concerns the measures whose text lies there; one whose place is not
    known concerns all of them, unless staff have looked at the measure since.
    """
    open_ = [one for one in policy.amendments if one.is_open(as_of)]
    if not open_ and not any(_has_doubt(one) for one in policy.measures):
        return policy
    measures = tuple(_doubted(_undoubted(one), open_) for one in policy.measures)
    return policy.model_copy(update={"measures": measures})


def _has_doubt(measure: Measure) -> bool:
    return any(one.kind is DoubtKind.AMENDED for one in measure.review.doubts)


def _doubted(measure: Measure, amendments: Sequence[Amendment]) -> Measure:
    seen = measure.review.on
    doubts = tuple(
        Doubt(kind=DoubtKind.AMENDED, reason=one.told(), at=one.at, quote=one.words)
        for one in amendments
        if _concerns(one, measure) and (seen is None or one.on is None or one.on > seen)
    )
    if not doubts:
        return measure
    review = measure.review.model_copy(update={"doubts": (*measure.review.doubts, *doubts)})
    return measure.model_copy(update={"review": review})


def _concerns(amendment: Amendment, measure: Measure) -> bool:
    """A change within the measure's text, or in a clause that no measure is known to rest on."""
    if amendment.at is None or measure.at is None:
        return True
    spans = [measure.at, *(leaf.at for leaf in leaves_of(measure.criteria) if leaf.at)]
    return any(a < amendment.at[1] and amendment.at[0] < b for a, b in spans)

"""
What the policy desk shows (审核台): files being read, policies under review, a policy's kin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from admin.policies import draft_of, is_waiting, to_policy
from admin.policies.doubts import PROBLEM_WORDS, divergences_of
from admin.policies.text import draft_text, text_as_read
from admin.reach import Reached, count_reach
from admin.records.job import Upload
from admin.records.policy import STATES, Measure, Policy, PolicyName
from admin.roster import RosterKeeper
from indexer.lineage import Link, lineage, names_cited, names_of
from indexer.picture import Chart, chart_of
from indexer.versions import Kin, find_kin
from policy_match.domain import policy as library
from policy_match.matching.scope import whole_rule

PAGE = 25
MOST_UNREAD = 200
_LIKE_TITLES = 20  # policies whose texts are compared with one
_TITLE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One policy of the desk's list (政策一行)."""

    policy: Policy
    measures: int
    waiting: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One page of the desk's list (一页)."""

    rows: list[DeskRow]
    total: int
    number: int
    counts: dict[str, int]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def desk_page(session: Session, *, state: str, search: str, page: int) -> DeskPage:
    """Policies of a state, those that wait longest first."""
    counts = dict.fromkeys(dict(STATES), 0)
    found = select(Policy.state, func.count()).group_by(Policy.state)
    for key, count in session.execute(found):
        counts[key] = count
    chosen = select(Policy).where(Policy.state == state)
    if search:
        chosen = chosen.where(
            or_(*(c.contains(search, autoescape=True) for c in (Policy.title, Policy.doc_no)))
        )
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    rows = session.scalars(
        chosen.options(
            joinedload(Policy.organisation),
            selectinload(Policy.measures).selectinload(Measure.rules),
        )
        .order_by(Policy.id.desc())
        .offset(page * PAGE)
        .limit(PAGE)
    ).unique()
    return DeskPage([_row(policy) for policy in rows], total, page, counts)


def _row(policy: Policy) -> DeskRow:
    waiting = [measure for measure in policy.measures if is_waiting(measure)]
    doubtful = sum(measure.doubtful for measure in waiting)
    return DeskRow(policy, len(policy.measures), len(waiting), doubtful)


def recent_uploads(session: Session, *, unread: bool = False, limit: int = 10) -> list[Upload]:
    """The newest files that were handed in, with their progress; or all that were not read."""
    found = select(Upload).options(joinedload(Upload.job), joinedload(Upload.policy))
    if unread:
        found, limit = found.where(Upload.state != "read"), MOST_UNREAD
    return list(session.scalars(found.order_by(Upload.id.desc()).limit(limit)).unique())


def get_policy(session: Session, policy_id: int) -> Policy | None:
    """A policy in scope with its measures, rules and text; one query a table."""
    return session.scalars(
        select(Policy)
        .where(Policy.id == policy_id)
        .options(
            undefer(Policy.document),
            selectinload(Policy.measures).selectinload(Measure.rules),
            selectinload(Policy.measures).joinedload(Measure.rule),
        )
    ).one_or_none()


def get_measure(session: Session, measure_id: int) -> Measure | None:
    """A measure in scope with its policy whole."""
    policy_id = session.scalar(select(Measure.policy_id).where(Measure.id == measure_id))
    policy = get_policy(session, policy_id) if policy_id is not None else None
    if policy is None:
        return None
    return next((one for one in policy.measures if one.id == measure_id), None)


def next_waiting(measure: Measure) -> Measure | None:
    """The next measure of the policy that waits for review."""
    others = measure.policy.measures
    place = others.index(measure)
    return next((one for one in [*others[place + 1 :], *others[:place]] if is_waiting(one)), None)


def reach_of(
    keeper: RosterKeeper, session: Session, policy: Policy, *, as_of: date
) -> dict[int, Reached] | None:
    """
    Whom each measure would reach with its newest rule, by the measure's id.

    None while the roster has to be prepared first.
    """
    read = to_policy(policy, published_only=False)
    rules = [whole_rule(read, measure) for measure in read.measures]
    counted = count_reach(keeper, session, rules, as_of=as_of)
    if counted is None:
        return None
    return {row.id: one for row, one in zip(policy.measures, counted, strict=True)}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where rule and text differ, in words (不一致之处)."""

    measure: Measure
    problem: str
    rule: str
    text: str
    quote: str


def mismatches(policy: Policy) -> list[Mismatch]:
    """All divergences of a policy's newest rules from its text."""
    read = to_policy(policy, published_only=False)
    return [
        Mismatch(row, PROBLEM_WORDS[one.problem], one.rule, one.text, one.quote or "")
        for row, measure in zip(policy.measures, read.measures, strict=True)
        for one in divergences_of(measure, _own_text(row, read))
    ]


def _own_text(row: Measure, read: library.Policy) -> str:
    """The text that a measure's newest rule quotes."""
    kept = draft_text(row)
    return read.text if kept is None else text_as_read(row.policy, kept).text


def publishable(policy: Policy) -> list[Measure]:
    """The measures that publishing would take: reviewed drafts that were not set aside."""
    return [
        measure
        for measure in policy.measures
        if (draft := draft_of(measure)) is not None
        and draft.reviewed_by is not None
        and measure.review != "withdrawn"
    ] + [m for m in policy.measures if m.review == "published" and draft_of(m) is None]


@dataclass(frozen=True, slots=True)
class Family:
    """What a policy rests on and what is like it (脉络与版本)."""

    links: list[tuple[Link, Policy | None]]
    kin: list[tuple[Kin, Policy]]
    chart: Chart
    rows: dict[str, int]  # the id of each policy's row, by its key


def family_of(session: Session, policy: Policy, *, as_of: date) -> Family:
    """A policy's lineage and its near versions, among the policies in scope."""
    own = library.Policy.model_validate(policy.document)
    related = _tied(session, policy, own)
    rows = {row.key: row for row in [*related, *_alike(session, policy)]}
    read = {key: library.Policy.model_validate(row.document) for key, row in rows.items()}
    read[own.id] = own
    links = _each_once(lineage(own.id, read.values(), as_of=as_of))
    kin = [one for one in find_kin(read.values()) if own.id in (one.newer, one.older)]
    return Family(
        [(link, rows.get(link.resolved or "")) for link in links],
        [(one, rows[one.older if one.newer == own.id else one.newer]) for one in kin],
        chart_of(own.id, links, read, as_of=as_of),
        {key: row.id for key, row in rows.items()},
    )


def _each_once(links: list[Link]) -> list[Link]:
    """Ties to the same document once, though it is named by number and by title."""
    found: dict[tuple[str, str, str], Link] = {}
    for link in links:
        key = (link.policy_id, link.relation, link.resolved or f"{link.doc_no}|{link.of}")
        if key not in found or (link.doc_no and not found[key].doc_no):
            found[key] = link
    return list(found.values())


def _tied(session: Session, policy: Policy, own: library.Policy) -> Sequence[Policy]:
    """Policies that this one names, and those that name it."""
    corrected = own.model_copy(update={"doc_no": policy.doc_no, "title": policy.title})
    tied = select(PolicyName.policy_id).where(
        or_(
            PolicyName.cited.is_(False) & PolicyName.name.in_(names_cited(own)),
            PolicyName.cited.is_(True) & PolicyName.name.in_(names_of(own) | names_of(corrected)),
        )
    )
    found = select(Policy).where(Policy.id != policy.id, Policy.id.in_(tied)).limit(200)
    return session.scalars(found.options(undefer(Policy.document))).all()


def _alike(session: Session, policy: Policy) -> Sequence[Policy]:
    """Policies with a title much like this one's."""
    own = _pairs(policy.title)
    scored = sorted(
        (
            (len(own & pairs) / max(1, len(own | pairs)), row_id)
            for row_id, title in session.execute(
                select(Policy.id, Policy.title).where(Policy.id != policy.id)
            )
            for pairs in (_pairs(title),)
        ),
        reverse=True,
    )
    ids = [row_id for share, row_id in scored[:_LIKE_TITLES] if share >= _TITLE_SHARE]
    found = select(Policy).where(Policy.id.in_(ids)).options(undefer(Policy.document))
    return session.scalars(found).all()


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(len(text) - 1))

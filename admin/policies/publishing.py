"""
What enterprises may be told (审核与发布): approve, publish, withdraw, each recorded.

Nothing reaches an enterprise but a published rule of a published measure of a published policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from admin.audit import note
from admin.clock import business_date
from admin.facts import facts_known
from admin.jobs import enqueue
from admin.policies.content import newest_content, take_over
from admin.policies.drafts import draft_of
from admin.principal import Principal
from admin.records.policy import PUBLICITY, Measure, Policy, Rule
from policy_match.domain.criterion import parse_criterion
from policy_match.domain.policy import CENTRAL_REGION
from policy_match.errors import InputError, RuleError

OPENABLE = frozenset({"open", "on_request"})
INDEX_KEY = "policies"


def approve(session: Session, measure: Measure, principal: Principal, now: datetime) -> None:
    """
    Vouch for a measure's draft (审核通过).

    Raises:
        InputError: there is no draft, or its rule cannot be decided.
    """
    draft = draft_of(measure)
    if draft is None:
        raise InputError("没有待审核的规则", where=f"《{measure.title}》")
    _require_sound(draft, measure)
    draft.reviewed_by, draft.reviewed_at = principal.name, now
    measure.reviewed_by, measure.reviewed_on = principal.name, business_date(now)
    measure.doubtful = False
    if measure.review != "published":
        measure.review = "reviewed"
    note(session, "审核通过", measure, rule=(None, draft.number))


def reject(
    session: Session, measure: Measure, principal: Principal, now: datetime, *, reason: str
) -> None:
    """
    Set a measure aside that is none, or must not be told (不采用); a published one is withdrawn.

    Raises:
        InputError: no reason is given.
    """
    if not reason.strip():
        raise InputError("没有写原因", where="不采用", advice="请写一句为什么不采用，日后可查")
    if measure.review == "published":
        withdraw(session, measure.policy, principal, now, measures=[measure])
    measure.review = "withdrawn"
    note(session, "不采用", measure, reason=(None, reason.strip()[:300]))


def restore(session: Session, measure: Measure) -> None:
    """Take a measure that was set aside back into review (恢复审核)."""
    draft = draft_of(measure)
    measure.review = "reviewed" if draft is not None and draft.reviewed_by else "machine"
    note(session, "恢复审核", measure)


def problems_of(policy: Policy, measures: Sequence[Measure]) -> list[str]:
    """Why a policy's measures can't be published yet, each with what to do; none when they can."""
    return [*_policy_problems(policy, measures), *_measure_problems(measures)]


def _policy_problems(policy: Policy, measures: Sequence[Measure]) -> Iterable[str]:
    if policy.publicity not in OPENABLE:
        words = dict(PUBLICITY)[policy.publicity]
        yield f"公开属性为“{words}”：请核对原文，改为“主动公开”或“依申请公开”后再发布"
    if not policy.title.strip():
        yield "没有标题：请填写"
    if not policy.issuers.strip():
        yield "没有发文机关：请填写，企业要看到政策出自哪里"
    if policy.region is None and any(_rule_to_publish(m, scoped=True) is None for m in measures):
        yield f"没有适用地区：请选择；全国适用的选“{CENTRAL_REGION} 全国”"
    if not measures:
        yield "没有选中任何措施：请至少选一项"


def _measure_problems(measures: Sequence[Measure]) -> Iterable[str]:
    for measure in measures:
        draft = draft_of(measure)
        if draft is not None and draft.reviewed_by is None:
            yield f"《{measure.title}》还没有审核：请先逐条核对并点“审核通过”"
        elif draft is None and measure.rule_id is None:
            yield f"《{measure.title}》没有可发布的规则"
        elif draft is not None:
            try:
                _require_sound(draft, measure)
            except InputError as error:
                yield str(error)


def _rule_to_publish(measure: Measure, *, scoped: bool) -> Rule | None:
    rule = draft_of(measure) or measure.rule
    return None if rule is None or (scoped and rule.scope is None) else rule


def _require_sound(rule: Rule, measure: Measure) -> None:
    try:
        parse_criterion(rule.criteria, registry=facts_known())
        if rule.scope is not None:
            parse_criterion(rule.scope, registry=facts_known(), where="适用范围")
    except RuleError as error:
        raise InputError(
            error.what, where=f"《{measure.title}》的规则", advice=error.advice
        ) from error


def publish(
    session: Session,
    policy: Policy,
    measures: Sequence[Measure],
    principal: Principal,
    now: datetime,
) -> None:
    """
    Publish a policy with these measures (发布); the caller commits.

    Each measure's reviewed draft becomes its published rule, which never changes again; the one
    before it is retired. The policy is marked for the index, and matching is asked for.

    Raises:
        InputError: something is in the way; lists all of it, and nothing was changed.
    """
    problems = problems_of(policy, measures)
    if problems:
        raise InputError("；".join(problems), where=f"发布《{policy.title}》")
    for measure in measures:
        _publish_measure(session, measure, principal, now)
    before, policy.state = policy.state, "published"
    policy.published_at, policy.published_by = now, principal.name
    note(
        session,
        "发布",
        policy,
        state=(before, "published"),
        measures=(None, [measure.id for measure in measures]),
    )
    _follow_up(session, policy, principal, now)


def _publish_measure(
    session: Session, measure: Measure, principal: Principal, now: datetime
) -> None:
    draft, former = draft_of(measure), measure.rule
    before, measure.review = measure.review, "published"
    if draft is not None:
        if former is not None:
            former.state = "retired"
        draft.state = "published"
        draft.published_at, draft.published_by = now, principal.name
        take_over(measure, newest_content(measure))
        measure.rule_id = draft.id
        session.flush()
        session.expire(measure, ["rule"])
    rule = (former.number if former else None, draft.number if draft else None)
    note(session, "发布", measure, review=(before, "published"), rule=rule)


def withdraw(
    session: Session,
    policy: Policy,
    principal: Principal,
    now: datetime,
    *,
    measures: Sequence[Measure] | None = None,
) -> None:
    """
    Take a policy, or some measures of it, back from the enterprises (撤回); the caller commits.

    Published rules stay as they were, so that what was pushed can be looked up.
    """
    chosen = [m for m in (measures or policy.measures) if m.review == "published"]
    for measure in chosen:
        measure.review = "withdrawn"
        note(session, "撤回", measure, review=("published", "withdrawn"))
    left = any(m.review == "published" for m in policy.measures)
    if measures is None or not left:
        before, policy.state = policy.state, "withdrawn"
        note(session, "撤回", policy, state=(before, "withdrawn"))
    _follow_up(session, policy, principal, now)


def _follow_up(session: Session, policy: Policy, principal: Principal, now: datetime) -> None:
    """Index and matches follow in the background; both find for themselves what has changed."""
    policy.index_dirty_at = now
    session.flush()
    by = principal.name
    enqueue(session, "index", INDEX_KEY, requested_by=by, now=now)
    enqueue(session, "match_policy", str(policy.id), requested_by=by, now=now)

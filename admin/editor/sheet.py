"""
One measure under the hands of one person (审核单): opened, typed, checked, saved.

What was there when it was opened travels with the form, so that a second editor sees what the
first one changed instead of overwriting it unseen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.audit import AuditEntry
from admin.editor import form as forms
from admin.editor.fields import LABELS, apply_fields, read_fields, say_fields, typed_fields
from admin.editor.tree import Edited, EditNode, edit, finish
from admin.editor.words import Difference, rule_differences
from admin.policies import approve, newest_rule, save_rule
from admin.policies.content import change, newest_content
from admin.policies.doubts import doubts_of
from admin.policies.exchange import to_measure
from admin.policies.text import draft_text, text_as_read
from admin.principal import Principal
from admin.records.policy import Measure, Rule
from policy_match.domain.criterion import FactLeaf, parse_criterion
from policy_match.domain.facts import FactRegistry

SCOPE_KEYS = 1_000_000  # keys of the scope's nodes begin here


@dataclass(slots=True)
class Sheet:
    """
    A measure as it is being edited (审核单).

    `scope` is None where the policy's own region is the scope. `base` is what stood there when
    the person opened it: the number of the rule and the fields.
    """

    measure: Measure
    tree: EditNode
    scope: EditNode | None
    fields: dict[str, str]
    base_rule: int
    base_fields: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """The rule's shape, for the form."""
        return forms.shape(self.tree)

    @property
    def scope_shape(self) -> str:
        """The scope's shape, for the form; empty where there is none of its own."""
        return forms.shape(self.scope) if self.scope is not None else ""

    @property
    def base(self) -> str:
        """What stood there at the opening, for the form."""
        return json.dumps({"rule": self.base_rule, "fields": self.base_fields}, ensure_ascii=False)

    def has(self, key: int) -> EditNode:
        """The tree that a node stands in."""
        in_scope = self.scope is not None and key >= SCOPE_KEYS
        return self.scope if in_scope and self.scope is not None else self.tree


def open_sheet(measure: Measure, registry: FactRegistry) -> Sheet:
    """A measure as it stands (打开审核单)."""
    rule = newest_rule(measure)
    fields = say_fields(measure)
    return Sheet(
        measure,
        edit(parse_criterion(rule.criteria if rule else {"all": []}, registry=registry), registry),
        _scope_tree(rule, registry),
        fields,
        rule.number if rule else 0,
        dict(fields),
    )


def _scope_tree(rule: Rule | None, registry: FactRegistry) -> EditNode | None:
    if rule is None or rule.scope is None:
        return None
    scope = parse_criterion(rule.scope, registry=registry, where="适用范围")
    return _shifted(edit(scope, registry))


def _shifted(tree: EditNode) -> EditNode:
    for node in tree.walk():
        node.key += SCOPE_KEYS
    return tree


def own_scope(region: str | None, registry: FactRegistry) -> EditNode:
    """A scope to begin with: the policy's own region."""
    leaf = FactLeaf(fact="region", op="in", value=(region or "000000",))
    tree = _shifted(edit(leaf, registry))
    for node in tree.walk():
        node.was = {}
    return tree


def typed_sheet(measure: Measure, form: forms.Form, registry: FactRegistry) -> Sheet:
    """
    A measure as somebody has typed it (读取审核单).

    Raises:
        InputError: the form is not what the page sent.
    """
    tree = forms.read(form, registry)
    scope = forms.read(form, registry, name="scope_tree") if form.get("scope_tree") else None
    base_rule, base_fields = _base(form)
    return Sheet(measure, tree, scope, typed_fields(form), base_rule, base_fields)


def _base(form: forms.Form) -> tuple[int, dict[str, str]]:
    try:
        data = json.loads(form.get("base", ""))
        fields = {name: str(data["fields"][name]) for name in LABELS}
        return int(data["rule"]), fields
    except (ValueError, KeyError, TypeError):
        raise forms.broken() from None


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody else changed meanwhile (别人的修改)."""

    actor: str
    fields: tuple[tuple[str, str, str], ...]  # label, before, now
    rules: tuple[Difference, ...]


def conflict_of(session: Session, sheet: Sheet, registry: FactRegistry) -> Conflict | None:
    """What was changed since the sheet was opened, or None."""
    measure = sheet.measure
    now, newest = say_fields(measure), newest_rule(measure)
    fields = tuple(
        (LABELS[name], before, now[name])
        for name, before in sheet.base_fields.items()
        if before != now[name]
    )
    rules: tuple[Difference, ...] = ()
    if newest is not None and newest.number != sheet.base_rule:
        before = next((one for one in measure.rules if one.number == sheet.base_rule), None)
        rules = rule_differences(before, newest, registry)
    if not fields and (newest is None or newest.number == sheet.base_rule):
        return None
    return Conflict(_last_actor(session, measure), fields, rules)


def _last_actor(session: Session, measure: Measure) -> str:
    actor = session.scalars(
        select(AuditEntry.actor)
        .where(AuditEntry.record_type == Measure.__tablename__, AuditEntry.record_id == measure.id)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()
    newest = newest_rule(measure)
    return actor or (newest.author if newest else "")


def rebase(sheet: Sheet) -> None:
    """Take what stands there now as seen: saving again overwrites it knowingly."""
    newest = newest_rule(sheet.measure)
    sheet.base_rule = newest.number if newest else 0
    sheet.base_fields = say_fields(sheet.measure)


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet read through (检查结果); `ok` when it can be saved."""

    rule: Edited
    scope: Edited | None
    values: dict[str, object]
    ok: bool


def check(sheet: Sheet, registry: FactRegistry, *, author: str) -> Checked:
    """Read a sheet through; what is wrong is written at its nodes and fields."""
    rule = finish(sheet.tree, registry, author=author)
    scope = finish(sheet.scope, registry, author=author) if sheet.scope is not None else None
    values, sheet.errors = read_fields(sheet.fields)
    ok = rule.rule is not None and not sheet.errors
    ok = ok and (scope is None or scope.rule is not None)
    return Checked(rule, scope, values, ok)


def save(
    session: Session,
    sheet: Sheet,
    checked: Checked,
    principal: Principal,
    now: datetime,
    *,
    approved: bool,
) -> Rule:
    """Save a checked sheet as a new draft (保存); the caller commits."""
    measure = sheet.measure
    assert checked.rule.json is not None
    kept = draft_text(measure)
    apply_fields(measure, checked.values)
    rule = save_rule(
        session,
        measure,
        checked.rule.json,
        checked.scope.json if checked.scope is not None else None,
        author=principal.name,
        text_hash=kept.text_hash if kept is not None else measure.policy.text_hash,
    )
    _look_again(measure)
    if approved and rule.state == "draft":
        approve(session, measure, principal, now)
    elif rule.state == "draft" and rule.reviewed_by is None and measure.review == "reviewed":
        measure.review = "machine"
    return rule


def _look_again(measure: Measure) -> None:
    """Doubts are those of the rule as it is now; what a person wrote is not unsure."""
    _note_doubts(measure, [])
    text = text_as_read(measure.policy, draft_text(measure)).text
    found = doubts_of(to_measure(measure, published_only=False), text)
    measure.doubtful = bool(found)
    if found:
        _note_doubts(measure, [one.model_dump(mode="json") for one in found])


def _note_doubts(measure: Measure, doubts: list[dict[str, Any]]) -> None:
    said = newest_content(measure)
    details = {**said.details, "doubts": doubts}
    change(measure, ["details"], replace(said, details=details))

"""
What a learned model adds where the rules say nothing: themes, kind, forms of support (模型补充).
"""

from __future__ import annotations

from collections.abc import Iterable

from policy_match.domain.policy import BenefitKind, Guess, Measure, Policy
from policy_match.learn.topics import TopicModel, load_topics


def completed(policy: Policy, model: TopicModel | None = None) -> Policy:
    """
    The policy, with what a model says of fields that the rules left empty (补全).

    Each value that was filled in stands in `guesses` with its confidence, the measure's own with
    the measure; the policy's themes are those of its measures together. A policy without measures
    and one of which the rules said everything are returned as they are.

    Args:
        policy: as extracted by rules.
        model: the packaged one by default; without scikit-learn there is none.
    """
    fields = _silent(policy)
    if not fields:
        return policy
    model = model or load_topics()
    if model is None:
        return policy
    texts = [(policy.title, measure.quote or measure.title) for measure in policy.measures]
    said = model.guesses(fields, texts)
    measures = tuple(
        _measure(measure, guesses) for measure, guesses in zip(policy.measures, said, strict=True)
    )
    return _policy(policy.model_copy(update={"measures": measures}), said)


def _silent(policy: Policy) -> list[str]:
    """The fields of which the rules said nothing."""
    if not policy.measures:
        return []
    silent = {
        "themes": not policy.themes,
        "kinds": any(not measure.benefit.kinds for measure in policy.measures),
        "kind": policy.kind is None,
    }
    return [field for field, empty in silent.items() if empty]


def _measure(measure: Measure, guesses: tuple[Guess, ...]) -> Measure:
    """Its forms of support where it has none; its themes as guesses only."""
    kept = tuple(one for one in guesses if one.field != "kinds" or not measure.benefit.kinds)
    if not kept:
        return measure
    update: dict[str, object] = {"guesses": kept}
    kinds = {one.value for one in kept if one.field == "kinds"}
    if kinds:
        ordered = tuple(kind for kind in BenefitKind if kind.value in kinds)
        update["benefit"] = measure.benefit.model_copy(update={"kinds": ordered})
    return measure.model_copy(update=update)


def _policy(policy: Policy, said: Iterable[tuple[Guess, ...]]) -> Policy:
    """Themes and kind of the whole: the surest guess of each value among its measures."""
    best: dict[tuple[str, str], Guess] = {}
    for one in (guess for guesses in said for guess in guesses):
        key = (one.field, one.value)
        if key not in best or best[key].confidence < one.confidence:
            best[key] = one
    surest = sorted(best.values(), key=lambda one: (-one.confidence, one.value))
    themes = [one for one in surest if one.field == "themes" and not policy.themes]
    kinds = [one for one in surest if one.field == "kind" and policy.kind is None][:1]
    update: dict[str, object] = {"guesses": (*themes, *kinds)}
    if themes:
        update["themes"] = tuple(one.value for one in themes)
    if kinds:
        update["kind"] = kinds[0].value
    return policy.model_copy(update=update)

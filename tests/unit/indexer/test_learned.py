"""Where the rules say nothing, a learned model may: with its confidence, and only there."""

from __future__ import annotations

import sys

import pytest

from indexer.learned import completed
from policy_match.domain.policy import Benefit, BenefitKind, Measure, Policy
from policy_match.learn.topics import TopicModel, joined, load_topics


@pytest.fixture
def model() -> TopicModel:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (extra learn)")
    pytest.importorskip("skops", reason="skops is not installed (extra learn)")
    found = load_topics()
    assert found is not None
    return found


def policy(text: str, *, title: str = "某公告", **more: object) -> Policy:
    benefit = more.pop("benefit", Benefit())
    measure = Measure(id="m", title=text[:10], quote=text, benefit=benefit)  # type: ignore[arg-type]  # a Benefit
    return Policy(id="p", title=title, measures=(measure,), **more)  # type: ignore[arg-type]  # by name


RELIEF = "对符合条件的纳税人免征增值税，减按百分之十五的税率征收企业所得税。"
AID = "对企业研发投入给予补助，对新认定的高新技术企业给予一次性奖励，最高50万元。"


def test_what_a_measure_of_tax_relief_is_about(model: TopicModel) -> None:
    made = completed(policy(RELIEF))
    assert made.themes == ("减税降费",)
    assert made.measures[0].benefit.kinds == (BenefitKind.TAX,)
    (theme,) = [one for one in made.guesses if one.field == "themes"]
    assert theme.how == model.name
    assert 0.5 <= theme.confidence <= 1


def test_support_of_enterprises_is_for_the_real_economy(model: TopicModel) -> None:
    made = completed(policy(AID, title="关于支持企业技术创新的若干措施"))
    assert "扶持实体经济" in made.themes
    assert made.kind == "惠企"


def test_what_rules_said_stays(model: TopicModel) -> None:
    given = policy(
        RELIEF, themes=("放管服",), kind="援企", benefit=Benefit(kinds=(BenefitKind.SERVICE,))
    )
    assert completed(given) is given
    part = completed(policy(RELIEF, themes=("放管服",)))
    assert part.themes == ("放管服",)
    assert [one for one in part.guesses if one.field == "themes"] == []


def test_a_policy_without_measures_is_left_alone() -> None:
    bare = Policy(id="p", title="关于减税的公告")
    assert completed(bare) is bare


def test_without_scikit_learn_everything_goes_by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skops.io", None)
    load_topics.cache_clear()
    try:
        given = policy(RELIEF)
        assert completed(given) is given
    finally:
        load_topics.cache_clear()


def test_guesses_of_several_measures_do_not_depend_on_their_company(model: TopicModel) -> None:
    rows = [("公告", RELIEF), ("措施", AID)]
    together = model.guesses(("themes", "kinds", "kind"), rows)
    alone = [model.guesses(("themes", "kinds", "kind"), [row])[0] for row in rows]
    assert together == alone
    assert model.guesses(("themes",), []) == []


def test_the_model_file_holds_no_text(model: TopicModel) -> None:
    """Hashed features: no vocabulary, so no words of any document."""
    steps = [type(step).__name__ for _, step in model.features.steps]
    assert steps == ["HashingVectorizer", "TfidfTransformer"]
    assert joined("标 题", "正\n文") == "标题。正文"


def test_a_guess_comes_back_from_json(model: TopicModel) -> None:
    made = completed(policy(RELIEF))
    assert Policy.model_validate(made.to_json()) == made

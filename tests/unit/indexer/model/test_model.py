"""An outside model: asked only about what is open, believed only where the text bears it out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from indexer.doubts import marked
from indexer.model import Improver, Proposal, Question
from indexer.model.http import HttpExtractor
from policy_match.cli import main
from policy_match.domain.criterion import (
    All,
    AnyOf,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
    leaves_of,
)
from policy_match.domain.policy import (
    Block,
    DoubtKind,
    Measure,
    Policy,
    Review,
    ReviewState,
)
from policy_match.errors import ServiceError, ServiceUnavailable, SettingsError
from policy_match.settings import ModelSettings, load_settings

from .conftest import Stub

CLAUSE = "拥有自有员工五十人以上且经营场所固定"
TEXT = f"申报条件\n{CLAUSE}\n其他条件见附件"
AT = (TEXT.index(CLAUSE), TEXT.index(CLAUSE) + len(CLAUSE))
ITEM = AttestLeaf(attest=CLAUSE, quote=CLAUSE, at=AT, how="self_check", confidence=0.6)
TRUE = {"fact": "employees", "op": ">=", "value": 50, "quote": "员工五十人以上"}

Make = Callable[..., HttpExtractor]


def policy(criteria: Criterion = ITEM, **more: Any) -> Policy:
    block = Block(n=0, kind="paragraph", text=TEXT, at=(0, len(TEXT)))
    measure = Measure(id="m", title="补助", criteria=criteria, **more)
    return Policy(id="p", title="办法", blocks=(block,), measures=(measure,))


def facts(made: Policy) -> list[FactLeaf]:
    found = leaves_of(made.measures[0].criteria)
    return [leaf for leaf in found if isinstance(leaf, FactLeaf)]


def test_what_the_text_bears_out_is_added_and_waits_for_review(stub: Stub, extractor: Make) -> None:
    stub.says(TRUE)
    improver = Improver(extractor())
    made = marked(improver(policy()))
    (leaf,) = facts(made)
    assert (leaf.fact, leaf.op, leaf.value) == ("employees", ">=", 50)
    assert (leaf.how, leaf.confidence) == ("model:stub-1", 0.5)
    assert leaf.at is not None
    assert made.text[slice(*leaf.at)] == leaf.quote == "员工五十人以上"
    assert ITEM in list(leaves_of(made.measures[0].criteria))
    assert made.measures[0].review.needed
    assert DoubtKind.MODEL in {one.kind for one in made.measures[0].review.doubts}
    assert (improver.added, improver.refused) == (1, 0)


@pytest.mark.parametrize(
    "lie",
    [
        TRUE | {"quote": "员工一百人以上"},  # stands nowhere
        TRUE | {"quote": "其他条件见附件"},  # not what was asked about
        TRUE | {"value": 60},
        TRUE | {"op": "<="},
        TRUE | {"fact": "revenue"},
        TRUE | {"fact": "no_such_fact"},
        TRUE | {"op": "~"},
        TRUE | {"value": "五十"},
        TRUE | {"value": True},
        TRUE | {"value": None},
        TRUE | {"value": {"a": 1}},
        TRUE | {"quote": ""},
        TRUE | {"quote": "员工"},
        TRUE | {"quote": 7},
        {},
        {"attest": "都符合", "quote": CLAUSE},
        {"fact": "qualification", "op": "in", "value": ["high_tech"], "quote": CLAUSE},
        {"fact": "region", "op": "in", "value": ["999999"], "quote": CLAUSE},
    ],
    ids=lambda lie: json.dumps(lie, ensure_ascii=False)[:60],
)
def test_what_the_text_does_not_bear_out_is_refused(
    stub: Stub, extractor: Make, lie: dict[str, Any]
) -> None:
    stub.says(lie)
    improver = Improver(extractor())
    given = policy()
    assert improver(given) is given
    assert (improver.added, improver.refused) == (0, 1)


def test_a_true_one_among_lies_still_counts_once(stub: Stub, extractor: Make) -> None:
    stub.says(TRUE | {"value": 60}, TRUE, TRUE)
    improver = Improver(extractor())
    assert len(facts(improver(policy()))) == 1
    assert improver.refused == 1


@pytest.mark.parametrize(
    "criteria",
    [Not(**{"not": ITEM}), AnyOf(any=(ITEM, ITEM)), All(all=(AnyOf(any=(ITEM,)),))],
    ids=["not", "any", "any below all"],
)
def test_where_one_more_condition_could_widen_a_rule_it_is_not_asked(
    stub: Stub, extractor: Make, criteria: Criterion
) -> None:
    stub.says(TRUE)
    given = policy(criteria)
    assert Improver(extractor())(given) is given
    assert stub.requests == []


def test_what_staff_reviewed_and_what_was_not_read_are_left_alone(
    stub: Stub, extractor: Make
) -> None:
    reviewed = policy(review=Review(state=ReviewState.PUBLISHED))
    unread = policy(ITEM.model_copy(update={"how": "unread"}))
    improver = Improver(extractor())
    assert improver(reviewed) is reviewed
    assert improver(unread) is unread
    assert stub.requests == []


def test_the_model_sees_the_clauses_and_nothing_of_the_enterprise(
    stub: Stub, extractor: Make
) -> None:
    extractor().read(Question("补助", (CLAUSE,)))
    (request,) = stub.requests
    assert request["path"] == "/v1/chat/completions"
    assert (request["model"], request["temperature"]) == ("stub-1", 0)
    assert CLAUSE in request["messages"][1]["content"]
    assert "employees" in request["messages"][0]["content"]
    assert stub.headers[0]["Authorization"].startswith("Bearer ")


def test_a_fence_around_the_json_is_taken_off(stub: Stub, extractor: Make) -> None:
    stub.content = "```json\n" + json.dumps({"leaves": [TRUE]}) + "\n```"
    assert extractor().read(Question("补助", (CLAUSE,))) == [Proposal.of(TRUE)]


@pytest.mark.parametrize(
    "content",
    ["我认为需要五十人", "{}", '{"leaves": 3}', "[]", '{"leaves": ["x"]', "", "[" * 100_000],
    ids=["prose", "no leaves", "number", "list", "cut off", "empty", "deep"],
)
def test_an_answer_that_is_not_the_json_asked_for(
    stub: Stub, extractor: Make, content: str
) -> None:
    stub.content = content
    with pytest.raises(ServiceError, match="不是所要的 JSON"):
        extractor().read(Question("补助", (CLAUSE,)))


def test_a_body_that_is_no_json_or_endless(stub: Stub, extractor: Make) -> None:
    stub.body = b"<html>504</html>"
    with pytest.raises(ServiceError, match="JSON"):
        extractor().read(Question("补助", (CLAUSE,)))
    stub.body = b" " * 1_200_000
    with pytest.raises(ServiceError, match="过长"):
        extractor().read(Question("补助", (CLAUSE,)))


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (500, ServiceUnavailable, "500"),
        (503, ServiceUnavailable, "503"),
        (429, ServiceUnavailable, "429"),
        (401, ServiceError, "MODEL_KEY"),
        (404, ServiceError, "404"),
        (302, ServiceError, "302"),
    ],
)
def test_a_status_says_what_to_do(
    stub: Stub, extractor: Make, status: int, kind: type[ServiceError], words: str
) -> None:
    stub.status, stub.location = status, "http://127.0.0.1:1/elsewhere" if status == 302 else None
    with pytest.raises(kind, match=words) as caught:
        extractor(key="k-1234567").read(Question("补助", (CLAUSE,)))
    assert "k-1234567" not in str(caught.value)


@pytest.mark.parametrize("how", [{"wait": 3.0}, {"drip": 0.05}], ids=["silent", "drop by drop"])
def test_one_deadline_for_the_whole_answer(
    stub: Stub, extractor: Make, how: dict[str, float]
) -> None:
    for name, seconds in how.items():
        setattr(stub, name, seconds)
    stub.says(TRUE, *[TRUE | {"value": n} for n in range(100)])
    with pytest.raises(ServiceUnavailable, match="没有答完"):
        extractor(seconds=1).read(Question("补助", (CLAUSE,)))


def test_nobody_there(stub: Stub) -> None:
    settings = ModelSettings("http://127.0.0.1:1/v1", None, "stub-1", 2)
    extractor = HttpExtractor(settings)
    with pytest.raises(ServiceUnavailable, match="连不上"):
        extractor.read(Question("补助", (CLAUSE,)))
    extractor.close()


def test_a_failing_model_costs_nothing_but_a_warning(stub: Stub, extractor: Make) -> None:
    stub.status = 500
    improver = Improver(extractor())
    given = policy()
    many = given.model_copy(update={"measures": given.measures * 6})
    assert improver(many) is many
    assert len(stub.requests) == 3
    assert "不再询问" in improver.warnings[-1]


def test_address_and_name_must_be_set() -> None:
    for settings in (ModelSettings(name="m"), ModelSettings(url="http://h/v1")):
        with pytest.raises(SettingsError, match="POLICY_MATCH_MODEL"):
            HttpExtractor(settings)


def test_settings_are_read_and_the_key_is_never_shown() -> None:
    given = {
        "POLICY_MATCH_MODEL_URL": "https://h/v1/",
        "POLICY_MATCH_MODEL_KEY": "sk-secret",
        "POLICY_MATCH_MODEL_NAME": "m",
        "POLICY_MATCH_MODEL_TIMEOUT": "9",
    }
    model = load_settings(given, dotenv=None).model
    assert (model.url, model.name, model.timeout_seconds) == ("https://h/v1", "m", 9)
    assert "sk-secret" not in repr(model)
    assert load_settings({}, dotenv=None).model.url is None
    for text in ("0", "abc", "1e9"):
        with pytest.raises(SettingsError, match="600"):
            load_settings({"POLICY_MATCH_MODEL_TIMEOUT": text}, dotenv=None)


NOTICE = """甲市关于组织申报用工补助的通知
甲人社〔2024〕9号
一、申报条件
申报企业的经营场所稳定，在册的劳动者不低于五十名。
二、支持标准
对符合条件的企业给予10万元补助。
甲市人力资源和社会保障局
2024年3月1日
"""


def test_the_command_asks_only_when_told_to(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "通知.txt"
    path.write_text(NOTICE, encoding="utf-8")
    monkeypatch.setenv("POLICY_MATCH_MODEL_URL", stub.url)
    monkeypatch.setenv("POLICY_MATCH_MODEL_NAME", "stub-1")
    quote = "在册的劳动者不低于五十名"
    stub.says({"fact": "employees", "op": ">=", "value": 50, "quote": quote})
    plain = CliRunner().invoke(main, ["extract", str(path), "--json"])
    assert (plain.exit_code, stub.requests) == (0, [])
    asked = CliRunner().invoke(main, ["extract", str(path), "--json", "--with-model"])
    assert asked.exit_code == 0
    assert stub.requests
    assert "补读 1 个条件" in asked.stderr
    assert "model:stub-1" in asked.stdout
    assert "model:" not in plain.stdout


def test_the_command_without_settings_says_which(tmp_path: Path) -> None:
    path = tmp_path / "通知.txt"
    path.write_text(NOTICE, encoding="utf-8")
    result = CliRunner().invoke(main, ["extract", str(path), "--with-model"])
    assert result.exit_code == 2
    assert "POLICY_MATCH_MODEL_URL" in result.stderr

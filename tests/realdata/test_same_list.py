"""
Embedded and on Elasticsearch: the same verdicts, the same order, the same documents.

The policies are real; the enterprises are the real register, what it lacks made up and marked
合成. The figures are printed (pytest -s), the whole corpus by make soak.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.pipeline import read_policy
from policy_match.domain.criterion import Criterion
from policy_match.domain.encode import encode
from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.domain.policy import Policy, PolicyLevel, PolicyStatus
from policy_match.errors import DocumentError, PolicyMatchError
from policy_match.facade import Matcher
from policy_match.matching.ports import Found
from policy_match.matching.ruleset import RuleSet
from policy_match.matching.scope import whole_rule
from policy_match.search.elastic import ElasticIndex, ElasticRegister
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.ports import PolicyIndex
from policy_match.search.query import PolicyQuery
from tests.elastic_server import Server, own_place

pytestmark = [pytest.mark.realdata, pytest.mark.es]
AS_OF = date(2026, 11, 24)
AIM = 0.95
_INDUSTRIES = ("C", "2720", "2625", "26", "6513", "5211", "0143", "4710", "7320", "5432")
_BADGES = ("high_tech", "tech_sme", "specialized_sme", "innovative_sme", "little_giant")


@dataclass(frozen=True)
class Size:
    """How much of the real data: every nth policy, the first enterprises, rules and queries."""

    step: int
    people: int
    matched: int
    rules: int
    queries: int


SIZES = [
    pytest.param(Size(12, 1500, 60, 60, 40), id="sample"),
    pytest.param(
        Size(1, 31_246, 150, 2000, 400),
        id="whole",
        marks=[pytest.mark.slow, pytest.mark.timeout(3600)],
    ),
]


@dataclass
class Deployments:
    size: Size
    policies: list[Policy]
    people: list[Enterprise]
    embedded: PolicyIndex
    server: PolicyIndex
    place: Server

    @property
    def engines(self) -> tuple[PolicyIndex, PolicyIndex]:
        return self.embedded, self.server


@pytest.fixture(scope="module", params=SIZES)
def both(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployments]:
    size: Size = request.param
    folder = tmp_path_factory.mktemp("same")
    policies = list(real_policies(shared_data, folder, size.step))
    people = real_enterprises(shared_data, size.people)
    with (
        own_place() as place,
        EmbeddedIndex(folder / "index", write=True) as embedded,
        ElasticIndex(place.url, write=True, settings=place.settings) as server,
    ):
        for index in (embedded, server):
            index.put(policies)
        yield Deployments(size, policies, people, embedded, server, place)


def real_policies(data: Path, folder: Path, step: int) -> Iterator[Policy]:
    """Real texts, read as files are; those marked secret are refused, as they should be."""
    rows = (data / "policies_fulltext" / "policies.jsonl").read_text("utf-8").splitlines()
    for n, line in enumerate(rows[::step]):
        record = json.loads(line)
        path = folder / f"{n}.txt"
        path.write_text(f"{record.get('title') or ''}\n{record['text']}", "utf-8")
        try:
            yield read_policy(path, as_of=AS_OF)
        except DocumentError:
            continue


def real_enterprises(data: Path, count: int) -> list[Enterprise]:
    """The real register with made-up figures where it has none; unreadable rows left out."""
    path = data / "enterprises" / "yunnan_enterprises_1980_2004.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, Enterprise] = {}
    for row in rows[:: max(1, len(rows) // count)]:
        try:
            one = parse_enterprise(_record(row), read_on=AS_OF)
        except PolicyMatchError:
            continue
        found.setdefault(one.id, one)
    return list(found.values())


def _record(row: dict[str, str]) -> dict[str, Any]:
    chance = random.Random(row["credit_code"])
    facts: dict[str, Any] = {"established_on": row["reg_date"] or None}
    area = row["credit_code"][2:8]
    if area.isdigit():
        facts["region"] = area
    capital = re.match(r"([\d,.]+)\(万元人民币\)|([\d,.]+)万元人民币", row["reg_capital"])
    if capital:
        number = next(part for part in capital.groups() if part)
        facts["registered_capital"] = float(number.replace(",", "")) * 10_000
    facts |= {name: {"value": value, "source": "合成"} for name, value in _made_up(chance)}
    return {"id": row["credit_code"], "name": row["name"], "facts": facts}


def _made_up(chance: random.Random) -> Iterator[tuple[str, Any]]:
    some: dict[str, Any] = {
        "industry": [chance.choice(_INDUSTRIES)],
        "employees": chance.choice((3, 18, 45, 260, 900, 3000)),
        "revenue": chance.choice((2e5, 4e6, 3e7, 5e8)),
        "qualification": chance.choice(
            ([], [chance.choice(_BADGES)], {"has": [chance.choice(_BADGES)], "lacks": ["champion"]})
        ),
        "rd_ratio": chance.choice((0.0, 0.02, 0.03, 0.08)),
        "legal_person": chance.random() < 0.9,
        "no_dishonesty": True,
        "above_scale": chance.random() < 0.3,
        "entity_type": "enterprise",
        "size_class": {"has": [], "lacks": ["large"]},
    }
    for name, value in some.items():
        if chance.random() < 0.65:
            yield name, value


def test_matches_are_the_same_list(both: Deployments) -> None:
    """Every verdict and every place in the order, reasons included."""
    ours, theirs = (Matcher.open(index) for index in both.engines)
    compared = 0
    for enterprise in both.people[:: max(1, len(both.people) // both.size.matched)]:
        one = ours.match(enterprise, as_of=AS_OF, limit=None, all=True)
        other = theirs.match(enterprise, as_of=AS_OF, limit=None, all=True)
        assert [match.to_json() for match in one] == [match.to_json() for match in other]
        compared += len(one)
    assert compared
    print(f"\n匹配：{compared} 条，名单与次序完全一致")


def test_policies_find_the_same_enterprises(both: Deployments) -> None:
    """Rule by rule, the server's true and possible are those of deciding one by one."""
    rules = _distinct_rules(both.policies)[: both.size.rules]
    expected = _decided(rules, both.people)
    with ElasticRegister(
        both.place.url, as_of=AS_OF, write=True, settings=both.place.settings
    ) as register:
        register.rebuild(both.people)
        tallies = register.count_many(rules)
        assert [(one.true, one.possible, one.total) for one in tallies] == [
            (len(found.true), len(found.possible), len(both.people)) for found in expected
        ]
        for rule, found in list(zip(rules, expected, strict=True))[:: max(1, len(rules) // 100)]:
            assert register.find(rule) == found
    pairs = len(rules) * len(both.people)
    reached = sum(one.true + one.unknown for one in tallies)
    print(
        f"\n判定：{len(rules)} 条规则 × {len(both.people)} 家企业，"
        f"{pairs} 对全部一致（其中 {reached} 对不是“不符合”）"
    )


def _distinct_rules(policies: list[Policy]) -> list[Criterion]:
    found = {
        json.dumps(rule.to_json(), ensure_ascii=False): rule
        for policy in policies
        for measure in policy.measures
        for rule in [whole_rule(policy, measure)]
    }
    return list(found.values())


def _decided(rules: list[Criterion], people: list[Enterprise]) -> list[Found]:
    compiled = RuleSet(rules)
    table = np.array([compiled.truths(encode(one, as_of=AS_OF)) for one in people], np.int8)
    ids = [one.id for one in people]
    return [
        Found(
            tuple(ids[n] for n in np.flatnonzero(column == 2)),
            tuple(ids[n] for n in np.flatnonzero(column > 0)),
        )
        for column in table.T
    ]


def _texts(policies: list[Policy], count: int) -> list[str]:
    """Titles, clauses' beginnings and words, as people ask."""
    chance = random.Random(20261124)
    chosen = chance.sample(policies, min(count, len(policies)))
    texts = [re.sub(r"\s+", "", one.title)[:40] for one in chosen[: count // 2]]
    texts += [chance.choice(one.blocks).text[:25] or one.title[:10] for one in chosen[count // 2 :]]
    return [*texts, "补贴", "高新技术企业奖励", "小微企业贷款贴息", "专精特新", "稳岗", "用电"]


def _filters(policies: list[Policy]) -> list[dict[str, Any]]:
    regions = sorted({one.region for one in policies if one.region})
    themes = sorted({theme for one in policies for theme in one.themes})
    kinds = sorted({one.kind for one in policies if one.kind})
    return [
        {},
        *({"level": level} for level in PolicyLevel),
        *({"region": region} for region in regions[:: max(1, len(regions) // 6)]),
        *({"theme": theme} for theme in themes[:: max(1, len(themes) // 5)]),
        *({"kind": kind} for kind in kinds[:: max(1, len(kinds) // 5)]),
        *({"as_of": day} for day in (date(2018, 1, 1), date(2023, 6, 30), AS_OF)),
        *({"status": status, "as_of": AS_OF} for status in PolicyStatus),
        {"issued_from": date(2022, 1, 1), "issued_to": date(2023, 12, 31)},
    ]


def test_search_finds_the_same_documents_under_every_filter(both: Deployments) -> None:
    """The whole lists as sets, and their counts."""
    texts = _texts(both.policies, both.size.queries)[-12:]
    compared = 0
    for filters in _filters(both.policies):
        for text in ("", *texts):
            query = PolicyQuery(text, **filters)
            one, other = (
                {hit.policy_id for hit in index.search(query, limit=10_000)}
                for index in both.engines
            )
            assert one == other, query
            assert both.embedded.count(query) == both.server.count(query) == len(one)
            compared += 1
    print(f"\n检索：{compared} 个检索（含筛选）找到的文件完全一致")


def test_a_document_number_comes_first_on_both(both: Deployments) -> None:
    """Whenever the policy of that number is there."""
    numbered = [one for one in both.policies if one.doc_no][: both.size.queries]
    assert numbered
    for policy in numbered:
        for index in both.engines:
            first = index.search(policy.doc_no or "", limit=1)[0]
            assert first.doc_no == policy.doc_no
    print(f"\n文号：{len(numbered)} 个文号在两个引擎上都排第一")


def test_the_first_ten_are_nearly_the_same(both: Deployments) -> None:
    """After our second stage; the engines' own scores differ in the length of a document."""
    shares = []
    for text in _texts(both.policies, both.size.queries):
        one, other = (
            {hit.policy_id for hit in index.search(text, limit=10)} for index in both.engines
        )
        if one or other:
            shares.append(len(one & other) / max(len(one), len(other)))
    overlap = float(np.mean(shares))
    print(f"\n前十条重合：{overlap:.4f}（{len(shares)} 个检索词，最差 {min(shares):.1f}）")
    assert overlap >= AIM

"""Generations, rollback and refusals of the index on a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from policy_match.cli import main
from policy_match.errors import (
    IndexIncompatible,
    IndexLocked,
    NotFound,
    PartialWrite,
    ServiceError,
    ServiceUnavailable,
)
from policy_match.search.elastic import ElasticIndex
from policy_match.search.elastic.fields import POLICIES
from policy_match.search.elastic.generations import Generations
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.query import PolicyQuery
from policy_match.search.segment import Segmenter
from policy_match.settings import IndexSettings, Secret
from policy_match.testing.contract import sample_policies
from policy_match.testing.factories import make_policy, synthetic_policies
from tests.conftest import ROOT
from tests.elastic_server import Server

pytestmark = pytest.mark.es
SAMPLE = ROOT / "policy_match" / "data" / "sample"


def opened(server: Server, **options) -> ElasticIndex:
    return ElasticIndex(server.url, settings=server.settings, **options)


@pytest.fixture
def index(es_server: Server) -> Iterator[ElasticIndex]:
    with opened(es_server, write=True) as made:
        yield made


def batch(name: str, count: int = 30):
    return [make_policy(f"{name}{n}", f"{name}批政策", "稳岗补贴") for n in range(count)]


# generations


def test_a_rebuild_while_eight_readers_search(es_server, index):
    """Never an error, never half: hits, snippets, counts and whole iterations."""
    states = {name: {one.id for one in batch(name)} for name in ("甲", "乙")}
    index.rebuild(batch("甲"))
    stop, wrong, reads = threading.Event(), [], []

    def read(n: int) -> None:
        with opened(es_server) as reader:
            while not stop.is_set():
                if n % 2:
                    seen = {hit.policy_id for hit in reader.search("稳岗", limit=100)}
                else:
                    seen = {policy.id for policy in reader.iter_policies()}
                reads.append(n)
                if seen not in states.values() or reader.count("稳岗") != 30:
                    wrong.append(seen)

    readers = [Reader(target=read, args=(n,)) for n in range(8)]
    for reader in readers:
        reader.start()
    try:
        for n in range(8):
            index.rebuild(batch("乙" if n % 2 == 0 else "甲"))
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert [reader.error for reader in readers if reader.error] == []
    assert wrong == []
    assert set(reads) == set(range(8))


class Reader(threading.Thread):
    """A thread that keeps the error it ended with."""

    error: BaseException | None = None

    def run(self) -> None:
        try:
            super().run()
        except BaseException as error:
            self.error = error


def test_a_rebuild_can_be_taken_back(es_server, index):
    index.rebuild(batch("甲"))
    index.rebuild(batch("乙"))
    index.roll_back()
    assert {policy.id[0] for policy in index.iter_policies()} == {"甲"}
    with opened(es_server) as reader:
        assert reader.search("甲批政策", limit=1)[0].policy_id.startswith("甲")
    index.put([make_policy("丙", "丙")])
    assert index.count() == 31


def test_what_was_taken_back_to_is_the_last_there_is(index):
    """Only one generation before is kept; the empty first one went with the second rebuild."""
    index.rebuild(batch("甲"))
    index.rebuild(batch("乙"))
    index.roll_back()
    with pytest.raises(NotFound, match="没有可以退回的上一代"):
        index.roll_back()


def test_two_generations_are_kept(es_server, index):
    for n in range(4):
        index.rebuild([make_policy(f"P{n}", "通知")])
    assert len(es_server.indices()) == 2


def test_what_a_killed_rebuild_left_is_never_gone_back_to(es_server, index):
    """It is removed by the next rebuild, and the whole one before it is kept."""
    index.rebuild(batch("甲"))
    left = Generations(index._connection, POLICIES).create({"dictionary": "x"})
    index.rebuild(batch("乙"))
    assert left.name not in es_server.indices()
    index.roll_back()
    assert index.count() == 30


def test_a_rebuild_that_fails_leaves_nothing_behind(es_server, index):
    before = es_server.indices()
    with pytest.raises(PartialWrite, match="1 个文档"):
        index.rebuild([*batch("甲"), make_policy("长" * 20_000, "通知")])
    assert es_server.indices() == before
    assert index.count() == 0


def test_a_rebuild_does_not_lose_what_others_write_meanwhile(es_server, index):
    """The rebuild gives way; what was written stays."""
    index.rebuild(batch("甲"))

    def source():
        yield from batch("乙")
        with opened(es_server, write=True) as other:
            other.put([make_policy("急", "紧急通知")])

    with pytest.raises(IndexLocked, match="别的程序写入"):
        index.rebuild(source())
    assert index.count() == 31
    assert index.get("急") is not None


def test_the_second_of_two_rebuilds_gives_way(es_server, index):
    def source():
        yield from batch("乙")
        with opened(es_server, write=True) as other:
            other.rebuild(batch("甲"))

    with pytest.raises(IndexLocked, match="已被别的程序换成"):
        index.rebuild(source())
    assert {policy.id[0] for policy in index.iter_policies()} == {"甲"}


def test_a_put_follows_a_rebuild_elsewhere(es_server, index):
    """A writer that opened before writes to the generation in use now."""
    with opened(es_server, write=True) as other:
        other.rebuild(batch("甲"))
    assert index.put([make_policy("新", "新通知")]) == 1
    with opened(es_server) as reader:
        assert reader.count() == 31


def test_another_dictionary_is_refused_and_rewritten(es_server, index):
    """A reader says what to do; a writer does it, and loses nothing."""
    index.put(sample_policies())
    other = Segmenter(["稳岗补贴实施"])
    with pytest.raises(IndexIncompatible, match="另一版词典"):
        opened(es_server, segmenter=other)
    with opened(es_server, segmenter=other, write=True) as rewritten:
        assert list(rewritten.iter_policies()) == sample_policies()
    with pytest.raises(IndexIncompatible, match="另一版词典"):
        index.search("补贴")  # opened before


def test_the_fingerprint_is_that_of_the_embedded_engine(index, tmp_path):
    """So whatever is cached by it holds on both."""
    policies = [*sample_policies(), *synthetic_policies(300, length=50)]
    with EmbeddedIndex(tmp_path / "index", write=True) as embedded:
        embedded.put(policies)
        index.put(policies)
        assert index.fingerprint() == embedded.fingerprint()


def test_a_long_id_is_kept(index):
    policy = make_policy("号" * 400, "通知", "稳岗")
    index.put([policy, make_policy("号" * 401, "通知")])
    assert index.get(policy.id) == policy
    assert index.remove([policy.id]) == 1


def test_documents_refused_by_put_are_named_and_the_others_stored(index):
    with pytest.raises(PartialWrite, match=r"1 个文档被.*拒收：sha256-"):
        index.put([*batch("甲"), make_policy("长" * 20_000, "通知")])
    assert index.count() == 30


def test_a_theme_too_long_for_a_term_is_stored_all_the_same(index):
    policy = make_policy("长题", "通知", "稳岗", themes=("长" * 20_000, "就业"))
    index.put([policy])
    assert index.get("长题") == policy
    assert index.count(PolicyQuery("稳岗", theme="就业")) == 1


def test_reading_only_is_held(es_server, index):
    with opened(es_server) as reader, pytest.raises(ServiceError, match="只读方式"):
        reader.put([])
    reader.close()
    with pytest.raises(ServiceError, match="已经关闭"):
        reader.count()


# what stands there already


def test_no_index_yet_is_told(es_server):
    with pytest.raises(NotFound, match="policy-match index"):
        opened(es_server)


@pytest.mark.parametrize("write", [False, True])
def test_somebody_elses_index_of_that_name_is_told(es_server, write):
    es_server.client.indices.create(index=f"{es_server.prefix}-policies")
    with pytest.raises(IndexIncompatible, match=r"不是本程序建立的.*POLICY_MATCH_ES_PREFIX"):
        opened(es_server, write=write)


def test_an_alias_that_points_elsewhere_is_told(es_server, index):
    es_server.client.indices.create(index=f"{es_server.prefix}-other")
    es_server.client.indices.put_alias(
        index=f"{es_server.prefix}-other", name=f"{es_server.prefix}-policies"
    )
    with pytest.raises(IndexIncompatible, match="指向 2 个索引"):
        opened(es_server)


def _remade(server: Server, **changes) -> None:
    """An index of our name and mark whose mapping somebody changed."""
    mappings = json.loads(json.dumps({**POLICIES.mappings}))
    meta = {"kind": POLICIES.kind, "schema": POLICIES.version, "dictionary": "x"}
    mappings["_meta"] = meta | changes.pop("meta", {})
    mappings["properties"] |= changes
    name = f"{server.prefix}-policies-v2-000001"
    server.client.indices.create(
        index=name, mappings=mappings, aliases={f"{server.prefix}-policies": {}}
    )


def test_a_mapping_that_was_changed_is_told(es_server):
    _remade(es_server, head_words={"type": "text", "analyzer": "standard"}, theme={"type": "text"})
    with pytest.raises(IndexIncompatible, match="字段 head_words、theme 被改成了别的类型"):
        opened(es_server)


def test_an_index_of_another_version_is_told(es_server):
    _remade(es_server, meta={"schema": 99})
    with pytest.raises(IndexIncompatible, match="版本是 99"):
        opened(es_server)


# what a server may refuse


def test_a_full_disk_is_told_and_a_later_run_completes(es_server, index):
    block = "index.blocks.read_only_allow_delete"
    names = f"{es_server.prefix}-*"
    es_server.client.indices.put_settings(index=names, settings={block: True})
    with pytest.raises(ServiceError, match="磁盘空间不足"):
        index.put(batch("甲"))
    assert index.search("稳岗") == []
    es_server.client.indices.put_settings(index=names, settings={block: None})
    assert index.put(batch("甲")) == 30
    assert index.count() == 30


def test_a_read_only_index_is_told(es_server, index):
    names = f"{es_server.prefix}-*"
    es_server.client.indices.put_settings(index=names, settings={"index.blocks.write": True})
    with pytest.raises(ServiceError, match="只读的"):
        index.put(batch("甲"))
    es_server.client.indices.put_settings(index=names, settings={"index.blocks.write": None})


@pytest.fixture
def red(es_server: Server) -> Server:
    """An index of ours whose primary shard has no place."""
    nowhere = {"index.routing.allocation.require._name": "nowhere"}
    meta = {"kind": POLICIES.kind, "schema": POLICIES.version}
    es_server.client.indices.create(
        index=f"{es_server.prefix}-policies-v2-000001",
        mappings={**POLICIES.mappings, "_meta": meta | {"dictionary": Segmenter().fingerprint}},
        settings=nowhere,
        aliases={f"{es_server.prefix}-policies": {}},
        wait_for_active_shards="0",
    )
    return es_server


def test_a_red_index_is_told_to_readers(red):
    with opened(red, patience=0.5) as index, pytest.raises(ServiceUnavailable, match="红色"):
        index.search("补贴")


def test_a_red_index_is_told_to_writers(red):
    with pytest.raises(ServiceUnavailable, match="红色状态：主分片未分配"):
        opened(red, write=True, patience=1.0)


# a server with users


@pytest.fixture
def secured(monkeypatch) -> dict[str, str]:
    import os

    names = ("URL", "USER", "PASSWORD")
    found = {name: os.environ.get(f"ELASTICSEARCH_SECURE_{name}", "") for name in names}
    if not found["URL"]:
        pytest.skip("ELASTICSEARCH_SECURE_URL is not set")
    return found


def test_user_and_password_open_a_secured_server(secured, es_server):
    settings = IndexSettings(
        secured["URL"],
        username=secured["USER"],
        password=Secret(secured["PASSWORD"]),
        prefix=es_server.prefix,
    )
    with ElasticIndex(secured["URL"], write=True, settings=settings) as index:
        try:
            index.put(sample_policies())
            assert index.search("稳岗补贴")[0].policy_id == "P1"
        finally:
            for one in index._generations.all():
                index._generations.drop(one)
            index._connection.client.indices.delete_index_template(name=f"{es_server.prefix}-*")


@pytest.mark.parametrize("given", [{}, {"username": "elastic", "password": Secret("wrong")}])
def test_a_secured_server_refuses_others(secured, given):
    with pytest.raises(ServiceUnavailable, match="不接受"):
        ElasticIndex(secured["URL"], settings=IndexSettings(secured["URL"], **given))


# the command line


def run(server: Server, *words: str, code: int = 0) -> list[dict]:
    done = CliRunner().invoke(
        main, [*words, "--json"], env={"POLICY_MATCH_ES_PREFIX": server.prefix}
    )
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_commands_work_on_a_server(es_server, tmp_path):
    """index twice, search, match, find-enterprises, lineage, doctor."""
    url = es_server.url
    first = run(es_server, "index", str(SAMPLE / "policies"), "--index", url)
    again = run(es_server, "index", str(SAMPLE / "policies"), "--index", url)
    assert {row["status"] for row in first} >= {"added"}
    assert {row["status"] for row in again} <= {"unchanged", "duplicate_of"}
    folder = str(tmp_path / "index")
    run(es_server, "index", str(SAMPLE / "policies"), "--index", folder)
    people = SAMPLE / "enterprises.jsonl"
    one = tmp_path / "one.json"
    one.write_text(people.read_text("utf-8").splitlines()[0], "utf-8")
    policy_id = run(es_server, "search", "稳岗", "--index", url)[0]["policy_id"]
    for words in (
        ["search", "高新技术企业奖励", "--as-of", "2026-11-24"],
        ["match", str(one), "--as-of", "2026-11-24"],
        ["find-enterprises", policy_id, str(people), "--as-of", "2026-11-24"],
        ["lineage", policy_id],
        ["check", str(one)],
    ):
        there, here = (run(es_server, *words, "--index", place) for place in (url, folder))
        assert [without_score(row) for row in there] == [without_score(row) for row in here]
        assert there or words[0] == "lineage"


def test_the_command_takes_a_rebuild_back(es_server, index):
    index.rebuild(batch("甲"))
    index.rebuild(batch("乙", 5))
    (row,) = run(es_server, "rollback", "--index", es_server.url)
    assert row["policies"] == index.count() == 30


def test_a_folder_keeps_no_generation_to_go_back_to(es_server, tmp_path):
    assert run(es_server, "rollback", "--index", str(tmp_path / "index"), code=1) == []


def without_score(row: dict) -> dict:
    return {key: value for key, value in row.items() if key != "score"}


def test_doctor_tells_of_the_server(es_server, index, monkeypatch):
    monkeypatch.setenv("POLICY_MATCH_INDEX", es_server.url)
    index.put(sample_policies())
    checks = {row["check"]: row for row in run(es_server, "doctor")}
    assert "版本 8." in checks["Elasticsearch"]["advice"]
    assert "绿色" in checks["集群状态"]["advice"]
    assert "6 个政策" in checks["索引"]["advice"]
    assert index.fingerprint()[:12] in checks["索引"]["advice"]
    es_server.client.indices.put_settings(
        index=f"{es_server.prefix}-*", settings={"index.blocks.write": True}
    )
    checks = {row["check"]: row for row in run(es_server, "doctor", code=1)}
    assert not checks["写入限制"]["ok"]

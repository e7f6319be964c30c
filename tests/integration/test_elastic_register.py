"""The register on a real server: days, refusals, rebuilds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from policy_match.domain.codes import code_table
from policy_match.domain.criterion import ALWAYS, parse_criterion
from policy_match.errors import (
    FactError,
    IndexIncompatible,
    NotFound,
    PolicyMatchError,
    RuleError,
    ServiceError,
)
from policy_match.matching.ports import Tally
from policy_match.search.elastic import ElasticRegister
from policy_match.testing.register import AS_OF, decided, sample_enterprises, sample_rules
from tests.elastic_server import Server

pytestmark = pytest.mark.es


def opened(server: Server, **options) -> ElasticRegister:
    given = {"as_of": AS_OF, "settings": server.settings} | options
    return ElasticRegister(server.url, **given)


@pytest.fixture
def register(es_server: Server) -> Iterator[ElasticRegister]:
    with opened(es_server, write=True) as made:
        yield made


def many(count: int):
    people = sample_enterprises()
    return [people[n % 5].model_copy(update={"id": f"E{n:05d}"}) for n in range(count)]


def test_readers_ask_as_of_their_own_day(es_server, register):
    """One index; validity, ages and the size standard are those of each day."""
    people = sample_enterprises()
    register.put(people)
    for day in (date(2020, 1, 1), date(2023, 11, 25), date(2027, 1, 1)):
        with opened(es_server, as_of=day) as reader:
            for rule in sample_rules():
                assert reader.find(rule) == decided(rule, people, as_of=day)


def test_a_day_before_the_first_is_refused(es_server, register):
    with pytest.raises(IndexIncompatible, match="从 2017-12-28 起可查，不能查 2010-01-01"):
        opened(es_server, as_of=date(2010, 1, 1))


def test_another_size_standard_is_refused(es_server, register):
    with pytest.raises(IndexIncompatible, match="划型标准"):
        opened(es_server, standard="工信部联企业〔2011〕300号")


def test_no_register_yet_is_told(es_server):
    with pytest.raises(NotFound, match="重新写入企业名册"):
        opened(es_server)


def test_a_reader_does_not_write(es_server, register):
    with opened(es_server) as reader, pytest.raises(ServiceError, match="只读方式"):
        reader.put([])


def test_a_rebuild_replaces_everything(es_server, register):
    register.put(many(30))
    assert register.rebuild(many(12)) == 12
    with opened(es_server) as reader:
        assert reader.count(ALWAYS) == Tally(12, 12, 12)


def test_a_rebuild_that_fails_leaves_the_old(register):
    register.put(many(30))

    def broken():
        yield from many(12)
        raise OSError("来源中断")

    with pytest.raises(OSError, match="来源中断"):
        register.rebuild(broken())
    assert len(register) == 30


def test_a_generation_removed_by_somebody_while_it_is_filled_is_not_used(
    es_server, register, monkeypatch
):
    """It is not made again by the next request, and the old one stays in use."""
    monkeypatch.setattr("policy_match.search.elastic.register._BATCH", 10)
    register.put(many(30))
    before = es_server.indices()

    def source():
        for n, one in enumerate(many(40)):
            if n == 25:
                (fresh,) = set(es_server.indices()) - set(before)
                es_server.client.indices.delete(index=fresh)
            yield one

    with pytest.raises(PolicyMatchError):
        register.rebuild(source())
    assert es_server.indices() == before
    assert len(register) == 30


def test_more_ids_than_a_page_come_in_order(register, monkeypatch):
    monkeypatch.setattr("policy_match.search.elastic.register._PAGE", 7)
    register.put(many(40))
    assert register.find(ALWAYS).true == tuple(f"E{n:05d}" for n in range(40))
    assert register.find(ALWAYS, limit=15).possible == tuple(f"E{n:05d}" for n in range(15))


def test_batches_of_one_put_keep_places(register, monkeypatch):
    """An enterprise that comes again in a later batch keeps its place and counts once."""
    monkeypatch.setattr("policy_match.search.elastic.register._BATCH", 10)
    people = many(25)
    assert register.put([*people, *people[:12]]) == 37
    assert register.find(ALWAYS).true == tuple(one.id for one in people)


def test_a_record_with_fewer_stretches_leaves_none_behind(register):
    """The dated badge made several documents; the new record makes one."""
    people = sample_enterprises()
    register.put(people)
    register.put([people[0].model_copy(update={"facts": {}})])
    for rule in sample_rules():
        tally = register.count(rule)
        assert tally.total == len(people)


def test_several_shards_give_the_same(es_server):
    people = many(200)
    with opened(es_server, write=True, shards=3) as register:
        register.put(people)
        for rule in sample_rules():
            assert register.find(rule) == decided(rule, people)


def test_an_unregistered_fact_is_named(register):
    stranger = many(1)[0].model_copy(update={"facts": {"regoin": many(1)[0].facts["region"]}})
    with pytest.raises(FactError, match=r"regoin.*region"):
        register.put([stranger])


def test_more_codes_than_a_server_takes_is_told(register):
    """In bounded time, with what to write instead."""
    register.put(sample_enterprises())
    codes = [code for code in code_table("industry") if len(code) == 4]
    leaf = {"fact": "industry", "op": "in", "value": codes}
    with pytest.raises(RuleError, match="上级代码"):
        register.count(parse_criterion({"any": [leaf | {"value": codes[n:]} for n in range(8)]}))

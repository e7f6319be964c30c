"""What `policy-match doctor` tells about a server (服务器自检)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, TypeAlias

from policy_match.errors import NotFound, PolicyMatchError
from policy_match.search.elastic.connection import Connection
from policy_match.search.elastic.family import Family
from policy_match.search.elastic.fields import POLICIES
from policy_match.search.elastic.generations import Generations
from policy_match.search.elastic.index import ElasticIndex
from policy_match.search.elastic.segments import ENTERPRISES
from policy_match.settings import IndexSettings

Check: TypeAlias = tuple[str, bool, str]
_HEALTH = {
    "green": "绿色：主分片和副本都已分配",
    "yellow": "黄色：主分片都已分配，有副本未分配（可用；单节点上常见）",
    "red": "红色：有主分片未分配，请查看 _cluster/allocation/explain",
}


def server_report(url: str, settings: IndexSettings) -> Iterator[Check]:
    """Reachable, version, health, write blocks, and the indices behind our aliases."""
    try:
        connection = Connection(url, settings)
    except PolicyMatchError as error:
        yield "Elasticsearch", False, str(error)
        return
    with closing(connection):
        number = connection.version.number or "未说明"
        yield "Elasticsearch", True, f"{connection.shown}：版本 {number}"
        for name, check in (("集群状态", _health), ("写入限制", _blocks)):
            try:
                yield (name, *check(connection))
            except PolicyMatchError as error:
                yield name, False, str(error)
        yield _index(url, settings, Generations(connection, POLICIES))
        yield _alias(Generations(connection, ENTERPRISES), ENTERPRISES)


def _health(connection: Connection) -> tuple[bool, str]:
    names = f"{connection.prefix}-*"
    answer = connection.run(
        lambda client: client.cluster.health(index=names, timeout="1s", level="indices")
    ).body
    status = str(answer["status"])
    red = sorted(name for name, one in answer.get("indices", {}).items() if one["status"] == "red")
    return status != "red", "；".join([_HEALTH.get(status, status), *red])


def _blocks(connection: Connection) -> tuple[bool, str]:
    names = f"{connection.prefix}-*"
    found = connection.run(
        lambda client: client.indices.get_settings(index=names, name="index.blocks.*")
    ).body
    blocked = sorted(name for name, one in found.items() if _is_blocked(one))
    if not blocked:
        return True, "没有"
    advice = "请检查磁盘空间，或解除 index.blocks 设置"
    return False, f"{'、'.join(blocked)} 只读：{advice}"


def _is_blocked(answer: Mapping[str, Any]) -> bool:
    blocks = answer.get("settings", {}).get("index", {}).get("blocks", {})
    return any(str(value) == "true" for value in blocks.values())


def _index(url: str, settings: IndexSettings, generations: Generations) -> Check:
    try:
        with ElasticIndex(url, settings=settings) as index:
            count, fingerprint = index.count(), index.fingerprint()
            name = generations.require().name
    except NotFound:
        return "索引", True, f"还没有 {generations.alias}：用 policy-match index 建立"
    except PolicyMatchError as error:
        return "索引", False, str(error)
    before = [one.name for one in generations.all() if one.is_whole and one.name < name]
    back = f"，可退回 {before[-1]}" if before else ""
    return (
        "索引",
        True,
        (f"{generations.alias} → {name}：{count} 个政策，指纹 {fingerprint[:12]}{back}"),
    )


def _alias(generations: Generations, family: Family) -> Check:
    try:
        found = generations.find()
    except PolicyMatchError as error:
        return "企业名册", False, str(error)
    if found is None:
        return "企业名册", True, f"还没有 {generations.alias}（可选）：{family.rebuild_with}"
    since = found.meta.get("since")
    return "企业名册", True, f"{generations.alias} → {found.name}，自 {since} 起可查"

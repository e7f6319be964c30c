"""
Concrete indices behind an alias: made, swapped, taken back, removed (索引的各代).

    PREFIX-policies                 the alias that everybody reads and writes
    PREFIX-policies-v2-000003       a generation; v2 is the version of the fields
    PREFIX-policies-v2              the index template that generations are made from

One generation before the one in use is kept: readers in the middle of a list go on, and a rebuild
can be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch

from policy_match.errors import (
    IndexIncompatible,
    IndexLocked,
    NotFound,
    PartialWrite,
    PolicyMatchError,
    ServiceUnavailable,
)
from policy_match.search.elastic.connection import Connection
from policy_match.search.elastic.family import WHOLE, Family, Generation, changed_fields
from policy_match.search.elastic.trouble import error_type

KEPT = 2  # generations: the one in use and the one before
_HEALTH_SECONDS = 30  # that a fresh index, or one after a restart, may take
_TRIES = 20  # numbers that other rebuilders may have taken


class Generations:
    """Makes, finds and swaps the generations of a family (各代的管理)."""

    def __init__(self, connection: Connection, family: Family) -> None:
        self._connection = connection
        self.family = family
        self.alias = f"{connection.prefix}-{family.name}"
        self._pattern = re.compile(rf"{re.escape(self.alias)}-v\d+-\d{{6}}")

    def find(self) -> Generation | None:
        """
        The generation in use, or None.

        Raises:
            IndexIncompatible: something else stands under that name, or another version.
        """
        found = self._connection.run(
            lambda client: client.indices.get(
                index=self.alias, filter_path="*.mappings,*.aliases", ignore_unavailable=True
            )
        ).body
        return self._checked(found) if found else None

    def _checked(self, found: Mapping[str, Any]) -> Generation:
        if len(found) != 1:
            names = "、".join(sorted(found))
            raise self._foreign(f"{self.alias} 指向 {len(found)} 个索引（{names}）")
        ((name, body),) = found.items()
        mappings = body.get("mappings", {})
        meta = mappings.get("_meta", {})
        if meta.get("kind") != self.family.kind or not self._pattern.fullmatch(name):
            raise self._foreign(f"{name} 不是本程序建立的索引")
        if meta.get("schema") != self.family.version:
            raise IndexIncompatible(
                f"索引 {name} 的版本是 {meta.get('schema')}，本程序用的是 {self.family.version}",
                where=self._connection.shown,
                advice=f"请删除别名 {self.alias} 后{self.family.rebuild_with}",
            )
        changed = sorted(changed_fields(self.family.mappings, mappings))
        if changed:
            raise self._foreign(f"{name} 的字段 {'、'.join(changed)} 被改成了别的类型")
        return Generation(name, meta)

    def _foreign(self, what: str) -> IndexIncompatible:
        return IndexIncompatible(
            what,
            where=self._connection.shown,
            advice=f"请用 POLICY_MATCH_ES_PREFIX 换一个前缀，或移走它后{self.family.rebuild_with}",
        )

    def _absent(self) -> NotFound:
        return NotFound(
            f"Elasticsearch 上还没有 {self.alias}",
            where=self._connection.shown,
            advice=f"请先{self.family.rebuild_with}",
        )

    def require(self) -> Generation:
        """
        The generation in use.

        Raises:
            NotFound: there is none yet.
            IndexIncompatible: something else stands under that name.
        """
        found = self.find()
        if found is None:
            raise self._absent()
        return found

    # making and swapping

    def create(self, meta: Mapping[str, Any], *, shards: int = 1) -> Generation:
        """An empty generation that nobody reads before `publish`."""
        self._put_template()
        number = max((one.number for one in self.all()), default=0)
        mappings = {"_meta": {"kind": self.family.kind, "schema": self.family.version, **meta}}
        for _ in range(_TRIES):
            number += 1
            name = f"{self.alias}-v{self.family.version}-{number:06d}"
            if self._create(name, mappings, shards):
                self.require_health(name)
                return Generation(name, mappings["_meta"])
        raise IndexLocked(
            f"{self.alias} 正被别的程序反复重建", where=self._connection.shown, advice="请稍后再试"
        )

    def _create(self, name: str, mappings: Mapping[str, Any], shards: int) -> bool:
        """Whether the index is new; False where the name is taken."""

        def make(client: Elasticsearch) -> bool:
            try:
                client.indices.create(
                    index=name,
                    mappings=mappings,
                    settings={"refresh_interval": "-1", "number_of_shards": shards},
                    wait_for_active_shards="0",
                )
            except BadRequestError as error:
                if error_type(error) != "resource_already_exists_exception":
                    raise
                return False
            return True

        return self._connection.run(make)

    def _put_template(self) -> None:
        body = {
            "settings": dict(self.family.settings),
            "mappings": {
                **self.family.mappings,
                "_meta": {"kind": self.family.kind, "schema": self.family.version},
            },
        }
        name = f"{self.alias}-v{self.family.version}"
        self._connection.run(
            lambda client: client.indices.put_index_template(
                name=name,
                index_patterns=[f"{name}-*"],
                priority=500,
                allow_auto_create=False,  # a generation removed by somebody does not come back
                version=self.family.version,
                template=body,
                meta={"kind": self.family.kind},
            )
        )

    def publish(self, fresh: Generation, old: Generation | None) -> None:
        """
        Point the alias from the old generation to a whole new one, at once.

        Raises:
            IndexLocked: the alias has been swapped by another program meanwhile.
        """
        name = fresh.name
        self._connection.run(
            lambda client: client.indices.put_settings(
                index=name, settings={"index.refresh_interval": None}
            )
        )
        self._connection.run(lambda client: client.indices.refresh(index=name))
        self._connection.run(
            lambda client: client.indices.put_mapping(index=name, meta={**fresh.meta, WHOLE: True})
        )
        self._swap(fresh, old)

    def require_kept(self, fresh: Generation) -> None:
        """
        Hold that a generation being filled is still there.

        Raises:
            IndexLocked: another rebuild came first and cleared it away.
        """
        names = [one.name for one in self.all()]
        if fresh.name not in names:
            raise self._overtaken(names)

    def _overtaken(self, now: list[str]) -> IndexLocked:
        return IndexLocked(
            f"{self.alias} 已被别的程序换成 {'、'.join(now) or '空'}，本次结果没有启用",
            where=self._connection.shown,
            advice="请确认没有另一处在重建，再运行一次",
        )

    def _swap(self, fresh: Generation, old: Generation | None) -> None:
        actions: list[dict[str, Any]] = [{"add": {"index": fresh.name, "alias": self.alias}}]
        if old is not None:
            actions.append({"remove": {"index": old.name, "alias": self.alias, "must_exist": True}})

        def swap(client: Elasticsearch) -> None:
            now = [one.name for one in self._pointed(client)]
            if now == [fresh.name]:
                return  # an earlier try came through, its answer did not
            if now != ([] if old is None else [old.name]):
                raise self._overtaken(now)
            client.indices.update_aliases(actions=actions)

        self._connection.run(swap)

    def _pointed(self, client: Elasticsearch) -> list[Generation]:
        found = client.indices.get(
            index=self.alias, ignore_unavailable=True, filter_path="*.mappings._meta"
        ).body
        return [Generation(name, {}) for name in sorted(found)]

    def all(self) -> list[Generation]:
        """Every generation of this family that is there, oldest first."""
        found = self._connection.run(
            lambda client: client.indices.get(
                index=f"{self.alias}-v*", filter_path="*.mappings._meta", expand_wildcards="all"
            )
        ).body
        ours = [
            Generation(name, body.get("mappings", {}).get("_meta", {}))
            for name, body in found.items()
            if self._pattern.fullmatch(name)
        ]
        return sorted(ours, key=lambda one: one.number)

    def clear_old(self) -> None:
        """Remove what lies before the generation in use, but for the last whole one."""
        used = self.find()
        if used is None:
            return
        older = [one for one in self.all() if one.number < used.number]
        kept = [one for one in older if one.is_whole][-(KEPT - 1) :]
        for one in older:
            if one not in kept:
                self.drop(one)

    def drop(self, generation: Generation) -> None:
        """Remove a generation; one that is gone already is no error."""
        name = generation.name
        self._connection.run(
            lambda client: client.indices.delete(index=name, ignore_unavailable=True)
        )

    def give_up(self, fresh: Generation) -> None:
        """Remove a generation that did not come into use, if the server still answers."""
        with suppress(PolicyMatchError):  # the error that led here is the one to tell
            used = self.find()
            if used is None or used.name != fresh.name:
                self.drop(fresh)

    def roll_back(self) -> Generation:
        """
        Point the alias to the generation before, which is in use then.

        Raises:
            NotFound: there is none before.
        """
        used = self.require()
        before = [
            one
            for one in self.all()
            if one.number < used.number
            and one.is_whole
            and one.meta.get("schema") == self.family.version
        ]
        if not before:
            raise NotFound(
                f"{self.alias} 没有可以退回的上一代",
                where=self._connection.shown,
                advice=f"请{self.family.rebuild_with}",
            )
        self._swap(before[-1], used)
        return before[-1]

    # health

    def require_health(self, name: str) -> None:
        """
        Wait until an index can be read and written.

        Raises:
            ServiceUnavailable: its primary shards are not assigned.
        """
        self._connection.run(lambda client: self._wait_for(client, name))

    def _wait_for(self, client: Elasticsearch, name: str) -> None:
        seconds = min(self._connection.patience.seconds, _HEALTH_SECONDS)
        try:
            answer = client.cluster.health(
                index=name, wait_for_status="yellow", timeout=f"{max(1, int(seconds))}s"
            ).body
        except ApiError as error:
            if error.status_code != 408:
                raise
            answer = error.body if isinstance(error.body, Mapping) else {}
        if answer.get("status") == "red" or answer.get("timed_out"):
            raise ServiceUnavailable(
                f"索引 {name} 处于红色状态：主分片未分配",
                where=self._connection.shown,
                advice="请查看 _cluster/allocation/explain；节点恢复后再运行一次",
            )

    def writes(self, generation: Generation) -> int:
        """A number that grows with every write to a generation."""
        name = generation.name
        stats = self._connection.run(
            lambda client: client.indices.stats(
                index=name, level="shards", filter_path="indices.*.shards.*.seq_no.max_seq_no"
            )
        ).body
        shards = stats.get("indices", {}).get(name, {}).get("shards", {})
        return sum(
            1 + max(copy["seq_no"]["max_seq_no"] for copy in copies)
            for copies in shards.values()
            if copies
        )

    def require_unwritten(self, generation: Generation, writes: int) -> None:
        """
        Hold that nothing was written since `writes` was counted.

        Raises:
            IndexLocked: somebody did; what they wrote would be lost.
        """
        if self.writes(generation) != writes:
            raise IndexLocked(
                f"重建期间有别的程序写入了 {generation.name}，本次结果没有启用",
                where=self._connection.shown,
                advice="请停下别的写入，再运行一次",
            )


def guarded(
    generations: Generations,
    old: Generation | None,
    fill: Callable[[Generation], None],
    meta: Mapping[str, Any],
    *,
    shards: int = 1,
) -> Generation:
    """
    A new generation, filled and put into use; on any error the old one stays.

    Args:
        generations: of the family.
        old: the one in use when this began.
        fill: writes what is to be in the new one.
        meta: what the new one is made with.
        shards: of the new one.

    Raises:
        IndexLocked: somebody else wrote to the old one meanwhile, which would have been lost, or
            put a generation of their own into use.
    """
    before = 0 if old is None else generations.writes(old)
    fresh = generations.create(meta, shards=shards)
    try:
        _fill(generations, fresh, fill)
        if old is not None:
            generations.require_unwritten(old, before)
        generations.publish(fresh, old)
    except BaseException:
        generations.give_up(fresh)
        raise
    generations.clear_old()
    return fresh


def _fill(generations: Generations, fresh: Generation, fill: Callable[[Generation], None]) -> None:
    try:
        fill(fresh)
    except PartialWrite:
        generations.require_kept(fresh)  # refused because it is gone: say so instead
        raise

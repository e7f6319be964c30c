"""
A roster on disk: one folder of plain arrays, mapped into memory on opening (名册的持久化).

The folder is written beside its place and then moved there, so that readers see the old one or the
new one. `roster.json` says what each array is and how long its file has to be.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.encode import EncodedCodes, EncodedOneOf
from policy_match.domain.enterprise import CodeKnowledge
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.domain.size_class import SizeResult
from policy_match.errors import EnterpriseError, FactError, IndexIncompatible
from policy_match.matching.roster.columns import (
    CodeTableOfValues,
    NumberColumn,
    NumberTable,
    SetColumn,
)
from policy_match.matching.roster.derive import Day, SizeColumn, SizeKnowledge
from policy_match.matching.roster.facts import ATTEST, AnyColumn, FactColumns
from policy_match.matching.roster.ids import IdColumn
from policy_match.matching.roster.leaves import DEFAULT_BUDGET
from policy_match.matching.roster.roster import Roster

FORMAT = 1
MANIFEST = "roster.json"
_REBUILD = "请用原来的企业名录重新建立名册"
Array: TypeAlias = NDArray[Any]


def save_roster(roster: Roster, folder: Path) -> None:
    """
    Write a roster, in place of the one that is there (保存名册).

    Removed enterprises and the bitsets of leaves are not kept.
    """
    whole = roster.compacted()
    draft = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    try:
        manifest = _Writer(draft).write(whole)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (draft / MANIFEST).write_text(text, "utf-8")
        _swap(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _swap(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.rename(folder)
        return
    if not (folder / MANIFEST).is_file():
        raise EnterpriseError(
            "文件夹里有别的东西，不能存放名册", where=str(folder), advice="请换一个文件夹"
        )
    old = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}")
    folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old)


class _Writer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrays: dict[str, dict[str, Any]] = {}

    def write(self, roster: Roster) -> dict[str, Any]:
        columns = roster.columns
        stated = {name: self._column(f"s{n}", c) for n, (name, c) in _numbered(columns.stated)}
        same = {id(column): name for name, column in columns.stated.items()}
        derived = {
            name: same.get(id(c)) or self._column(f"d{n}", c)
            for n, (name, c) in _numbered(columns.derived)
        }
        self._array("id_text", roster.ids.text)
        self._array("id_ends", roster.ids.ends)
        return {
            "format": FORMAT,
            "as_of": columns.day.as_of.isoformat(),
            "standard": columns.day.standard,
            "rows": roster.rows,
            "stated": stated,
            "derived": derived,
            "arrays": self._arrays,
        }

    def _column(self, key: str, column: AnyColumn) -> dict[str, Any]:
        if isinstance(column, NumberColumn):
            column = column.resorted()
        self._array(f"{key}_rows", column.classes)
        if isinstance(column, NumberColumn):
            self._array(f"{key}_values", column.table.values)
            return {"kind": "numbers", "key": key}
        if isinstance(column, SetColumn):
            values = [v and v.model_dump(mode="json") for v in column.table.values]
        else:
            values = [_size_json(value) for value in column.values]
        path = self._folder / f"{key}.json"
        path.write_text(json.dumps(values, ensure_ascii=False), "utf-8")
        kind = "sets" if isinstance(column, SetColumn) else "sizes"
        return {"kind": kind, "key": key, "bytes": path.stat().st_size}

    def _array(self, name: str, array: Array) -> None:
        whole = np.ascontiguousarray(array)
        with (self._folder / f"{name}.bin").open("wb") as file:
            whole.tofile(file)
            file.flush()
            os.fsync(file.fileno())
        self._arrays[name] = {"type": whole.dtype.str, "length": len(whole)}


def _numbered(columns: dict[str, Any]) -> Iterator[tuple[int, tuple[str, Any]]]:
    return enumerate(sorted(columns.items()))


def _size_json(value: SizeKnowledge) -> dict[str, Any]:
    encoded = value.encoded
    if isinstance(encoded, EncodedOneOf):
        return {"asks": value.asks, "possible": sorted(encoded.possible)}
    if encoded is None:
        return {"asks": value.asks}
    parts = {name: sorted(getattr(encoded, name)) for name in ("true", "has", "lacks")}
    return {"asks": value.asks, "codes": parts | {"complete": encoded.complete}}


def _size_of(row: dict[str, Any]) -> SizeKnowledge:
    if "possible" in row:
        possible = frozenset(row["possible"])
        return SizeKnowledge(
            EncodedOneOf(possible, SizeResult(possible, (), "", "", ())), row["asks"]
        )
    if "codes" not in row:
        return SizeKnowledge(None, row["asks"])
    codes = row["codes"]
    true, has, lacks = (frozenset(codes[name]) for name in ("true", "has", "lacks"))
    return SizeKnowledge(EncodedCodes(true, has, lacks, codes["complete"]), row["asks"])


def open_roster(
    folder: Path,
    *,
    as_of: date | None = None,
    registry: FactRegistry | None = None,
    cache_bytes: int = DEFAULT_BUDGET,
    threads: int = 2,
) -> Roster:
    """
    Open a roster that was saved (打开名册).

    Args:
        folder: where it was saved; the arrays are mapped, not read, and never written to.
        as_of: another day than that of saving: derived facts are then computed anew.
        registry: the facts that exist; the packaged ones by default.
        cache_bytes: what the bitsets of leaves may take.
        threads: workers of a batch.

    Raises:
        EnterpriseError: there is no roster, or one of its files is cut short.
        FactError: a column is of a fact that the registry lacks.
        IndexIncompatible: another version wrote it.
    """
    manifest = _manifest(folder)
    reader = _Reader(folder, manifest, registry or default_registry())
    roster = reader.read(cache_bytes, threads)
    return roster if as_of is None or as_of == roster.as_of else roster.on(as_of)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise EnterpriseError("这里没有名册", where=str(folder), advice="请核对路径") from None
    except (OSError, ValueError) as error:
        raise EnterpriseError(
            f"名册的清单无法读取（{error}）", where=str(path), advice=_REBUILD
        ) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        version = found.get("format") if isinstance(found, dict) else None
        raise IndexIncompatible(
            f"名册的格式版本是 {version}，本程序读写 {FORMAT}", where=str(folder), advice=_REBUILD
        )
    return found


class _Reader:
    def __init__(self, folder: Path, manifest: dict[str, Any], registry: FactRegistry) -> None:
        self._folder = folder
        self._manifest = manifest
        self._registry = registry
        self._rows = int(manifest["rows"])

    def read(self, cache_bytes: int, threads: int) -> Roster:
        manifest = self._manifest
        day = Day(date.fromisoformat(manifest["as_of"]), self._registry, manifest["standard"])
        columns = FactColumns(day, rows=self._rows)
        for name, made in manifest["stated"].items():
            self._require_fact(name)
            columns.stated[name] = self._column(made)  # type: ignore[assignment]  # sizes are derived only
        for name, made in manifest["derived"].items():
            columns.derived[name] = (
                columns.stated[made] if isinstance(made, str) else self._column(made)
            )
        ids = IdColumn(self._array("id_text"), self._array("id_ends", self._rows))
        return Roster.of_columns(columns, ids, cache_bytes=cache_bytes, threads=threads)

    def _require_fact(self, name: str) -> None:
        if not name.startswith(ATTEST) and name not in self._registry:
            raise FactError(
                f"名册里有一列“{name}”，不是已知的事实",
                where=str(self._folder),
                advice=self._registry.advice(name),
            )

    def _column(self, made: dict[str, Any]) -> AnyColumn:
        key = made["key"]
        classes = self._array(f"{key}_rows", self._rows)
        if made["kind"] == "numbers":
            return NumberColumn(NumberTable(np.array(self._array(f"{key}_values"))), classes)
        values = self._values(f"{key}.json", made["bytes"])
        if made["kind"] == "sizes":
            return SizeColumn([_size_of(row) for row in values], classes)
        stated = [None if row is None else CodeKnowledge.model_validate(row) for row in values]
        return SetColumn(CodeTableOfValues(stated), classes)

    def _values(self, name: str, length: int) -> list[Any]:
        self._require_length(name, length)
        found: list[Any] = json.loads((self._folder / name).read_text("utf-8"))
        return found

    def _array(self, name: str, length: int | None = None) -> Array:
        made = self._manifest["arrays"][name]
        kind = np.dtype(made["type"])
        self._require_length(f"{name}.bin", made["length"] * kind.itemsize)
        if length not in (None, made["length"]):
            raise EnterpriseError(
                f"{name} 有 {made['length']} 行，应为 {length} 行",
                where=str(self._folder),
                advice=_REBUILD,
            )
        if not made["length"]:
            return np.zeros(0, kind)
        mapped = np.memmap(self._folder / f"{name}.bin", kind, "c", shape=(made["length"],))
        return mapped.view(np.ndarray)

    def _require_length(self, name: str, length: int) -> None:
        path = self._folder / name
        try:
            found = path.stat().st_size
        except OSError:
            raise EnterpriseError("名册缺少这个文件", where=str(path), advice=_REBUILD) from None
        if found != length:
            raise EnterpriseError(
                f"文件应为 {length} 字节，却是 {found} 字节，可能没有写完",
                where=str(path),
                advice=_REBUILD,
            )

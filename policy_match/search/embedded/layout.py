"""
The index's folder: a pointer to one generation, swapped at once (索引文件夹).

    DIR/CURRENT             the name of the generation in use
    DIR/writer.lock         held by the one writer
    DIR/gen-000001/         engine/ (tantivy), policies.bin, meta.json
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from policy_match.errors import IndexIncompatible, NotFound, ServiceError

POINTER = "CURRENT"
_PREFIX = "gen-"
_KIND = "policy-match embedded index"
_REBUILD = "请换一个文件夹，或删除它后运行 policy-match index 重建"


@dataclass(frozen=True, slots=True)
class Meta:
    """What a generation was written with (索引元数据)."""

    schema: int
    dictionary: str
    kind: str = _KIND


class Layout:
    """Names, reads and swaps the generations of one folder (文件夹布局)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pointer = folder / POINTER
        self._last: tuple[tuple[int, int], Path] | None = None

    def make(self) -> None:
        """
        Make the folder, unless it is there and ours or empty.

        Raises:
            IndexIncompatible: it holds something else.
            ServiceError: it can't be made or written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self.is_index() and any(self._strangers()):
                raise IndexIncompatible(
                    "文件夹里有别的文件，不是政策索引", where=str(self.folder), advice=_REBUILD
                )
        except (FileExistsError, NotADirectoryError) as error:
            raise IndexIncompatible(
                "是文件而不是文件夹", where=str(self.folder), advice="请给出一个文件夹"
            ) from error
        except PermissionError as error:
            raise no_permission(self.folder) from error

    def _strangers(self) -> list[Path]:
        ours = (_PREFIX, "writer.lock", POINTER)
        return [path for path in self.folder.iterdir() if not path.name.startswith(ours)]

    def is_index(self) -> bool:
        """Whether there is a pointer to a generation."""
        return (self.folder / POINTER).is_file()

    def current(self) -> Path:
        """
        The generation in use.

        Raises:
            NotFound: there is no index yet.
            IndexIncompatible: the folder holds something else.
            ServiceError: it can't be read.
        """
        try:
            stat = self._pointer.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)  # reading it costs more than a search's plan
            if self._last is not None and self._last[0] == stamp:
                return self._last[1]
            name = self._pointer.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise self._absent() from error
        except PermissionError as error:
            raise no_permission(self.folder) from error
        if not name.startswith(_PREFIX) or Path(name).name != name:
            raise IndexIncompatible(
                f"{POINTER} 的内容“{name[:40]}”不认识", where=str(self.folder), advice=_REBUILD
            )
        self._last = (stamp, self.folder / name)
        return self._last[1]

    def _absent(self) -> NotFound | IndexIncompatible:
        if self.folder.is_dir() and self._strangers():
            return IndexIncompatible(
                "不是政策索引",
                where=str(self.folder),
                advice="请核对 --index 或 POLICY_MATCH_INDEX",
            )
        if self.folder.exists() and not self.folder.is_dir():
            return IndexIncompatible(
                "是文件而不是索引文件夹", where=str(self.folder), advice="请给出索引所在的文件夹"
            )
        return NotFound(
            "还没有政策索引",
            where=str(self.folder),
            advice="请先运行 policy-match index 文件或文件夹",
        )

    def next_generation(self) -> Path:
        """An empty folder for a new generation; nobody reads it before `publish`."""
        numbers = [int(path.name[len(_PREFIX) :]) for path in self._generations()]
        path = self.folder / f"{_PREFIX}{max(numbers, default=0) + 1:06d}"
        (path / "engine").mkdir(parents=True)
        return path

    def _generations(self) -> list[Path]:
        found = self.folder.glob(f"{_PREFIX}*")
        return [path for path in found if path.name[len(_PREFIX) :].isdecimal()]

    def publish(self, generation: Path) -> None:
        """Swap the pointer to a generation that is whole and on the disk."""
        draft = self.folder / f"{POINTER}.new"
        write_synced(draft, generation.name)
        draft.replace(self.folder / POINTER)
        _sync_folder(self.folder)

    def clear_old(self) -> None:
        """
        Remove the generations not in use; only the one writer may.

        Readers that still have one open keep its files until they let go (POSIX); where the
        system refuses (Windows), the next writer tries again.
        """
        used = self.current() if self.is_index() else None
        for path in self._generations():
            if path != used:
                shutil.rmtree(path, ignore_errors=True)


def write_meta(generation: Path, meta: Meta) -> None:
    """Write down what a generation is written with."""
    write_synced(generation / "meta.json", json.dumps(asdict(meta), ensure_ascii=False))


def read_meta(generation: Path) -> Meta:
    """
    What a generation was written with.

    Raises:
        IndexIncompatible: it can't be read, or is no index of ours.
    """
    try:
        data = json.loads((generation / "meta.json").read_text(encoding="utf-8"))
        meta = Meta(schema=data["schema"], dictionary=data["dictionary"], kind=data["kind"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(generation) from error
    if meta.kind != _KIND:
        raise IndexIncompatible("不是政策索引", where=str(generation), advice=_REBUILD)
    return meta


def damaged(generation: Path) -> IndexIncompatible:
    """The error for a generation whose files are not all there and whole."""
    return IndexIncompatible("索引文件已损坏或不完整", where=str(generation), advice=_REBUILD)


def no_permission(folder: Path) -> ServiceError:
    """The error for a folder that may not be read or written."""
    return ServiceError(
        "没有读写索引文件夹的权限",
        where=str(folder),
        advice="请检查文件夹的所有者和权限，或用 --index 换一个文件夹",
    )


def write_synced(path: Path, text: str) -> None:
    """Write a file so that it outlives a crash of the machine."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows can't open a folder; there the rename is enough
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Which files to read: folders walked in order, loops and lock files passed over (文件清单)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.readers import SUFFIXES
from policy_match.errors import DocumentError, UnsupportedFormat, os_reason

_CHUNK = 1 << 20
_ENDINGS = "、".join(sorted(ending.lstrip(".") for ending in SUFFIXES))


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read, or the reason why it is not read (待读文件)."""

    path: Path
    error: DocumentError | None = None


def find_files(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """
    The files of paths and of all folders below them, each once, in sorted order (展开目录).

    Hidden files and locks of open Office files (~$…) are passed over inside folders; files of
    other kinds are named with an error. A folder that is reached twice, by a link, is walked once.
    A file that is given by name is tried whatever its ending is.
    """
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            yield from _folder(path, seen)
        elif _first_time(path, seen):
            missing = None if path.exists() else _missing(path)
            yield FoundFile(path, missing)


def _folder(folder: Path, seen: set[Path]) -> Iterator[FoundFile]:
    """A folder that was asked for; one without a readable file is named."""
    if folder.resolve() in seen:
        return
    is_empty = True
    for found in _walk(folder, seen):
        is_empty = is_empty and found.error is not None and found.path != folder
        yield found
    if is_empty and not _holds_readable(folder):
        yield FoundFile(folder, _nothing_in(folder))


def _holds_readable(folder: Path) -> bool:
    """Whether there are files to read, which had their turn under another name."""
    return any(
        _unsupported(path) is None and not path.name.startswith((".", "~$"))
        for path in folder.rglob("*")
    )


def _nothing_in(folder: Path) -> DocumentError:
    return DocumentError(
        "没有可读的文件",
        where=str(folder),
        advice=f"能读的扩展名：{_ENDINGS}；以点或 ~$ 开头的文件不读",
    )


def _walk(folder: Path, seen: set[Path]) -> Iterator[FoundFile]:
    if not _first_time(folder, seen):
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield FoundFile(folder, _unreadable(folder, error))
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith((".", "~$")):
            continue
        if _is_dir(entry):
            yield from _walk(path, seen)
        elif _first_time(path, seen):
            yield FoundFile(path, _unsupported(path))


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle
        return False


def _first_time(path: Path, seen: set[Path]) -> bool:
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        return True  # a link that leads in a circle: reading it names the fault
    if real in seen:
        return False
    seen.add(real)
    return True


def _unsupported(path: Path) -> DocumentError | None:
    if path.suffix.lower() in SUFFIXES:
        return None
    return UnsupportedFormat(
        f"扩展名 {path.suffix or '（无）'} 不是能读的文件类型",
        where=str(path),
        advice=f"能读 {_ENDINGS}；确是文档的请直接给出文件名",
    )


def _missing(path: Path) -> DocumentError:
    return DocumentError("文件或目录不存在", where=str(path), advice="请核对路径")


def _unreadable(path: Path, error: OSError) -> DocumentError:
    return DocumentError(
        f"无法打开（{os_reason(error)}）", where=str(path), advice="请检查权限和路径"
    )


def file_hash(path: Path) -> str:
    """
    The sha256 of a file's bytes (文件指纹).

    Raises:
        DocumentError: the file can't be opened.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise _unreadable(path, error) from error
    return digest.hexdigest()

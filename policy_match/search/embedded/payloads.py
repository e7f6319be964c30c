"""The policies' JSON in one file that only grows; tantivy says where each one lies (原文存储)."""

from __future__ import annotations

import os
import threading
import zlib
from pathlib import Path

from policy_match.errors import IndexIncompatible

_LEVEL = 3  # of zlib: half the size of level 1's time's worth, quick to read


class PayloadFile:
    """
    Reads by place, appends at the end (原文文件).

    What was appended counts only once tantivy has committed its place; what a killed writer left
    at the end is never looked at.

    Args:
        path: the file; made when it is absent and `write` is true.
        write: also append.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        flags = os.O_RDWR | os.O_CREAT if write else os.O_RDONLY
        self._path = path
        self._handle = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o644)
        self._seeking = threading.Lock()

    def append(self, payload: bytes) -> tuple[int, int]:
        """Write one payload; its offset and length."""
        packed = zlib.compress(payload, _LEVEL)
        with self._seeking:
            offset = os.lseek(self._handle, 0, os.SEEK_END)
            left = memoryview(packed)
            while left:
                left = left[os.write(self._handle, left) :]
        return offset, len(packed)

    def read(self, offset: int, length: int) -> bytes:
        """
        The payload at a place.

        Raises:
            IndexIncompatible: the file is damaged.
        """
        try:
            return zlib.decompress(self._read_at(offset, length))
        except zlib.error as error:
            raise IndexIncompatible(
                f"第 {offset} 字节处的内容已损坏",
                where=str(self._path),
                advice="请删除该索引文件夹，再运行 policy-match index 重建",
            ) from error

    def _read_at(self, offset: int, length: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._handle, length, offset)
        with self._seeking:
            os.lseek(self._handle, offset, os.SEEK_SET)
            return os.read(self._handle, length)

    def sync(self) -> None:
        """Make sure that what was appended outlives a crash of the machine."""
        os.fsync(self._handle)

    def size(self) -> int:
        """Bytes in the file, dead ones included."""
        return os.fstat(self._handle).st_size

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            os.close(handle)

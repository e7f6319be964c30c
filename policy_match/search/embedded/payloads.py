"""The policies' JSON in one file that only grows; tantivy says where each one lies (原文存储)."""

from __future__ import annotations

import codecs
import mmap
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from policy_match.errors import IndexIncompatible

_LEVEL = 1  # of zlib: three times smaller, and what more would save costs more than writing it

_ENCODING = "utf-16-le"  # two bytes a character: read without looking at each
_USUAL_TITLE_BYTES = 128  # nine titles in ten are shorter
_TITLE_BYTES = 512


class Place(NamedTuple):
    """
    Where a policy lies in the file (位置).

    The rank text comes first, as it is, since two hundred are read for one search; then the JSON,
    packed.
    """

    offset: int
    rank_length: int
    length: int


class PayloadWriter:
    """
    Appends at the end (原文写入).

    What was appended counts only once tantivy has committed its place; what a killed writer left
    at the end is never looked at.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._end = self._file.seek(0, os.SEEK_END)

    def append(self, payload: bytes, rank_text: str) -> Place:
        """Write one policy; its place."""
        packed = zlib.compress(payload, _LEVEL)
        raw = rank_text.encode(_ENCODING, "surrogatepass")
        place = Place(self._end, len(raw), len(packed))
        self._file.write(raw)
        self._file.write(packed)
        self._end += len(raw) + len(packed)
        return place

    def sync(self) -> None:
        """Make sure that what was appended outlives a crash of the machine."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._file.close()


class Payloads:
    """
    Reads by place, from the file as long as it was when it was opened (原文读取).

    The mapping goes with the object, so a snapshot keeps what it reads from.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            self.size = size = os.fstat(file.fileno()).st_size
            # an empty file can't be mapped
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""

    def payload(self, place: Place) -> bytes:
        """
        The policy's JSON.

        Raises:
            IndexIncompatible: the file is damaged.
        """
        start = place.offset + place.rank_length
        try:
            return zlib.decompress(self._map[start : start + place.length])
        except zlib.error as error:
            raise IndexIncompatible(
                f"第 {start} 字节处的内容已损坏",
                where=str(self._path),
                advice="请删除该索引文件夹，再运行 policy-match index 重建",
            ) from error

    def titles(self, places: Sequence[Place]) -> list[str]:
        """The normalised titles, a very long one cut."""
        starts = [self._text(one, _USUAL_TITLE_BYTES) for one in places]
        return [
            (start if "\n" in start else self._text(one, _TITLE_BYTES)).split("\n", 1)[0]
            for one, start in zip(places, starts, strict=True)
        ]

    def _text(self, place: Place, at_most: int) -> str:
        """The beginning of a rank text; straight from the codec, since `decode` looks it up."""
        end = place.offset + min(place.rank_length, at_most)
        return codecs.utf_16_le_decode(self._map[place.offset : end], "surrogatepass", False)[0]

    def texts(self, places: Sequence[Place]) -> list[str]:
        """The beginnings of the normalised texts, without the titles."""
        return [self._text(one, one.rank_length).split("\n", 1)[1] for one in places]

"""
Bitsets of rows in 64-bit words, the first row in the lowest bit (位图).

A Kleene value over rows is two bitsets, `planes[0]` true and `planes[1]` possible.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint64]
Rows: TypeAlias = NDArray[np.intp]
TRUE, POSSIBLE = 0, 1

assert sys.byteorder == "little", "位图按小端字节序读写"


def words_for(rows: int) -> int:
    """How many words hold that many rows."""
    return (rows + 63) // 64


def pack(flags: NDArray[np.bool_] | NDArray[np.uint8]) -> Words:
    """Flags as words, along the last axis; what is not zero is set, the rest of a word is not."""
    packed = np.packbits(flags, axis=-1, bitorder="little")
    missing = -packed.shape[-1] % 8
    if missing:
        packed = np.pad(packed, [(0, 0)] * (packed.ndim - 1) + [(0, missing)])
    return packed.view(np.uint64)


def unpack(words: Words, rows: int) -> NDArray[np.uint8]:
    """One byte a row: 1 where the bit is set."""
    return np.unpackbits(words.view(np.uint8), count=rows, bitorder="little")


def rows_of(words: Words) -> Rows:
    """The rows whose bit is set, ascending; sparse words are not unpacked."""
    full = np.flatnonzero(words)
    if len(full) * 4 > len(words):
        every: Rows = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
        return every
    bits = np.unpackbits(words[full].view(np.uint8), bitorder="little").reshape(-1, 64)
    word, bit = np.nonzero(bits)
    rows: Rows = full[word] * 64 + bit
    return rows


def count(words: Words) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def counts(words: Words) -> NDArray[np.int64]:
    """How many bits are set along the last axis."""
    found: NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return found


def write(words: Words, rows: Rows, flags: NDArray[np.bool_]) -> None:
    """Set or clear the bits of distinct rows in place."""
    masks = np.uint64(1) << (rows % 64).astype(np.uint64)
    np.bitwise_and.at(words, rows // 64, ~masks)
    np.bitwise_or.at(words, rows[flags] // 64, masks[flags])


def fitted(words: Words, rows: int) -> Words:
    """The words for at least that many rows, with cleared ones added where they lack."""
    missing = words_for(rows) - words.shape[-1]
    if missing <= 0:
        return words
    return np.pad(words, [(0, 0)] * (words.ndim - 1) + [(0, missing)])


def at_least(planes: Iterable[Words], needed: int) -> Words:
    """Where at least `needed` of some bitsets are set; `needed` is 1 or more, not above them."""
    digits: list[Words] = []
    for n, plane in enumerate(planes):
        carry = plane
        for place, digit in enumerate(digits):
            digits[place], carry = digit ^ carry, digit & carry
        if (n + 1) & n == 0:  # the count may need one digit more
            digits.append(carry)
    return reaches(digits, needed)


def reaches(digits: list[Words], needed: int) -> Words:
    """Where a number in bit slices, lowest first, is not below `needed`."""
    reached = np.full_like(digits[0], np.uint64(0xFFFFFFFFFFFFFFFF))
    for place, digit in enumerate(digits):
        reached = digit & reached if needed >> place & 1 else digit | reached
    return reached


def are_set(words: Words, rows: Rows) -> NDArray[np.bool_]:
    """Which of some rows' bits are set."""
    found: NDArray[np.bool_] = (words[rows // 64] >> (rows % 64).astype(np.uint64)) & 1 != 0
    return found

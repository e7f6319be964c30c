"""
The enterprises' ids by row, as one text with offsets (企业编号列).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


class IdColumn:
    """Ids by row; the way back from an id to its row is made when it is first asked for."""

    def __init__(
        self,
        text: NDArray[np.uint8] | None = None,
        ends: NDArray[np.int64] | None = None,
    ) -> None:
        self.text = np.zeros(0, np.uint8) if text is None else text
        self.ends = np.zeros(0, np.int64) if ends is None else ends
        self._rows: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def nbytes(self) -> int:
        """Bytes of the column."""
        return self.text.nbytes + self.ends.nbytes

    def of(self, rows: Iterable[int] | NDArray[np.intp]) -> list[str]:
        """The ids of rows."""
        text, ends = memoryview(self.text), self.ends  # type: ignore[arg-type]  # an array has a buffer
        picked = rows if isinstance(rows, np.ndarray) else np.fromiter(rows, np.intp)
        starts = np.where(picked > 0, ends[picked - 1], 0) if len(ends) else ends
        return [
            str(text[start:end], "utf-8")
            for start, end in zip(starts.tolist(), ends[picked].tolist(), strict=True)
        ]

    def selected(self, rows: NDArray[np.intp]) -> IdColumn:
        """The ids of some rows by themselves."""
        part = IdColumn()
        part.extend(self.of(rows))
        return part

    def row_of(self, key: str) -> int | None:
        """The row of an id; None when there is none."""
        return self._index().get(key)

    def extend(self, keys: Sequence[str]) -> None:
        """Add ids as new rows."""
        coded = [key.encode() for key in keys]
        start = int(self.ends[-1]) if len(self.ends) else 0
        ends = start + np.cumsum([len(one) for one in coded], dtype=np.int64)
        self.text = np.concatenate([self.text, np.frombuffer(b"".join(coded), np.uint8)])
        first = len(self.ends)
        self.ends = np.concatenate([self.ends, ends])
        if self._rows is not None:
            self._rows.update((key, first + n) for n, key in enumerate(keys))

    def forget(self, key: str) -> None:
        """Let go of a removed id, so that it may come again as another row."""
        self._index().pop(key, None)

    def _index(self) -> dict[str, int]:
        if self._rows is None:
            self._rows = {key: n for n, key in enumerate(self.of(range(len(self))))}
        return self._rows

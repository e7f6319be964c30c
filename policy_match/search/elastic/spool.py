"""Operations kept aside until their source has come to its end (写入前的暂存)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO

from policy_match.search.elastic.bulk import Operation

_IN_MEMORY = 64_000_000  # bytes; more goes to a temporary file


class Spool:
    """Operations with a body, to be read any number of times (暂存)."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.count = 0

    def add(self, operation: Operation) -> None:
        """Keep one; its lines hold no line feed, as JSON escapes them."""
        assert operation.body is not None
        self._file.write(json.dumps(operation.id).encode() + b"\n" + operation.body + b"\n")
        self.count += 1

    def __iter__(self) -> Iterator[Operation]:
        self._file.seek(0)
        while head := self._file.readline():
            body = self._file.readline()
            yield Operation(json.loads(head), body[:-1])


@contextmanager
def spooled(operations: Iterable[Operation]) -> Iterator[Spool]:
    """All operations, gone with the block."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        spool = Spool(file)
        for operation in operations:
            spool.add(operation)
        yield spool

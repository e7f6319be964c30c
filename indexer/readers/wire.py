"""How the pool and its workers speak: pickled frames with their length in front (进程间消息)."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import IO, Any

from policy_match.errors import PolicyMatchError

MEMORY_EXIT = 77  # a worker ends itself with this code when it has used too much memory
_LENGTH = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class Reply:
    """A worker's answer to one file (回复)."""

    value: Any = None
    error: PolicyMatchError | None = None
    exhausted: bool = False  # memory ran out, so the worker should be replaced


def send(pipe: IO[bytes], data: bytes) -> None:
    """Write one frame."""
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes:
    """
    Read one frame.

    Raises:
        EOFError: the other side is gone.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def receive(pipe: IO[bytes]) -> Reply:
    """Read a reply; it comes from a process that runs our own code."""
    reply = pickle.loads(read_frame(pipe))  # noqa: S301 - our own code writes it
    if not isinstance(reply, Reply):
        raise pickle.UnpicklingError("not a reply")
    return reply

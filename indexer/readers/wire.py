"""
How the pool and its workers speak: frames with their length in front (进程间消息).

A task is pickled by us and read by the worker. A reply comes from the process that reads hostile
files, so it is JSON, held against the type that the function says it returns: whoever takes over
a worker can send wrong data of the right form, and no more.
"""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from policy_match.errors import PolicyMatchError

MEMORY_EXIT = 77  # a worker ends itself with this code when it has used too much memory
LARGEST_REPLY = 1 << 28  # bytes; no file that safety.py lets in comes near it as JSON
_LENGTH = struct.Struct("!Q")
_KEYS = {"value", "error", "exhausted"}


class BadReply(Exception):
    """A reply that is not of the agreed form (不合格的回复); the message says how."""


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


def read_frame(pipe: IO[bytes], *, at_most: int | None = None) -> bytes:
    """
    Read one frame.

    Raises:
        EOFError: the other side is gone.
        BadReply: it is longer than `at_most` bytes.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    if at_most is not None and length > at_most:
        raise BadReply(f"长 {length} 字节，上限 {at_most} 字节")
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def adapter_of(fn: Callable[..., Any]) -> TypeAdapter[Any]:
    """
    What carries a function's result: its return annotation says of what type it is.

    Raises:
        TypeError: it has no return annotation.
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    return _adapter(fn)


@lru_cache(maxsize=64)
def _adapter(fn: Callable[..., Any]) -> TypeAdapter[Any]:
    hints = get_type_hints(fn)
    if "return" not in hints:
        raise TypeError(f"{fn!r} has no return annotation, so its result can't be carried")
    return TypeAdapter(hints["return"])


def encode(reply: Reply, adapter: TypeAdapter[Any]) -> bytes:
    """A reply as it is sent; what was left unset stays unset, so that a copy dumps the same."""
    error = reply.error
    fields: dict[str, Any] = {"exhausted": reply.exhausted}
    if error is not None:
        fields["error"] = [error.code, error.what, error.where, error.advice]
    head = json.dumps(fields)
    if error is not None:
        return head.encode()
    value = adapter.dump_json(reply.value, by_alias=True, exclude_unset=True, warnings="error")
    return head[:-1].encode() + b', "value": ' + value + b"}"


def decode(data: bytes, adapter: TypeAdapter[Any]) -> Reply:
    """
    A reply again.

    Raises:
        BadReply: it is not of the agreed form.
    """
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise BadReply("不是 JSON") from None
    if not isinstance(fields, dict) or not fields.keys() <= _KEYS:
        raise BadReply("不是约定的格式")
    if ("error" in fields) == ("value" in fields) or type(fields.get("exhausted")) is not bool:
        raise BadReply("不是约定的格式")
    if "error" in fields:
        return Reply(error=_error(fields["error"]), exhausted=fields["exhausted"])
    try:
        value = adapter.validate_python(fields["value"])
    except ValidationError as error:
        places = "、".join(".".join(map(str, one["loc"])) for one in error.errors()[:3])
        raise BadReply(f"结果不合约定的类型（{places or '整个结果'}）") from None
    return Reply(value, exhausted=fields["exhausted"])


def _error(told: Any) -> PolicyMatchError:
    """One of our errors, by its code."""
    if not isinstance(told, list) or len(told) != 4 or not isinstance(told[1], str):
        raise BadReply("错误不是约定的格式")
    code, what, where, advice = told
    kind = _kinds().get(code) if isinstance(code, str) else None
    if kind is None or not all(text is None or isinstance(text, str) for text in (where, advice)):
        raise BadReply("错误不是约定的格式")
    return kind(what, where=where, advice=advice)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, type[PolicyMatchError]]:
    """Every class of our tree by its code."""
    kinds, waiting = {}, [PolicyMatchError]
    while waiting:
        kind = waiting.pop()
        kinds[kind.code] = kind
        waiting += kind.__subclasses__()
    return kinds


def receive(pipe: IO[bytes], adapter: TypeAdapter[Any]) -> Reply:
    """
    Read a reply.

    Raises:
        EOFError: the worker is gone.
        BadReply: it is not of the agreed form.
    """
    return decode(read_frame(pipe, at_most=LARGEST_REPLY), adapter)

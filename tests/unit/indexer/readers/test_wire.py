"""What a worker answers is data and held against its type, whoever speaks in its place."""

from __future__ import annotations

import functools
import json
import os
import pickle
import struct
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from indexer.pipeline import Reading, extract_files, read
from indexer.readers import read_document
from indexer.readers.isolated import IsolatedPool, Outcome
from indexer.readers.wire import LARGEST_REPLY, BadReply, Reply, adapter_of, decode, encode
from policy_match import errors
from policy_match.errors import UnsafeFile
from policy_match.sample import sample_folder

DAY = date(2026, 11, 24)
STRINGS: TypeAdapter[str] = TypeAdapter(str)


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT | os.O_WRONLY)


def framed(data: bytes, *, length: int | None = None) -> bytes:
    return struct.pack("!Q", len(data) if length is None else length) + data


def hijacked(path: Path) -> str:
    """A function that a file has taken over: it answers in its worker's place."""
    if path.suffix != ".txt":
        return path.name
    for handle in range(3, 16):  # the worker's way out is one of these
        try:
            os.write(handle, path.read_bytes())
        except OSError:
            continue
    return path.name


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("pickle", "不是 JSON"),
        ("other type", "不合约定的类型"),
        ("other form", "不是约定的格式"),
        ("endless", "上限"),
    ],
)
def test_a_hostile_reply_is_refused_and_runs_nothing(tmp_path: Path, case: str, says: str) -> None:
    made = tmp_path / "made"
    frames = {
        "pickle": framed(pickle.dumps(Bomb(made))),
        "other type": framed(b'{"exhausted": false, "value": {"__class__": "os.system"}}'),
        "other form": framed(b'{"exhausted": false, "value": "x", "run": "true"}'),
        "endless": framed(b"", length=LARGEST_REPLY + 1),
    }
    bad = tmp_path / "坏.txt"
    bad.write_bytes(frames[case])
    with IsolatedPool(1) as pool:
        hostile = pool.run(hijacked, bad)
        good = pool.run(hijacked, Path("好.docx"))
    assert isinstance(hostile.error, UnsafeFile)
    assert says in str(hostile.error)
    assert str(hostile.error).startswith("坏.txt：读取进程的回复不可信")
    assert good.unwrap() == "好.docx"
    assert not made.exists()


def test_a_reading_is_the_same_on_the_other_side() -> None:
    """Equal, and what was left unset stays so: it dumps the same keys."""
    adapter = adapter_of(functools.partial(read, as_of=DAY))
    with sample_folder() as sample:
        for path in sorted((sample / "policies").iterdir()):
            reading = read(path, as_of=DAY)
            again = decode(encode(Reply(reading), adapter), adapter).value
            assert again == reading
            assert again.policy.to_json() == reading.policy.to_json()
            document = read_document(path)
            carried = encode(Reply(document), adapter_of(read_document))
            assert decode(carried, adapter_of(read_document)).value == document


def test_every_error_of_ours_crosses_with_its_class() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    for kind in (one for one in kinds if issubclass(one, errors.PolicyMatchError)):
        error = kind("坏了", where="甲.txt 第 3 行", advice="请修好")
        told = decode(encode(Reply(error=error, exhausted=True), STRINGS), STRINGS)
        assert type(told.error) is kind
        assert str(told.error) == str(error)
        assert told.exhausted


@pytest.mark.parametrize(
    "fields",
    [
        {"value": "x"},
        {"exhausted": False},
        {"exhausted": False, "value": "x", "error": ["error", "x", None, None]},
        {"exhausted": 1, "value": "x"},
        {"exhausted": False, "error": ["no_such_code", "x", None, None]},
        {"exhausted": False, "error": ["error", "x", None]},
        {"exhausted": False, "error": ["error", "x", 1, None]},
        {"exhausted": False, "error": [["error"], "x", None, None]},
        ["value"],
        "value",
    ],
)
def test_a_reply_of_another_form_is_no_reply(fields: object) -> None:
    with pytest.raises(BadReply):
        decode(json.dumps(fields).encode(), STRINGS)


def test_a_function_that_says_no_type_is_refused() -> None:
    def untyped(path):  # type: ignore[no-untyped-def]  # the missing type is the point
        return path

    with pytest.raises(TypeError, match="no return annotation"):
        adapter_of(untyped)


def test_a_reading_that_names_another_file_is_refused(tmp_path: Path) -> None:
    """A worker can't pass its file off as one that the index holds already."""
    path = tmp_path / "甲.txt"
    path.write_text("关于支持企业发展的通知\n第一条 支持企业。", encoding="utf-8")

    class Lying:
        def map(self, fn: object, paths: list[Path]) -> list[Outcome[Reading]]:
            honest = read(path, as_of=DAY)
            source = honest.policy.source.model_copy(update={"file": "/别处/乙.txt"})
            policy = honest.policy.model_copy(update={"source": source})
            return iter([Outcome(path, replace(honest, policy=policy)) for _ in paths])  # type: ignore[return-value]  # an iterator does

    (report,) = extract_files([path], as_of=DAY, pool=Lying())  # type: ignore[arg-type]  # a pool that lies
    assert report.status == "failed"
    assert "不是这份文件" in (report.reason or "")

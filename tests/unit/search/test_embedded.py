"""What only a folder can get wrong: strangers, versions, locks, kills, old generations."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from policy_match.errors import IndexIncompatible, IndexLocked, NotFound, ServiceError
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.embedded import index as module
from policy_match.search.rerank import EngineScorer
from policy_match.search.segment import Segmenter
from policy_match.testing.factories import make_policy, synthetic_policies


@pytest.fixture
def folder(tmp_path):
    with EmbeddedIndex(tmp_path / "index", write=True) as index:
        index.put([make_policy("A", "稳岗补贴办法", "给予稳岗补贴", issued_on=date(2024, 1, 1))])
    return tmp_path / "index"


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("gen-*"))


def test_an_absent_folder_says_what_to_run(tmp_path):
    with pytest.raises(NotFound, match="policy-match index"):
        EmbeddedIndex(tmp_path / "没有")


def test_an_empty_folder_is_no_index_yet(tmp_path):
    with pytest.raises(NotFound):
        EmbeddedIndex(tmp_path)
    EmbeddedIndex(tmp_path, write=True).close()
    assert EmbeddedIndex(tmp_path).count() == 0


@pytest.mark.parametrize("write", [False, True])
def test_a_folder_of_something_else_is_refused_and_kept(tmp_path, write):
    (tmp_path / "重要.docx").write_text("内容")
    with pytest.raises(IndexIncompatible, match="不是政策索引"):
        EmbeddedIndex(tmp_path, write=write)
    assert [path.name for path in tmp_path.iterdir()] == ["重要.docx"]


@pytest.mark.parametrize("write", [False, True])
def test_a_file_is_no_folder(tmp_path, write):
    (tmp_path / "index").write_text("")
    with pytest.raises(IndexIncompatible, match="文件夹"):
        EmbeddedIndex(tmp_path / "index", write=write)


def test_another_version_is_refused(folder):
    (generation,) = folder.glob("gen-*")
    meta = json.loads((generation / "meta.json").read_text())
    (generation / "meta.json").write_text(json.dumps({**meta, "schema": 99}))
    for write in (False, True):
        with pytest.raises(IndexIncompatible, match="99"):
            EmbeddedIndex(folder, write=write)


@pytest.mark.parametrize("name", ["meta.json", "policies.bin", "engine/meta.json"])
def test_a_damaged_generation_is_told(folder, name):
    (generation,) = folder.glob("gen-*")
    (generation / name).unlink()
    with pytest.raises(IndexIncompatible, match="损坏"):
        EmbeddedIndex(folder)


def test_a_damaged_pointer_is_told(folder):
    (folder / "CURRENT").write_text("../elsewhere")
    with pytest.raises(IndexIncompatible, match="CURRENT"):
        EmbeddedIndex(folder)


def test_damaged_content_is_told(folder):
    (generation,) = folder.glob("gen-*")
    data = generation / "policies.bin"
    data.write_bytes(b"\0" * data.stat().st_size)
    with EmbeddedIndex(folder) as index, pytest.raises(IndexIncompatible, match="损坏"):
        index.get("A")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_told(folder):
    folder.chmod(0)
    try:
        with pytest.raises(ServiceError, match="权限"):
            EmbeddedIndex(folder)
    finally:
        folder.chmod(0o755)


def test_a_second_writer_is_refused_and_told_who(folder):
    with EmbeddedIndex(folder, write=True):
        with pytest.raises(IndexLocked, match=str(os.getpid())):
            EmbeddedIndex(folder, write=True)
        with EmbeddedIndex(folder) as reader:
            assert reader.count() == 1
    EmbeddedIndex(folder, write=True).close()


def test_a_reader_may_not_write(folder):
    with EmbeddedIndex(folder) as reader:
        for write in (reader.put, reader.remove, reader.rebuild):
            with pytest.raises(ServiceError, match="只读"):
                write([])


def test_a_closed_index_says_so(folder):
    index = EmbeddedIndex(folder)
    index.close()
    index.close()
    with pytest.raises(ServiceError, match="关闭"):
        index.count()


def test_an_open_reader_sees_what_is_written(folder):
    with EmbeddedIndex(folder) as reader, EmbeddedIndex(folder, write=True) as writer:
        writer.put([make_policy("B", "用电补贴")])
        assert [hit.policy_id for hit in reader.search("用电")] == ["B"]
        writer.rebuild([make_policy("C", "用电补贴")])
        assert [hit.policy_id for hit in reader.search("用电")] == ["C"]
        writer.put([make_policy("D", "用电补贴")])
        assert reader.count() == 2


def test_old_generations_go(folder):
    with EmbeddedIndex(folder, write=True) as index:
        for _ in range(3):
            index.rebuild(index.iter_policies())
        assert len(generations(folder)) == 1
    (folder / "gen-000099").mkdir()
    with EmbeddedIndex(folder, write=True):
        assert "gen-000099" not in generations(folder)


def test_another_dictionary_is_refused_for_reading_and_rewritten_for_writing(folder):
    other = Segmenter(["给予稳岗"])
    with pytest.raises(IndexIncompatible, match="词典"):
        EmbeddedIndex(folder, segmenter=other)
    with EmbeddedIndex(folder, write=True, segmenter=other) as index:
        assert [hit.policy_id for hit in index.search("给予稳岗")] == ["A"]
    with EmbeddedIndex(folder, segmenter=other) as index:
        assert index.get("A") is not None


def test_the_dictionary_is_part_of_the_fingerprint(folder):
    with EmbeddedIndex(folder) as index:
        before = index.fingerprint()
    with EmbeddedIndex(folder, write=True, segmenter=Segmenter(["给予稳岗"])) as index:
        assert index.fingerprint() != before


def test_a_file_of_dead_content_is_rewritten(folder, monkeypatch):
    monkeypatch.setattr(module, "_WORTH_A_REWRITE", 1000)
    with EmbeddedIndex(folder, write=True) as index:
        for _ in range(20):
            index.put(synthetic_policies(3))
        dead = (next(folder.glob("gen-*")) / "policies.bin").stat().st_size
        before = index.fingerprint()
    with EmbeddedIndex(folder, write=True) as index:
        assert (next(folder.glob("gen-*")) / "policies.bin").stat().st_size < dead / 10
        assert index.fingerprint() == before


def test_more_than_the_second_stage_sees_comes_behind(tmp_path):
    policies = [make_policy(f"{n:03d}", "通知", "稳岗补贴" * (n % 7 + 1)) for n in range(260)]
    with EmbeddedIndex(tmp_path, write=True) as index:
        index.put(policies)
        hits = index.search("稳岗补贴", limit=260)
        assert len({hit.policy_id for hit in hits}) == 260
        assert hits[:10] == index.search("稳岗补贴", limit=10)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)


def test_another_second_stage_may_be_given(folder):
    with EmbeddedIndex(folder, scorer=EngineScorer()) as index:
        assert index.search("稳岗")[0].score > 0


_WRITER = """
import sys
from policy_match.search.embedded import EmbeddedIndex
from policy_match.testing.factories import synthetic_policies

index = EmbeddedIndex(sys.argv[1], write=True)
print("open", flush=True)
while True:
    for start in range(0, 200, 50):
        index.put(list(synthetic_policies(200, length=200))[start : start + 50])
        print("put", flush=True)
    if sys.argv[2] == "rebuild":
        index.rebuild(synthetic_policies(200, length=200))
"""


@pytest.mark.parametrize("mode", ["put", "rebuild"])
@pytest.mark.parametrize("delay", [0.0, 0.13, 0.31])
def test_a_killed_writer_leaves_a_usable_index(folder, mode, delay):
    """Whatever it was doing: every committed policy can be read, and the next writer may write."""
    command = [sys.executable, "-c", _WRITER, str(folder), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    assert lines == ["open\n", "put\n", "put\n"]
    with EmbeddedIndex(folder) as reader:
        policies = list(reader.iter_policies())
        assert len(policies) == reader.count()
        assert len(policies) % 50 in (0, 1)  # whole batches, with or without the first policy
        assert len(policies) >= 100
    with EmbeddedIndex(folder, write=True) as writer:
        writer.put([make_policy("新", "新政策", "新措施")])
        assert writer.get("新") is not None


def test_threads_share_an_index(folder):
    """Searching, reading and writing at once, on one object."""
    errors: list[BaseException] = []

    def guarded(work):
        def run():
            try:
                for n in range(15):
                    work(n)
            except BaseException as error:
                errors.append(error)

        return threading.Thread(target=run)

    with EmbeddedIndex(folder, write=True) as index:
        works = (
            lambda n: index.search("稳岗补贴"),
            lambda n: list(index.iter_policies()),
            lambda n: index.fingerprint(),
            lambda n: index.put([make_policy(f"T{n}", "稳岗")]),
            lambda n: index.rebuild([make_policy("A", "稳岗补贴办法")]) if n % 5 == 0 else None,
        )
        threads = [guarded(work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert index.get("A") is not None

"""Indexing: what is new, unchanged, changed, a copy; kills and failures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from indexer.pipeline import FileReport, extract_files, index_files, read_policy
from policy_match.domain.policy import PolicyStatus
from policy_match.errors import ClassifiedFile, DocumentError

from .conftest import InProcess, MemoryIndex, notice

DAY = date(2026, 11, 24)


def run(index: MemoryIndex, pool: InProcess, *paths: Path, **more: bool) -> dict[str, FileReport]:
    pool.read.clear()
    reports = index_files(paths, index, as_of=DAY, pool=pool, **more)
    return {Path(report.file).name: report for report in reports}


def statuses(reports: dict[str, FileReport]) -> dict[str, str]:
    return {name: report.status for name, report in reports.items()}


def test_a_second_run_reads_nothing(tmp_path: Path, index: MemoryIndex, pool: InProcess) -> None:
    (tmp_path / "a.txt").write_text(notice(), encoding="utf-8")
    first = run(index, pool, tmp_path)
    again = run(index, pool, tmp_path)
    assert statuses(first) == {"a.txt": "added"}
    assert statuses(again) == {"a.txt": "unchanged"}
    assert again["a.txt"].id == first["a.txt"].id
    assert pool.read == []
    assert statuses(run(index, pool, tmp_path, again=True)) == {"a.txt": "updated"}


def test_new_bytes_of_a_file_update_its_policy(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    file = tmp_path / "a.txt"
    file.write_text(notice(), encoding="utf-8")
    first = run(index, pool, tmp_path)["a.txt"]
    file.write_text(notice(body="对企业给予补助。"), encoding="utf-8")
    second = run(index, pool, tmp_path)["a.txt"]
    assert (second.status, second.id) == ("updated", first.id)
    file.write_text(notice("晋政发〔2024〕902号"), encoding="utf-8")
    third = run(index, pool, tmp_path)["a.txt"]
    assert third.status == "updated"
    assert list(index.held) == [third.id] != [first.id]


def test_copies_are_told_with_what_they_copy(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    """The same bytes, and the same issuer and number in other bytes; the first in order stays."""
    (tmp_path / "a.txt").write_text(notice(), encoding="utf-8")
    (tmp_path / "b.txt").write_text(notice(), encoding="utf-8")
    (tmp_path / "c.txt").write_text(notice(body="字句略有不同。"), encoding="utf-8")
    reports = run(index, pool, tmp_path)
    assert statuses(reports) == {"a.txt": "added", "b.txt": "duplicate_of", "c.txt": "duplicate_of"}
    assert {reports[name].id for name in reports} == {reports["a.txt"].id}
    assert pool.read == ["a.txt", "c.txt"]
    assert statuses(run(index, pool, tmp_path))["b.txt"] == "duplicate_of"


def test_a_file_that_moved_is_no_copy(tmp_path: Path, index: MemoryIndex, pool: InProcess) -> None:
    file = tmp_path / "a.txt"
    file.write_text(notice(), encoding="utf-8")
    run(index, pool, tmp_path)
    file.rename(tmp_path / "b.txt")
    reports = run(index, pool, tmp_path)
    assert statuses(reports) == {"b.txt": "updated"}
    held = index.held[reports["b.txt"].id or ""]
    assert held.source.file == str(tmp_path / "b.txt")
    assert statuses(run(index, pool, tmp_path)) == {"b.txt": "unchanged"}


def test_a_killed_run_is_completed_by_the_next(
    tmp_path: Path, index: MemoryIndex, pool: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed before the kill is not read again."""
    monkeypatch.setattr("indexer.pipeline.BATCH_FILES", 2)
    for n in range(5):
        text = notice(f"晋政发〔2024〕90{n}号")
        (tmp_path / f"{n}.txt").write_text(text, encoding="utf-8")
    index.fail_after = 1
    with pytest.raises(KeyboardInterrupt):
        run(index, pool, tmp_path)
    index.fail_after = None
    reports = run(index, pool, tmp_path)
    assert pool.read == ["2.txt", "3.txt", "4.txt"]
    assert statuses(reports)["0.txt"] == "unchanged"
    assert len(index.held) == 5


def test_failures_are_named_and_the_rest_goes_on(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    (tmp_path / "a.txt").write_text(notice(), encoding="utf-8")
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    reports = run(index, pool, tmp_path, tmp_path / "absent.docx")
    assert statuses(reports) == {
        "a.txt": "added",
        "empty.txt": "failed",
        "photo.jpg": "failed",
        "absent.docx": "failed",
    }
    assert "空" in (reports["empty.txt"].reason or "")
    assert ".jpg" in (reports["photo.jpg"].reason or "")
    assert "不存在" in (reports["absent.docx"].reason or "")


@pytest.mark.parametrize(
    "mark", ["机密★1年", "秘密", "绝　密", "000012 秘密★3年 特急", "密级：机密"]
)
def test_nothing_of_a_marked_file_is_kept(
    tmp_path: Path, index: MemoryIndex, pool: InProcess, mark: str
) -> None:
    (tmp_path / "x.txt").write_text(f"{mark}\n{notice()}", encoding="utf-8")
    report = run(index, pool, tmp_path)["x.txt"]
    assert report.status == "failed"
    assert isinstance(report.error, ClassifiedFile)
    assert report.policy is None
    assert "支持企业" not in str(report)
    assert not index.held


def test_text_about_secrets_is_no_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    body = "申报单位应当保守国家秘密和商业秘密。密级的确定按规定执行。"
    file.write_text(notice(about="加强商业秘密保护的通知", body=body), encoding="utf-8")
    assert read_policy(file, as_of=DAY).doc_no == "晋政发〔2024〕901号"


def test_folders_are_walked_in_order_once(tmp_path: Path, pool: InProcess) -> None:
    """Hidden files and locks are passed over; a link in a circle ends."""
    (tmp_path / "b").mkdir()
    for name in ("b/2.txt", "1.txt", "3.txt", ".hidden.txt", "~$4.txt"):
        (tmp_path / name).write_text(notice(f"晋政发〔2024〕{len(name)}号"), encoding="utf-8")
    (tmp_path / "b" / "circle").symlink_to(tmp_path)
    (tmp_path / "twice.txt").symlink_to(tmp_path / "1.txt")
    names = [Path(r.file).name for r in extract_files([tmp_path], as_of=DAY, pool=pool)]
    assert names == ["1.txt", "3.txt", "2.txt"]


def test_a_repeal_reaches_the_policy_it_repeals(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    """Also when the repealing file comes in a later run; and it goes when that file changes."""
    old = tmp_path / "old.txt"
    old.write_text(notice(), encoding="utf-8")
    first = run(index, pool, tmp_path)["old.txt"]
    assert index.held[first.id or ""].status is PolicyStatus.IN_FORCE
    new = tmp_path / "new.txt"
    closing = (
        "本通知自2025年1月1日起施行。《关于支持企业发展的通知》（晋政发〔2024〕901号）同时废止。"
    )
    new.write_text(
        notice("晋政发〔2024〕950号", closing=closing, day="2024年12月1日"), encoding="utf-8"
    )
    run(index, pool, tmp_path)
    repealed = index.held[first.id or ""]
    assert repealed.status is PolicyStatus.REPEALED
    assert repealed.status_on(date(2024, 12, 31)) is PolicyStatus.IN_FORCE
    assert repealed.events[-1].by == "晋政发〔2024〕950号"
    new.write_text(notice("晋政发〔2024〕950号", day="2024年12月1日"), encoding="utf-8")
    run(index, pool, tmp_path)
    assert index.held[first.id or ""].status is PolicyStatus.IN_FORCE


def test_the_same_file_gives_the_same_policy(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(notice(), encoding="utf-8")
    assert read_policy(file, as_of=DAY) == read_policy(file, as_of=DAY)
    with pytest.raises(DocumentError):
        read_policy(tmp_path / "none.txt", as_of=DAY)


def test_another_version_of_the_program_reads_again(
    tmp_path: Path, index: MemoryIndex, pool: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(notice(), encoding="utf-8")
    (tmp_path / "b.txt").write_text(notice("晋政发〔2024〕902号"), encoding="utf-8")
    run(index, pool, tmp_path / "a.txt")
    monkeypatch.setattr("indexer.pipeline.reader_version", lambda: "2.0+new")
    assert statuses(run(index, pool, tmp_path)) == {"a.txt": "updated", "b.txt": "added"}
    assert statuses(run(index, pool, tmp_path)) == {"a.txt": "unchanged", "b.txt": "unchanged"}
    assert {policy.source.reader for policy in index.held.values()} == {"2.0+new"}


def test_the_version_that_read_a_file_stands_in_no_json_of_extract(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(notice(), encoding="utf-8")
    policy = read_policy(tmp_path / "a.txt", as_of=DAY)
    assert set(policy.to_json()["source"]) == {"file", "url", "sha256"}


def test_a_copy_of_what_another_version_read_takes_its_place(
    tmp_path: Path, index: MemoryIndex, pool: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file is still there, but what was read from it is out of date."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "a.txt").write_text(notice(), encoding="utf-8")
    run(index, pool, old)
    monkeypatch.setattr("indexer.pipeline.reader_version", lambda: "2.0+new")
    assert statuses(run(index, pool, new)) == {"a.txt": "updated"}
    assert [policy.source.file for policy in index.held.values()] == [str(new / "a.txt")]


def test_the_readers_version_follows_the_code() -> None:
    from indexer.reader_version import _sources, reader_version

    names = [name for name, _ in _sources()]
    wanted = {"outline.py", "extract/registry.py", "structure/dates.py", "data/issuers.json"}
    assert wanted <= set(names)
    assert len(names) == len(set(names))
    assert "+" in reader_version()


def test_files_that_have_gone_are_told_and_pruned_when_asked(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    """Only those under the folders that were given, and none of a folder that is itself away."""
    one, other = tmp_path / "一", tmp_path / "二"
    for n, folder in enumerate((one, other)):
        folder.mkdir()
        (folder / "a.txt").write_text(notice(f"晋政发〔2024〕91{n}号"), encoding="utf-8")
    (one / "b.txt").write_text(notice("晋政发〔2024〕920号"), encoding="utf-8")
    run(index, pool, one, other)
    (one / "a.txt").unlink()
    (other / "a.txt").unlink()
    assert statuses(run(index, pool, one)) == {"b.txt": "unchanged", "a.txt": "missing"}
    assert len(index.held) == 3
    gone = run(index, pool, one, prune=True)["a.txt"]
    assert (gone.status, gone.reason) == ("removed", "文件已不在磁盘上")
    assert len(index.held) == 2
    other.rmdir()
    assert statuses(run(index, pool, other, prune=True)) == {"二": "failed"}
    assert len(index.held) == 2


def test_a_file_that_has_moved_has_not_gone(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    (tmp_path / "a.txt").write_text(notice(), encoding="utf-8")
    run(index, pool, tmp_path)
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert statuses(run(index, pool, tmp_path, prune=True)) == {"b.txt": "updated"}
    assert len(index.held) == 1


def test_a_folder_without_readable_files_is_named(
    tmp_path: Path, index: MemoryIndex, pool: InProcess
) -> None:
    """With the endings that are read; a folder whose files came by another name is none."""
    empty, odd, full = tmp_path / "空", tmp_path / "杂", tmp_path / "满"
    for folder in (empty, odd, full):
        folder.mkdir()
    (odd / "x.zip").write_bytes(b"PK")
    (full / "a.txt").write_text(notice(), encoding="utf-8")
    reports = run(index, pool, empty, odd, full)
    assert statuses(reports) == {
        "空": "failed",
        "x.zip": "failed",
        "杂": "failed",
        "a.txt": "added",
    }
    assert "没有可读的文件" in str(reports["空"].reason)
    assert "docx" in str(reports["空"].reason)
    assert "满" not in run(index, pool, full / "a.txt", full)

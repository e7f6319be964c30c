"""Uploads are checked, read in isolation, and taken in; the index follows what is published."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from admin import policies, uploads
from admin.clock import utc_now
from admin.importing import import_files
from admin.jobs import run_due
from admin.principal import SYSTEM, acting_as
from admin.records.job import Job, Upload
from admin.records.policy import Policy
from admin.setup import open_sessions
from policy_match.domain.policy import Block, Event, EventKind, Reference, Relation
from policy_match.errors import InputError
from policy_match.search.registry import open_configured
from policy_match.settings import Settings
from tests.admin.desk.samples import LINES, policy_of

NUMBERED = ("昆明市晋宁区人民政府文件", "晋政发〔2026〕1号", *LINES)
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def sessions(settings: Settings) -> Any:
    made = open_sessions(settings)
    yield made
    made.kw["bind"].dispose()


def docx_bytes(path: Path, lines: tuple[str, ...] = LINES) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path.read_bytes()


def given(name: str, content: bytes) -> tuple[str, Callable[[], bytes]]:
    return name, lambda: content


def hand_in(session: Any, *files: tuple[str, bytes]) -> list[uploads.Received]:
    found = uploads.receive(session, [given(*one) for one in files], SYSTEM, NOW)
    session.flush()
    return found


def test_a_docx_becomes_a_policy_under_review(
    session: Any, sessions: Any, settings: Settings, tmp_path: Path
) -> None:
    hand_in(session, ("措施.docx", docx_bytes(tmp_path / "a.docx")))
    run_due(sessions, settings, utc_now(), kinds=["read"])
    upload = session.scalars(select(Upload)).one()
    assert (upload.state, upload.error) == ("done", None)
    policy = session.scalars(select(Policy)).one()
    assert policy.title == LINES[0]
    assert policy.measures
    assert policy.state == "review"
    job = session.scalars(select(Job).where(Job.kind == "read")).one()
    assert (job.state, job.done, job.total) == ("done", 3, 3)


def test_a_program_renamed_docx_is_refused_by_name(
    session: Any, sessions: Any, settings: Settings
) -> None:
    hand_in(session, ("通知.docx", b"MZ\x90\x00" + b"\0" * 4000))
    run_due(sessions, settings, utc_now(), kinds=["read"])
    upload = session.scalars(select(Upload)).one()
    assert upload.state == "failed"
    assert "通知.docx" in str(upload.error)
    assert "policy-match-" not in str(upload.error)
    assert session.scalars(select(Policy)).first() is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("病毒.exe", b"MZ", "不支持"),
        ("没有后缀", b"x", "不支持"),
        ("空.docx", b"", "0 字节"),
        ("大.pdf", b"0" * (uploads.MAX_FILE_BYTES + 1), "文件过大"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(
    session: Any, name: str, content: bytes, words: str
) -> None:
    (received,) = hand_in(session, (name, content))
    assert words in received.problem
    assert session.scalars(select(Upload)).first() is None


def test_the_same_file_twice_is_one_policy(
    session: Any, sessions: Any, settings: Settings, tmp_path: Path
) -> None:
    content = docx_bytes(tmp_path / "a.docx")
    _, waiting = hand_in(session, ("甲.docx", content), ("乙.docx", content))
    assert "正在读取" in waiting.problem
    run_due(sessions, settings, utc_now(), kinds=["read"])
    (again,) = hand_in(session, ("丙.docx", content))
    assert "已在审核台" in again.problem
    assert again.policy_id == session.scalars(select(Policy.id)).one()


def test_a_name_with_folders_is_only_a_name() -> None:
    assert uploads.base_name("..\\..\\机密\\通知.docx") == "通知.docx"
    assert uploads.base_name("/etc/passwd") == "passwd"


def test_the_index_holds_what_is_published_and_nothing_else(
    session: Any, sessions: Any, settings: Settings
) -> None:
    record = policies.import_policy(session, policy_of(), now=NOW)
    first = record.measures[0]
    policies.approve(session, first, SYSTEM, NOW)
    policies.publish(session, record, [first], SYSTEM, utc_now())
    run_due(sessions, settings, utc_now(), kinds=["index"])
    with closing(open_configured(settings.admin.index)) as index:
        assert index.count() == 1
        stored = index.get("p-test")
    assert stored is not None
    assert [m.id for m in stored.measures] == ["p-test/1"]
    session.refresh(record)
    assert record.indexed_at is not None
    assert record.index_dirty_at is None
    policies.withdraw(session, record, SYSTEM, utc_now())
    run_due(sessions, settings, utc_now(), kinds=["index"])
    with closing(open_configured(settings.admin.index)) as index:
        assert index.count() == 0
    session.refresh(record)
    assert record.indexed_at is None


def test_a_published_rule_is_told_of_an_amendment_and_stays(
    session: Any, sessions: Any, settings: Settings
) -> None:
    """What a later document changes is a doubt in the index that names it, never silently old."""
    target = policy_of()
    change = target.model_copy(
        update={
            "id": "p-change",
            "title": "关于修改补助办法的决定",
            "doc_no": "晋政发〔2026〕99号",
            "issued_on": date(2026, 6, 1),
            "effective_on": None,
            "expires_on": None,
            "events": (Event(kind=EventKind.ISSUED, on=date(2026, 6, 1)),),
            "references": (Reference(doc_no=target.doc_no, relation=Relation.AMENDS),),
            "blocks": (Block(n=0, kind="paragraph", text="删去第九十九条。", at=(0, 8)),),
        }
    )
    published = datetime(2026, 3, 1, tzinfo=UTC)
    for policy in (target, change):
        record = policies.import_policy(session, policy, now=published)
        for measure in record.measures:
            policies.approve(session, measure, SYSTEM, published)
        policies.publish(session, record, list(record.measures), SYSTEM, published)
    run_due(sessions, settings, utc_now(), kinds=["index"])
    with closing(open_configured(settings.admin.index)) as index:
        stored = index.get(target.id)
    assert stored is not None
    assert [one.by for one in stored.amendments] == ["晋政发〔2026〕99号"]
    assert all(one.review.needed for one in stored.measures)
    assert all(
        one.criteria == two.criteria
        for one, two in zip(stored.measures, target.measures, strict=True)
    )


def test_import_reports_each_file_and_leaves_known_ones(
    sessions: Any, tmp_path: Path, session: Any
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    content = docx_bytes(folder / "a.docx", NUMBERED)
    (folder / "b.docx").write_bytes(content)
    (folder / "c.docx").write_bytes(b"MZ\x90\x00" + b"\0" * 4000)

    def run() -> dict[str, str]:
        reports = import_files(sessions, [folder], as_of=date(2026, 11, 24), now=NOW)
        return {Path(one.file).name: one.status for one in reports}

    assert run() == {"a.docx": "added", "b.docx": "duplicate_of", "c.docx": "failed"}
    assert run() == {"a.docx": "unchanged", "b.docx": "duplicate_of", "c.docx": "failed"}
    docx_bytes(folder / "a.docx", (*NUMBERED, "第三条 本措施由区发展改革局负责解释。"))
    assert run()["a.docx"] == "updated"
    assert session.scalars(select(Policy.state)).all() == ["review"]


def test_import_for_a_unit_that_is_not_there_says_so(sessions: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有机构"):
        list(
            import_files(
                sessions, [tmp_path], as_of=date(2026, 11, 24), now=NOW, organisation="某某局"
            )
        )


def test_the_command_prints_a_line_a_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from admin.cli import admin

    docx_bytes(tmp_path / "a.docx")
    monkeypatch.setenv("POLICY_MATCH_HOME", str(settings.home))
    monkeypatch.setenv("POLICY_MATCH_DATABASE_URL", settings.admin.database_url.value)
    with acting_as(SYSTEM):
        answer = CliRunner().invoke(admin, ["import", str(tmp_path / "a.docx"), "--json"])
    assert answer.exit_code == 0, answer.output
    row = json.loads(answer.output.splitlines()[0])
    assert row["status"] == "added"
    assert row["id"].startswith("p-")

"""The bundled sample: complete, plainly marked as invented, and readable by ordinary libraries."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from stdnum.cn import uscc

from policy_match.domain.enterprise import parse_enterprise
from policy_match.domain.facts import default_registry

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "policy_match/data/sample"
FILES = sorted((SAMPLE / "policies").iterdir())
AS_OF = date(2026, 11, 24)
SAMPLE_LINE = "本文件为演示样例，非真实政策。"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/golden/sample_expected.yaml").read_text("utf-8")
)
ENTERPRISES: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLE / "enterprises.jsonl").read_text("utf-8").splitlines()
]


def decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def text_of(path: Path) -> str:
    """The text as an ordinary library for the format gives it."""
    if path.suffix == ".docx":
        docx = pytest.importorskip("docx", reason="python-docx 未安装")
        return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    if path.suffix == ".pdf":
        pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 未安装")
        document = pdfium.PdfDocument(path)
        try:
            return "\n".join(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()
    if path.suffix == ".html":
        html = pytest.importorskip("lxml.html", reason="lxml 未安装")
        return str(html.fromstring(decode(path.read_bytes())).text_content())
    return decode(path.read_bytes())


def dense(text: str) -> str:
    return re.sub(r"\s", "", text)


def part(name: str, part_name: str) -> str:
    """One part of a docx of the sample, or the empty string."""
    path = next(path for path in FILES if path.name.startswith(name))
    with ZipFile(path) as package:
        return package.read(part_name).decode() if part_name in package.namelist() else ""


def test_every_format_and_level_is_there() -> None:
    """At least 28 policies of four levels in four formats, each described in the golden file."""
    assert len(FILES) >= 28
    assert {path.suffix for path in FILES} == {".docx", ".html", ".pdf", ".txt"}
    assert {path.name for path in FILES} == set(EXPECTED)
    levels = {facts["level"] for facts in EXPECTED.values()}
    assert levels == {"central", "province", "city", "district"}


def test_the_sample_stays_small() -> None:
    """It ships in the wheel, so it stays below 2 MB."""
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 2_000_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_policy_opens_and_says_what_it_is(path: Path) -> None:
    """Title, number and the note that it is invented are in the text; the serial is above 900."""
    text, expected = dense(text_of(path)), EXPECTED[path.name]
    assert dense(expected["title"]) in text
    assert SAMPLE_LINE in text
    if expected["doc_no"]:
        assert dense(expected["doc_no"]) in text
        assert int(re.findall(r"(\d+)号$", expected["doc_no"])[0]) > 900


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_expected_facts_agree_with_each_other(name: str) -> None:
    """Dates are in order and the status follows from them."""
    expected = EXPECTED[name]
    issued = date.fromisoformat(expected["issued_on"])
    assert issued <= AS_OF
    if expected["expires_on"]:
        expires = date.fromisoformat(expected["expires_on"])
        assert issued < expires
        assert (expires < AS_OF) == (expected["status"] == "expired")
    assert expected["measures"] >= 0


def test_references_inside_the_sample_are_mutual() -> None:
    """What one document amends or repeals is in the sample, but for one number known to lack."""
    numbers = {facts["doc_no"] for facts in EXPECTED.values()}
    references = [ref for facts in EXPECTED.values() for ref in facts.get("references", [])]
    assert {ref["relation"] for ref in references} >= {"amends", "repeals", "implements", "basis"}
    assert {ref["doc_no"] for ref in references} - numbers == {"晋商投〔2022〕942号"}


def test_word_files_show_what_word_can_do() -> None:
    """Automatic numbers, merged cells, header, text box, footnote and a tracked change occur."""
    numbered = [
        path.name for path in FILES if path.suffix == ".docx"
        and "<w:numPr>" in part(path.name, "word/document.xml")
    ]  # fmt: skip
    assert len(numbered) >= 3
    assert "vMerge" in part("31", "word/document.xml")
    assert "gridSpan" in part("31", "word/document.xml")
    assert "行政规范性文件" in part("31", "word/header1.xml")
    assert "磷化工企业指" in part("31", "word/footnotes.xml")
    guide = part("32", "word/document.xml")
    assert "txbxContent" in guide
    assert "<w:ins " in guide
    assert "<w:delText" in guide


def test_old_encodings_occur_undeclared() -> None:
    """One page and one text are GB18030, and neither says so."""
    old = []
    for path in FILES:
        if path.suffix not in (".html", ".txt"):
            continue
        try:
            path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            old.append(path)
    assert {path.suffix for path in old} == {".html", ".txt"}
    assert all(b"charset" not in path.read_bytes() for path in old)


def test_enterprises_are_valid_and_invented() -> None:
    """150 distinct enterprises with valid codes, and no name or phone that could be real."""
    codes = [one["credit_code"] for one in ENTERPRISES]
    assert len(codes) == len(set(codes)) == 150
    assert len({one["name"] for one in ENTERPRISES}) == 150
    for one in ENTERPRISES:
        assert uscc.is_valid(one["credit_code"])
        assert one["credit_code"][2:8] in ("530115", "530122")
        assert one["credit_code"][8:10] == "XY"
        assert re.match(r"(昆明|晋宁区?)[样例演试]", one["name"])
        for contact in one.get("contacts", []):
            assert contact["phone"].startswith("0871-6789")
            assert contact["email"].endswith("@example.com")


def test_enterprises_read_without_warnings_and_use_every_fact() -> None:
    """Each record parses, every code is known, and each fact of the registry is used."""
    used: set[str] = set()
    for one in ENTERPRISES:
        enterprise = parse_enterprise(one, read_on=AS_OF)
        assert enterprise.warnings == ()
        used |= set(enterprise.facts)
    assert set(default_registry()) <= used


def test_knowledge_differs() -> None:
    """Full, partial and coarse knowledge each make up about a third."""
    facts = [one["facts"] for one in ENTERPRISES]
    partial_sets = [
        one for one in facts
        if any(isinstance(value, dict) and "lacks" in value for value in one.values())
    ]  # fmt: skip
    without_figures = [one for one in facts if one.get("revenue") is None]
    assert 30 <= len(partial_sets) <= 60
    assert 60 <= len(without_figures) <= 100
    assert any(one["region"] == ["530100"] for one in facts)
    assert any(one["industry"] == ["C"] for one in facts)


def test_the_sources_give_these_very_files() -> None:
    """The build is deterministic and nobody edited its results by hand."""
    pytest.importorskip("reportlab", reason="reportlab 未安装，无法重新生成样例")
    pytest.importorskip("docx", reason="python-docx 未安装，无法重新生成样例")
    command = [sys.executable, str(ROOT / "tools/build_sample.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr

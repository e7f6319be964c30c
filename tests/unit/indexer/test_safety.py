"""Limits and checks against hostile files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from indexer.safety import Limits, check_size, open_zip, parse_xml, read_member
from policy_match.errors import DocumentError, UnsafeFile


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_an_empty_file_is_named_as_empty() -> None:
    with pytest.raises(DocumentError, match="文件是空的"):
        check_size(0, 10, where="a.txt")


def test_an_oversized_file_names_its_size_and_the_limit() -> None:
    with pytest.raises(UnsafeFile, match=r"网页过大：50\.0 MB，上限 20\.0 MB"):
        check_size(50 << 20, 20 << 20, where="a.html", kind="网页")


def test_an_ordinary_container_opens(tmp_path: Path) -> None:
    with open_zip(_zip(tmp_path / "a.zip", {"word/a.xml": b"<a/>"})) as archive:
        assert read_member(archive, "word/a.xml", where="a.zip") == b"<a/>"


def test_a_member_that_compresses_too_well_is_a_bomb(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"word/document.xml": b"0" * (20 << 20)})
    with pytest.raises(UnsafeFile, match=r"word/document\.xml 压缩比 \d+，上限 150"):
        open_zip(path)


def test_many_members_that_are_large_together_are_a_bomb(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {f"{n}.xml": b"0" * (1 << 20) for n in range(9)})
    with pytest.raises(UnsafeFile, match=r"解压后共 9\.0 MB，上限 8\.0 MB"):
        open_zip(path, limits=Limits(max_zip_bytes=8 << 20))


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {f"{n}.xml": b"" for n in range(12)})
    with pytest.raises(UnsafeFile, match="12 个成员，上限 10"):
        open_zip(path, limits=Limits(max_zip_members=10))


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "a/../../b", "C:/x", "..\\x"])
def test_a_name_that_leaves_the_container_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeFile, match="路径越界"):
        open_zip(_zip(tmp_path / "a.zip", {name: b""}))


def test_a_broken_container_is_a_document_error(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"PK\x03\x04 and then nothing that a zip has")
    with pytest.raises(DocumentError, match="压缩包已损坏或被截断"):
        open_zip(path)


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"word/document.xml": bytes(range(256)) * 40})
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xff" * 30
    path.write_bytes(data)
    with (
        open_zip(path) as archive,
        pytest.raises(DocumentError, match=r"成员 word/document\.xml 已损坏"),
    ):
        read_member(archive, "word/document.xml", where="a.zip")


_EXTERNAL = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
_LAUGHS = (
    "<!DOCTYPE a ["
    + '<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    + "]><a>&l11;</a>"
)


@pytest.mark.parametrize("xml", [_EXTERNAL, _LAUGHS, "<!DOCTYPE a SYSTEM 'http://x/y'><a/>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_and_document_types_are_refused(xml: str, encoding: str) -> None:
    with pytest.raises(UnsafeFile, match="实体"):
        parse_xml(xml.encode(encoding), where="a.docx")


def test_deep_nesting_is_refused() -> None:
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    with pytest.raises(UnsafeFile, match="嵌套过深"):
        parse_xml(deep, where="a.docx")


def test_xml_that_is_not_well_formed_is_a_document_error() -> None:
    with pytest.raises(DocumentError, match="XML 内容已损坏"):
        parse_xml(b"<a><b></a>", where="a.docx")

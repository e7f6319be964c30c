"""Files that can't be read: each gets a sentence that says what, where and what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from indexer.readers import convert, read_document
from indexer.safety import MIB, Limits
from policy_match.errors import DocumentError, UnsafeFile, UnsupportedFormat
from tests.golden.readers.office import docx, paragraph

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def _refused(
    path: Path, kind: type[DocumentError], *words: str, limits: Limits | None = None
) -> None:
    with pytest.raises(kind) as caught:
        read_document(path, limits=limits or Limits())
    error = caught.value
    assert type(error) is kind
    assert (error.where or "").startswith(path.name)
    assert error.advice
    for word in words:
        assert word in error.what


def _file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_missing(tmp_path: Path) -> None:
    _refused(tmp_path / "没有.docx", DocumentError, "文件不存在")


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "a.docx").mkdir()
    _refused(tmp_path / "a.docx", DocumentError, "文件夹")


@pytest.mark.parametrize("name", ["a.docx", "a.html", "a.pdf", "a.txt", "a.xlsx"])
def test_empty(tmp_path: Path, name: str) -> None:
    _refused(_file(tmp_path, name, b""), DocumentError, "空的")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, since the administrator may read everything."""
    path = _file(tmp_path, "a.txt", "正文".encode())

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "open", deny)
    _refused(path, DocumentError, "没有读取权限")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), "可执行程序"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "可执行程序"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        (b"Rar!\x1a\x07\x00" + bytes(50), "RAR"),
        (OLE, "OLE"),
    ],
)
@pytest.mark.parametrize("name", ["通知.docx", "通知.txt", "通知.pdf"])
def test_other_kinds_by_content(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    _refused(_file(tmp_path, name, data), UnsupportedFormat, words)


def test_binary_named_txt(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20
    _refused(_file(tmp_path, "a.txt", data), UnsupportedFormat, "二进制")


def test_unreadable_encoding(tmp_path: Path) -> None:
    data = "Überprüfung der Förderfähigkeit für größere Straßen".encode("cp1252") * 5
    _refused(_file(tmp_path, "a.txt", data), DocumentError, "无法判断文字编码", "第 1 字节")


def test_large_page(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    with path.open("wb") as stream:
        stream.write(b"<html><body><p>")
        stream.truncate(50 * MIB)
    _refused(path, UnsafeFile, "网页过大：50.0 MB，上限 20.0 MB")


def test_large_file(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.txt", b"x" * 2048)
    _refused(path, UnsafeFile, "文件过大", limits=Limits(max_file_bytes=1024))


def test_page_without_text(tmp_path: Path) -> None:
    page = b"<html><body><script>load()</script></body></html>"
    _refused(_file(tmp_path, "a.html", page), DocumentError, "没有找到正文")


def test_truncated_docx(tmp_path: Path) -> None:
    whole = docx(tmp_path / "whole.docx", paragraph("正文" * 500)).read_bytes()
    for part in (0.3, 0.6, 0.95):
        cut = _file(tmp_path, "a.docx", whole[: int(len(whole) * part)])
        _refused(cut, DocumentError, "损坏或被截断")


def test_zip_bomb_as_docx(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (100 * MIB))
    _refused(path, UnsafeFile, "压缩炸弹")


def test_a_bomb_inside_stays_packed(tmp_path: Path) -> None:
    """A container inside the container is never opened."""
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (100 * MIB))
    path = docx(tmp_path / "a.docx", paragraph("正文"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/embeddings/inner.docx", inner.read_bytes())
    assert read_document(path).text == "正文"


def test_zip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("OFD.xml", "<a/>")
    _refused(path, UnsupportedFormat, "OFD")


@pytest.mark.parametrize(
    "entity", ['SYSTEM "file:///etc/hostname"', '"ha"', 'SYSTEM "http://127.0.0.1:9/x"']
)
def test_entity_in_docx(tmp_path: Path, entity: str) -> None:
    path = docx(tmp_path / "a.docx", paragraph("正文"))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["word/document.xml"].decode()
    members["word/document.xml"] = (f"<!DOCTYPE d [<!ENTITY x {entity}>]>" + text).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    _refused(path, UnsafeFile, "实体")


def test_deeply_nested_docx(tmp_path: Path) -> None:
    deep = "<w:sdt><w:sdtContent>" * 50_000 + "</w:sdtContent></w:sdt>" * 50_000
    path = tmp_path / "a.docx"
    docx(path, deep)
    _refused(path, UnsafeFile, "嵌套过深")


def test_encrypted_office_file(tmp_path: Path) -> None:
    data = OLE + "EncryptedPackage".encode("utf-16-le")
    _refused(_file(tmp_path, "a.docx", data), DocumentError, "密码加密")


def test_encrypted_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    page = canvas.Canvas(str(path), encrypt=StandardEncryption("secret", strength=128))
    page.drawString(72, 700, "text")
    page.save()
    _refused(path, DocumentError, "密码加密")


def test_broken_pdf(tmp_path: Path) -> None:
    _refused(_file(tmp_path, "a.pdf", b"%PDF-1.7\nnothing more"), DocumentError, "PDF 已损坏")


def test_scanned_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    _scan(path, with_text=False)
    _refused(path, DocumentError, "全部 2 页都没有文字层")


def test_scanned_pages_among_others_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    _scan(path, with_text=True)
    document = read_document(path)
    assert document.text == "A policy with a text layer"
    assert document.warnings == ("第 1–2 页是扫描图像，没有文字层，未读取",)


def _scan(path: Path, *, with_text: bool) -> None:
    from PIL import Image

    image = path.with_suffix(".png")
    Image.new("L", (200, 280), 200).save(image)
    page = canvas.Canvas(str(path), pagesize=A4)
    for _ in range(2):
        page.drawImage(str(image), 0, 0, *A4)
        page.showPage()
    if with_text:
        page.drawString(72, 700, "A policy with a text layer")
        page.showPage()
    page.save()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.doc", OLE + "WordDocument".encode("utf-16-le"), "旧版 Word"),
        ("a.wps", OLE + "WordDocument".encode("utf-16-le"), "旧版 Word"),
        ("a.rtf", b"{\\rtf1\\ansi hello}", "RTF"),
    ],
)
def test_old_formats_without_a_converter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, words: str
) -> None:
    monkeypatch.setattr(convert.shutil, "which", lambda _: None)
    path = _file(tmp_path, name, data)
    with pytest.raises(UnsupportedFormat) as caught:
        read_document(path)
    assert words in caught.value.what
    assert "LibreOffice" in str(caught.value)
    assert ".docx" in str(caught.value)


def test_a_macro_is_reported_and_not_run(tmp_path: Path) -> None:
    path = docx(tmp_path / "a.docm", paragraph("正文"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    document = read_document(path)
    assert document.text == "正文"
    assert "宏不会被运行" in document.warnings[0]


def test_a_wrong_ending_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = docx(tmp_path / "a.pdf", paragraph("正文"))
    document = read_document(path)
    assert (document.format, document.text) == ("docx", "正文")
    assert document.warnings == ("扩展名是 .pdf，内容是 docx，已按 docx 读取",)

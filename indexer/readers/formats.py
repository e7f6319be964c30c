"""What a file is, told by its content and not by its ending (文件格式识别)."""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum
from pathlib import Path

from indexer.safety import Limits, open_zip
from policy_match.errors import DocumentError, UnsupportedFormat

HEAD_BYTES = 8192


class Format(StrEnum):
    """A kind of file that a reader exists for (文件格式)."""

    DOCX = "docx"
    HTML = "html"
    PDF = "pdf"
    TXT = "txt"
    XLSX = "xlsx"  # every workbook: .xlsx .xlsm .xlsb .xls .et .ods
    DOC = "doc"  # Word 97-2003 and WPS Writer
    RTF = "rtf"


SUFFIXES = {
    ".docx": Format.DOCX,
    ".docm": Format.DOCX,
    ".dotx": Format.DOCX,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".shtml": Format.HTML,
    ".xhtml": Format.HTML,
    ".pdf": Format.PDF,
    ".txt": Format.TXT,
    ".text": Format.TXT,
    ".md": Format.TXT,
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
    ".xlsb": Format.XLSX,
    ".xls": Format.XLSX,
    ".et": Format.XLSX,
    ".ods": Format.XLSX,
    ".doc": Format.DOC,
    ".wps": Format.DOC,
    ".rtf": Format.RTF,
}

_FOREIGN = (
    (b"MZ", "Windows 可执行程序"),
    (b"\x7fELF", "Linux 可执行程序"),
    (b"\xcf\xfa\xed\xfe", "macOS 可执行程序"),
    (b"\xca\xfe\xba\xbe", "可执行程序"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"II*\x00", "TIFF 图片"),
    (b"MM\x00*", "TIFF 图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"SQLite format 3\x00", "SQLite 数据库"),
)
_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|meta|title|div|p|table|span|br|h[1-6])\b", re.IGNORECASE
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sniff(path: Path, head: bytes, limits: Limits) -> Format:
    """
    Tell a file's format from its first bytes (识别格式).

    Raises:
        UnsupportedFormat: a known kind that is not ours, such as a program named .docx.
        DocumentError: an encrypted or broken container.
    """
    if head.startswith(b"PK"):
        return _sniff_zip(path, limits)
    if head.startswith(_OLE):
        return _sniff_ole(path)
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    if head.startswith(b"{\\rtf"):
        return Format.RTF
    for magic, name in _FOREIGN:
        if head.startswith(magic) and not _is_plain(head):
            raise UnsupportedFormat(
                f"内容是{name}，不是文档（扩展名 {path.suffix or '无'}）",
                where=path.name,
                advice="请提供 docx、html、pdf、txt 或 xlsx 文件",
            )
    return Format.HTML if _looks_html(path, head) else Format.TXT


def _is_plain(head: bytes) -> bool:
    """Whether a short magic such as MZ is only the start of ordinary text."""
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)


def _looks_html(path: Path, head: bytes) -> bool:
    narrow = head.replace(b"\x00", b"")  # UTF-16 markup
    start = narrow.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if b"<w:worddocument" in start or b"<pkg:package" in start:
        raise UnsupportedFormat(
            "内容是 Word 2003 XML", where=path.name, advice="请用 Word 打开后另存为 .docx"
        )
    if start.startswith(b"mime-version:"):
        raise UnsupportedFormat(
            "内容是单个文件网页（mht）", where=path.name, advice="请另存为 .html 或 .docx"
        )
    if start.startswith((b"<!doctype html", b"<html", b"<!doctype html")):
        return True
    named = SUFFIXES.get(path.suffix.lower()) is Format.HTML
    return bool(_TAG.search(narrow)) and (named or start.startswith(b"<"))


def _sniff_zip(path: Path, limits: Limits) -> Format:
    with open_zip(path, limits=limits) as archive:
        names = set(archive.namelist())
        if "word/document.xml" in names or any(
            n.startswith("word/document") and n.endswith(".xml") for n in names
        ):
            return Format.DOCX
        if names & {"xl/workbook.xml", "xl/workbook.bin"}:
            return Format.XLSX
        if "mimetype" in names and b"spreadsheet" in archive.read("mimetype"):
            return Format.XLSX
        raise UnsupportedFormat(
            f"内容是{_zip_kind(archive, names)}", where=path.name, advice=_zip_advice(names)
        )


def _zip_kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "OFD.xml" in names:
        return " OFD 版式文件"
    if "ppt/presentation.xml" in names:
        return "演示文稿（pptx）"
    if "mimetype" in names and b"text" in archive.read("mimetype"):
        return " OpenDocument 文本（odt）"
    if "[Content_Types].xml" in names:
        return "缺少正文部件（word/document.xml）的 Office 文件"
    return " zip 压缩包"


def _zip_advice(names: set[str]) -> str:
    if "OFD.xml" in names:
        return "请用 OFD 阅读器另存为 PDF"
    if names & {"ppt/presentation.xml", "mimetype"}:
        return "请另存为 .docx 或 .pdf"
    if "[Content_Types].xml" in names:
        return "文件不完整，请重新下载或用 Office 另存"
    return "请先解压，再提供其中的文件"


def _sniff_ole(path: Path) -> Format:
    """Names in an OLE directory are UTF-16; finding them is enough to know the kind."""
    data = path.read_bytes()

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise DocumentError(
            "文件已用密码加密，无法读取", where=path.name, advice="请去掉打开密码后另存再读"
        )
    if has("WordDocument"):
        return Format.DOC
    if has("Workbook") or has("Book"):
        return Format.XLSX
    raise UnsupportedFormat(
        "内容是不认识的 OLE 复合文档（可能是旧版演示文稿或邮件）",
        where=path.name,
        advice="请另存为 .docx、.xlsx 或 .pdf",
    )

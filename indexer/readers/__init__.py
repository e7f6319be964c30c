"""
Read a policy file of any kind into one Document (读取文件).

The format is told by the content. Each reader is a function `read(path, limits) -> Document` in
a module of its own, loaded on first use, so reading text never pays for PDF.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

from indexer.document import Document
from indexer.readers.formats import HEAD_BYTES, SUFFIXES, Format, sniff
from indexer.safety import DEFAULT, Limits, check_size
from policy_match.errors import DocumentError, MissingExtra, os_reason

__all__ = ["READERS", "SUFFIXES", "Format", "read_document"]


class Reader(Protocol):
    """Reads one format (阅读器)."""

    def __call__(self, path: Path, limits: Limits, /) -> Document:
        """Read a file whose format and size have been checked."""
        ...


FEWEST_SIGNS = 20  # of a text under another ending; less is the rest of a broken file
READERS: dict[Format, str] = {
    Format.DOCX: "indexer.readers.docx",
    Format.HTML: "indexer.readers.html",
    Format.PDF: "indexer.readers.pdf",
    Format.TXT: "indexer.readers.txt",
    Format.XLSX: "indexer.readers.xlsx",
    Format.DOC: "indexer.readers.convert",
    Format.RTF: "indexer.readers.convert",
}


def read_document(path: Path, *, limits: Limits = DEFAULT) -> Document:
    """
    Read a file in this process (读取文档).

    A hostile file may still cost memory and time here; `readers.isolated` reads in a process of
    its own.

    Args:
        path: the file; its ending is only a hint.
        limits: what it may cost.

    Raises:
        UnsupportedFormat: not a document we read.
        UnsafeFile: too large, a bomb, an entity.
        DocumentError: empty, broken, encrypted, unreadable.
        MissingExtra: the package for this format is not installed.
    """
    head = _open(path, limits)
    format_ = sniff(path, head, limits)
    document = load_reader(format_)(path, limits)
    named = SUFFIXES.get(path.suffix.lower())
    if named is not None and named is not format_:
        _require_words(document, path, format_)
        note = f"扩展名是 {path.suffix}，内容是 {format_}，已按 {format_} 读取"
        document = replace(document, warnings=(note, *document.warnings))
    return document


def _require_words(document: Document, path: Path, format_: Format) -> None:
    """A file that is not what it is called must at least hold a text."""
    signs = sum(len("".join(block.text.split())) for block in document.blocks)
    if format_ is Format.TXT and signs < FEWEST_SIGNS:
        raise DocumentError(
            f"扩展名是 {path.suffix}，内容却不是，只有 {signs} 个字",
            where=path.name,
            advice="文件可能损坏或没有下载完整，请重新取得后再读",
        )


def load_reader(format_: Format) -> Reader:
    """
    The reader for a format (取阅读器).

    Raises:
        MissingExtra: a package it needs is not installed.
    """
    try:
        module = importlib.import_module(READERS[format_])
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"读取 {format_} 需要的组件 {error.name} 没有安装",
            advice='请运行 pip install "policy-match[documents]"',
        ) from error
    return cast(Reader, module.read)


def _open(path: Path, limits: Limits) -> bytes:
    """First bytes of a file that may be read, or the reason why it may not."""
    where = path.name or str(path)
    try:
        if path.is_dir():
            raise DocumentError("这是文件夹，不是文件", where=where, advice="请给出文件")
        check_size(path.stat().st_size, limits.max_file_bytes, where=where)
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise DocumentError("文件不存在", where=where, advice="请核对路径") from error
    except PermissionError as error:
        raise DocumentError(
            "没有读取权限", where=where, advice="请用 chmod 或文件属性给当前用户读取权限"
        ) from error
    except OSError as error:
        raise DocumentError(
            f"无法打开文件（{os_reason(error)}）", where=where, advice="请检查磁盘和路径"
        ) from error

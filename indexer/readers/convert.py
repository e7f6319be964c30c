"""
Old Word, WPS and RTF files (旧格式), by a converter that is installed on this machine.

LibreOffice gives a .docx with tables and headings; antiword and catdoc give plain text only. The
converter runs without macros, in a folder and a profile of its own, and never longer than allowed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from indexer.document import Document
from indexer.readers import docx
from indexer.readers.encoding import decode
from indexer.readers.txt import blocks_of
from indexer.safety import Limits, check_size
from policy_match.errors import DocumentError, UnsafeFile, UnsupportedFormat, os_reason

_OFFICE = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
_PLAIN: dict[str, Callable[[str, str], list[str]]] = {
    "antiword": lambda tool, file: [tool, "-m", "UTF-8.txt", "-w", "0", file],
    "catdoc": lambda tool, file: [tool, "-d", "utf-8", "-w", file],
}


def read(path: Path, limits: Limits) -> Document:
    """
    Convert and read (转换后读取).

    Raises:
        UnsupportedFormat: no converter is installed; the message says which would do.
        DocumentError: the converter failed.
    """
    with path.open("rb") as stream:
        is_rtf = stream.read(5) == b"{\\rtf"
    office = next((tool for name in _OFFICE if (tool := shutil.which(name))), None)
    if office:
        return _by_office(office, path, "rtf" if is_rtf else "doc", limits)
    tool = None if is_rtf else next((t for name in _PLAIN if (t := shutil.which(name))), None)
    if tool:
        return _by_tool(tool, path, limits)
    kind = "RTF" if is_rtf else "旧版 Word 或 WPS 文档（.doc/.wps）"
    also = "" if is_rtf else "，或 antiword、catdoc"
    raise UnsupportedFormat(
        f"内容是{kind}，本机没有可用的转换程序",
        where=path.name,
        advice=f"请安装 LibreOffice（soffice）{also}；或用 Word、WPS 打开后另存为 .docx",
    )


def _by_office(tool: str, path: Path, ending: str, limits: Limits) -> Document:
    with tempfile.TemporaryDirectory(prefix="policy-match-") as folder:
        source = Path(folder) / f"source.{ending}"  # a name of our own: no options, no surprises
        shutil.copyfile(path, source)
        command = [
            tool,
            f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}",
            *("--headless", "--norestore", "--convert-to", "docx", "--outdir", folder),
            str(source),
        ]
        _run(command, path, limits)
        target = source.with_suffix(".docx")
        if not target.exists():
            raise _failed(path, "LibreOffice 没有产出结果")
        check_size(target.stat().st_size, limits.max_file_bytes, where=path.name)
        document = docx.read(target, limits)
    note = "由 LibreOffice 转换后读取，版式可能有出入"
    return replace(document, name=path.name, format=ending, warnings=(note, *document.warnings))


def _by_tool(tool: str, path: Path, limits: Limits) -> Document:
    name = Path(tool).name
    output = _run(_PLAIN[name](tool, str(path.resolve())), path, limits)
    check_size(len(output), limits.max_file_bytes, where=path.name)
    blocks = blocks_of(decode(output, where=path.name))
    if not blocks:
        raise _failed(path, f"{name} 没有读出文字")
    note = f"由 {name} 转换后读取：只有文字，标题样式、表格和自动编号没有保留"
    return Document(name=path.name, format="doc", blocks=tuple(blocks), warnings=(note,))


def _run(command: list[str], path: Path, limits: Limits) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs, file name made by us or absolute
            command, capture_output=True, timeout=limits.wall_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnsafeFile(
            f"转换超过 {limits.wall_seconds} 秒未完成，已中止",
            where=path.name,
            advice="请用 Word 或 WPS 打开后另存为 .docx",
        ) from error
    except OSError as error:
        raise _failed(path, f"转换程序无法启动（{os_reason(error)}）") from error
    if done.returncode:
        detail = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _failed(path, detail[-1][:120] if detail else f"退出码 {done.returncode}")
    return done.stdout


def _failed(path: Path, detail: str) -> DocumentError:
    return DocumentError(
        f"旧格式转换失败：{detail}", where=path.name, advice="请用 Word 或 WPS 打开后另存为 .docx"
    )

"""
Limits and checks against hostile files (文件安全).

What comes from outside is measured before it is opened: bytes, zip members, XML entities. What
can only be seen while reading (memory, processor time) is held by `readers.isolated`, which reads
in a process of its own under these same limits.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from policy_match.errors import DocumentError, UnsafeFile

if TYPE_CHECKING:
    from lxml import etree

MIB = 1024 * 1024
_RATIO_FREE_BYTES = 8 * MIB  # small members may compress as well as they like
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much a file may cost (读取上限).

    The memory is what reading may add to an idle worker; processor and wall time are per file.
    """

    max_file_bytes: int = 64 * MIB
    max_html_bytes: int = 20 * MIB
    max_zip_members: int = 5_000
    max_zip_bytes: int = 256 * MIB
    max_zip_ratio: int = 150
    max_pages: int = 5_000
    memory_mib: int = 1_024
    cpu_seconds: int = 120
    wall_seconds: int = 180


DEFAULT = Limits()


def check_size(size: int, limit: int, *, where: str, kind: str = "文件") -> None:
    """Refuse an empty or an oversized file (大小检查)."""
    if size == 0:
        raise DocumentError(
            "文件是空的（0 字节）", where=where, advice="请确认文件已完整下载后重新提供"
        )
    if size > limit:
        raise UnsafeFile(
            f"{kind}过大：{_mib(size)}，上限 {_mib(limit)}",
            where=where,
            advice="请拆分文件，或去掉其中的图片和附件后再读",
        )


def open_zip(path: Path, *, limits: Limits = DEFAULT) -> zipfile.ZipFile:
    """
    Open a zip container after checking it (打开压缩容器).

    Raises:
        DocumentError: the container is broken or encrypted.
        UnsafeFile: too many members, too large when unpacked, or names that leave the container.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken(path.name) from error
    try:
        check_zip(archive, limits=limits, where=path.name)
    except DocumentError:
        archive.close()
        raise
    return archive


def check_zip(archive: zipfile.ZipFile, *, limits: Limits = DEFAULT, where: str) -> None:
    """
    Refuse a container that is a bomb or plays tricks with names (压缩炸弹检查).

    Only the directory is read: zipfile never unpacks a member beyond the size stated there, and
    no reader opens a container inside the container, so nested bombs stay packed.
    """
    members = archive.infolist()
    if len(members) > limits.max_zip_members:
        raise UnsafeFile(
            f"压缩包内有 {len(members)} 个成员，上限 {limits.max_zip_members}",
            where=where,
            advice="这不像一份正常的文档，请用 Office 打开后另存",
        )
    total = sum(member.file_size for member in members)
    if total > limits.max_zip_bytes:
        raise UnsafeFile(
            f"解压后共 {_mib(total)}，上限 {_mib(limits.max_zip_bytes)}（疑似压缩炸弹）",
            where=where,
            advice="请勿打开来历不明的文件；确属正常文档的，请拆分后再读",
        )
    for member in members:
        _check_member(member, limits, where)


def _check_member(member: zipfile.ZipInfo, limits: Limits, where: str) -> None:
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > _RATIO_FREE_BYTES and ratio > limits.max_zip_ratio:
        raise UnsafeFile(
            f"成员 {member.filename} 压缩比 {ratio:.0f}，上限 {limits.max_zip_ratio}"
            "（疑似压缩炸弹）",
            where=where,
            advice="请勿打开来历不明的文件",
        )
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or _DRIVE.match(name) or ".." in PurePosixPath(name).parts:
        raise UnsafeFile(
            f"压缩包成员的路径越界：{member.filename}",
            where=where,
            advice="请勿打开来历不明的文件",
        )
    if member.flag_bits & 0x1:
        raise DocumentError(
            f"压缩包成员 {member.filename} 已加密", where=where, advice="请去掉密码后另存再读"
        )


def read_member(archive: zipfile.ZipFile, name: str, *, where: str) -> bytes:
    """Unpack one member, or say that the container is broken (读取成员)."""
    try:
        return archive.read(name)
    except KeyError as error:
        raise DocumentError(
            f"压缩包内缺少 {name}", where=where, advice="文件不完整，请重新下载或另存"
        ) from error
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise _broken(where, name) from error
    except Exception as error:  # zlib.error and its cousins of bz2 and lzma have no common base
        raise _broken(where, name) from error


def parse_xml(data: bytes, *, where: str) -> etree._Element:
    """
    Parse XML with no entity, no DTD and no network (安全解析 XML).

    Office formats have no use for a document type, so any is refused, whatever it declares.

    Raises:
        UnsafeFile: a DTD or entity, or nesting deeper than the parser takes (256).
        DocumentError: not well-formed.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _xml_error(str(error), where) from error
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise UnsafeFile(
            "XML 中声明了文档类型或实体（DTD/ENTITY），已拒绝解析",
            where=where,
            advice="正常的 Office 文档不含实体声明；请用 Office 打开后另存，或勿使用该文件",
        )
    return root


def _xml_error(message: str, where: str) -> DocumentError:
    if "depth" in message:
        return UnsafeFile(
            "XML 嵌套过深（超过 256 层），已拒绝解析",
            where=where,
            advice="这不像一份正常的文档，请用 Office 打开后另存",
        )
    if "entit" in message.lower():
        return UnsafeFile(
            "XML 中的实体会无限展开或指向外部，已拒绝解析",
            where=where,
            advice="请勿打开来历不明的文件",
        )
    return DocumentError("XML 内容已损坏", where=where, advice="请用 Office 打开修复后另存")


def _broken(where: str, member: str | None = None) -> DocumentError:
    what = f"压缩包成员 {member} 已损坏" if member else "压缩包已损坏或被截断，无法打开"
    return DocumentError(what, where=where, advice="请重新下载，或用 Office 打开修复后另存")


def _mib(size: int) -> str:
    return f"{size / MIB:.1f} MB"

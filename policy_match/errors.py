"""
The one tree of errors (错误): what was wrong, where, and what to do about it.

    PolicyMatchError
    ├── InputError                something handed in is wrong
    │   ├── RuleError             a criterion that makes no sense
    │   ├── FactError             a fact that can't be read
    │   ├── EnterpriseError       an enterprise that can't be read
    │   ├── CodeError             a code that a table lacks
    │   ├── QueryError            a search that can't be run
    │   └── DocumentError         a file that can't be read
    │       ├── UnsupportedFormat
    │       ├── UnsafeFile        too large, a bomb, an entity, a macro
    │       └── ClassifiedFile    marked 秘密, 机密 or 绝密: refused, nothing kept
    ├── SettingsError             a setting that can't be read
    ├── MissingExtra              an optional package is not installed
    ├── StandardNotFound          no version of a standard is in force that day
    ├── NotFound                  no such policy
    └── ServiceError              something we lean on
        ├── ServiceUnavailable    can't be reached (exit code 3)
        ├── IndexLocked           another process is writing
        ├── PartialWrite          some documents were refused, the others are stored
        └── IndexIncompatible     written by another version

Messages are Chinese, since people read them; the class and `code` are for programs.
"""

from __future__ import annotations

import errno
import json
from typing import Self


class PolicyMatchError(Exception):
    """
    Anything this project raises on purpose.

    Args:
        what: what is wrong, with the offending value.
        where: the file, line, record or path inside a rule.
        advice: what to do about it.
    """

    code = "error"

    def __init__(self, what: str, *, where: str | None = None, advice: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        head = f"{self.where}：{self.what}" if self.where else self.what
        return f"{head}。{self.advice}" if self.advice else head

    def at(self, where: str) -> Self:
        """Return the same error with `where` put in front of the place it already names."""
        place = f"{where} {self.where}" if self.where else where
        return type(self)(self.what, where=place, advice=self.advice)


class InputError(PolicyMatchError):
    """Something handed in is wrong (输入有误)."""

    code = "input"


class RuleError(InputError):
    """A criterion that makes no sense (规则有误)."""

    code = "rule"


class FactError(InputError):
    """A fact that can't be read (事实有误)."""

    code = "fact"


class EnterpriseError(InputError):
    """An enterprise that can't be read (企业记录有误)."""

    code = "enterprise"


class CodeError(InputError):
    """A code that a code table lacks (代码有误)."""

    code = "code"


class QueryError(InputError):
    """A search that can't be run (检索条件有误)."""

    code = "query"


class DocumentError(InputError):
    """A file that can't be read (文件无法读取)."""

    code = "document"


class UnsupportedFormat(DocumentError):
    """A file of a kind we don't read (格式不支持)."""

    code = "unsupported_format"


class UnsafeFile(DocumentError):
    """A file that is refused for safety: too large, a zip bomb, an XML entity (文件不安全)."""

    code = "unsafe_file"


class ClassifiedFile(DocumentError):
    """A file marked 秘密, 机密 or 绝密; nothing of it is kept (涉密文件)."""

    code = "classified_file"


class SettingsError(PolicyMatchError):
    """A setting that can't be read (设置有误)."""

    code = "settings"


class MissingExtra(PolicyMatchError):
    """An optional package is not installed; the message names the extra (缺少组件)."""

    code = "missing_extra"


class StandardNotFound(PolicyMatchError):
    """No version of a standard is in force on the day asked about (当日无有效标准)."""

    code = "standard_not_found"


class NotFound(PolicyMatchError):
    """There is no such policy (未找到)."""

    code = "not_found"


class ServiceError(PolicyMatchError):
    """Something we lean on does not work (服务异常)."""

    code = "service"


class ServiceUnavailable(ServiceError):
    """A needed service can't be reached (服务不可达)."""

    code = "service_unavailable"


class IndexLocked(ServiceError):
    """Another process is writing to the index (索引正被写入)."""

    code = "index_locked"


class PartialWrite(ServiceError):
    """A server refused some documents and stored the others; the message names them (部分写入)."""

    code = "partial_write"


class IndexIncompatible(ServiceError):
    """The index was written by another version, or is not one (索引不兼容)."""

    code = "index_incompatible"


_OS_REASONS = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "系统不允许",
    errno.EEXIST: "已有同名的文件",
    errno.EISDIR: "是目录而不是文件",
    errno.ENOTDIR: "路径中间有一段不是目录",
    errno.ENAMETOOLONG: "名称太长",
    errno.ELOOP: "链接绕成了圈",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EROFS: "磁盘是只读的",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件太多",
    errno.ENFILE: "系统里打开的文件太多",
    errno.ENOMEM: "内存不足",
    errno.ENOEXEC: "不是能运行的程序",
}


def os_reason(error: OSError) -> str:
    """
    Why the system refused, in Chinese (系统报错的说法).

    >>> os_reason(IsADirectoryError(21, "Is a directory"))
    '是目录而不是文件'
    """
    return _OS_REASONS.get(error.errno or 0, f"系统错误 {error.errno or type(error).__name__}")


def as_written(value: object) -> str:
    """
    A value as it stands in a message: as in a file, not as in a program (值的写法).

    >>> as_written("x"), as_written(True), as_written(None), as_written(["a", 1])
    ('“x”', 'true', 'null', '["a", 1]')
    """
    if isinstance(value, str):
        text = f"“{value}”"
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"

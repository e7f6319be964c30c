"""From bytes to text, with the encodings that Chinese files really use (文字编码)."""

from __future__ import annotations

import codecs
import re

from policy_match.errors import DocumentError, UnsupportedFormat

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 64 * 1024
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_COMMON_SHARE = 0.6  # of the Han characters, in running text nearly all are level 1


def decode(data: bytes, *, where: str) -> str:
    """
    Decode a text file (解码).

    Byte order mark, then UTF-8, then UTF-16 without a mark, then GB18030, then Big5; the last two
    accept nearly any bytes, so they must also give everyday characters.

    Raises:
        UnsupportedFormat: the content is binary.
        DocumentError: no encoding fits.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, where)
    if _CONTROLS.search(data[:_SAMPLE]):
        return _decode_odd(data, where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error
    if cut.start >= len(data) - 3:  # the file ends inside a character
        return data[: cut.start].decode("utf-8")
    return _decode_legacy(data, cut.start, where)


def _decode_odd(data: bytes, where: str) -> str:
    """Control bytes mean UTF-16 without a mark, or not a text at all."""
    sample = data[: _SAMPLE & ~1]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "replace")
        if len(data) % 2 == 0 and _everyday(text) > 0.9:
            return _strict(data, encoding, where)
    raise UnsupportedFormat(
        "内容是二进制数据，不是文本", where=where, advice="请确认文件类型，提供文本、docx 或 pdf"
    )


def _decode_legacy(data: bytes, bad: int, where: str) -> str:
    for encoding, common in (("gb18030", _is_common_gb), ("big5hkscs", _is_common_big5)):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        han = [c for c in text[:_SAMPLE] if "\u3400" <= c <= "\u9fff"]
        private = sum("\ue000" <= c <= "\uf8ff" for c in text[:_SAMPLE])
        if han and not private and sum(map(common, han)) >= _COMMON_SHARE * len(han):
            return text
    raise DocumentError(
        f"无法判断文字编码（第 {bad + 1} 字节不是 UTF-8，也不像 GB18030 或 Big5）",
        where=where,
        advice="请用记事本等程序打开后另存为 UTF-8",
    )


def _strict(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"标明是 {encoding.upper()}，但第 {error.start + 1} 字节处无法解码",
            where=where,
            advice="请用记事本等程序打开后另存为 UTF-8",
        ) from error


def _everyday(text: str) -> float:
    """Share of characters that Chinese text is made of."""
    good = sum(
        " " <= c <= "~"
        or c in "\r\n\t"
        or "\u3000" <= c <= "\u303f"
        or "\u4e00" <= c <= "\u9fff"
        or "\uff00" <= c <= "\uffef"
        for c in text
    )
    return good / max(len(text), 1)


def _is_common_gb(char: str) -> bool:
    encoded = char.encode("gb18030")
    return len(encoded) == 2 and 0xB0 <= encoded[0] <= 0xD7 and encoded[1] >= 0xA1


def _is_common_big5(char: str) -> bool:
    encoded = char.encode("big5hkscs")
    return len(encoded) == 2 and 0xA4 <= encoded[0] <= 0xC6

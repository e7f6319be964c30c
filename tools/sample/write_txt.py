"""Writes a sample document as plain text (纯文本)."""

from __future__ import annotations

from .source import SAMPLE_LINE, Block, Source

WIDTH = 38
INDENT = "　　"


def write_txt(source: Source) -> bytes:
    """The document as text, in the encoding its source names."""
    head = source.head
    lines = [_centre(head["letterhead"]), ""] if head.get("letterhead") else []
    if source.doc_no and not source.options.get("doc_no_below_title"):
        lines += [_centre(source.doc_no), ""]
    lines += [*(_centre(line) for line in source.title_lines)]
    if source.doc_no and source.options.get("doc_no_below_title"):
        lines += [_centre(source.doc_no)]
    lines.append("")
    if head.get("to"):
        lines.append(f"{head['to']}：")
    for block in source.blocks:
        lines += _lines(block)
    lines += ["", SAMPLE_LINE, ""]
    newline = "\r\n" if source.options.get("crlf") else "\n"
    return newline.join(lines).encode(source.options.get("encoding", "utf-8"))


def _lines(block: Block) -> list[str]:
    if block.kind in ("chap", "sec", "center"):
        return ["", _centre(block.full_text), ""]
    if block.kind == "annex":
        return ["", "", block.number, "", _centre(block.text), ""]
    if block.kind == "inner":
        return ["", "", _centre(block.text), ""]
    if block.kind in ("sign", "date"):
        return [_right(block.text)] if block.kind == "date" else ["", _right(block.text)]
    if block.kind == "cc":
        return ["", block.text]
    if block.kind == "table":
        return ["\t".join("" if cell in "^<" else cell for cell in row) for row in block.rows]
    return [INDENT + block.full_text]


def _centre(text: str) -> str:
    return "　" * max(0, (WIDTH - len(text)) // 2) + text


def _right(text: str) -> str:
    return "　" * max(0, WIDTH - 4 - len(text)) + text

"""
Reads one sample source (样例底稿): YAML front matter, then one paragraph a line.

    #chap #sec #art     第一章 / 第一节 / 第一条
    #1 #2 #3 #4         一、 / （一） / 1. / ①
    |a|b|               a row of a table; `^` joins the cell above, `<` the cell to the left
    @attach NAME        an entry of the list of attachments
    @annex TITLE        an attachment begins; @inner TITLE: the document that a notice issues
    @sign @date @cc @center

Numbers are counted here, so the same source can be typed out or left to Word's own numbering.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SAMPLE_LINE = "本文件为演示样例，非真实政策。"
DIGITS = "零一二三四五六七八九"
LEVELS = ("chap", "sec", "art", "1", "2", "3", "4")
# What starts counting anew when a heading of the key's level appears.
RESTARTS = {
    "chap": ("sec", "1", "2", "3", "4"),
    "sec": ("1", "2", "3", "4"),
    "art": ("2", "3", "4"),
    "1": ("2", "3", "4"),
    "2": ("3", "4"),
    "3": ("4",),
    "4": (),
}


@dataclass(frozen=True)
class Block:
    """One paragraph or table (段落或表格)."""

    kind: str
    text: str = ""
    number: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def full_text(self) -> str:
        """The text with its number, as a reader sees it."""
        gap = "　" if self.kind in ("chap", "sec", "art") else ""
        return f"{self.number}{gap}{self.text}"


@dataclass(frozen=True)
class Source:
    """One sample document (样例文件)."""

    path: Path
    head: dict[str, Any]
    blocks: tuple[Block, ...] = field(default=())

    @property
    def file(self) -> str:
        """The name of the file to write."""
        return str(self.head["file"])

    @property
    def title(self) -> str:
        """The title on one line."""
        return "".join(self.title_lines)

    @property
    def title_lines(self) -> list[str]:
        """The title as it is broken on the page."""
        title = self.head["title"]
        return title if isinstance(title, list) else [title]

    @property
    def doc_no(self) -> str | None:
        """The document number (发文字号)."""
        return self.head.get("doc_no")

    @property
    def options(self) -> dict[str, Any]:
        """What this file shows that others do not."""
        return self.head.get("options") or {}


def chinese_number(n: int) -> str:
    """
    Write 1 to 99 the Chinese way.

    >>> [chinese_number(n) for n in (3, 10, 12, 20, 35)]
    ['三', '十', '十二', '二十', '三十五']
    """
    tens, ones = divmod(n, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def label(level: str, n: int) -> str:
    """The number of a heading as it is printed."""
    chinese = chinese_number(n)
    return {
        "chap": f"第{chinese}章",
        "sec": f"第{chinese}节",
        "art": f"第{chinese}条",
        "1": f"{chinese}、",
        "2": f"（{chinese}）",
        "3": f"{n}.",
        "4": chr(0x2460 + n - 1),
    }[level]


class _Counter:
    """Counts headings and attachments while a source is read."""

    def __init__(self, annexes: int, attachments: int) -> None:
        self.counts = dict.fromkeys(LEVELS, 0)
        self.annexes, self.attachments = annexes, attachments
        self.annex = self.attachment = 0

    def heading(self, level: str) -> str:
        self.counts[level] += 1
        for lower in RESTARTS[level]:
            self.counts[lower] = 0
        return label(level, self.counts[level])

    def next_annex(self) -> str:
        self.annex += 1
        self.restart()
        return f"附件{self.annex}" if self.annexes > 1 else "附件"

    def next_attachment(self) -> str:
        self.attachment += 1
        if self.attachments == 1:
            return "附件："
        return f"附件：{self.attachment}." if self.attachment == 1 else f"　　　{self.attachment}."

    def restart(self) -> None:
        self.counts = dict.fromkeys(LEVELS, 0)


def read_source(path: Path) -> Source:
    """Read one source file."""
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    head = yaml.safe_load(front)
    blocks = _with_publicity(_blocks(body.splitlines()), head.get("publicity"))
    return Source(path, head, tuple(blocks))


def _with_publicity(blocks: list[Block], publicity: str | None) -> list[Block]:
    """Put the note on publicity (此件公开发布) under the first date, else at the end."""
    if not publicity:
        return blocks
    dates = [n for n, block in enumerate(blocks) if block.kind == "date"]
    at = dates[0] + 1 if dates else len(blocks)
    return [*blocks[:at], Block("pub", f"（{publicity}）"), *blocks[at:]]


def _blocks(lines: list[str]) -> list[Block]:
    counter = _Counter(
        sum(line.startswith("@annex") for line in lines),
        sum(line.startswith("@attach") for line in lines),
    )
    blocks: list[Block] = []
    rows: list[tuple[str, ...]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append(tuple(cell.strip() for cell in line.strip()[1:-1].split("|")))
            continue
        if rows:
            blocks.append(Block("table", rows=tuple(rows)))
            rows = []
        if line.strip():
            blocks.append(_block(line.strip(), counter))
    return blocks


def _block(line: str, counter: _Counter) -> Block:
    mark, _, text = line.partition(" ")
    if mark.startswith("#"):
        level = mark[1:]
        return Block(level, text, counter.heading(level))
    if not mark.startswith("@"):
        return Block("para", line)
    kind = mark[1:]
    if kind == "annex":
        return Block(kind, text, counter.next_annex())
    if kind == "attach":
        return Block(kind, text, counter.next_attachment())
    if kind == "inner":
        counter.restart()
    return Block(kind, text)


@dataclass(frozen=True)
class Cell:
    """A cell of a table and how far it reaches (单元格)."""

    row: int
    column: int
    rows: int
    columns: int
    text: str


def cells(rows: tuple[tuple[str, ...], ...]) -> list[Cell]:
    """Resolve the `^` and `<` marks of a table into spans."""
    found = []
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text in ("^", "<"):
                continue
            down = 1
            while r + down < len(rows) and rows[r + down][c] == "^":
                down += 1
            right = 1
            while c + right < len(row) and row[c + right] == "<":
                right += 1
            found.append(Cell(r, c, down, right, text))
    return found

"""
Reading text into policies, beside reading the same text with bare regular expressions.

The sample's documents are short: 600 characters, nearly all of it conditions and money. Real ones
are longer, and what is done once a document weighs less. So the bench makes documents of the
lengths of 655 published policies, at ten steps from the shortest to the longest: a sample's head,
its body and those of the samples after it, its end. Every text is another one. They hold more
conditions for their length than published ones, which are read faster
(docs/explanation/real-corpus.md).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import cycle
from pathlib import Path

from policy_match.bench import Row, benchmark, best_of, faster
from policy_match.sample import sample_folder

_AS_OF = date(2026, 11, 24)
_LENGTHS = (350, 680, 960, 1400, 1900, 2250, 2900, 3900, 5250, 8900)  # characters; at 5 %, 15 % …
_HEAD, _END = 3, 3  # lines of title, number, addressee; of closing and signature
_PAGES, _SIGNS_A_PAGE = 331, 550  # of 北京市产业政策导引, a real one
_BARE = [
    re.compile(pattern)
    for pattern in (
        r"[\u4e00-\u9fff]{1,12}〔\d{4}〕\d+号",
        r"\d{4}年\d{1,2}月\d{1,2}日",
        r"(?:不低于|不少于|超过|达到)?\d+(?:\.\d+)?(?:万元|亿元|%|人|年|件)(?:以上|以下|及以上)?",
        r"高新技术企业|专精特新|小微企业|中小企业|规模以上|个体工商户",
        r"第[一二三四五六七八九十百]+条|（[一二三四五六七八九十]+）|^\d+[.、]",
        r"\d{3,4}-\d{7,8}",
    )
]


@benchmark("extract")
def extract(scale: str) -> Iterator[Row]:
    """Read, structure and extract texts of the usual lengths, in one process."""
    from indexer.pipeline import read_policy

    with tempfile.TemporaryDirectory() as folder, sample_folder() as sample:
        files = _as_texts(sample / "policies", Path(folder), 1 if scale == "small" else 4)
        kilobytes = sum(path.stat().st_size for path in files) / 1000
        read_policy(files[0], as_of=_AS_OF)  # tables are loaded once
        ours = best_of(lambda: [read_policy(path, as_of=_AS_OF) for path in files], 3)
        bare = best_of(lambda: [_bare(path) for path in files], 3)
        book = _as_book(files, Path(folder))
        thick = best_of(lambda: read_policy(book, as_of=_AS_OF), 3)
        bare_book = best_of(lambda: _bare(book), 3)
        book_size = book.stat().st_size / 1000
    yield faster(
        f"extract：{_PAGES} 页的一份长文件（{book_size:.0f} kB）",
        book_size / thick,
        book_size / bare_book,
        "裸正则表达式",
        "kB/s",
        at_least=300,
    )
    yield faster(
        f"extract：读取、结构化、提取（{len(files)} 个常见长度的文本，UTF-8 字节）",
        kilobytes / ours,
        kilobytes / bare,
        "裸正则表达式",
        "kB/s",
        at_least=300,
    )


def _as_texts(policies: Path, folder: Path, rounds: int) -> list[Path]:
    """Text files of the usual lengths, made of the sample's documents; ten a round."""
    from indexer.readers import read_document

    texts = [read_document(path).text.split("\n") for path in sorted(policies.iterdir())]
    written = []
    for n in range(rounds * len(_LENGTHS)):
        path = folder / f"{n}.txt"
        length = _LENGTHS[n % len(_LENGTHS)]
        path.write_text(_of_length(texts, n, length), encoding="utf-8")
        written.append(path)
    return written


def _of_length(texts: list[list[str]], first: int, length: int) -> str:
    """One document: the first text, with the bodies of those after it before its end."""
    lines = texts[first % len(texts)]
    made, end = lines[:-_END], lines[-_END:]
    others = cycle(range(first + 1, first + len(texts)))
    while sum(map(len, made)) < length:
        made += texts[next(others) % len(texts)][_HEAD:-_END]
    return "\n".join([*made, *end])


def _as_book(files: list[Path], folder: Path) -> Path:
    """One document as thick as a city's guide to its policies, of all the texts over and over."""
    text = "\n".join(path.read_text("utf-8") for path in files)
    size = _PAGES * _SIGNS_A_PAGE
    book = folder / "book.txt"
    book.write_text((text * (size // len(text) + 1))[:size], encoding="utf-8")
    return book


def _bare(path: Path) -> int:
    text = path.read_text("utf-8")
    return sum(1 for pattern in _BARE for _ in pattern.finditer(text))

"""Reading text into policies, beside reading the same text with bare regular expressions."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from policy_match.bench import Row, benchmark, best_of, faster
from policy_match.sample import sample_folder

_AS_OF = date(2026, 11, 24)
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
    """Read, structure and extract the sample's texts, in one process."""
    from indexer.pipeline import read_policy

    with tempfile.TemporaryDirectory() as folder, sample_folder() as sample:
        files = _as_texts(sample / "policies", Path(folder), 1 if scale == "small" else 4)
        kilobytes = sum(path.stat().st_size for path in files) / 1000
        read_policy(files[0], as_of=_AS_OF)  # tables are loaded once
        ours = best_of(lambda: [read_policy(path, as_of=_AS_OF) for path in files], 3)
        bare = best_of(lambda: [_bare(path) for path in files], 3)
    yield faster(
        f"extract：读取、结构化、提取（{len(files)} 个文本，UTF-8 字节）",
        kilobytes / ours,
        kilobytes / bare,
        "裸正则表达式",
        "kB/s",
        at_least=300,
    )


def _as_texts(policies: Path, folder: Path, copies: int) -> list[Path]:
    """The sample's documents as text files, several times over."""
    from indexer.readers import read_document

    texts = [(path.stem, read_document(path).text) for path in sorted(policies.iterdir())]
    written = []
    for n in range(copies):
        for name, text in texts:
            path = folder / f"{name}-{n}.txt"
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def _bare(path: Path) -> int:
    text = path.read_text("utf-8")
    return sum(1 for pattern in _BARE for _ in pattern.finditer(text))

"""
Write the public real texts as files and read them all (真实语料试读).

    python tools/real_corpus.py FOLDER [--data ../shared/data]

FOLDER gets one .txt a text and must lie outside the repository: none of the texts may be
committed. Then every file of the data, these included, is extracted and indexed; the figures are
printed as the table of docs/explanation/real-corpus.md.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from indexer.pipeline import index_files
from policy_match.search.registry import open_index

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
TEXTS = {"policies": "policies.jsonl", "laws": "laws_regulations_enterprise.jsonl"}


def records(path: Path) -> Iterator[dict[str, str]]:
    """The records of a .jsonl file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def as_text(record: dict[str, str]) -> str:
    """
    A record as the file it came from.

    A law's source opens with title and history, which the data keep apart; a policy's title is
    put on top only where the text lacks it.
    """
    text = record["text"]
    title = record.get("title")
    if record.get("history"):
        history = "\n".join(
            f"（{line}）" for line in record["history"].splitlines() if line.strip()
        )
        return f"{title}\n{history}\n{text}"
    head = "".join(line for line in text.splitlines()[:12] if len(line) <= 80)
    if title and _bare(title) not in _bare(head):
        return f"{title}\n{text}"
    return text


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def write_texts(data: Path, folder: Path) -> dict[str, int]:
    """Write all texts below `folder`; how many there are of each kind."""
    if folder.resolve().is_relative_to(ROOT):
        raise SystemExit(f"{folder} 在代码库里：真实语料不得入库，请另给文件夹")
    counts = {}
    for name, file in TEXTS.items():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        counts[name] = 0
        for record in records(data / "policies_fulltext" / file):
            (target / f"{record['id']}.txt").write_text(as_text(record), encoding="utf-8")
            counts[name] += 1
    return counts


def parts(data: Path, folder: Path) -> dict[str, list[Path]]:
    """What is read, by where it comes from."""
    full = data / "policies_fulltext"
    return {
        "policies.jsonl": [folder / "policies"],
        "laws_regulations_enterprise.jsonl": [folder / "laws"],
        "gold/texts": [data / "gold" / "texts"],
        "html_originals": [full / "html_originals_guangzhou_tianhe"],
        "docx_fixtures": [full / "docx_fixtures"],
        "policies_structured (PDF)": sorted((data / "policies_structured").glob("*.pdf")),
        "seed": [data.parent / "seed"],
    }


def measure(name: str, paths: list[Path], index: Any, as_of: date) -> Row:
    """Index some paths; what came of it and how long it took."""
    started = time.perf_counter()
    reports = list(index_files(paths, index, as_of=as_of))
    seconds = time.perf_counter() - started
    counts = Counter(report.status for report in reports)
    texts = (report.policy.text for report in reports if report.policy is not None)
    size = sum(len(text.encode()) for text in texts)
    failures = [f"{report.file}: {report.reason}" for report in reports if report.error]
    return Row(name, len(reports), counts, size, seconds, failures)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    files: int
    counts: Counter[str]
    size: int
    seconds: float
    failures: list[str]

    def __str__(self) -> str:
        shown = (self.counts[status] for status in ("added", "duplicate_of", "failed"))
        rate = self.size / 1000 / self.seconds
        cells = (
            self.name,
            self.files,
            *shown,
            self.size // 1000,
            f"{self.seconds:.1f}",
            f"{rate:.0f}",
        )
        return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 24))
    given = parser.parse_args()
    write_texts(given.data, given.folder)
    print("| source | files | added | duplicate | failed | kB of text | s | kB/s |")
    print("|---|---|---|---|---|---|---|---|")
    failures: list[str] = []
    with closing(open_index(given.folder / "index", write=True)) as index:
        for name, paths in parts(given.data, given.folder).items():
            row = measure(name, paths, index, given.as_of)
            print(row, flush=True)
            failures += row.failures
    print("\n".join(failures) or "no failures")


if __name__ == "__main__":
    main()

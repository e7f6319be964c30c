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
from collections.abc import Iterator
from pathlib import Path

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


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    given = parser.parse_args()
    print(write_texts(given.data, given.folder))


if __name__ == "__main__":
    main()
